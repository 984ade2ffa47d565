"""How a Maildir lies on disk: its folders, its file names, and one look at a folder.

A Maildir is a folder with cur, new and tmp (https://cr.yp.to/proto/maildir.html). Subfolders lie beside cur as
".Sent" and ".Archive.2026" (Maildir++, which Dovecot and Courier write) or as plain folders "Archive/2026" (mutt,
mbsync, Dovecot's LAYOUT=fs). A file is named `unique:2,FLAGS`; a change of flags renames it, so that only the unique
part names the mail. To that part servers append fields such as ",S=4711" or ",U=12", now and then after the fact:
they are left out of it.
"""

from __future__ import annotations

import hashlib
import os
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from bot.providers.disk import is_file, is_folder
from bot.providers.folders import Role, role_of

_PARTS = frozenset(("cur", "new", "tmp"))
_DEPTH = 8
_MOST_FOLDERS = 5_000
_FLAGS = re.compile(r"[:;!]2,([A-Za-z]*)$")  # ":" where the file system allows it, else one of the usual stand-ins
_FIELDS = re.compile(r",(?:S|W|U|FMD5)=[0-9A-Fa-f]+")
_SETTLED_NS = 2_000_000_000
_ODD = 1

Stamp = tuple[int, int]  # mtimes of cur and new, in nanoseconds
UNSETTLED: Stamp = (-1, -1)


@dataclass(frozen=True, slots=True)
class Folder:
    """A mail folder. `label` is its path below the root ("." for the root itself), always printable."""

    label: str
    path: Path
    role: Role

    def stamp(self) -> Stamp:
        """What changes whenever a name in the folder does."""
        return _mtime(self.path / "cur"), _mtime(self.path / "new")


@dataclass(frozen=True, slots=True)
class Look:
    """What one look at a folder saw. A handle stands for a mail of the folder: 63 bits of its unique name, and in the
    lowest bit whether it is a draft. `stamp` is from before the look. `states` holds of every draft what an edit in
    place changes: size, time and inode."""

    stamp: Stamp
    names: dict[int, str]  # handle -> "cur/NAME" or "new/NAME"
    states: dict[int, str]

    def settled_stamp(self, now_ns: int) -> Stamp:
        """The stamp, or UNSETTLED where the folder changed so shortly before `now_ns` that a further change could hide
        behind the same time (file systems count in steps of up to two seconds)."""
        return self.stamp if max(self.stamp) < now_ns - _SETTLED_NS else UNSETTLED


def folders(root: Path) -> tuple[Folder, ...]:
    """Every mail folder below `root`, itself included, by label. Raises OSError where root cannot be listed."""
    found: list[Folder] = []
    seen: set[tuple[int, int]] = set()
    _walk(root, root, 0, seen, found)
    return tuple(sorted(found, key=lambda folder: folder.label))


def _walk(root: Path, here: Path, depth: int, seen: set[tuple[int, int]], found: list[Folder]) -> None:
    """Collect the mail folders at and below `here`; links are followed, each folder is visited once."""
    status = here.stat()
    if (status.st_dev, status.st_ino) in seen or len(found) >= _MOST_FOLDERS:
        return
    seen.add((status.st_dev, status.st_ino))
    try:
        with os.scandir(here) as listing:
            inside = sorted(entry.name for entry in listing if is_folder(entry))
    except FileNotFoundError:
        return  # removed meanwhile
    if "cur" in inside:
        relative = here.relative_to(root).as_posix()
        label = os.fsencode(relative).decode("utf-8", "backslashreplace")
        found.append(Folder(label, here, Role.MAIL if label == "." else role_of(label)))
    if depth < _DEPTH:
        for name in inside:
            if name not in _PARTS:
                _walk(root, here / name, depth + 1, seen, found)


def look(folder: Folder) -> Look:
    """Everything that lies in a folder now, from names alone; drafts are asked for their state too. Raises OSError."""
    stamp = folder.stamp()
    names: dict[int, str] = {}
    states: dict[int, str] = {}
    for part in ("new", "cur"):  # in this order a mail that a reader moves to cur meanwhile is seen at least once
        for entry in _files(folder.path / part):
            flags = flags_of(entry.name)
            drafting = folder.role is Role.DRAFTS or (folder.role is not Role.SENT and "D" in flags)
            if drafting and "T" in flags:
                continue  # marked as deleted, and only not yet swept out
            handle = handle_of(entry.name) | drafting
            names.pop(handle ^ _ODD, None)
            names[handle] = f"{part}/{entry.name}"
            if drafting and (state := _state(entry)):
                states[handle] = state
    return Look(stamp, names, states)


def find(folder: Folder, handle: int) -> Path | None:
    """Where in a folder a mail lies now. Raises OSError."""
    for part in ("cur", "new"):
        for entry in _files(folder.path / part):
            if handle_of(entry.name) == handle & ~_ODD:
                return Path(entry.path)
    return None


def _files(part: Path) -> Iterator[os.DirEntry[str]]:
    """The mail files in one of a folder's parts; a missing part is an empty one."""
    try:
        listing = os.scandir(part)
    except (FileNotFoundError, NotADirectoryError):
        return
    with listing:
        for entry in listing:
            if not entry.name.startswith(".") and is_file(entry):
                yield entry


def _state(entry: os.DirEntry[str]) -> str:
    """What an edit in place changes; "" where the file is gone meanwhile."""
    try:
        status = entry.stat()
    except FileNotFoundError:
        return ""
    return f"{status.st_size:x}.{status.st_mtime_ns:x}.{status.st_ino:x}"


def flags_of(name: str) -> str:
    """The flags in a file name: D draft, F flagged, P passed, R replied, S seen, T trashed."""
    found = _FLAGS.search(name)
    return found[1] if found else ""


def unique_of(name: str) -> str:
    """The part of a file name that stays the mail's own as long as it lies in the folder."""
    return _FIELDS.sub("", _FLAGS.sub("", name))


def handle_of(name: str) -> int:
    """The handle of a file name, draft bit clear."""
    return int.from_bytes(hashlib.blake2b(os.fsencode(unique_of(name)), digest_size=8).digest()) & ~_ODD


def is_draft(handle: int) -> bool:
    """Whether the handle's mail is a draft."""
    return bool(handle & _ODD)


def ref_of(label: str, handle: int) -> str:
    """The mailbox's handle of a mail, the same under any flags: the folder's label and the digest of its unique
    name."""
    return f"{label}/{handle & ~_ODD:016x}"


def _mtime(path: Path) -> int:
    """Time of the last change in nanoseconds; 0 where there is no such path."""
    try:
        return path.stat().st_mtime_ns
    except (FileNotFoundError, NotADirectoryError):
        return 0
