"""The protocol of memory, in the order in which a turn uses it.

Everything is keyed by the account's name; an account nobody has written to yet simply has nothing. A source is "mail"
or "calendar". Every method may raise TryLater (the database is busy) and UserMustAct (a full disk, a damaged file,
missing rights); each write is one transaction that has reached the disk when the method returns.

How a record is recognised. A mail is known by its id together with its direction and its sender: a draft and the mail
it became share an id and are two records, and nobody can replace another's mail by using its id again. An entry is
known by its id. A ref is a place where a record lies. A record may lie in several places (a copy in two folders) and
carries the ref and etag of the one that was seen last. A ref holds what the latest page says it holds. Where the last
place goes,

- a draft is gone altogether;
- any other mail stays, for what it said is still true: its ref and etag become "";
- an entry stays and is cancelled, its ref and etag "".
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, Protocol

from bot.model import Instruction, Record, Standing, State, Unreadable

Source = Literal["mail", "calendar"]


@dataclass(frozen=True, slots=True)
class Change:
    """A line of the journal: a standing took this state then, for this reason."""

    at: dt.datetime
    key: str
    state: State
    because: str


class Memory(Protocol):
    """What one or many accounts remember."""

    # A turn

    def turn(self, account: str, now: dt.datetime) -> AbstractContextManager[None]:
        """Hold the account for one turn. Raises TryLater while another process or thread holds it; a holder that dies,
        however it dies, holds nothing any more. The first turn sets `began`; a turn that ends without an error sets
        `last_turn`."""
        ...

    def began(self, account: str) -> dt.datetime | None:
        """When the first turn ever began; None before it."""
        ...

    def last_turn(self, account: str) -> dt.datetime | None:
        """When the last turn that ended well began."""
        ...

    def version(self, account: str) -> int:
        """A number that grows with every change of what a plan depends on: records, standings, instructions,
        suppressions. Unchanged: there is nothing to think about. Cursors, facts, unreadables and turns do not count."""
        ...

    def facts(self, account: str) -> Mapping[str, str]:
        """The small things the pipeline noted for itself, by name."""
        ...

    def set_fact(self, account: str, name: str, value: str | None) -> None:
        """Note a small thing; None drops it."""
        ...

    # What was seen

    def cursor(self, account: str, source: Source) -> str | None:
        """Where the last absorbed page left off; None: nothing absorbed yet."""
        ...

    def absorb(
        self,
        account: str,
        source: Source,
        records: Sequence[Record],
        removals: Sequence[str] = (),
        unreadables: Sequence[Unreadable] = (),
        cursor: str = "",
        *,
        begins: bool = False,
        ends: bool = False,
    ) -> bool:
        """Take in a page and its cursor, both or neither; whether it changed any record.

        The records are those of the page's upserts, with their readings. A ref that the same page brings and removes is
        kept: it was there when it was fetched. `begins` opens a fresh listing; with `ends`, what no page since then has
        brought is gone (an unreadable ref was brought). The same page again changes nothing, not even the version."""
        ...

    def remember(self, account: str, records: Sequence[Record]) -> bool:
        """Take in records that come from no source (a quote on paper): no listing ever removes them. Whether any was
        new."""
        ...

    def records(self, account: str, *, since: dt.datetime | None = None) -> tuple[Record, ...]:
        """Everything known, oldest first; with `since`, what is of that time or later (an entry counts by its end where
        that is later). Datetimes come back in UTC."""
        ...

    def expire(self, account: str, records: Sequence[Record]) -> None:
        """Let go of records and of where they lie; their standings stay. A fresh listing may bring them again."""
        ...

    def records_count(self, account: str) -> int: ...

    def unreadables(self, account: str) -> tuple[Unreadable, ...]:
        """What lies in the mailbox or calendar now and cannot be read."""
        ...

    # What stands

    def standings(self, account: str) -> Mapping[str, Standing]:
        """Every touch that was ever put, by key."""
        ...

    def intend(self, account: str, standing: Standing) -> None:
        """Write down, before the call, that a touch will be put. The state is INTENDED. Raises ValueError for a key
        that was sent or discarded: such a touch is never made again."""
        ...

    def settle(self, account: str, standing: Standing) -> None:
        """Write down what became of a touch. The state is anything but INTENDED."""
        ...

    def journal(self, account: str, key: str | None = None) -> tuple[Change, ...]:
        """How the standings came to be what they are, oldest first; of one touch where a key is given."""
        ...

    # What the rep said

    def instruct(self, account: str, instruction: Instruction) -> None:
        """Keep an instruction. `stop` also suppresses its subject in every account; `resume` takes back this account's
        stop, and nothing else: not another rep's, not an opt-out, not an erasure."""
        ...

    def instructions(self, account: str) -> tuple[Instruction, ...]:
        """All of them, in the order in which they came."""
        ...

    def suppress(self, account: str, subject: str, at: dt.datetime) -> None:
        """Suppress an email or a domain ("@acme.example") in every account and for good: it asked not to be written
        to."""
        ...

    def suppressed(self, subjects: Collection[str]) -> frozenset[str]:
        """Those of the emails that must not be written to, by themselves or by their domain. Asked last before each
        write."""
        ...

    def forget(self, account: str, email: str, at: dt.datetime) -> int:
        """Erase a person from this account and never write to them again; the number of records this touched.

        Their address, name and words go, now and in whatever the mailbox brings later. That a mail came then, in that
        thread, and said yes or no stays under a pseudonym: forgetting one person must not lead to chasing another who
        was answered for. Copies made with `backup` are not reached."""
        ...

    # Care

    def check(self) -> tuple[str, ...]:
        """What is wrong with the database, one line each; empty: it is sound."""
        ...

    def backup(self, path: Path) -> None:
        """Write a consistent copy, also while others write. The path is replaced only once the copy is complete."""
        ...

    def close(self) -> None: ...
