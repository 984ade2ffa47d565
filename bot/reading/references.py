"""Reference numbers in a text: the quote's own number, and every number that may name a matter."""

from __future__ import annotations

import functools
import itertools
import re
from collections.abc import Iterable

from bot.model import mention
from bot.reading.quotewords import alternatives

# Letters, digits and inner - / . _ with at least one digit; "#20418". A token ends on a letter or digit.
TOKEN = r"#?[A-Z]{0,6}(?:[-/._]?[A-Z0-9]){2,24}"
# letters that stand apart from the digits ("GK 533"), which are no currency and no word in capitals
_APART = (
    r"(?!(?:USD|EUR|GBP|CHF|CAD|AUD|NZD|INR|RS|SGD|HKD|AED|SAR|ZAR|SEK|NOK|DKK|PLN|CZK|HUF|JPY|CNY|MXN|BRL|PO|NO|NR|REF|RFQ|"
    r"FOR|OF|AT|TO|IN|ON|IS|BY|OR|AND|THE|ALL|NET|INC|FOB|CIF|EXW|DDP|DAP|VAT|GST|WITH|FROM|OVER|ONLY|DATE)\b)[A-Z]{2,4}"
)
SPACED = rf"(?:(?:Q|QU|QT|QTE|EST|AN|AG|PR|OFF) |(?-i:{_APART} (?=\d{{3}})))?"
APART = re.compile(rf"(?<![\w@.,$€£/-]){_APART} \d{{3,8}}(?!\w)")
LIKE_REFERENCE = re.compile(
    r"(?<![\w@.,$€£/-])#?(?:[A-Za-z]{1,8}[-/._]?)?\d[A-Za-z0-9]*(?:[-/._][A-Za-z0-9]+){0,5}|(?<![\w@])[A-Z]{1,6}(?:[-/_][A-Z0-9]{1,10}){1,5}"
)
DATE = re.compile(
    r"#?(?:\d{1,2}[./-]\d{1,2}[./-](?:19|20)?\d\d|(?:19|20)\d\d[./-]\d{1,2}[./-]\d{1,2}|(?:19|20)\d\d|\d{1,2}(?:st|nd|rd|th))"
)
MOST_MENTIONS = 40


@functools.cache
def _labelled() -> re.Pattern[str]:
    """A label (quote, our ref), perhaps "revised" or "no.", and the number behind it."""
    label, word, between = alternatives("number_labels"), alternatives("number_words"), alternatives("number_between")
    return re.compile(
        rf"(?<![\w-]){label}(?:[ \t]+{between})?(?:[ \t]+{word}\b\.?|[ \t]*n[°ºr]\.?|[ \t]*#)?[ \t]*[:.]?[ \t]*"
        rf"(?:{word}\b\.?[ \t]*:?[ \t]*)?(?:is[ \t]+)?[(\[]?(?P<number>{SPACED}{TOKEN})(?![\w%])",
        re.IGNORECASE,
    )


@functools.cache
def _weakly_labelled() -> re.Pattern[str]:
    """Labels that name a number of any sort ("number on our side is", "please use"), and a label set off from its number
    by commas ("the revised quote, K-12-B, which"); the number must then show letters."""
    weak, label = alternatives("weak_labels"), alternatives("number_labels")
    return re.compile(
        rf"(?<![\w-])(?:{weak}[ \t]*|{label},[ \t]*(?={TOKEN}[,.;:)\n]))(?P<number>{TOKEN})(?![\w%])", re.IGNORECASE
    )


@functools.cache
def _other_label() -> re.Pattern[str]:
    """What stands before a number that is not the quote's: PO, drawing, phone."""
    label, word = alternatives("other_labels"), alternatives("number_words")
    return re.compile(
        rf"(?<![\w-]){label}s?\b\.?(?:[ \t]*(?:{word}\b\.?|#|n[°º]\.?))?[ \t]*[:.]?[ \t]*$", re.IGNORECASE
    )


def quote_number(texts: Iterable[str]) -> str | None:
    """The quote's number as written: the first labelled one, the texts tried in their order."""
    for text in texts:
        for match in _weakly_labelled().finditer(text):
            number = match["number"].rstrip("./-_")
            if _is_number(number) and re.search(r"[A-Za-z]", number) and not _foreign(text[: match.start()]):
                return number
        for match in _labelled().finditer(text):
            number = match["number"].rstrip("./-_")
            if _is_number(number) and not _foreign(text[: match.start()]):
                return number
    return None


def loose_number(text: str) -> str | None:
    """A number in a subject or a file name that names the quote without a label beside it: "Signage (S-0448)"."""
    for match in LIKE_REFERENCE.finditer(text):
        number = match.group().rstrip("./-_")
        if (
            _is_number(number)
            and not _foreign(text[: match.start()])
            and (re.search(r"[A-Za-z#/-]", number) or len(number) >= 4)
        ):
            return number
    return None


def mentions(*texts: str) -> frozenset[str]:
    """Digests of everything in the texts that looks like a reference number."""
    found: set[str] = set()
    for text in texts:
        for match in itertools.chain(APART.finditer(text), LIKE_REFERENCE.finditer(text)):
            token = match.group().rstrip("./-_")
            if sum(c.isdigit() for c in token) >= 2 and not DATE.fullmatch(token) and len(token) >= 3:
                found.add(mention(token))
                if len(found) >= MOST_MENTIONS:
                    return frozenset(found)
    return frozenset(found)


def _foreign(before: str) -> bool:
    return _other_label().search(before[-30:]) is not None


def _is_number(token: str) -> bool:
    """Whether a token can be a quote's number: digits enough, no date, no measure."""
    digits = sum(c.isdigit() for c in token)
    if digits < 1 or (digits < 2 and not re.search(r"[A-Za-z]{2}.*[-/]", token)) or DATE.fullmatch(token):
        return False
    if token.isdigit():
        return len(token) >= 3
    return not re.fullmatch(
        r"\d+(?:\.\d+)?(?:mm|cm|m|kg|k|pcs|x|ft|lb|in|v|kw|kva|hp|days|hrs?|off|h|st|nd|rd|th)", token, re.IGNORECASE
    )
