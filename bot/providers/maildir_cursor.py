"""What a Maildir cursor remembers, and how it is written.

A cursor must be able to name what is gone, so it holds every mail known: eight bytes each (the handle of
maildir_tree.Look), packed, about 1 MB for 100,000 mails. A cursor given out in the middle of a fresh listing
remembers nothing: the listing begins again, which can bring a mail twice and can never skip one.
"""

from __future__ import annotations

import base64
import json
import struct
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from bot.errors import CursorExpired
from bot.providers.maildir_tree import UNSETTLED, Stamp

_VERSION = "maildir1:"
UNFINISHED = _VERSION + "unfinished"


@dataclass(frozen=True, slots=True)
class FolderMemory:
    """What is known of one folder: the stamp under which that was true, the mails, the states of the drafts among
    them."""

    stamp: Stamp
    packed: str
    states: Mapping[int, str]

    @classmethod
    def of(cls, stamp: Stamp, handles: Iterable[int], states: Mapping[int, str]) -> FolderMemory:
        """Packed for writing."""
        known = sorted(handles)
        packed = base64.b64encode(struct.pack(f"<{len(known)}Q", *known)).decode()
        return cls(stamp, packed, {handle: states[handle] for handle in known if handle in states})

    def handles(self) -> set[int]:
        """The mails known. Raises CursorExpired where they are not what we wrote."""
        try:
            data = base64.b64decode(self.packed, validate=True)
            return set(struct.unpack(f"<{len(data) // 8}Q", data))
        except (ValueError, struct.error) as fault:
            raise CursorExpired(f"The mails known of a Maildir cannot be read ({fault}).") from fault


NOTHING = FolderMemory(UNSETTLED, "", {})
Memory = Mapping[str, FolderMemory]  # by folder label


def encode(memory: Memory) -> str:
    """The cursor as one line of text."""
    rows = {
        label: [*known.stamp, known.packed, {f"{handle:x}": state for handle, state in known.states.items()}]
        for label, known in memory.items()
    }
    return _VERSION + json.dumps(rows, separators=(",", ":"))


def decode(cursor: str) -> Memory:
    """The memory in a cursor. Raises CursorExpired where it is not one of ours, or of another version."""
    try:
        if not cursor.startswith(_VERSION):
            raise ValueError("another version")
        return {
            label: FolderMemory(
                (int(cur), int(new)), str(packed), {int(handle, 16): state for handle, state in states.items()}
            )
            for label, (cur, new, packed, states) in json.loads(cursor.removeprefix(_VERSION)).items()
        }
    except (ValueError, TypeError, AttributeError) as fault:
        raise CursorExpired(f"The place reached in the Maildir cannot be read ({fault}).") from fault
