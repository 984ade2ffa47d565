"""How far a Graph mailbox has been read: a delta link for every folder, packed into the opaque cursor."""

from __future__ import annotations

import base64
import datetime as dt
import json
import zlib
from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from bot.errors import CursorExpired

_VERSION = "graphmail1:"


@dataclass(frozen=True, slots=True)
class Reached:
    """`links` holds the next link of each folder that is read, in the order in which they are; `open` are those of a
    fresh listing that are not listed to the end. `parents` is the tree of folders, `roles` tells the well-known ones by
    name. `made` is the day on which the links were given."""

    made: dt.date
    fresh: bool
    tree: str
    links: Mapping[str, str] = field(default_factory=dict)
    open: tuple[str, ...] = ()
    parents: Mapping[str, str] = field(default_factory=dict)
    roles: Mapping[str, str] = field(default_factory=dict)

    def at(self, folder: str, link: str, *, ended: bool) -> Reached:
        """One folder further."""
        left = tuple(one for one in self.open if one != folder) if ended else self.open
        return replace(self, links={**self.links, folder: link}, open=left)

    def without(self, folder: str) -> Reached:
        """A folder less."""
        links = {one: link for one, link in self.links.items() if one != folder}
        return replace(self, links=links, open=tuple(one for one in self.open if one != folder))

    def encode(self) -> str:
        """As a cursor."""
        rows = [self.made.isoformat(), self.fresh, self.tree, dict(self.links), list(self.open), dict(self.parents),
                dict(self.roles)]  # fmt: skip
        packed = zlib.compress(json.dumps(rows, separators=(",", ":")).encode())
        return _VERSION + base64.b64encode(packed).decode()


def decode(cursor: str) -> Reached:
    """What a cursor says. Raises CursorExpired where it is not one of ours, or of another version."""
    try:
        if not cursor.startswith(_VERSION):
            raise ValueError("another version")
        made, fresh, tree, links, unlisted, parents, roles = json.loads(
            zlib.decompress(base64.b64decode(cursor.removeprefix(_VERSION), validate=True))
        )
        return Reached(
            dt.date.fromisoformat(made),
            bool(fresh),
            str(tree),
            dict(links),
            tuple(unlisted),
            dict(parents),
            dict(roles),
        )
    except (ValueError, TypeError, AttributeError, zlib.error) as fault:
        raise CursorExpired(f"The place reached in the mailbox cannot be read ({fault}).") from fault
