"""The two protocols every provider keeps: three verbs each, and none that sends. And what a mailbox may offer beside them:
telling who the rep is (Profiled), showing on a mail how its matter stands (Marker),
counting what it costs (Metered).

A provider translates its own faults into the kinds of bot.errors at its own edge. It knows neither memory nor cadence.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Generic, Protocol, TypeVar, runtime_checkable

from bot.model import Address, Draft, Entry, Message, Reminder, Shown, Standing, Unreadable, Wish

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Page(Generic[T]):
    """A piece of news, in one transaction with its cursor.

    `cursor` is opaque and versioned. `begins`: this page begins a fresh listing of everything; `ends`: it ends one, and a
    ref that no page of the listing brought is gone. `removals` are refs that are gone. An empty mailbox still gives one page
    (begins and ends). A turn without news gives no page.
    """

    upserts: tuple[T, ...] = ()
    removals: tuple[str, ...] = ()
    unreadables: tuple[Unreadable, ...] = ()
    cursor: str = ""
    begins: bool = False
    ends: bool = False


class Mailbox(Protocol):
    """A rep's mail."""

    def changes(self, since: str | None) -> Iterator[Page[Message]]:
        """News since the cursor, or a fresh listing where it is None. Drafts, sent and received mail alike: a person's edit,
        deletion or sending of a draft is news. Raises CursorExpired, TryLater, UserMustAct."""
        ...

    def put(self, draft: Draft, known: Standing | None = None) -> Standing | None:
        """Make the draft stand under its key and say where. Looks for the key first: what stands already with the same
        content is found, not made again; what we wrote and nobody edited is rewritten; what a person has edited is never
        overwritten (answers with state EDITED). None: the draft had stood and a person has deleted or sent it meanwhile."""
        ...

    def withdraw(self, standing: Standing) -> bool:
        """Take the draft away if it still is as we wrote it. False: a person has edited, sent or deleted it."""
        ...


class Calendar(Protocol):
    """A rep's calendar: the same three verbs."""

    def changes(self, since: str | None) -> Iterator[Page[Entry]]: ...

    def put(self, reminder: Reminder, known: Standing | None = None) -> Standing | None: ...

    def withdraw(self, standing: Standing) -> bool: ...


@dataclass(frozen=True, slots=True)
class WorkingHours:
    """When the rep works, by his mailbox's settings: the days of the week (0: Monday) and the time of day, local in his own
    zone."""

    days: frozenset[int]
    begin: dt.time
    end: dt.time


@dataclass(frozen=True, slots=True)
class Profile:
    """What a mailbox's vendor knows of the rep himself; what it does not tell is empty.

    `addresses` are those he may write from, the one he writes from by default first. `signature_html` is what his mail
    program sets below what he writes from that one, as it stands there: a stranger's HTML. (His own automatic replies
    come as an entry of leave, with the calendar.)
    """

    addresses: tuple[Address, ...] = ()
    signature_html: str = ""
    hours: WorkingHours | None = None


@runtime_checkable
class Profiled(Protocol):
    """A mailbox that tells who its rep is. Asked once a day (bot/profiling.py), never in a turn without need."""

    def profile(self) -> Profile:
        """What is known of the rep now. Raises TryLater, UserMustAct; what the sign-in may not see is empty instead."""
        ...


LABELS: Mapping[Shown, str] = {one: f"Follow-up/{one}" for one in Shown}
_WISHES: Mapping[str, Wish] = {"follow-up/stop": Wish.STOP, "follow-up/snooze": Wish.SNOOZE}
WISH_LABELS = ("Follow-up/Stop", "Follow-up/Snooze")


def wish_of(labels: Iterable[str]) -> Wish | None:
    """What the labels or categories of a mail ask for; stop, where they ask for both."""
    return min(
        (_WISHES[one.casefold()] for one in labels if one.casefold() in _WISHES), key=_STRENGTH.index, default=None
    )


_STRENGTH = (Wish.STOP, Wish.SNOOZE)


@runtime_checkable
class Marker(Protocol):
    """A mailbox that can show on a mail how its matter stands, as a label or category of the names in LABELS. What else a
    mail has of them is the rep's; of ours it has one at most."""

    @property
    def marks(self) -> bool:
        """Whether it is to: the owner has asked for it, and the sign-in allows it."""
        ...

    def mark(self, shown: Mapping[str, Shown | None]) -> None:
        """Let the mails with these refs show this; None: nothing any more. Doing it again changes nothing; a mail that is
        gone is passed over. Raises TryLater, UserMustAct: then some of them may show it already."""
        ...


class Counter(Protocol):
    """What has been spent so far, in the vendor's quota units."""

    units: int


@runtime_checkable
class Metered(Protocol):
    """A mailbox or calendar whose vendor counts what it is asked."""

    @property
    def meter(self) -> Counter:
        """What counts it; a mailbox and a calendar behind one connection have the same."""
        ...
