"""Our drafts in a Maildir: looked for by key, written whole, rewritten and taken away only while nobody has touched
them.

A draft of ours is named `SECONDS.FKEY_MARK.followup`, MARK being a digest of the content as we wrote it: so a file
tells by itself whether somebody has edited it, even where memory lost our last write in a crash.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from bot.errors import UserMustAct
from bot.model import Draft, Form, Standing, State
from bot.providers.compose import content_digest
from bot.providers.disk import faults, only_writer, read_capped, sweep, write_whole
from bot.providers.folders import Role
from bot.providers.maildir_tree import Folder, flags_of, folders, handle_of, ref_of
from bot.providers.mime import KEY_HEADER

_MOST_BYTES = 50_000_000
_HEAD = 65_536  # a mail's header lines lie in its first so many bytes
_KEY = re.compile(rb"^" + KEY_HEADER.encode() + rb":[ \t]{0,20}(\S{1,200})", re.IGNORECASE | re.MULTILINE)
_OURS = re.compile(r"^\d{1,12}\.F[0-9A-Za-z-]{1,80}_([0-9a-f]{16})\.followup")
_DECIDED = frozenset((State.STANDING, State.EDITED, State.SENT, State.DISCARDED))


@dataclass(frozen=True, slots=True)
class _File:
    """A file in Drafts under a key of ours."""

    folder: Folder
    path: Path
    digest: str
    written_ns: int

    @property
    def ref(self) -> str:
        return ref_of(self.folder.label, handle_of(self.path.name))

    def is_ours(self, known: Standing | None) -> bool:
        """Whether it is as we wrote it: by what memory knows, or by the mark in its own name."""
        if known is not None and known.digest == self.digest:
            return True
        named = _OURS.match(self.path.name)
        return named is not None and named[1] == _mark(self.digest)


class Drafts:
    """The Drafts folder of the Maildir at `root`."""

    def __init__(self, root: Path, clock_ns: Callable[[], int]) -> None:
        self._root = root
        self._clock_ns = clock_ns
        self._told: dict[str, set[int]] = {}  # handles in Sent and Trash whose heads have been read
        self._done: set[str] = set()  # the keys found there

    def put(self, draft: Draft, data: bytes, known: Standing | None) -> Standing | None:
        """Make `data` stand under the draft's key (see base.Mailbox.put)."""
        with faults(self._root):
            home = self._home() or self._make_home()
            with only_writer(home.path / "cur"):
                self._sweep(home)
                return self._put(home, draft, data, known)

    def _put(self, home: Folder, draft: Draft, data: bytes, known: Standing | None) -> Standing | None:
        """`put`, with other writers of ours kept out. Two files under one key are what a crash in a rewrite leaves,
        or a mail program in the middle of saving: what we wrote gives way."""
        digest = content_digest(data)
        found = self._under(draft.key)
        edited = [file for file in found if file.digest != digest and not file.is_ours(known)]
        ours = [file for file in found if file not in edited]
        stands: _File | None
        if edited:
            stands = max(edited, key=lambda file: file.written_ns)
        else:
            stands = next((file for file in ours if file.digest == digest), None)
        if stands is None:
            if not ours and ((known is not None and known.state in _DECIDED) or self._is_done(draft.key)):
                return None
            stands = self._write(home, draft, data, digest)
        for file in ours:
            if file.path != stands.path:
                file.path.unlink(missing_ok=True)
        return _standing(draft, known, stands, digest)

    def withdraw(self, standing: Standing) -> bool:
        """Take a draft away if nobody has touched it (see base.Mailbox.withdraw)."""
        with faults(self._root):
            home = self._home()
            if home is None:
                return False
            with only_writer(home.path / "cur"):
                found = self._under(standing.key)
                if not found or not all(file.is_ours(standing) for file in found):
                    return False
                for file in found:
                    file.path.unlink(missing_ok=True)
                return True

    def _write(self, home: Folder, draft: Draft, data: bytes, digest: str) -> _File:
        """A new file in cur: a draft, and seen. The name follows from the draft, so that it is made once."""
        unique = f"{int(draft.at.timestamp())}.F{_plain(draft.key)}_{_mark(digest)}.followup"
        path = home.path / "cur" / f"{unique}:2,DS"
        write_whole(home.path / "tmp" / f"{unique}.{os.getpid()}", path, data)
        return _File(home, path, digest, self._clock_ns())

    def _under(self, key: str) -> list[_File]:
        """The drafts with this key, whatever their names are: a mail program may have written them anew."""
        found = []
        for folder in self._with_role(Role.DRAFTS):
            for path in _mails(folder):
                if "T" not in flags_of(path.name) and _key_of(path) == key:
                    with contextlib.suppress(FileNotFoundError):
                        data, status = read_capped(path, _MOST_BYTES)
                        found.append(_File(folder, path, content_digest(data), status.st_mtime_ns))
        return found

    def _is_done(self, key: str) -> bool:
        """Whether a person has sent the draft with this key, or thrown it away."""
        for folder in self._with_role(Role.SENT, Role.TRASH):
            told = self._told.setdefault(folder.label, set())
            for path in _mails(folder):
                handle = handle_of(path.name)
                if handle not in told:
                    told.add(handle)
                    self._done.add(_key_of(path))
        if key in self._done:
            return True
        thrown = (p for f in self._with_role(Role.DRAFTS) for p in _mails(f) if "T" in flags_of(p.name))
        return any(_key_of(path) == key for path in thrown)

    def _with_role(self, *roles: Role) -> list[Folder]:
        """The folders that are for one of these things; the plainest name first."""
        return sorted((f for f in folders(self._root) if f.role in roles), key=lambda f: (len(f.label), f.label))

    def _home(self) -> Folder | None:
        """The folder that our drafts go to."""
        return next(iter(self._with_role(Role.DRAFTS)), None)

    def _make_home(self) -> Folder:
        """Drafts, made in the layout of the folders that are there."""
        labels = [folder.label for folder in folders(self._root)]
        if not labels:
            raise UserMustAct(
                f"{self._root} is no Maildir: neither it nor a folder in it has a folder called cur.",
                f"Check the path of the Maildir in the config, and that the disk holding {self._root} is mounted.",
            )
        plain = any(not label.startswith(".") for label in labels) or "." not in labels
        path = self._root / ("Drafts" if plain else ".Drafts")
        for part in ("tmp", "new", "cur"):  # cur last: it is what makes a folder
            (path / part).mkdir(mode=0o700, parents=True, exist_ok=True)
        if not plain:
            (path / "maildirfolder").touch()
        return Folder(path.name, path, Role.DRAFTS)

    def _sweep(self, home: Folder) -> None:
        """Remove what a killed run of ours left in tmp; make tmp where it is missing."""
        (home.path / "tmp").mkdir(mode=0o700, exist_ok=True)
        sweep(home.path / "tmp", _OURS, self._clock_ns())


def _standing(draft: Draft, known: Standing | None, stands: _File, digest: str) -> Standing:
    """Where the draft stands, and how. `digest` of an edited one stays that of what we wrote, or would have."""
    edited = stands.digest != digest
    state = State.EDITED if edited else State.STANDING
    wrote = known.digest if edited and known is not None and known.digest else digest
    base = known or Standing(draft.key, Form.DRAFT, state, "", "", "", (), draft.at, draft.at)
    return replace(
        base,
        state=state,
        at=draft.at,
        changed=draft.at,
        ref=stands.ref,
        etag=stands.digest,
        digest=wrote,
    )


def _mails(folder: Folder) -> Iterator[Path]:
    """The mail files in a folder."""
    for part in ("new", "cur"):
        with contextlib.suppress(FileNotFoundError):
            for path in (folder.path / part).iterdir():
                if not path.name.startswith("."):
                    yield path


def _key_of(path: Path) -> str:
    """Our key in a mail's header; "" where it has none, or cannot be read."""
    try:
        head = read_capped(path, _HEAD)[0]
    except OSError:
        return ""
    found = _KEY.search(head)
    if found is None or any(gap in head[: found.start()] for gap in (b"\n\n", b"\n\r\n")):
        return ""
    return found[1].decode("ascii", "replace")


def _mark(digest: str) -> str:
    """A content digest as it stands in a file name."""
    return hashlib.blake2b(digest.encode(), digest_size=8).hexdigest()


def _plain(key: str) -> str:
    """A key as it may stand in a file name."""
    if re.fullmatch(r"[0-9A-Za-z-]{1,80}", key):
        return key
    return hashlib.blake2b(key.encode(), digest_size=16).hexdigest()
