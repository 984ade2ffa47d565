"""The look of the rep's own mails: the font he writes in, as a mail of his shows it, so that a draft looks like the rest of
what he sends. A mail program gives HTML that names no font one of its own choosing."""

from __future__ import annotations

import html
import re

from bot.model import Address, Message

MOST_LOOKED_AT = 60_000  # characters of a page; Outlook's own style sheet takes half of that
_OUTLOOK = re.compile(r"MsoNormal[^{}<>]{0,300}\{([^{}]{1,800})\}", re.IGNORECASE)
_STYLE = re.compile(r"\bstyle\s{0,3}=\s{0,3}(?:\"([^\"]{1,800})\"|'([^']{1,800})')", re.IGNORECASE)
_FAMILY = re.compile(r"font-family\s{0,3}:\s{0,3}([\w \t\r\n,'\"-]{2,150})", re.IGNORECASE)
_SIZE = re.compile(r"font-size\s{0,3}:\s{0,3}(\d{1,2}(?:\.\d{1,2})?(?:pt|px)|small|medium)\b", re.IGNORECASE)
_NO_QUOTES = str.maketrans("", "", "'\"")
_QUOTED = re.compile(r"<blockquote\b|class=[\"']?gmail_quote|id=[\"']?(?:divRplyFwdMsg|appendonsend)\b", re.IGNORECASE)


def look_of(mail: Message | None, sender: Address) -> str:
    """The font of a mail that `sender` wrote himself, as a CSS style ("font-family:Calibri,sans-serif;font-size:11pt"); ""
    where it is another's, or names none."""
    if mail is None or mail.sender.email != sender.email:
        return ""
    page = mail.html[:MOST_LOOKED_AT]
    if history := _QUOTED.search(page):
        page = page[: history.start()]
    outlook = _OUTLOOK.search(page)
    rules = [outlook[1]] if outlook else []
    rules += [html.unescape(found[1] or found[2]) for found in _STYLE.finditer(page)]
    rule = next((one for one in rules if _FAMILY.search(one)), "")
    family, size = _FAMILY.search(rule), _SIZE.search(rule)
    if family is None:
        return ""
    names = (" ".join(part.translate(_NO_QUOTES).split()) for part in family[1].split(","))
    named = ",".join(f"'{name}'" if " " in name else name for name in names if name)
    return f"font-family:{named}" + (f";font-size:{size[1].lower()}" if size else "")


def in_look(page: str, look: str) -> str:
    """A piece of HTML in that look."""
    return f'<div style="{html.escape(look)}">\n{page}</div>' if look else page
