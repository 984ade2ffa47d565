"""Where the writer's signature begins: closing formula, name, contact lines, mobile footers, disclaimers.

Read from the bottom up, as a person would: what looks like a name, a title or a telephone number belongs to the
signature as long as a name, a closing formula or a contact line anchors it. In doubt a line stays: a missed signature
costs nothing, a lost "unsubscribe" costs a customer.
"""

from __future__ import annotations

import re

from bot.reading.frame import Frame, Writer, frame

_DELIMITER = re.compile(r"(?:--|—|––|-- -)\s*$")
_RULE = re.compile(r"[\s\-_=*~#+.·•|>\u2014\u2013\u1427]+$")
_MONEY = re.compile(r"[$€£¥₹]\s?\d|\d\s?(?:[$€£¥₹]|USD|EUR|GBP|CHF|AUD|CAD|INR)\b")
_EMAIL = re.compile(r"[^\s@<>|:,;()\[\]]+@[^\s@<>|:,;()\[\]]+\.[^\s@<>|:,;()\[\]]{2,}")
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
_LISTED = re.compile(r"(?:\d{1,2}[.)]|[-*•–])\s")
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
_DEEPEST = 16  # lines with words that a signature may have
_MOST_AFTER_DELIMITER = 20
_LONGEST_LINE = 120
_BANNER_LINES = 6


def cut_signature(block: list[str], writer: Writer, alone: bool) -> set[int]:
    """The lines of `block` that are no words of the message: the signature at its end, footers, disclaimers, and a
    banner on top.

    `alone`: the writer wrote nothing else, so that a closing word ("Thanks!") may be all he has to say and stays.
    """
    words = frame()
    text = "\n".join(block)
    found = words.trims.spans(text)
    gone = _banners(block, found.get("banners", []))
    end = _disclaimer(block, found.get("disclaimers", []))
    end, footers = _strip_footers(block, end, found.get("footers", []))
    end = min(end, _delimiter(block, end))
    start = _bottom_up(block, end, writer, words)
    if start < end:
        start = _keep_something(block, start, end, gone | footers, writer, alone, words)
    return gone | footers | set(range(min(start, end), len(block)))


def is_greeting(line: str) -> bool:
    """Whether a line greets and says nothing else ("Hi Alex,")."""
    text = line.strip()
    if not text or len(text) > 60 or not (found := frame().greeting.match(text)):
        return False
    rest = text[found.end() :].strip(" ,!.:;-–—")
    return len(rest.split()) <= 5 and (text[-1] in ",:!-–—" or rest.istitle() or not rest)


def _banners(block: list[str], spans: list[tuple[int, int]]) -> set[int]:
    """Warnings that a company's mail server puts on top ("EXTERNAL EMAIL: ...")."""
    gone: set[int] = set()
    for first, last in spans:
        if first < _BANNER_LINES:
            gone |= set(range(first, last + 1))
    if gone:  # the rest of the paragraph is the same warning
        at = max(gone) + 1
        while at < len(block) and block[at].strip() and len(block[at]) > 30 and not is_greeting(block[at]):
            gone.add(at)
            at += 1
    return gone


def _disclaimer(block: list[str], spans: list[tuple[int, int]]) -> int:
    """Where the disclaimers and company lines at the end begin. One that opens the mail is taken for its text."""
    first = next((i for i, line in enumerate(block) if line.strip()), 0)
    end = len(block)
    for start, _ in spans:
        while start > first and block[start - 1].strip() and len(block[start - 1]) > 40:
            start -= 1
        if start > first:
            end = min(end, start)
    return end


def _strip_footers(block: list[str], end: int, spans: list[tuple[int, int]]) -> tuple[int, set[int]]:
    """Footers of telephones ("Sent from my iPhone") at the end; they go alone, what stands above is looked at again."""
    marked: set[int] = set()
    for first, last in spans:
        marked |= set(range(first, last + 1))
    last = _last_with_words(block, end)
    while last >= 0 and (last in marked or _RULE.match(block[last])):
        last = _last_with_words(block, last)
    footers = {i for i in marked if i < last and last - i <= 4 and _close_to_end(block, i, last, marked)}
    return last + 1, footers


def _close_to_end(block: list[str], at: int, last: int, marked: set[int]) -> bool:
    """A footer above the last lines goes only where those look like a signature, not like a sentence."""
    others = [block[i].rstrip() for i in range(at, last + 1) if i not in marked]
    return all(len(line) < 60 and not line.endswith(("?", "!", ".")) for line in others)


def _last_with_words(block: list[str], end: int) -> int:
    last = end - 1
    while last >= 0 and not block[last].strip():
        last -= 1
    return last


def _delimiter(block: list[str], end: int) -> int:
    """RFC 3676 section 4.3: "-- " parts the signature; many write it without its space."""
    for at in range(max(0, end - 60), end):
        if not _DELIMITER.match(block[at]):
            continue
        rest = [line for line in block[at + 1 : end] if line.strip()]
        if len(rest) <= _MOST_AFTER_DELIMITER and (block[at] == "-- " or sum(map(len, rest)) <= 600):
            return at
    return end


def _bottom_up(block: list[str], end: int, writer: Writer, words: Frame) -> int:
    """The line at which the signature begins; `end` where there is none."""
    seen = contacts = titles = 0
    top_contact = top_name = end
    at = end
    strange = False  # a line that only stands below a name may be part of a signature
    while at > 0 and seen < _DEEPEST:
        at -= 1
        line = block[at].strip()
        if not line or _RULE.match(line):
            continue
        seen += 1
        closing = _closing(line, writer, words)
        if closing and (seen > 1 or closing > 1) and not (strange and not contacts):
            return _over_rule(block, at)
        if sure := _is_name(line, writer, words):
            top_name = at
            if sure > 1:
                break
        elif _is_contact(line, writer, words):
            contacts += 1
            top_contact = at
        elif _is_title(line, words):
            titles += 1
            strange = strange or not _all_capitalised(line)
            if titles > 4 and not contacts:
                break
        else:
            break
    if top_name < end:
        return _with_closing_above(block, top_name, words, writer)
    return _contact_paragraph(block, top_contact, end, writer, words) if contacts else end


def _closing(line: str, writer: Writer, words: Frame) -> int:
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
        if rest and _is_name(rest, writer, words):
            return 2
    return 0


def _is_name(line: str, writer: Writer, words: Frame) -> int:
    """2: the writer's name, a short form of it, his initials, also with a title or a number behind it; 1: something
    that holds his name, as his company's may; 0: neither."""
    text = line.strip(" \t,.;:-–—*~_()/")
    if not text or len(text) > 80:
        return 0
    head = re.split(r"\s[-–—|/]\s|[,|]|\s{3,}|\t", text, maxsplit=1)[0].strip()
    if head != text and not (_is_contact(text, writer, words) or _is_title(text, words)):
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
    if len(letters) > 1 and not _all_capitalised(head):
        return 0
    return 2 if all(len(word) == 1 or word in known for word in letters) else 1


def _same_name(word: str, names: frozenset[str]) -> bool:
    """A name of the writer, or a short form that shares its beginning (Ed, Edward)."""
    if word in names:
        return True
    if len(word) < 3:
        return False
    return any(name.startswith(word[:4]) or word.startswith(name[:4]) for name in names if len(name) > 3)


def _is_contact(line: str, writer: Writer, words: Frame) -> bool:
    """Whether the line is a telephone number, an address of any kind, or several, with hardly a word besides. Another
    person's address is none: it may be the very answer ("ask him instead")."""
    if len(line) > _LONGEST_LINE or _MONEY.search(line):
        return False
    if not all(_may_be_own(address, writer, words) for address in _EMAIL.findall(line)):
        return False
    rest = _URL.sub(" ", _EMAIL.sub(" ", line))
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


def _is_title(line: str, words: Frame) -> bool:
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


def _all_capitalised(line: str) -> bool:
    """Whether every word begins with a capital, small words and initials ("i. A.") aside."""
    return all(word[0].isupper() or word in _CONNECTIVES or len(word.strip(".")) == 1 for word in _WORD.findall(line))


def _with_closing_above(block: list[str], name: int, words: Frame, writer: Writer) -> int:
    """What stands right over a name and belongs to it: the name itself over a company of the same name, the closing
    formula, a ruled line."""
    if name and _is_name(block[name - 1].strip(), writer, words):
        name -= 1
    above = name - 1
    while above >= 0 and above >= name - 4 and not block[above].strip():
        above -= 1
    if above >= 0 and _closing(block[above].strip(), writer, words):
        return _over_rule(block, above)
    return _over_rule(block, name)


def _over_rule(block: list[str], at: int) -> int:
    return at - 1 if at > 0 and block[at - 1].strip() and _RULE.match(block[at - 1]) else at


def _contact_paragraph(block: list[str], top: int, end: int, writer: Writer, words: Frame) -> int:
    """Contact lines without the writer's name, where one is his own address: from the first, with the title lines over
    it. Any others may be those of somebody whom he names."""
    own = any(address.casefold() == writer.email for line in block[top:end] for address in _EMAIL.findall(line))
    if not own or any(_LISTED.match(line) for line in block[top:end]):
        return end
    at = top
    while (
        at > max(0, top - 3) and (line := block[at - 1].strip()) and _is_title(line, words) and _all_capitalised(line)
    ):
        at -= 1
    return at if not at or not block[at - 1].strip() else end


def _keep_something(
    block: list[str], start: int, end: int, gone: set[int], writer: Writer, alone: bool, words: Frame
) -> int:
    """Where nothing but a greeting would be left, the closing formula is the message, and a bare name or number
    stays."""
    rest = [line for i, line in enumerate(block[:start]) if i not in gone and line.strip()]
    if not alone or any(not is_greeting(line) for line in rest):
        return start
    at = start
    while at < end and not block[at].strip():
        at += 1
    closing = _closing(block[at].strip(), writer, words) if at < end else 0
    if closing:
        return at + 1
    return end if not rest else start
