"""Our words on the page of a draft: where they go in a reply that the service has begun, and how they are found again."""

from __future__ import annotations

import hashlib
import html
import re

from bot.model import Draft
from bot.providers.graph_message import Item
from bot.providers.look import in_look

_PLACEHOLDER = "followup-draft-"
_TEXT, _END = '<div id="followup-text">', '<div id="followup-end"></div>'
_TEXT_SIGN = re.compile(r'<div [^<>]{0,200}?id="?followup-text\b', re.IGNORECASE)
_END_SIGN = re.compile(r'<div [^<>]{0,200}?id="?followup-end\b', re.IGNORECASE)


def placeholder(key: str) -> str:
    """What stands in a reply until our text does; letters and digits, so that no formatting tears it."""
    return _PLACEHOLDER + hashlib.blake2b(key.encode(), digest_size=10).hexdigest()


def words_of(draft: Draft, look: str = "") -> str:
    """Our text as HTML in that look (look.py), between the signs by which it is found again for a rewrite."""
    page = in_look(draft.html or html.escape(draft.text.strip()).replace("\n", "<br>\n"), look)
    return f"{_TEXT}{page}</div>{_END}"


def with_words(page: str, draft: Draft, look: str = "") -> str | None:
    """The page with our words in the place of the placeholder, or of our earlier words; None where it has neither."""
    words, sign = words_of(draft, look), placeholder(draft.key)
    if sign in page:
        before, _, after = page.partition(sign)
        return before + words + after.replace(sign, "")
    begins, ends = _TEXT_SIGN.search(page), _END_SIGN.search(page)
    if begins and ends and begins.end() <= ends.start():
        return page[: begins.start()] + words.removesuffix(_END) + page[ends.start() :]
    return None


def content_of(item: Item) -> str:
    """A message's page as it is."""
    body = item.get("body")
    return str(body.get("content") or "") if isinstance(body, dict) else ""
