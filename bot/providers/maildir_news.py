"""One turn of reading a Maildir: what memory knows against what lies there, as pages."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from bot.errors import NotReadable, UserMustAct
from bot.model import Message, Unreadable
from bot.providers import maildir_cursor as cursor
from bot.providers import mime
from bot.providers.base import Page
from bot.providers.compose import content_digest
from bot.providers.disk import faults, read_capped
from bot.providers.folders import Role
from bot.providers.maildir_cursor import NOTHING, FolderMemory, Memory
from bot.providers.maildir_tree import UNSETTLED, Folder, Look, folders, is_draft, look, ref_of

PAGE_MAILS = 200
PAGE_BYTES = 32_000_000
MOST_BYTES = 50_000_000  # of one mail; what lies behind is the rest of an attachment
_ROUNDS = 3
_UNREAD = frozenset((Role.TRASH, Role.IGNORED))
_TWIN = 1


def mail_folders(root: Path) -> dict[str, Folder]:
    """The folders that are read, by label. Raises UserMustAct where `root` is no Maildir."""
    with faults(root):
        found = {folder.label: folder for folder in folders(root) if folder.role not in _UNREAD}
    if not found:
        raise UserMustAct(
            f"{root} is no Maildir: neither it nor a folder in it has a folder called cur.",
            f"Check the path of the Maildir in the config, and that the disk holding {root} is mounted.",
        )
    return found


class Turn:
    """The comparison of one memory with the world; `pages` may be walked once.

    A look at each folder that may have changed is repeated until nothing moves meanwhile. Where the folders do not
    come to rest, nothing is called gone in this turn: a mail on its way from one folder to another must not look
    deleted.
    """

    def __init__(self, root: Path, memory: Memory, now_ns: int) -> None:
        self._memory = memory
        self._now_ns = now_ns
        self._folders = mail_folders(root)
        with faults(root):
            self._looks, self._steady = self._look_around(root)
        self._known = {label: memory.get(label, NOTHING).handles() for label in self._looks}
        self._states = {label: dict(memory.get(label, NOTHING).states) for label in self._looks}
        self._renamed: dict[str, Look] = {}
        self._additions = self._added()
        self._removals = self._gone() if self._steady else ()

    def _look_around(self, root: Path) -> tuple[dict[str, Look], bool]:
        """A look at every folder that changed since memory, and at Drafts; and whether all were at rest meanwhile."""
        looks: dict[str, Look] = {}
        for _ in range(_ROUNDS):
            moved = [folder for folder in self._folders.values() if self._has_moved(folder, looks.get(folder.label))]
            if not moved:
                return looks, True
            looks |= {folder.label: look(folder) for folder in moved}
            self._folders = mail_folders(root)
            looks = {label: seen for label, seen in looks.items() if label in self._folders}
        return looks, False

    def _has_moved(self, folder: Folder, seen: Look | None) -> bool:
        """Whether a folder must be looked at (again)."""
        if seen is not None:
            return folder.stamp() != seen.stamp
        return folder.role is Role.DRAFTS or folder.stamp() != self._memory.get(folder.label, NOTHING).stamp

    def _added(self) -> list[tuple[str, int]]:
        """Label and handle of each mail that is new, or a draft edited since; by file name, which begins with the
        time."""
        new = [
            (seen.names[handle].partition("/")[2], label, handle)
            for label, seen in self._looks.items()
            for handle in seen.names
            if handle not in self._known[label] or seen.states.get(handle) != self._states[label].get(handle)
        ]
        return [(label, handle) for _, label, handle in sorted(new)]

    def _gone(self) -> tuple[str, ...]:
        """The refs of mails that memory knows and no folder holds."""
        gone: list[str] = []
        for label in sorted(self._memory.keys() | self._known.keys()):
            if label in self._looks:
                here = self._looks[label].names
                left = {h for h in self._known[label] if h not in here and h ^ _TWIN not in here}
            elif label not in self._folders:
                left = self._memory[label].handles()
            else:
                continue
            gone.extend(ref_of(label, handle) for handle in sorted(left))
        return tuple(gone)

    def pages(self, *, fresh: bool) -> Iterator[Page[Message]]:
        """What is new, then what is gone. `fresh`: the pages of a fresh listing, of which there is at least one."""
        batch = _Batch()
        begins = fresh
        for label, handle in self._additions:
            if batch.full:
                midway = cursor.UNFINISHED if fresh else cursor.encode(self.reached(midway=True))
                yield batch.page((), midway, begins, False)
                batch, begins = _Batch(), False
            batch.add(self._read(label, handle))
        if fresh or not batch.empty or self._removals:
            yield batch.page(self._removals, cursor.encode(self.reached()), begins, fresh)

    @property
    def is_quiet(self) -> bool:
        """Whether there is nothing to tell."""
        return not self._additions and not self._removals

    def reached(self, *, midway: bool = False) -> Memory:
        """What is known now. `midway`: with news still to come, so that the folders count as not looked at."""
        open_ended = midway or not self._steady
        rest = {label: known for label, known in self._memory.items() if open_ended or label in self._folders}
        for label, seen in self._looks.items():
            if open_ended:
                rest[label] = FolderMemory.of(UNSETTLED, self._known[label], self._states[label])
            else:
                left = self._known[label] & seen.names.keys()
                rest[label] = FolderMemory.of(seen.settled_stamp(self._now_ns), left, self._states[label])
        return rest

    def _read(self, label: str, handle: int) -> Message | Unreadable | None:
        """A mail, or why it cannot be read; None where it is gone meanwhile. What the system refuses to open stays
        unknown to memory, so that it is tried again when the folder next changes."""
        folder, ref = self._folders[label], ref_of(label, handle)
        try:
            opened = self._open(folder, handle)
        except OSError as fault:
            return Unreadable(ref, f"{fault.strerror or type(fault).__name__}: {fault.filename or folder.path}")
        if opened is None:
            return None
        data, at = opened
        self._note(label, handle)
        try:
            etag = content_digest(data) if is_draft(handle) else ""
            return mime.parse(data, ref, etag, is_draft=is_draft(handle), received=at)
        except NotReadable as fault:
            return Unreadable(ref, str(fault))

    def _open(self, folder: Folder, handle: int) -> tuple[bytes, dt.datetime] | None:
        """The bytes of a mail and the time it was delivered. A reader may rename it under our hands: then it is
        looked for under its new name, once. Raises OSError."""
        name = self._renamed.get(folder.label, self._looks[folder.label]).names.get(handle)
        for last in (False, True):
            if name is None:
                return None
            try:
                data, status = read_capped(folder.path / name, MOST_BYTES)
                return data, dt.datetime.fromtimestamp(max(0.0, status.st_mtime), dt.UTC)
            except FileNotFoundError:
                if not last:
                    self._renamed[folder.label] = look(folder)
                    name = self._renamed[folder.label].names.get(handle)
        return None

    def _note(self, label: str, handle: int) -> None:
        """Remember that a mail has been told of."""
        self._known[label].discard(handle ^ _TWIN)
        self._known[label].add(handle)
        state = self._looks[label].states.get(handle)
        if state is not None:
            self._states[label][handle] = state


@dataclass(slots=True)
class _Batch:
    """A page in the making: at most so many mails and so many bytes."""

    upserts: list[Message] = field(default_factory=list)
    unreadables: list[Unreadable] = field(default_factory=list)
    size: int = 0

    @property
    def full(self) -> bool:
        return len(self.upserts) + len(self.unreadables) >= PAGE_MAILS or self.size >= PAGE_BYTES

    @property
    def empty(self) -> bool:
        return not self.upserts and not self.unreadables

    def add(self, item: Message | Unreadable | None) -> None:
        match item:
            case Message():
                self.upserts.append(item)
                self.size += item.size
            case Unreadable():
                self.unreadables.append(item)
            case None:
                pass

    def page(self, removals: tuple[str, ...], reached: str, begins: bool, ends: bool) -> Page[Message]:
        return Page(tuple(self.upserts), removals, tuple(self.unreadables), reached, begins, ends)
