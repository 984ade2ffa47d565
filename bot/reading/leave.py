"""Whether a calendar entry is the rep's own leave.

An all-day or longer entry titled vacation, leave, PTO, holiday, out of office or the like. The word alone will not do:
"Lake Vacation Homes" is a customer, "Leave for Denver" an errand, "Beth on leave" a colleague's absence.
"""

from __future__ import annotations

import datetime as dt
import re

from bot.model import Entry
from bot.reading.notewords import note_words
from bot.reading.settings import ReadSettings

_SPLIT = re.compile(r"[\s,:;()\[\]!–—*-]+")
_NONE: frozenset[str] = frozenset()


def is_leave(entry: Entry, settings: ReadSettings) -> bool:
    """Whether the entry fills whole days and its title says that the rep is away."""
    if not _fills_days(entry, settings):
        return False
    title = entry.title.strip()[:200]
    return any(
        not (title[m.start() - 1 : m.start()].isalnum() or title[m.end() : m.end() + 1].isalnum())
        and _is_own(title[: m.start()], title[m.end() :], settings)
        for m in note_words().leave.finditer(title)
    )


def _fills_days(entry: Entry, settings: ReadSettings) -> bool:
    start, end = entry.start.astimezone(settings.zone), entry.end.astimezone(settings.zone)
    midnight = dt.time(0)
    whole = start.time() == midnight == end.time() and end.date() > start.date()
    return entry.all_day or whole or end - start > dt.timedelta(days=1)


def _is_own(before: str, after: str, settings: ReadSettings) -> bool:
    """Whether what stands before and after the leave word leaves it the rep's own absence."""
    sets = note_words().sets
    lead, tail, never = (sets.get(name, _NONE) for name in ("leave_lead", "leave_tail", "leave_never"))
    if any(w.casefold() not in lead and not _is_me(w, settings) for w in _SPLIT.split(before) if w):
        return False
    words = [w for w in _SPLIT.split(after) if w]
    if not words or words[0].casefold() in tail or _is_me(words[0], settings):
        return True
    if any(w.casefold() in never for w in words[:3]):
        return False
    # Behind a mark anything may follow; without one, only a name ("Vacation Hawaii").
    return after[0] in ":-–,(!/" or after[:3] in (" - ", " – ") or not words[0][0].islower()


def _is_me(word: str, settings: ReadSettings) -> bool:
    """Whether a word may be the rep's own name: part of one of his addresses."""
    plain = word.casefold().removesuffix("'s").removesuffix("’s")
    return len(plain) > 1 and any(plain in address.partition("@")[0] for address in settings.me)
