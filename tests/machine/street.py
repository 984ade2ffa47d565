"""A mailbox and a calendar in memory, as a vendor's server would keep them, with every fault a vendor, a network, a rep or a
customer can come up with, on demand and in a seeded order.

`MailRoom` and `CalendarRoom` are the truth. `Mail` and `Agenda` are what the bot sees of it (the two protocols); they decide
by refs, keys and etags alone, and never by what the truth knows about who has edited what.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import random
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field, replace

from bot.errors import CursorExpired, TryLater, UserMustAct
from bot.model import Draft, Entry, Form, Message, Reminder, Standing, State, Unreadable
from bot.providers.base import Page

PAGE = 2
INVISIBLE = dt.timedelta(minutes=1)
_DECIDED = (State.STANDING, State.EDITED, State.SENT, State.DISCARDED)


class Killed(BaseException):
    """The process ends here, whatever it was at."""


@dataclass
class Faults:
    """What goes wrong, and how often. `between` is called where something may happen between a look and a write; `only` are
    the kinds that may strike (None: all)."""

    chance: random.Random
    only: frozenset[str] | None = None
    rate: float = 0.0
    counts: Counter[str] = field(default_factory=Counter)
    between: Callable[[str], None] = lambda where: None

    def strike(self, *kinds: str) -> str:
        """One of the kinds, or "" for none."""
        able = [k for k in kinds if self.only is None or k in self.only]
        if able and self.rate and self.chance.random() < self.rate:
            kind = self.chance.choice(able)
            self.counts[kind] += 1
            return kind
        return ""

    def happens(self, kind: str, likely: float) -> bool:
        """Whether something of this kind happens now; where it is the only one that may, rather often."""
        if self.only is not None:
            alone = len(self.only) == 1
            likely = 0.0 if kind not in self.only else max(likely, 0.3) if alone else likely
        if self.chance.random() < likely:
            self.counts[kind] += 1
            return True
        return False

    def before(self, where: str) -> None:
        """A request that may never arrive."""
        match self.strike("lost request", "429", "5xx", "garbage", "revoked token", "killed before a call"):
            case "":
                return
            case "429":
                raise TryLater(where, dt.timedelta(seconds=30))
            case "revoked token":
                raise UserMustAct(where, "sign in")
            case "killed before a call":
                raise Killed(where)
            case _:
                raise TryLater(where)

    def after(self, where: str) -> None:
        """An answer that may never come back."""
        match self.strike("lost answer", "killed after a call"):
            case "killed after a call":
                raise Killed(where)
            case "lost answer":
                raise TryLater(where)


def digest(*parts: str) -> str:
    return hashlib.blake2b("\x1f".join(parts).encode(), digest_size=8).hexdigest()


def _content(m: Message) -> str:
    return digest(m.subject, m.plain, *(a.email for a in m.to))


@dataclass
class MailRoom:
    """The truth of a mailbox: what lies there, what was thrown away, and the log of changes."""

    lying: dict[str, Message] = field(default_factory=dict)
    thrown: list[str] = field(default_factory=list)  # keys of drafts in the trash
    edited: set[str] = field(default_factory=set)  # keys that a person has changed
    sent_by_rep: list[str] = field(default_factory=list)  # keys
    log: list[tuple[str, bool]] = field(default_factory=list)  # (ref, it is there)
    pending: list[tuple[dt.datetime, str]] = field(default_factory=list)
    written: dict[str, str] = field(
        default_factory=dict
    )  # by ref, the digest of what we wrote, kept in the draft itself
    poison: set[str] = field(default_factory=set)  # refs of mails that nobody can read
    number: int = 0
    wrongs: list[str] = field(default_factory=list)

    def add(self, message: Message, visible_at: dt.datetime | None = None) -> str:
        self.number += 1
        ref = f"{'d' if message.is_draft else 'm'}{self.number}"
        self.lying[ref] = replace(message, ref=ref, etag=_content(message))
        if visible_at is None:
            self.log.append((ref, True))
        else:
            self.pending.append((visible_at, ref))
        return ref

    def add_poison(self) -> None:
        """A mail that cannot be read."""
        self.number += 1
        self.poison.add(f"p{self.number}")
        self.log.append((f"p{self.number}", True))

    def remove(self, ref: str) -> None:
        del self.lying[ref]
        self.pending = [(at, r) for at, r in self.pending if r != ref]
        if any(r == ref for r, _ in self.log):
            self.log.append((ref, False))

    def appear(self, now: dt.datetime) -> None:
        """What was invisible for a while shows now."""
        self.log += [(ref, True) for at, ref in self.pending if at <= now]
        self.pending = [(at, ref) for at, ref in self.pending if at > now]

    def drafts(self, key: str | None = None) -> list[Message]:
        return [m for m in self.lying.values() if m.is_draft and m.key and key in (None, m.key)]

    def is_sent(self, key: str) -> bool:
        return any(m.key == key and not m.is_draft for m in self.lying.values())

    # what the rep does

    def rep_sends(self, key: str, at: dt.datetime) -> None:
        for draft in self.drafts(key):
            self.sent_by_rep.append(key)
            self.add(replace(draft, is_draft=False, at=at))
            self.remove(draft.ref)

    def rep_edits(self, key: str) -> None:
        for draft in self.drafts(key):
            self.edited.add(key)
            text = draft.plain + "\nSee you at the fair. I."
            self.lying[draft.ref] = replace(draft, plain=text, etag=_content(replace(draft, plain=text)))
            self.log.append((draft.ref, True))

    def rep_discards(self, key: str) -> None:
        for draft in self.drafts(key):
            self.thrown.append(key)
            self.remove(draft.ref)

    def copies(self, key: str) -> int:
        """How many there are of a touch over drafts, sent and thrown away."""
        return sum(m.key == key for m in self.lying.values()) + self.thrown.count(key)


class Mail:
    """bot.providers.base.Mailbox over the truth."""

    def __init__(self, room: MailRoom, faults: Faults, clock: Callable[[], dt.datetime]) -> None:
        self.room, self.faults, self.clock = room, faults, clock
        self.writes = 0

    def changes(self, since: str | None) -> Iterator[Page[Message]]:
        self.faults.before("changes")
        self.room.appear(self.clock())
        if self.faults.strike("poison mail"):
            self.room.add_poison()
        if since in (None, "listing"):
            yield from self._listing()
            return
        if self.faults.strike("cursor expired"):
            raise CursorExpired("mail")
        begin = int(since or 0)
        if self.faults.strike("delta replayed"):
            begin = max(0, begin - self.faults.chance.randrange(1, 8))
        log = list(enumerate(self.room.log, start=1))[begin:]
        for i in range(0, len(log), PAGE):
            if i and self.faults.strike("cursor expired mid-page"):
                raise CursorExpired("mail, mid-page")
            if i:
                self.faults.before("a further page")
            piece = log[i : i + PAGE]
            refs = {ref for _, (ref, _) in piece}
            there = tuple(self.room.lying[r] for r in sorted(refs) if r in self.room.lying and self._visible(r))
            gone = tuple(sorted(refs - self.room.lying.keys() - self.room.poison))
            yield Page(there, gone, self._unreadable(refs), str(piece[-1][0]))

    def _unreadable(self, refs: Iterable[str]) -> tuple[Unreadable, ...]:
        return tuple(Unreadable(ref, "neither mail nor calendar") for ref in sorted(self.room.poison & set(refs)))

    def _listing(self) -> Iterator[Page[Message]]:
        end = len(self.room.log)
        refs = [r for r in (*self.room.lying, *sorted(self.room.poison)) if self._visible(r)]
        pieces = [refs[i : i + PAGE] for i in range(0, len(refs), PAGE)] or [[]]
        for i, piece in enumerate(pieces):
            if i and self.faults.strike("cursor expired again"):
                raise CursorExpired("mail, in the listing begun anew")
            if i:
                self.faults.before("a further page of the listing")
            last = i == len(pieces) - 1
            there = tuple(self.room.lying[r] for r in piece if r in self.room.lying)
            bad = self._unreadable(piece)
            yield Page(there, (), bad, str(end) if last else "listing", begins=i == 0, ends=last)

    def _visible(self, ref: str) -> bool:
        return all(r != ref for _, r in self.room.pending)

    def put(self, draft: Draft, known: Standing | None = None) -> Standing | None:
        self.faults.between(f"put {draft.key}")
        self.faults.before("put")
        fresh = Message(
            "", "", f"{draft.key}@sim.example", draft.at, draft.sender, draft.to, (), draft.subject,
            draft.answers, draft.references, draft.text, key=draft.key, is_draft=True,
        )  # fmt: skip
        mark = _content(fresh)
        lying = self.room.drafts(draft.key)
        if lying:
            (there, *_) = lying
            if there.etag != mark and not self._is_ours(there, known):
                return self._standing(draft, known, there, mark, State.EDITED)
            if there.etag != mark:
                self._check_edit(there)
                self.writes += 1
                self.room.lying[there.ref] = replace(fresh, ref=there.ref, etag=mark)
                self.room.written[there.ref] = mark
                self.room.log.append((there.ref, True))
            self.faults.after("put")
            return self._standing(draft, known, self.room.lying[there.ref], mark, State.STANDING)
        decided = known is not None and known.state in _DECIDED
        if decided or self.room.is_sent(draft.key) or draft.key in self.room.thrown:
            self.faults.after("put")
            return None
        self.writes += 1
        slow = bool(self.faults.rate) and self.faults.happens("own draft invisible for a minute", 0.15)
        ref = self.room.add(fresh, self.clock() + INVISIBLE if slow else None)
        self.room.written[ref] = mark
        self.faults.after("put")
        return self._standing(draft, known, self.room.lying[ref], mark, State.STANDING)

    def withdraw(self, standing: Standing) -> bool:
        self.faults.between(f"withdraw {standing.key}")
        self.faults.before("withdraw")
        lying = self.room.drafts(standing.key)
        if not lying or not all(self._is_ours(m, standing) for m in lying):
            self.faults.after("withdraw")
            return False
        for m in lying:
            self._check_edit(m)
            self.writes += 1
            self.room.remove(m.ref)
        self.faults.after("withdraw")
        return True

    def _is_ours(self, lying: Message, known: Standing | None) -> bool:
        """Whether it is as we wrote it: by the draft's own mark, or by what memory knows."""
        return lying.etag in (self.room.written.get(lying.ref), known.digest if known is not None else None)

    def _check_edit(self, draft: Message) -> None:
        if draft.key in self.room.edited:
            self.room.wrongs.append(f"{draft.key}: a person's edit was touched")

    def _standing(self, draft: Draft, known: Standing | None, m: Message, mark: str, state: State) -> Standing:
        people = tuple(a.email for a in draft.to)
        base = known or Standing(draft.key, Form.DRAFT, state, "", "", "", people, draft.at, draft.at)
        return replace(base, state=state, ref=m.ref, etag=m.etag, digest=mark)


@dataclass
class CalendarRoom:
    """The truth of a calendar."""

    lying: dict[str, Entry] = field(default_factory=dict)  # by uid, which is the ref
    log: list[str] = field(default_factory=list)
    dragged: set[str] = field(default_factory=set)
    wrongs: list[str] = field(default_factory=list)

    def write(self, entry: Entry) -> None:
        etag = digest(entry.title, entry.notes, entry.start.isoformat(), str(entry.cancelled))
        self.lying[entry.uid] = replace(entry, ref=entry.uid, etag=etag)
        self.log.append(entry.uid)

    def rep_drags(self, key: str, days: int) -> None:
        for e in [e for e in self.lying.values() if e.key == key]:
            self.dragged.add(key)
            self.write(replace(e, start=e.start + dt.timedelta(days), end=e.end + dt.timedelta(days)))


class Agenda:
    """bot.providers.base.Calendar over the truth. A deleted entry stays as cancelled, as vendors keep it."""

    def __init__(self, room: CalendarRoom, faults: Faults) -> None:
        self.room, self.faults = room, faults
        self.writes = 0

    def changes(self, since: str | None) -> Iterator[Page[Entry]]:
        self.faults.before("entries")
        if since is not None and self.faults.strike("sync token gone"):
            raise CursorExpired("calendar")
        end = str(len(self.room.log))
        if since is None:
            yield Page(tuple(self.room.lying.values()), (), (), end, begins=True, ends=True)
            return
        begin = int(since)
        if self.faults.strike("entries replayed"):
            begin = max(0, begin - 4)
        uids = dict.fromkeys(self.room.log[begin:])
        if uids:
            yield Page(tuple(self.room.lying[u] for u in uids), (), (), end)

    def put(self, reminder: Reminder, known: Standing | None = None) -> Standing | None:
        self.faults.between(f"put {reminder.key}")
        self.faults.before("put entry")
        r, there = reminder, self.room.lying.get(reminder.uid)
        entry = Entry("", "", r.uid, r.at, r.start, r.end, title=r.title, notes=r.notes, key=r.key)
        decided = known is not None and known.state in _DECIDED
        if there is not None and there.cancelled and decided:
            return None
        if there is not None and not there.cancelled and r.key in self.room.dragged:
            return self._standing(r, known, there, State.EDITED)
        if there is None or there.cancelled or (there.title, there.notes, there.start) != (r.title, r.notes, r.start):
            if there is None and decided:
                return None
            self.writes += 1
            self.room.write(entry)
        self.faults.after("put entry")
        return self._standing(r, known, self.room.lying[r.uid], State.STANDING)

    def withdraw(self, standing: Standing) -> bool:
        self.faults.between(f"withdraw {standing.key}")
        self.faults.before("withdraw entry")
        there = self.room.lying.get(standing.ref)
        if there is None or there.cancelled:
            return False
        self.writes += 1
        self.room.write(replace(there, cancelled=True))
        self.faults.after("withdraw entry")
        return True

    def _standing(self, r: Reminder, known: Standing | None, e: Entry, state: State) -> Standing:
        base = known or Standing(r.key, Form.REMINDER, state, "", "", "", (), r.at, r.at)
        return replace(base, state=state, ref=e.ref, etag=e.etag, digest=e.etag, start=e.start)
