"""A rep's calendar as a folder of .ics files, one entry a file: a vdir, as vdirsyncer, khal and Radicale's storage
keep it.

Every file's size, time and inode are asked for in each turn (some programs write in place), and only what differs is
read. Reminders go into the folder itself, under the name of their uid; entries in its subfolders are read too.
"""

from __future__ import annotations

import base64
import contextlib
import datetime as dt
import hashlib
import json
import os
import re
import time
import zlib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from bot.errors import CursorExpired, NotReadable
from bot.model import Entry, Form, Reminder, Standing, State, Unreadable
from bot.providers import ics
from bot.providers.base import Page
from bot.providers.disk import faults, is_file, only_writer, read_capped, sweep, write_whole

PAGE_FILES = 200
_VERSION = "icsdir1:"
_UNFINISHED = _VERSION + "unfinished"
_DEPTH = 4
_UNDONE = re.compile(r"^\..{1,200}\.ics\.\d{1,10}\.tmp$")
_DECIDED = frozenset((State.STANDING, State.EDITED, State.SENT, State.DISCARDED))


@dataclass(frozen=True, slots=True)
class _Seen:
    """A file as it was read: what an edit changes of it, and how many entries it had."""

    state: str
    entries: int


@dataclass(frozen=True, slots=True)
class _File:
    """A file of ours and the entry in it."""

    name: str
    path: Path
    entry: Entry
    written: str  # the digest of what we wrote, as the file itself says

    def is_ours(self, known: Standing | None) -> bool:
        """Whether it is as we wrote it: by what memory knows, or by what the file says of itself."""
        return self.entry.etag in (self.written, known.digest if known is not None else self.written)


class IcsDir:
    """bot.providers.base.Calendar over the vdir at `root`; times without a zone are in `zone`. An entry's etag is the
    digest of what a person sees of it (ics.content_digest), so that a save which changes nothing is no edit."""

    def __init__(self, root: Path, zone: dt.tzinfo, *, clock_ns: Callable[[], int] = time.time_ns) -> None:
        self.root = root
        self._zone = zone
        self._clock_ns = clock_ns

    # --- news

    def changes(self, since: str | None) -> Iterator[Page[Entry]]:
        """News since the cursor, or everything (see base.Calendar); files by name. A listing broken off begins
        again."""
        fresh = since is None or since == _UNFINISHED
        known = {} if since is None or fresh else dict(_decode(since))
        with faults(self.root):
            here = dict(_files(self.root))
        gone = [ref for name, seen in known.items() if name not in here for ref in _refs(name, 0, seen.entries)]
        upserts: list[Entry] = []
        broken: list[Unreadable] = []
        begins, files = fresh, 0
        for name, (path, state) in sorted(here.items()):
            if name in known and known[name].state == state:
                continue
            if files >= PAGE_FILES:
                yield Page(tuple(upserts), (), tuple(broken), _UNFINISHED if fresh else _encode(known), begins, False)
                upserts, broken, begins, files = [], [], False, 0
            found = self._read(name, path)
            if found is None:
                continue
            before = known[name].entries if name in known else 0
            gone.extend(_refs(name, len(found), before))
            known[name] = _Seen(state, len(found))
            upserts.extend(item for item in found if isinstance(item, Entry))
            broken.extend(item for item in found if isinstance(item, Unreadable))
            files += 1
        if fresh or files or gone:
            reached = {name: seen for name, seen in known.items() if name in here}
            yield Page(tuple(upserts), tuple(gone), tuple(broken), _encode(reached), begins, fresh)

    def _read(self, name: str, path: Path) -> list[Entry | Unreadable] | None:
        """What a file says; None where it is gone meanwhile."""
        try:
            data, _ = read_capped(path, ics.MOST_BYTES)
            found = list(ics.entries(data, name, "", self._zone))
        except FileNotFoundError:
            return None
        except OSError as fault:
            return [Unreadable(name, f"{fault.strerror or type(fault).__name__}: {path}")]
        except NotReadable as fault:
            return [Unreadable(name, str(fault))]
        return [replace(item, etag=ics.content_digest(item)) if isinstance(item, Entry) else item for item in found]

    # --- what stands

    def put(self, reminder: Reminder, known: Standing | None = None) -> Standing | None:
        """Make the reminder stand (see base.Calendar). What is missing of the Standing is copied from `known`, or
        left empty for the caller; `start` is where the entry is now. Raises TryLater (disk full), UserMustAct
        (missing or read-only)."""
        with faults(self.root), only_writer(self.root):
            sweep(self.root, _UNDONE, self._clock_ns())
            digest = ics.content_digest(ics.entry_of(reminder))
            found = self._under(reminder.key, reminder.uid)
            stands = next((file for file in found if not file.is_ours(known) and file.entry.etag != digest), None)
            stands = stands or next((file for file in found if file.entry.etag == digest), None)
            if stands is None:
                stands = self._write(reminder, known, found)
            if stands is None or stands.entry.cancelled:
                return None
            for file in found:  # a rewrite that was broken off
                if file.path != stands.path and file.is_ours(known):
                    file.path.unlink(missing_ok=True)
            return _standing(reminder, known, stands, digest)

    def _write(self, reminder: Reminder, known: Standing | None, ours: list[_File]) -> _File | None:
        """A new file, or ours written again; None where a person has deleted it."""
        if not ours and known is not None and known.state in _DECIDED:
            return None
        path = ours[0].path if ours else self.root / _file_name(reminder.uid)
        name = ours[0].name if ours else path.name
        data = ics.compose(reminder)
        draft = path.with_name(f".{path.name}.{os.getpid()}.tmp")  # readers of a vdir pass over a leading dot
        write_whole(draft, path, data, replace=bool(ours))
        entry = replace(ics.entry_of(reminder), etag=ics.content_digest(ics.entry_of(reminder)))
        return _File(name, path, entry, entry.etag)

    def withdraw(self, standing: Standing) -> bool:
        """Take the reminder away if it still is as we wrote it (see base.Calendar)."""
        with faults(self.root), only_writer(self.root):
            found = self._under(standing.key, "")
            if not found or not all(file.is_ours(standing) for file in found):
                return False
            for file in found:
                file.path.unlink(missing_ok=True)
            return True

    def _under(self, key: str, uid: str) -> list[_File]:
        """The files with this key or uid, whatever their names are."""
        marks = [mark.encode() for mark in (key, uid) if mark]
        found = []
        for name, (path, _) in sorted(_files(self.root)):
            with contextlib.suppress(OSError, NotReadable):
                data, _ = read_capped(path, ics.MOST_BYTES)
                if not any(mark in data for mark in marks) and b"\n " not in data:  # a folded line may hide it
                    continue
                for entry in ics.parse(data, name, "", self._zone)[:1]:
                    if entry.key == key or (uid and entry.uid == uid):
                        etag = ics.content_digest(entry)
                        found.append(_File(name, path, replace(entry, etag=etag), ics.written_digest(data)))
        return found


def _standing(reminder: Reminder, known: Standing | None, stands: _File, digest: str) -> Standing:
    """Where the reminder stands, and how. `digest` of an edited one stays that of what we wrote, or would have."""
    edited = stands.entry.etag != digest
    state = State.EDITED if edited else State.STANDING
    wrote = known.digest if edited and known is not None and known.digest else digest
    base = known or Standing(reminder.key, Form.REMINDER, state, "", "", "", (), reminder.at, reminder.at)
    return replace(
        base,
        state=state,
        at=reminder.at,
        changed=reminder.at,
        ref=stands.name,
        etag=stands.entry.etag,
        digest=wrote,
        start=stands.entry.start,
    )


def _files(root: Path) -> Iterator[tuple[str, tuple[Path, str]]]:
    """Name below the root, path and state of every .ics file. Raises OSError where the root itself cannot be listed."""
    waiting = [(root, "", 0)]
    while waiting:
        folder, prefix, depth = waiting.pop()
        try:
            listing = os.scandir(folder)
        except FileNotFoundError:
            if depth:
                continue  # removed meanwhile
            raise
        with listing:
            for entry in listing:
                if entry.name.startswith("."):
                    continue
                name = prefix + os.fsencode(entry.name).decode("utf-8", "backslashreplace")
                if entry.name.lower().endswith(".ics") and is_file(entry):
                    with contextlib.suppress(FileNotFoundError):
                        status = entry.stat()
                        state = f"{status.st_size:x}.{status.st_mtime_ns:x}.{status.st_ctime_ns:x}.{status.st_ino:x}"
                        yield name, (Path(entry.path), state)
                elif depth < _DEPTH and entry.is_dir(follow_symlinks=False):
                    waiting.append((Path(entry.path), f"{name}/", depth + 1))


def _refs(name: str, first: int, beyond: int) -> list[str]:
    """The refs of a file's entries from number `first` on, up to `beyond`."""
    return [name if number == 0 else f"{name}#{number}" for number in range(first, beyond)]


def _file_name(uid: str) -> str:
    """A file name for a uid, the same every time."""
    if re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9@._-]{0,150}", uid):
        return f"{uid}.ics"
    return hashlib.blake2b(uid.encode(), digest_size=16).hexdigest() + ".ics"


def _encode(known: Mapping[str, _Seen]) -> str:
    """The cursor: every file's name and state."""
    rows = json.dumps({name: [seen.state, seen.entries] for name, seen in known.items()}, separators=(",", ":"))
    return _VERSION + base64.b64encode(zlib.compress(rows.encode())).decode()


def _decode(cursor: str) -> Mapping[str, _Seen]:
    """What a cursor remembers. Raises CursorExpired where it is not one of ours, or of another version."""
    try:
        if not cursor.startswith(_VERSION):
            raise ValueError("another version")
        rows = json.loads(zlib.decompress(base64.b64decode(cursor.removeprefix(_VERSION), validate=True)))
        return {name: _Seen(str(state), int(entries)) for name, (state, entries) in rows.items()}
    except (ValueError, TypeError, AttributeError, zlib.error) as fault:
        raise CursorExpired(f"The place reached in the calendar folder cannot be read ({fault}).") from fault
