"""When somebody is back, and whom to turn to meanwhile: the words of an absence, a machine's or a person's.

The dates come from bot/reading/dates.py; here each gets its part by the words around it. A day of return beats a
last day away; after a last day away comes the next working day. Of several absences the one that holds now counts,
else the next.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum, auto

from bot.reading.dates import Grain, Moment, Relation, find_moments
from bot.reading.notice_rules import cue, flat, rules, sentence_at, words

_ADDRESS = re.compile(r"[\w.+'-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63}){1,6}")
_NOT = re.compile(r"n['’]t\b|\b(?:not|nicht|kein\w*|pas|sans|no|sin|non|niet|não|sem|without)\b", re.IGNORECASE)
_BEFORE = re.compile(  # "not in before Monday", "no signal until Monday": Monday is the first day back
    r"(?:before|vor|avant|antes|prima|voor|przed|until|till|bis|jusqu\w*|hasta|até|fino|tot)\b", re.IGNORECASE
)
_CAPITALS = re.compile(r"[^\W\d_a-zß-öø-ÿ][\w'’-]{0,29}")
_NEAR = 160  # characters after "please contact" in which an address still belongs to it
_NAME_NEAR = 70
_STALE = dt.timedelta(days=330)  # a day without a year that lies further ahead is last year's: the notice was left on


class _Part(StrEnum):
    BACK = auto()  # the first day back
    LAST = auto()  # the last day away
    START = auto()  # the absence begins
    PLAIN = auto()  # named without either


@dataclass(frozen=True, slots=True)
class Absence:
    """An absence that a text declares. `until` is the first day back, None where none is said; `contact` is the
    deputy's address, else the name."""

    until: dt.date | None
    contact: str | None
    words: str
    rule: str


def absence_of(
    text: str, at: dt.datetime, country: str, own: Iterable[str] = (), *, machine: bool = False
) -> Absence | None:
    """The absence that `text` declares, or None. `at` is the local time of the mail, `own` the addresses that are no
    deputy's (the writer's and the rep's). What only a machine means as an absence ("on my return") counts where
    `machine` says that one wrote the text."""
    plain = flat(text)
    hits = [(rule, found) for rule, found in rules("away").matches(plain) if machine or not rule.data.get("weak")]
    if not hits:
        return None
    rule, found = min(hits, key=lambda hit: hit[1].start())
    first, last = sentence_at(plain, found.start(), found.end())
    spans = [sentence_at(plain, hit.start(), hit.end()) for _, hit in hits]
    until = return_day(plain, at, country, spans)
    return Absence(until, deputy(plain, own), plain[first:last].strip()[:300], rule.name)


def return_day(text: str, at: dt.datetime, country: str, spans: Iterable[tuple[int, int]] = ()) -> dt.date | None:
    """The first day back that a flat text names. `spans` are the sentences that speak of the absence: days named
    there without "until" or "back" count as days away."""
    today, away = at.date(), list(spans)
    moments = [m for m in find_moments(text, at, country) if not m.ambiguous]
    back: list[dt.date] = []
    gone: list[tuple[dt.date, dt.date]] = []
    named: list[tuple[dt.date, dt.date]] = []  # without a word for it, in a sentence about the absence
    for index, moment in enumerate(moments):
        before = text[max(moments[index - 1].end if index else 0, moment.start - 90) : moment.start]
        after = text[
            moment.end : min(moments[index + 1].start if index + 1 < len(moments) else len(text), moment.end + 70)
        ]
        inside = any(first <= moment.start < last for first, last in away)
        if "," in moment.words:  # "on Monday, 8 June, back": the comma that ends an apposition
            after = after.removeprefix(",").lstrip()
        part = _part(moment, _sentence_tail(before), _sentence_head(after))
        if part is _Part.BACK:
            back.append(_named(moment)[0])
        elif part is _Part.LAST:
            gone.append(_days_gone(moment, today, part))
        elif part is _Part.PLAIN and inside:
            named.append(_days_gone(moment, today, part))
    fresh = [day for day in back if today <= day]
    if back and fresh:
        return _unless_stale(min(fresh), today, moments)
    last_day = _end_of_absence(gone or named, today)
    return _unless_stale(_next_working_day(last_day), today, moments) if last_day else None


def _part(moment: Moment, before: str, after: str) -> _Part:
    """The part a day plays, by the words of its sentence before it and after it."""
    lead = before + " " + moment.words
    if cue("back").search(before) or (moment.relation is Relation.FROM and "not" in moment.words.casefold()):
        return _Part.BACK
    if moment.relation is Relation.FROM and _BEFORE.match(moment.words) and _NOT.search(before):
        return _Part.BACK
    if cue("since").search(before):
        return _Part.START
    if moment.grain is Grain.RANGE or moment.relation in (Relation.UNTIL, Relation.THROUGH):
        return _Part.BACK if cue("back").search(lead) else _Part.LAST
    if cue("back").search(after) and not cue("absent").search(after):
        return _Part.BACK
    if moment.relation in (Relation.FROM, Relation.AFTER):
        return _Part.START
    return _Part.PLAIN


def _sentence_tail(text: str) -> str:
    """What of the words before a day still belongs to its sentence."""
    return re.split(r"(?<=[^\W\d]{3})[.](?=\s)|[!?;](?=\s)|\n\n", text)[-1]


def _sentence_head(text: str) -> str:
    """What of the words after a day still belongs to it: the next clause does not."""
    return re.split(r"[.!?;:](?=\s|$)|, |\n\n| and | und | et | en | oraz ", text)[0]


def _named(moment: Moment) -> tuple[dt.date, dt.date]:
    return moment.named if moment.named[0] > dt.date.min else (moment.first, moment.last or moment.first)


def _days_gone(moment: Moment, today: dt.date, part: _Part) -> tuple[dt.date, dt.date]:
    """First and last day away. "Until September" and "until next week" end before what they name begins."""
    first, last = _named(moment)
    if moment.relation is Relation.UNTIL and moment.grain in (Grain.WEEK, Grain.MONTH, Grain.LONGER) and first > today:
        return today, first - dt.timedelta(days=1)
    return (min(first, today) if part is _Part.LAST and moment.grain is not Grain.RANGE else first), last


def _end_of_absence(gone: list[tuple[dt.date, dt.date]], today: dt.date) -> dt.date | None:
    """The last day of the absence that holds today, else of the next one; days that follow on each other are one
    absence."""
    end: dt.date | None = None
    for first, last in sorted(span for span in gone if span[1] >= today):
        if end is not None and first > _next_working_day(end):
            break
        end = last if end is None else max(end, last)
    return end


def _next_working_day(day: dt.date) -> dt.date:
    day += dt.timedelta(days=1)
    while day.weekday() >= 5:
        day += dt.timedelta(days=1)
    return day


def _unless_stale(day: dt.date, today: dt.date, moments: list[Moment]) -> dt.date | None:
    exact = any(m.exact for m in moments)
    return day if exact or day - today < _STALE else None


def deputy(text: str, own: Iterable[str] = ()) -> str | None:
    """Whom a flat text points to: the address nearest behind words like "please contact", else the name, else the
    only other address in the text."""
    avoid = {address.casefold() for address in own}
    others = [found for found in _ADDRESS.finditer(text) if found.group().strip(".'").casefold() not in avoid]
    cues = [*cue("deputy").finditer(text)]
    for found in cues:
        near = [a for a in others if 0 <= a.start() - found.end() <= _NEAR]
        if near:
            return near[0].group().strip(".'").casefold()
    covering = [*cue("covering").finditer(text)]
    for found in covering:
        near = [a for a in others if -_NAME_NEAR <= a.start() - found.start() <= _NEAR]
        if near:
            return near[0].group().strip(".'").casefold()
    if len({a.group().casefold() for a in others}) == 1:
        return others[0].group().strip(".'").casefold()
    for found in cues:
        if name := _name_after(text, found.end()):
            return name
    for found in covering:
        if name := _name_before(text, found.start()):
            return name
    return None


def _name_after(text: str, at: int) -> str | None:
    """The first name of a person in the next words of the sentence."""
    clause = re.split(r"(?<=[^\W\d_]{4})[.](?=\s)|[!?;](?=\s)|\n\n", text[at : at + _NAME_NEAR])[0]
    return _name_in(clause)


def _name_before(text: str, at: int) -> str | None:
    first = max(0, at - _NAME_NEAR)
    clause = re.split(r"(?<=[^\W\d_]{4})[.](?=\s)|[!?;,](?=\s)|\n\n", text[first:at])[-1]
    return _name_in(clause)


def _name_in(clause: str) -> str | None:
    """A run of two or more capitalised words that are no ordinary ones; one alone only after a title or "contact"
    itself."""
    tokens = clause.replace(",", " , ").replace("(", " ( ").replace(":", " : ").split()
    run: list[str] = []
    titled = False
    for token in [*tokens, ""]:
        bare = token.strip(".,()<>\"'")
        if bare.casefold() in words("names"):
            titled, run = True, []
        elif (
            bare and _CAPITALS.fullmatch(bare) and re.split("['’]", bare.casefold())[0] not in words("not_names")
        ) or (
            run
            and bare.casefold() in {"de", "van", "von", "der", "den", "da", "di", "dos", "del", "la", "le", "ter", "el"}
        ):
            run.append(bare)
        elif run:
            if len(run) > 1 or titled:
                return " ".join(run)
            run = []
        elif bare:
            titled = False
    return None
