"""What one line of a mail may be: a greeting, a closing formula, the writer's name, a contact line, a title. Each test
errs towards "no": a line that answers a question must never pass for a title."""

from __future__ import annotations

import re

from bot.reading.frame import Frame, Writer, frame

_MONEY = re.compile(r"[$€£¥₹]\s?\d|\d\s?(?:[$€£¥₹]|USD|EUR|GBP|CHF|AUD|CAD|INR)\b")
EMAIL = re.compile(r"[^\s@<>|:,;()\[\]]+@[^\s@<>|:,;()\[\]]+\.[^\s@<>|:,;()\[\]]{2,}")
_URL = re.compile(
    r"(?:https?://|www\.)\S+|"
    r"\b[a-z0-9-]{1,63}(?:\.[a-z0-9-]{1,63}){0,5}\."
    r"(?:com|net|org|example|io|biz|info|eu|de|at|ch|fr|it|es|nl|be|pt|pl|uk|us|ca|au|in)\b(?:/\S*)?",
    re.IGNORECASE,
)
_PHONE = re.compile(r"\+?\(?\d[\d \t().\-/\xa0]{5,24}\d")
_NUMBERED = re.compile(  # the number of a paper, not of a telephone
    r"\b(?:p\.?o|purchase order|order|quote|quotation|invoice|ref|reference|bestellung|auftrag|angebot|rechnung|"
    r"commande|devis|pedido|ordine|offerta|zlecenie)\b\.?[\s:#\-]{0,3}(?:no\.?|nr\.?)?[\s:#\-]{0,3}\S{0,20}\d",
    re.IGNORECASE,
)
_DAY = re.compile(r"\d{4}-\d\d-\d\d|\b\d{1,2}[./]\d{1,2}[./]\d{2,4}\b")
_WORD = re.compile(r"[^\W\d_]+(?:['’.\-][^\W\d_]+)*\.?")
_LETTERS = re.compile(r"[^\W\d_]+")
_NAME_LINE = re.compile(r"[^\W\d_][^\d_@:!?$€£%/\\<>\[\]{}#&+=]*$")
_ABBREVIATED = re.compile(
    r"\b(?:inc|ltd|co|corp|llc|plc|pty|gmbh|bros|sr|jr|st|ave|rd|blvd|str|s\.a|s\.p\.a|s\.r\.l|b\.v|n\.v|dipl|ing|dr|prof|dept|mgr|"
    r"ph\.d|b\.sc|m\.sc|mba|esq)\.$",
    re.IGNORECASE,
)
_SMALL_WORDS = (
    "of and for the at in to de la le du des et der die das und von van den für zu di e y da do dos del i.a. i.v."
)
_CONNECTIVES = frozenset(_SMALL_WORDS.split())
_LONGEST_LINE = 120


def is_greeting(line: str) -> bool:
    """Whether a line greets and says nothing else ("Hi Alex,")."""
    text = line.strip()
    if not text or len(text) > 60 or not (found := frame().greeting.match(text)):
        return False
    rest = text[found.end() :].strip(" ,!.:;-–—")
    return len(rest.split()) <= 5 and (text[-1] in ",:!-–—" or rest.istitle() or not rest)


def closing(line: str, writer: Writer, words: Frame) -> int:
    """0: no closing formula; 1: one by itself; 2: one with the writer's name in the same line ("Thanks, BT")."""
    if len(line) > 60:
        return 0
    core = line.strip(" \t,.!;:-–—*~_").casefold()
    if core in words.closings:
        return 1
    pieces = [piece.strip(" ,.!") for piece in re.split(r"[/&|,]| and | und | et ", core)]
    if len(pieces) > 1 and all(piece in words.closings for piece in pieces if piece):
        return 1
    if found := words.closing_start.match(line.lstrip(" -–—*~_")):
        rest = line.lstrip(" -–—*~_")[found.end() :].strip(" \t,.!;:-–—*~_")
        if rest and is_name(rest, writer, words):
            return 2
    return 0


def is_name(line: str, writer: Writer, words: Frame) -> int:
    """2: the writer's name, a short form of it, his initials, also with a title or a number behind it; 1: something
    that holds his name, as his company's may; 0: neither."""
    text = line.strip(" \t,.;:-–—*~_()/")
    if not text or len(text) > 80:
        return 0
    head = re.split(r"\s[-–—|/]\s|[,|]|\s{3,}|\t", text, maxsplit=1)[0].strip()
    if head != text and not (is_contact(text, writer, words) or is_title(text, words)):
        return 0
    if not _NAME_LINE.match(head):
        return 0
    letters = [word.strip(".").casefold() for word in _WORD.findall(head)]
    if not letters or len(letters) > 5:
        return 0
    joined = "".join(letters)
    if len(joined) <= 3 and (joined == writer.initials[:1] or sorted(joined) in writer.sorted_initials):
        return 2
    if joined in words.keeps or (len(letters[0]) > 1 and letters[0] in words.keeps | words.greetings):
        return 0
    known = [word for word in letters if _same_name(word, writer.names)]
    if not known:
        return 2 if len(letters) == 1 and any(joined == a + b for a in writer.names for b in writer.names) else 0
    if len(letters) > 1 and not all_capitalised(head):
        return 0
    return 2 if all(len(word) == 1 or word in known for word in letters) else 1


def _same_name(word: str, names: frozenset[str]) -> bool:
    """A name of the writer, or a short form that shares its beginning (Ed, Edward)."""
    if word in names:
        return True
    if len(word) < 3:
        return False
    return any(name.startswith(word[:4]) or word.startswith(name[:4]) for name in names if len(name) > 3)


def is_contact(line: str, writer: Writer, words: Frame) -> bool:
    """Whether the line is a telephone number, an address of any kind, or several, with hardly a word besides. Another
    person's address is none: it may be the very answer ("ask him instead")."""
    if len(line) > _LONGEST_LINE or _MONEY.search(line):
        return False
    if not all(_may_be_own(address, writer, words) for address in EMAIL.findall(line)):
        return False
    rest = _URL.sub(" ", EMAIL.sub(" ", line))
    if _PHONE.search(rest) and not _NUMBERED.search(rest) and not _DAY.search(rest):
        rest = _PHONE.sub(lambda found: " " if sum(c.isdigit() for c in found[0]) >= 7 else found[0], rest)
    if rest == line:
        return False
    rest = words.contact.sub(" ", rest)
    left = _WORD.findall(rest)
    if left and left[0].casefold() in words.keeps:  # "Call me on ..."
        return False
    return len(left) <= 4 and sum(word[0].islower() for word in left) <= 2 and not rest.rstrip().endswith(("?", "!"))


def _may_be_own(address: str, writer: Writer, words: Frame) -> bool:
    local = address.partition("@")[0].casefold()
    if address.casefold() == writer.email or local in words.mailboxes:
        return True
    return any(_same_name(word, writer.names) for word in _LETTERS.findall(local)) or local[1:] in writer.names


def is_title(line: str, words: Frame) -> bool:
    """Whether the line may be a title, a company, or a street: short, no sentence, no money, no word that answers a
    question."""
    if len(line) > 90 or _MONEY.search(line) or _NUMBERED.search(line):
        return False
    every = _WORD.findall(line)
    if not every:
        return len(line) <= 10  # an extension: "x 7086"
    if len(every) > 10:
        return False
    if line[-1] in "?!:;" or (line[-1] == "." and len(every) > 1 and not _ABBREVIATED.search(line)):
        return False
    if every[0].casefold().strip(".") in words.keeps or line.casefold().strip(" .,!") in words.keeps:
        return False
    if every[0].casefold() in words.greetings:
        return False
    small = sum(word[0].islower() and word not in _CONNECTIVES for word in every)
    return (line[0].isupper() or not line[0].isalpha()) and small <= (2 if len(every) > 3 else 1)


def all_capitalised(line: str) -> bool:
    """Whether every word begins with a capital, small words and initials ("i. A.") aside."""
    return all(word[0].isupper() or word in _CONNECTIVES or len(word.strip(".")) == 1 for word in _WORD.findall(line))
