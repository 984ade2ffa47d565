"""A person's own words, made ready for rules: wrapped lines joined, sentences and clauses told apart, letters plain.

The rules of an answer look for concepts near each other, and near means "in the same sentence". So the text is laid out
once: in `folded` every end of a sentence is a line break and nothing else is, which lets a pattern's `.` and `^` do the rest.
`text` and `folded` have the same length; a place found in one is a place in the other.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from bot.reading.language import fold

MOST_OWN = 4096  # characters of an answer that are looked at: what a person means stands at the top

_SPACES = re.compile(r"[ \t\u00a0\u2007\u202f\u200b\ufeff]+")
_LINES = re.compile(r" ?\r?\n[\s>|]*")
_BULLET = re.compile(r"(?:[-*•·–]|\(?\d{1,2}[.)]|\(?[a-z]\))\s")
_FACES = re.compile(r"[:;]-?[)(DPp](?=\s|$)|\^\^|[\u2600-\u27bf\u2b50\ufe0f\U0001f000-\U0001faff]+")
# An end of a sentence: not after an abbreviation or an initial, not inside a number or an address.
_END = re.compile(r"[.!]+[\"')]*(?=\s|$)|\?(?=[\s?!\"')]|$)[?!]*")
_SHORT = re.compile(
    r"(?:^|[\s(])(?:mr|mrs|ms|dr|prof|st|inc|ltd|co|corp|vs|approx|incl|excl|ca|tel|ext|att|attn|ref|min|max|dept|"
    r"e\.g|i\.e|z\.b|d\.h|u\.a|bzw|evtl|ggf|inkl|zzgl|hr|fr|str|sr|sra|srta|ing|m|mme|mlle|sig|dhr|mevr|[a-z]|p\.o|"
    r"jan|feb|mar|apr|jun|jul|aug|sept?|oct|okt|nov|dec|dez)$"
)
_NUMBER = re.compile(r"(?:^|[\s(])(?:no|nr|nos|num|ref|art|pos)$")  # short for "number" where one follows
_NUMBER_OF = re.compile(
    r"(?:po|p\.o|order|invoice|quote|quotation|part|item|model|serial|job|offer|drawing|ref|enquiry) no$"
)
# Where a number and its full stop are an ordinal though a capital follows: an article before it, a month or the like behind it.
_ORDINAL = re.compile(
    r"(?:^|\n *|\b(?:am|der|den|dem|zum|vom|bis|ab|im|des|die|das|und|seit|le|du|au|og|den) +)[0-3]?\d$"
)
_COUNTED = re.compile(
    r" ?(?:J[aä]n|Feb|M[aä]r|Apr|Ma[ij]|Jun|Jul|Aug|Sep|O[ck]t|Nov|De[csz]|KW|Kalenderwoche|Quartal|Woche|Halbjahr|Tag|Monat)"
)
_CLAUSE = re.compile(r"[,;:()\n]| - |\b(?:but|however|and|so|although|aber|und|sondern|mais|et|pero|maar|ma|mas)\b ")
_GREETING = re.compile(
    r"(?:(?:hi|hello|hey|hiya|dear|good (?:morning|afternoon|evening|day)|morning|afternoon|evening|greetings|g'day|howdy|hallo|"
    r"guten (?:tag|morgen|abend)|liebe[rs]?|sehr geehrte[rs]?|moin|servus|gruss gott|bonjour|bonsoir|salut|chere?|hola|buenos dias|"
    r"buenas(?: tardes)?|buen dia|estimad[oa]s?|querid[oa]|ciao|buongiorno|gentile|egregio|beste|geachte|hoi|dag|goedemorgen|ola|"
    r"bom dia|boa tarde|car[oa]|prezad[oa]|hej)\b[^\n,.!:;?]{0,40}?)(?:[,!:;\n]+| - )\s*"
)
_CALLED = re.compile(r"([\w'-]{2,20})(?: [\w'-]{2,20})?(?:[,!:;\n]+| - )\s*")  # "Alex, ..."
_LONG_LINE = 55  # a line at least this long may have been wrapped
_ABBREVIATION = 14  # characters before a full stop that decide whether it is an abbreviation's


@dataclass(frozen=True, slots=True)
class Words:
    """A text laid out for rules. `folded` is `text` in plain small letters with a line break at, and only at, the end of each
    sentence; a question keeps its "?"."""

    text: str
    folded: str

    def sentence(self, at: int) -> tuple[int, int]:
        """Where the sentence that holds a place begins and ends."""
        end = self.folded.find("\n", at)
        return self.folded.rfind("\n", 0, at) + 1, len(self.folded) if end < 0 else end

    def clause(self, at: int) -> int:
        """Where the clause that holds a place begins."""
        start, _ = self.sentence(at)
        return max((start + m.end() for m in _CLAUSE.finditer(self.folded[start:at])), default=start)

    def sentences(self) -> list[str]:
        """The folded sentences, none of them empty."""
        return [s for part in self.folded.split("\n") if (s := part.strip())]


def lay_out(own: str, names: frozenset[str] = frozenset()) -> Words:
    """The words of a person's own text without its salutation; beyond MOST_OWN characters nothing is read. `names` are those
    by which the reader may be called, folded."""
    text = _unwrap(_SPACES.sub(" ", _FACES.sub("\n", own[:MOST_OWN])).strip())
    folded = fold(text)
    marks = list(folded)
    hello = _GREETING.match(folded) or _CALLED.match(folded)
    if hello and (hello.re is _GREETING or hello[1] in names):
        marks[: hello.end()] = "\n" * hello.end()
    for found in _END.finditer(folded):
        start, end = found.span()
        if _inside(text, folded, start, end):
            continue
        asks = folded[start] == "?" or "?" in found[0]
        for place in range(start, end):
            marks[place] = "\n"
        if asks:
            marks[start] = "?"
        while end < len(marks) and marks[end] == " ":
            marks[end] = "\n"
            end += 1
    return Words(text.replace("\n", " "), "".join(marks))


def _inside(text: str, folded: str, start: int, end: int) -> bool:
    """Whether a full stop ends no sentence: an abbreviation's or an ordinal's."""
    if folded[start] != "." or end - start > 1:
        return False
    before = folded[max(0, start - _ABBREVIATION) : start]
    after = text[end : end + 2].strip()
    if not after:
        return False
    if before[-1:].isdigit():  # "am 14. Maerz", "1. item": an ordinal where no new sentence can be meant
        return bool(re.search(r"(?:^|\D)[0-3]?\d$", before)) and not (
            after[0].isupper() and not (_ORDINAL.search(before) or _COUNTED.match(text, end))
        )
    return bool(_SHORT.search(before) or (after[0].isdigit() and _NUMBER.search(before)) or _NUMBER_OF.search(before))


def _unwrap(text: str) -> str:
    """Lines that a mail program wrapped, joined again; a line break that stays ends a sentence."""
    out: list[str] = []
    place = 0
    for found in _LINES.finditer(text):
        line = text[place : found.start()]
        rest = text[found.end() : found.end() + 8]
        out.append(line)
        out.append(" " if _wrapped(line, rest, found[0].count("\n")) else "\n")
        place = found.end()
    out.append(text[place:])
    return "".join(out)


def _wrapped(line: str, rest: str, breaks: int) -> bool:
    """Whether a line goes on in the next."""
    if breaks > 1 or not line or not rest or line[-1] in ".!?:" or _BULLET.match(rest):
        return False
    if len(line) >= _LONG_LINE:
        return True
    return rest[0].islower() and line[-1] != "," and len(line) > 20
