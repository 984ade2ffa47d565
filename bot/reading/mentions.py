"""The reference numbers a mail names, kept as digests: by them a mail in a new thread finds its quote."""

from __future__ import annotations

import re

from bot.model import mention

MOST_TOKENS = 60
_DIGIT = re.compile(r"\d")
_TOKEN = re.compile(r"(?<![\w@/.+-])#?[^\W_]+(?:[-/_.][^\W_]+){0,8}")
_NOT_A_NAME = (
    re.compile(r"\d{1,2}[:.h]\d{2}(?:[:.]\d{2})?(?:am|pm|uhr)?|\d{1,2}(?:am|pm|h|uhr)", re.IGNORECASE),  # a time
    re.compile(r"\d{1,4}[./-]\d{1,2}(?:[./-]\d{2,4})?|(?:19|20)\d\d"),  # a date, a year
    re.compile(r"\d{1,2}(?:st|nd|rd|th)|q[1-4]|h[12]|fy\d{2,4}", re.IGNORECASE),  # an ordinal, a quarter
    re.compile(r"\d{1,3}(?:[.,]\d{3})+(?:[.,]\d{1,2})?|\d+[.,]\d{1,2}"),  # grouped or with cents: an amount
    re.compile(
        r"(?:eur|usd|gbp|chf|rs|inr|aud|cad)?\d+(?:k|m|kg|mm|cm|ft|in|lb|lbs|pcs|kw|v|eur|usd|gbp|chf|x)?",
        re.IGNORECASE,
    ),
)
_NUMBERED = re.compile(
    r"(?:no|nr|num|number|nummer|numero|ref|reference|po|order|quote|quotation|offer|angebot|bestellung|devis|"
    r"commande|pedido|oferta|offerte|ordine|rfq|job|#|n°|nº)\W{0,3}$",
    re.IGNORECASE,
)
_PREFIX = re.compile(r"(?<![^\W_])([A-Z]{1,4})[ ]$")
_PHONE = re.compile(r"(?:\+|\b00|\()\d[\d ()/.-]{6,20}\d|\b\d{3}[ .-]\d{3}[ .-]\d{4}\b|\b0\d{2,4}[ /-]\d[\d ]{4,10}\d")
_MONEY_BEFORE = re.compile(r"(?:[$€£₹¥]|\b(?:eur|usd|gbp|chf|rs|inr|aud|cad)\.?) ?$", re.IGNORECASE)


def mentions_in(text: str) -> frozenset[str]:
    """Digests (`bot.model.mention`) of what looks like a reference number: at least three letters or digits with a digit among
    them, and neither a time, a date, a phone number nor an amount. Bare numbers count from four digits on, or where a word
    like "PO" stands before them."""
    if not _DIGIT.search(text):
        return frozenset()
    clean = _PHONE.sub(lambda m: " " * len(m[0]), text)
    found: set[str] = set()
    for match in _TOKEN.finditer(clean):
        token = match[0].lstrip("#")
        if len(token) < 3 or not any(c.isdigit() for c in token):
            continue
        before = clean[max(0, match.start() - 14) : match.start()]
        named = match[0].startswith("#") or bool(_NUMBERED.search(before))
        if _MONEY_BEFORE.search(before) or not (named or _looks_like_a_name(token)):
            continue
        found.add(mention(token))
        if token.isdigit() and (prefix := _PREFIX.search(before)):  # "Q 1042" is Q-1042 to whoever wrote it
            found.add(mention(prefix[1] + token))
        if len(found) >= MOST_TOKENS:
            break
    return frozenset(found)


def _looks_like_a_name(token: str) -> bool:
    if token.isdigit() and len(token) >= 4:
        return not re.fullmatch(r"(?:19|20)\d\d", token)
    return not any(pattern.fullmatch(token) for pattern in _NOT_A_NAME) and sum(c.isalnum() for c in token) >= 3
