"""Until when a quote stands: "valid 30 days", "firm through the end of August", "expires 24 July"."""

from __future__ import annotations

import calendar
import datetime as dt
import functools
import re
from collections.abc import Sequence

from bot.reading.dates import Grain, Moment, Relation
from bot.reading.quotewords import alternatives, words
from bot.reading.totals import Scan

LONGEST_DAYS = 730
SENTENCE_END = re.compile(r"[.!?]\s+[A-ZÄÖÜ]")
FROM = re.compile(r"\b(?:from|of|after|ab|vom|à partir|desde)\b", re.IGNORECASE)
TOWARDS = re.compile(
    r"\b(?:to|until|till|through|thru|by|before|bis|zum|jusqu['’]\w+|au|hasta|el)(?: the)?\s*$", re.IGNORECASE
)
ENDS = frozenset({Relation.UNTIL, Relation.THROUGH, Relation.BY, Relation.BEFORE})


@functools.cache
def _duration() -> re.Pattern[str]:
    count = "|".join(sorted(_counts(), key=len, reverse=True))
    units = "|".join(f"(?P<{unit}>{alternatives(unit)})" for unit in ("days", "fortnights", "weeks", "months"))
    return re.compile(
        rf"\b(?P<count>\d{{1,3}}|{count})\b(?:-| )?(?:\([^)\n]{{1,12}}\) ?)?"
        rf"(?:(?P<working>{alternatives('working')}) )?(?:full |calendar |more )?(?:{units})\b",
        re.IGNORECASE,
    )


@functools.cache
def _counts() -> dict[str, int]:
    """Number words of durations: "word=7"."""
    pairs = (pair.split("=") for pair in words("counts"))
    return {word.replace("_", " "): int(number) for word, number in pairs}


def valid_until(seen: Scan, at: dt.datetime, moments: Sequence[Moment]) -> tuple[dt.date, str] | None:
    """The last valid day that a text states, and its words. `moments` are those of the same text; a span of days
    counts from `at`, the local time of the mail."""
    for _rule, match in seen.matches.of("validity"):
        found = _stated(seen.text, match, at.date(), moments)
        if found is not None:
            return found
    return None


def _stated(text: str, match: re.Match[str], today: dt.date, moments: Sequence[Moment]) -> tuple[dt.date, str] | None:
    """The end that the words behind one "valid" state: a span of days or a moment, whichever comes first."""
    begin, end = match.span("rest")
    if stop := SENTENCE_END.search(text, begin, end):
        end = stop.start() + 1
    span = _duration().search(text, begin, end)
    named = next(
        (
            m
            for m in moments
            if m.end > begin and m.start < end and m.start >= match.start() and not (m.past or m.ambiguous or m.negated)
        ),
        None,
    )
    if span and not _is_lead_time(text, span) and (named is None or span.start() < named.end):
        day = _after(_counted_from(text, span, named, today), span)
        if (
            named is not None
            and named.start <= span.start()
            and named.grain is Grain.DAY
            and FROM.search(text, span.end(), named.end)
        ):
            day = named.first  # the moment's own words are "30 days from 20 March"
        return (day, " ".join(text[match.start() : span.end()].split())) if day else None
    if named is None:
        return None
    last = named.last or named.first
    if named.relation is Relation.BEFORE:
        last = named.first - dt.timedelta(days=1)
    if today <= last <= today + dt.timedelta(days=LONGEST_DAYS) and _leads_there(text, match, named):
        return last, " ".join(text[match.start() : named.end].split())
    return None


def _counted_from(text: str, span: re.Match[str], named: Moment | None, today: dt.date) -> dt.date:
    """The day a span counts from: one it names ("45 days from 3 March"), else that of the mail."""
    if named is not None and FROM.search(text, span.end(), named.end):
        return named.first
    return today


def _leads_there(text: str, match: re.Match[str], moment: Moment) -> bool:
    """Whether the words between lead to an end ("until") or are nearly none ("expires 24 July", "Valid: 24 July")."""
    between = text[match.start("rest") : moment.start]
    return moment.relation in ENDS or len(between.strip(" :,")) <= 12 or TOWARDS.search(between) is not None


def _is_lead_time(text: str, span: re.Match[str]) -> bool:
    """ "30 days net", "5 weeks after order": other spans that stand beside prices."""
    return (
        re.match(
            r" (?:lead|delivery|net\b|ARO|after (?:receipt|order)|from (?:receipt|order)|ago)",
            text[span.end() : span.end() + 16],
            re.IGNORECASE,
        )
        is not None
    )


def _after(day: dt.date, span: re.Match[str]) -> dt.date | None:
    written = span["count"].casefold()
    count = int(written) if written.isdigit() else _counts()[written]
    if span["months"]:
        return _add_months(day, count)
    days = count * (14 if span["fortnights"] else 7 if span["weeks"] else 1)
    if not 0 < days <= LONGEST_DAYS:
        return None
    if span["working"]:
        for _ in range(days):
            day += dt.timedelta(days=3 if day.weekday() == 4 else 2 if day.weekday() == 5 else 1)
        return day
    return day + dt.timedelta(days=days)


def _add_months(day: dt.date, count: int) -> dt.date | None:
    if not 0 < count <= 24:
        return None
    year, month = divmod(day.year * 12 + day.month - 1 + count, 12)
    return dt.date(year, month + 1, min(day.day, calendar.monthrange(year, month + 1)[1]))
