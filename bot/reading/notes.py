"""What a calendar entry says: a note to call somebody later, a call that reached nobody, a customer who did not come, a
meeting, the rep's leave.

The decision, highest first: a request to call or write later; no-show; call attempted; meeting with an outsider;
nothing. The words that decide are data (languages/*.notes.toml). Dates in an entry count from the day it was made.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator
from dataclasses import dataclass

from bot.model import Entry, Kind, Mark, Reading, mention
from bot.reading.dates import Moment, Relation, find_moments
from bot.reading.leave import is_leave
from bot.reading.notewords import date_words, note_words
from bot.reading.settings import ReadSettings

MOST_WORDS = 400
DENIED = "no need"  # the rule that takes a request back: "no need to", "don't"
MOST_CHARACTERS = 8000
_WORD = re.compile(r"[^\W_]+(?:['’][^\W_]+)?")
_TOKEN = re.compile(r"(?<![^\W_])[^\W_]{1,40}+(?:[-/.@+_][^\W_]{1,40}+){1,8}")
_EMAIL = re.compile(r"[\w.+-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63}){1,5}")
_SENTENCE_END = re.compile(r"[.!?;]+(?=\s|$)|\n+")
_NAME = re.compile(r"[A-ZÀ-ÖØ-Þ][\w’'.&-]*(?: (?:[A-ZÀ-ÖØ-Þ][\w’'&-]*|&|de|van|der|von|di|la))*")


@dataclass(frozen=True, slots=True)
class Found:
    """Words in the entry that a rule recognised."""

    rule: str
    start: int
    end: int


def read_note(entry: Entry, settings: ReadSettings) -> Reading:
    """Read a calendar entry. Never raises on what it contains."""
    note = Note(entry, settings)
    reading = note.kind()
    return Reading(
        reading.kind,
        reading.date,
        reading.date_to,
        contact=reading.contact,
        words=reading.words,
        rule=reading.rule,
        marks=note.marks(),
        mentions=note.mentions(),
    )


class Note:
    """One entry under the reader's eye."""

    def __init__(self, entry: Entry, settings: ReadSettings) -> None:
        self.entry, self.settings = entry, settings
        self.text = f"{entry.title}\n\n{entry.notes}"[:MOST_CHARACTERS]
        self.folded = self.text.casefold()
        self.made = entry.created.astimezone(settings.zone)
        self.begins = entry.start.astimezone(settings.zone)
        self.words = note_words()

    # --- the decision ---

    def kind(self) -> Reading:
        """The kind with its date, its evidence and whom to call."""
        if self.entry.cancelled:
            return Reading(Kind.NOTHING, rule="cancelled")
        if callback := self._callback():
            return callback
        outsiders = self._outsiders()
        if found := self._what_happened(invited=bool(outsiders)):
            kind, place = found
            return Reading(kind, words=self.text[place.start : place.end], rule=place.rule, contact=self._contact())
        if outsiders:
            return Reading(Kind.MEETING, words=outsiders[0], rule="outsider invited")
        return Reading(Kind.NOTHING, rule="no outsider")

    def _what_happened(self, invited: bool) -> tuple[Kind, Found] | None:
        """A no-show or an attempted call. An entry made before its day says what happened only where somebody from outside was
        invited and, as its notes say, did not come: such entries are made long before and written on afterwards."""
        for found in self._find("no_show"):
            if (invited or not self._is_ahead) and not self._is_supposed(found):
                return Kind.NO_SHOW, found
        attempted = None if self._is_ahead else next(self._find("call_attempted"), None)
        return (Kind.CALL_ATTEMPTED, attempted) if attempted else None

    def _is_supposed(self, found: Found) -> bool:
        """Whether a no-show is spoken of as of a case that may come, a rule, or another day."""
        rules = self.words.by_kind["not_no_show"]
        begin, end = self._sentence(found.start)
        return any(
            next(rules.matches(part), None) for part in (self.text[begin : found.start], self.text[found.end : end])
        )

    @property
    def _is_ahead(self) -> bool:
        """Whether the entry lies on a later day than the one on which it was made."""
        return self.begins.date() > self.made.date()

    def _outsiders(self) -> list[str]:
        people = [a.address for a in self.entry.attendees]
        if self.entry.organizer is not None:
            people.append(self.entry.organizer)
        return [p.email for p in people if p.email and not self.settings.is_colleague(p)]

    def _only_colleagues(self) -> bool:
        """Whether others are invited, and all of them are colleagues: then their calls are the house's own business."""
        others = [a for a in self.entry.attendees if not self.settings.is_own(a.address)]
        return bool(others) and not self._outsiders()

    def _find(self, kind: str) -> Iterator[Found]:
        rules = self.words.by_kind.get(kind)
        if rules is not None:
            for rule, match in rules.matches(self.text, self.folded):
                yield Found(rule.name, *match.span())

    # --- a request to call later ---

    def _callback(self) -> Reading | None:
        """A request with its time, or one that can only mean later, or a call planned for the entry's own day."""
        if self._only_colleagues():
            return None
        moments = [m for m in find_moments(self.text, self.made, self.settings.country) if self._is_usable(m)]
        strong = list(self._requests("request"))
        for found in strong:
            if moment := self._moment_for(found, moments, near=False):
                return self._callback_reading(found, moment)
        for found in self._requests("weak_request"):
            if moment := self._moment_for(found, moments, near=True):
                return self._callback_reading(found, moment)
        # "Don't call before September" asks for September.
        for found in itertools.chain(self._requests("request", DENIED), self._requests("weak_request", DENIED)):
            moment = self._moment_for(found, moments, near=True)
            if moment and moment.start > found.start and moment.relation in (Relation.FROM, Relation.AFTER):
                return self._callback_reading(found, moment)
        if strong:
            return self._callback_reading(strong[0], None)
        first = next(self._requests("weak_request"), None)
        if first and first.start == 0 and first.rule == "call" and self._is_ahead and not self._outsiders():
            return self._callback_reading(first, None)
        return None

    def _requests(self, kind: str, standing: str = "") -> Iterator[Found]:
        """All places where a rule of this kind asks something of the rep. Where another rule takes that back, as
        denied or told of others, it is left out; with `standing`, only what that rule takes back is found."""
        rules = self.words.by_kind.get(kind)
        if rules is None:
            return
        for rule, part, spans in rules.candidates(self.text, self.folded):
            for match in itertools.islice(part.finds(self.text, spans), 12):
                if self._standing(match.start()) == standing:
                    yield Found(rule.name, *match.span())

    def _standing(self, start: int) -> str:
        """Which rule takes the request in what begins at `start` away; "" where none does."""
        before = self.text[self._sentence(start)[0] : start][-60:]
        rules = self.words.by_kind.get("not_request")
        taken = [rule.name for rule, _ in rules.matches(before)] if rules is not None else []
        return next((name for name in taken if name != DENIED), taken[0] if taken else "")

    def _is_usable(self, moment: Moment) -> bool:
        if moment.past or moment.negated or moment.ambiguous or moment.remote:
            return False
        return moment.last is None or moment.last > self.made.date()

    def _moment_for(self, found: Found, moments: list[Moment], near: bool) -> Moment | None:
        """The moment a request names: in its own sentence, behind it rather than before; a strong request also takes
        one from elsewhere in the entry, if it is no mere limit."""
        begin, end = self._sentence(found.start)
        own = [m for m in moments if begin <= m.start < end]
        wide = (
            []
            if near
            else [m for m in moments if m.relation not in (Relation.UNTIL, Relation.BEFORE, Relation.THROUGH)]
        )

        def distance(moment: Moment) -> int:
            limit = 200 if moment.relation in (Relation.UNTIL, Relation.BEFORE, Relation.THROUGH) else 0
            return limit + (
                moment.start - found.end if moment.start >= found.end else 10 + 3 * max(0, found.start - moment.end)
            )

        return min(own or wide, key=distance, default=None)

    def _sentence(self, place: int) -> tuple[int, int]:
        """Where the sentence around a place begins and ends."""
        begin, end = 0, len(self.text)
        for mark in _SENTENCE_END.finditer(self.text):
            if mark.end() <= place:
                begin = mark.end()
            elif mark.start() >= place:
                end = mark.start()
                break
        return begin, end

    def _callback_reading(self, found: Found, moment: Moment | None) -> Reading:
        start, end = found.start, found.end
        if moment is not None and self._sentence(start) == self._sentence(moment.start):
            start, end = min(start, moment.start), max(end, moment.end)
        first, last = (moment.first, moment.last) if moment else (None, None)
        if moment is None and self._is_ahead:
            first = last = self.begins.date()
        return Reading(
            Kind.CALLBACK_NOTE,
            first,
            last,
            words=self.text[start:end].strip(),
            rule=found.rule,
            contact=self._contact(found),
        )

    # --- who ---

    def _contact(self, found: Found | None = None) -> str | None:
        """The name to call, as written: behind the verb, else in the title, else in the notes, else the guest."""
        if found is not None:
            behind = self.text[found.start : self._sentence(found.start)[1]][:60]
            _, _, rest = behind.partition(" ")
            if (name := _NAME.match(rest)) and (named := self._name_in(name[0])):
                return named
        for text in (self.entry.title, self.entry.notes):
            if named := self._name_in(text[:200]):
                return named
        guest = next((a.address for a in self.entry.attendees if not self.settings.is_colleague(a.address)), None)
        return (guest.name or guest.email) if guest else None

    def _name_in(self, text: str) -> str | None:
        """The first run of capitalised words that are no activity, date or abbreviation."""
        for run in _NAME.finditer(text):
            words = run[0].rstrip(".'’").split()
            while words and self._is_no_name(words[0]):
                words.pop(0)
            kept = list(itertools.takewhile(lambda w: not self._is_no_name(w), words))
            if kept:
                return " ".join(kept).removesuffix("'s").removesuffix("’s")
        return None

    def _is_no_name(self, word: str) -> bool:
        plain = word.casefold().strip(".,'’")
        known = plain in self.words.sets.get("activities", frozenset()) or plain in date_words()
        return known or (len(plain) <= 3 and word.isupper()) or any(c.isdigit() for c in word)

    # --- marks and mentions ---

    def marks(self) -> frozenset[Mark]:
        """LEAVE and TALK, where the entry is one."""
        found = set()
        if not self.entry.cancelled and not self._outsiders() and is_leave(self.entry, self.settings):
            found.add(Mark.LEAVE)
        if not self.entry.cancelled and not self._only_colleagues() and self._is_talk():
            found.add(Mark.TALK)
        return frozenset(found)

    def _is_talk(self) -> bool:
        if next(self._find("no_show"), None) or next(self._find("call_attempted"), None):
            return False
        return not self._is_ahead and next(self._find("talk"), None) is not None

    def mentions(self) -> frozenset[str]:
        """Digests of every word, address and reference number in the entry."""
        tokens = itertools.chain(
            (m[0] for m in _EMAIL.finditer(self.text)),
            (m[0] for m in _TOKEN.finditer(self.text)),
            (m[0] for m in _WORD.finditer(self.text)),
        )
        return frozenset(mention(token) for token in itertools.islice(tokens, MOST_WORDS))
