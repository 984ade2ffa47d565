"""The marks that mail programs leave in HTML: Gmail, Outlook (desktop, web and mobile), Apple Mail, Thunderbird, Yahoo,
Zoho, Proton, GMX and Roundcube."""

from __future__ import annotations

import re
from enum import IntEnum


class Mark(IntEnum):
    """What is known of a line before its words are read."""

    NONE = 0
    QUOTED = 1
    HISTORY = 2  # this line and everything below it
    SIGNATURE = 3


_WORTH_A_LOOK = re.compile(r"class|\bid\b|style|hidden|name|type", re.IGNORECASE)
_HIDDEN = re.compile(
    r"display\s*:\s*none|mso-hide\s*:\s*all|visibility\s*:\s*hidden|(?:^|\s)hidden(?:\s|=|/|$)", re.IGNORECASE
)
_QUOTE = re.compile(
    r"moz-cite-prefix|moz-forward-container|yahoo_quoted|protonmail_quote|tutanota_quote|zmail_extra|reply-intro|"
    r"isReplyContent|name\s*=\s*[\"']?quote\b|OutlookMessageHeader",
    re.IGNORECASE,
)
_HISTORY = re.compile(r"divRplyFwdMsg|appendonsend|mail-editor-reference-message-container|replySplit", re.IGNORECASE)
_SIGNATURE = re.compile(
    r"gmail_signature|moz-signature|AppleMailSignature|ms-outlook-mobile-signature|protonmail_signature|\bid\s*=\s*[\"']?signature\b",
    re.IGNORECASE,
)
_INDENT_ONLY = re.compile(r"border\s*:\s*(?:none|0)", re.IGNORECASE)  # Gmail's "indent more" is a blockquote, too


def sense_of(name: str, attributes: str) -> str:
    """What an element's attributes say of all that lies in it: hidden, quoted, signature, pre, history; "" for
    nothing."""
    if name == "pre":
        return "pre"
    if name == "blockquote":
        return "" if _INDENT_ONLY.search(attributes) and "cite" not in attributes else "quoted"
    if not attributes or not _WORTH_A_LOOK.search(attributes):
        return ""
    if _HIDDEN.search(attributes):
        return "hidden"
    if _QUOTE.search(attributes):
        return "quoted"
    if _HISTORY.search(attributes):
        return "history"
    return "signature" if _SIGNATURE.search(attributes) else ""
