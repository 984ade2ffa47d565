"""From the world's news to memory's records: what a page says, and what became of our own touches."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace

from bot.model import (
    Direction,
    Entry,
    EntryRecord,
    Form,
    MailRecord,
    Message,
    Standing,
    State,
    mention,
)
from bot.providers.base import Page
from bot.reading.likeness import alike
from bot.reading.read import direction_of, read, read_entry
from bot.reading.settings import ReadSettings

# Prefixes by which mail programs mark an answer or a forward, in many languages (RFC 5322, 3.6.5, knows only "Re:").
_PREFIX = re.compile(
    r"^(?:\s*(?:re|aw|antw|antwort|sv|vs|ref|rv|fwd?|wg|tr|doorst|i|r|odp|pd)(?:\[\d{1,3}\])?\s?:)+", re.I
)
GRACE = dt.timedelta(minutes=15)  # in which a mailbox lists what was written to it
SENT_ABOUT = dt.timedelta(hours=2)  # between a draft's going and the mail that it was sent as
LEAST_ALIKE = 40  # out of 100: a mail that shares less with a draft was not made from it
_LEAST_TOPIC = 10  # letters and digits: a subject shorter than that names no matter ("Quote", "Estimate")


@dataclass(frozen=True, slots=True)
class News:
    """What a page brought: the records of its upserts, and the standings that it shows to have changed."""

    records: tuple[MailRecord | EntryRecord, ...]
    standings: tuple[Standing, ...]


def topic_of(subject: str) -> str:
    """A digest of the subject without its answer marks; "" where it is too short to name a matter."""
    bare = _PREFIX.sub("", subject)
    return mention(bare) if sum(c.isalnum() for c in bare) >= _LEAST_TOPIC else ""


def mail_record(message: Message, settings: ReadSettings) -> MailRecord:
    """What memory keeps of a mail: its reading and its place, never its text."""
    m = message
    return MailRecord(
        m.id, m.ref, m.etag, m.at, direction_of(m, settings), m.sender, m.to, m.cc, m.answers, m.references,
        topic_of(m.subject), m.key, read(m, settings),
    )  # fmt: skip


def entry_record(entry: Entry, settings: ReadSettings) -> EntryRecord:
    """What memory keeps of a calendar entry."""
    e = entry
    return EntryRecord(
        e.uid, e.ref, e.etag, e.created, e.start, e.end, e.all_day, e.title, e.attendees, e.cancelled, e.key,
        read_entry(e, settings),
    )  # fmt: skip


def mail_news(page: Page[Message], standings: Mapping[str, Standing], settings: ReadSettings, now: dt.datetime) -> News:
    """A page of mail. A draft of ours that lies there is adopted (after a crash, or where memory was lost or put back) or was
    edited; one in the sent mail was approved; one whose place is gone was refused."""
    records = tuple(mail_record(m, settings) for m in page.upserts)
    changed = _Changes(standings, now)
    for m, r in zip(page.upserts, records, strict=True):
        if r.key is None:
            if r.direction is Direction.SENT:
                changed.sent_bare(m)
            continue
        if (s := changed.get(r.key)) is None:
            if r.direction is Direction.DRAFT:
                people = tuple(a.email for a in r.to)
                changed.found(Standing(r.key, Form.DRAFT, State.STANDING, "", "", "", people, r.at, now, r.ref, r.etag))
            continue
        if s.form is not Form.DRAFT:
            continue
        if r.direction is Direction.SENT:
            changed.sent(s, m)
        elif r.direction is Direction.DRAFT and s.state is not State.SENT:
            changed.lies(s, r.ref, r.etag)
    changed.gone(page.removals, Form.DRAFT)
    return News(records, tuple(changed))


def calendar_news(
    page: Page[Entry], standings: Mapping[str, Standing], settings: ReadSettings, now: dt.datetime
) -> News:
    """A page of the calendar. A reminder of ours that was moved stays where it was dragged."""
    records = tuple(entry_record(e, settings) for e in page.upserts)
    changed = _Changes(standings, now)
    for r in records:
        if r.key is None:
            continue
        if (s := changed.get(r.key)) is None:
            if not r.cancelled:
                found = Standing(r.key, Form.REMINDER, State.STANDING, "", "", "", (), r.at, now, r.ref, r.etag)
                changed.found(replace(found, start=r.start))
            continue
        if s.form is not Form.REMINDER:
            continue
        if r.cancelled:
            changed.gone((r.ref,), Form.REMINDER)
        else:
            changed.lies(s, r.ref, r.etag, r.start)
    changed.gone(page.removals, Form.REMINDER)
    return News(records, tuple(changed))


def listed_keys(records: Iterable[MailRecord | EntryRecord]) -> frozenset[str]:
    """The keys of our touches that lie in the Drafts folder or the calendar."""
    return frozenset(
        r.key
        for r in records
        if r.key and (not r.cancelled if isinstance(r, EntryRecord) else r.direction is Direction.DRAFT)
    )


def unlisted(
    standings: Iterable[Standing], records: Iterable[MailRecord | EntryRecord], now: dt.datetime
) -> tuple[tuple[Standing, ...], bool]:
    """The touches that should lie somewhere and that no record tells of, as what has become of them; and whether it is too
    early to say so of some: a mailbox may list what was just written a little later."""
    records = tuple(records)
    lying = listed_keys(records)
    sent = {r.key: r.at for r in records if isinstance(r, MailRecord) and r.direction is Direction.SENT and r.key}
    missing = [s for s in standings if s.state in (State.STANDING, State.EDITED) and s.key not in lying]
    settled = [s for s in missing if now - s.changed >= GRACE]
    changed = tuple(
        replace(s, state=State.SENT, changed=sent[s.key])
        if s.key in sent
        else replace(s, state=State.DISCARDED, changed=now)
        for s in settled
    )
    return changed, len(settled) < len(missing)


class _Changes:
    """The standings as a page goes on changing them; iterating gives those that differ from what memory had."""

    def __init__(self, known: Mapping[str, Standing], now: dt.datetime) -> None:
        self._known = known
        self._now = now
        self._new: dict[str, Standing] = {}

    def __iter__(self) -> Iterator[Standing]:
        return iter(self._new.values())

    def get(self, key: str) -> Standing | None:
        return self._new.get(key) or self._known.get(key)

    def become(self, s: Standing, state: State, *, at: dt.datetime | None = None) -> None:
        if s.state is not state:
            self._new[s.key] = replace(s, state=state, changed=at or self._now)

    def found(self, s: Standing) -> None:
        """One with our key that memory does not know: what it was for is not known either, so unless its touch is wished for
        again it is taken away, as far as no person has changed it."""
        self._new[s.key] = s

    def sent(self, s: Standing, mail: Message) -> None:
        """It was sent; how much of it, is measured while the text is at hand."""
        if s.alike is None and s.sketch:
            self._new[s.key] = s = replace(s, alike=alike(s.sketch, mail))
        self.become(s, State.SENT, at=mail.at)

    def sent_bare(self, mail: Message) -> None:
        """A mail of the rep without our key: where it says mostly what a draft to the same people said, it was made from it."""
        to = {a.email for a in mail.to}
        for key in self._known:
            s = self.get(key)
            if s is None or not s.sketch or s.alike is not None or s.state is State.SENT or s.at > mail.at:
                continue
            lay = s.state in (State.STANDING, State.EDITED) or abs(s.changed - mail.at) <= SENT_ABOUT
            if lay and s.people and set(s.people) <= to and (share := alike(s.sketch, mail)) >= LEAST_ALIKE:
                self._new[s.key] = replace(s, alike=share)

    def lies(self, s: Standing, ref: str, etag: str, start: dt.datetime | None = None) -> None:
        """It lies at `ref`: as we wrote it where the etag is the one we know, else a person has edited it."""
        same = s.state is State.INTENDED or s.etag in ("", etag)
        moved = start is not None and s.start is not None and start != s.start
        ours = same and not moved and s.state is not State.EDITED
        state = State.STANDING if ours else State.EDITED
        if (state, ref, etag, start or s.start) != (s.state, s.ref, s.etag, s.start):
            at = self._now if state is not s.state else s.changed
            self._new[s.key] = replace(s, state=state, ref=ref, etag=etag, start=start or s.start, changed=at)

    def gone(self, refs: Iterable[str], form: Form) -> None:
        """The places are gone: what stood there was refused, unless it has been found elsewhere by now."""
        places = set(refs)
        if not places:
            return
        for key in self._known:
            s = self.get(key)
            if s and s.form is form and s.ref in places and s.state in (State.STANDING, State.EDITED):
                self.become(s, State.DISCARDED)
