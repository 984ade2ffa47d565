"""How far a mailbox has been read: the cursor of bot.providers.gmail, opaque to everybody else.

It holds what is still to be read, so that a listing that is broken off goes on where it was and nothing is paid for
twice; and which drafts there are, with our keys: a mail program may drop our header line when a person edits.
"""

from __future__ import annotations

import base64
import json
import zlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from bot.errors import CursorExpired

_VERSION = "gmail1:"


@dataclass(frozen=True, slots=True)
class Lying:
    """A draft as it was last read: the id of the message that is its content, our key or "", and the digest of what a
    person sees of it ("": not read yet)."""

    message: str
    key: str = ""
    digest: str = ""


class Phase(StrEnum):
    """Where a reading stands."""

    FIRST = "first"  # of a narrowed listing: the sent mails that may open a matter
    REST = "rest"  # of a listing: all that is still to be read
    NEWS = "news"  # listed; what has happened since


@dataclass(frozen=True, slots=True)
class Reached:
    """`history` and what came before it is told once `planned[done:]` has been read and `gone` been told.

    `drafts` are by draft id. `threads` and `people`: of the matters found in phase FIRST.
    """

    history: str
    at: int  # unix time at which `history` was the newest
    phase: Phase
    planned: tuple[str, ...] = ()
    done: int = 0
    gone: tuple[str, ...] = ()
    drafts: Mapping[str, Lying] = field(default_factory=dict)
    threads: frozenset[str] = frozenset()
    people: frozenset[str] = frozenset()

    @property
    def is_pending(self) -> bool:
        """Whether something found is still to be read or told."""
        return self.done < len(self.planned) or bool(self.gone)


def encode(reached: Reached) -> str:
    """The cursor."""
    is_over = reached.done >= len(reached.planned) and reached.phase is not Phase.FIRST
    row = {
        "history": reached.history, "at": reached.at, "phase": reached.phase,
        "planned": "" if is_over else " ".join(reached.planned), "done": 0 if is_over else reached.done, "gone": reached.gone,
        "drafts": {draft: [known.message, known.key, known.digest] for draft, known in reached.drafts.items()},
        "threads": sorted(reached.threads), "people": sorted(reached.people),
    }  # fmt: skip
    return _VERSION + base64.b64encode(zlib.compress(json.dumps(row, separators=(",", ":")).encode())).decode()


def decode(cursor: str) -> Reached:
    """What a cursor says. Raises CursorExpired where it is not one of ours, or of another version."""
    try:
        if not cursor.startswith(_VERSION):
            raise ValueError("another version")
        row = json.loads(zlib.decompress(base64.b64decode(cursor.removeprefix(_VERSION), validate=True)))
        return Reached(
            history=str(row["history"]),
            at=int(row["at"]),
            phase=Phase(row["phase"]),
            planned=tuple(str(row["planned"]).split()),
            done=int(row["done"]),
            gone=tuple(map(str, row["gone"])),
            drafts={str(draft): Lying(*map(str, known)) for draft, known in row["drafts"].items()},
            threads=frozenset(map(str, row["threads"])),
            people=frozenset(map(str, row["people"])),
        )
    except (ValueError, TypeError, AttributeError, KeyError, IndexError, zlib.error) as fault:
        raise CursorExpired(f"The place reached in the mailbox cannot be read ({fault}).") from fault
