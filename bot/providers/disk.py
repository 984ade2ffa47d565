"""What the providers that keep files share: faults sorted by what the caller must do, whole-or-nothing writing, and one
writer of ours at a time."""

from __future__ import annotations

import contextlib
import errno
import os
import re
import stat
import sys
from collections.abc import Iterator
from pathlib import Path

from bot.errors import OutsideFault, TryLater, UserMustAct

if sys.platform != "win32":
    import fcntl

_STALE_NS = 36 * 3600 * 1_000_000_000
_FULL = frozenset((errno.ENOSPC, errno.EDQUOT))
_REFUSED = frozenset((errno.EACCES, errno.EPERM, errno.EROFS))
_ABSENT = frozenset((errno.ENOENT, errno.ENOTDIR))


def fault_of(fault: OSError, path: Path) -> OutsideFault:
    """The fault in the words of the house: full or flaky disks pass, a missing or refused path needs a person. `path`
    is what the config names; the fault may lie below it."""
    reason = fault.strerror or type(fault).__name__
    where = fault.filename if isinstance(fault.filename, str) else path
    if fault.errno in _FULL:
        return TryLater(f"The disk that holds {path} is full ({reason}).")
    if fault.errno in _REFUSED:
        return UserMustAct(
            f"{where}: {reason}.",
            f"Give this program's user the right to read and write {path} and everything below it, then run again.",
        )
    if fault.errno in _ABSENT:
        return UserMustAct(f"{where}: {reason}.", f"Check the path in the config: {path} must be an existing folder.")
    return TryLater(f"{where}: {reason}.")


@contextlib.contextmanager
def faults(path: Path) -> Iterator[None]:
    """Translate what the file system raises about `path`."""
    try:
        yield
    except OSError as fault:
        raise fault_of(fault, path) from fault


def read_capped(path: Path, cap: int) -> tuple[bytes, os.stat_result]:
    """The first `cap` bytes of a regular file and its stat. Never blocks on a pipe or a device. Raises OSError."""
    handle = os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0))
    with os.fdopen(handle, "rb", buffering=0) as file:
        status = os.fstat(handle)
        if not stat.S_ISREG(status.st_mode):
            raise OSError(errno.EINVAL, "not a regular file", str(path))
        return file.read(min(cap, status.st_size)), status


def is_file(entry: os.DirEntry[str]) -> bool:
    """Whether it is a file, or a link to one. A link that leads round in a circle, or where nobody may go, is none."""
    try:
        return entry.is_file()
    except OSError:
        return False


def is_folder(entry: os.DirEntry[str]) -> bool:
    """Whether it is a folder, or a link to one; see `is_file`."""
    try:
        return entry.is_dir()
    except OSError:
        return False


def write_whole(draft: Path, final: Path, data: bytes, *, replace: bool = False) -> bool:
    """Write `data` to `draft`, force it to disk, then give it its `final` name in one step, so that no reader ever
    sees half a file. False: another file has that name already (never with `replace`). Nothing is left at `draft`.
    Raises OSError."""
    mode = (
        stat.S_IMODE(final.parent.stat().st_mode) & 0o666
    )  # as readable as the folder: the server may be another user
    draft.unlink(missing_ok=True)  # of a run that was killed: the name is ours alone
    handle = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0), 0o600)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(data)
            file.flush()
            os.chmod(draft, mode)  # noqa: PTH101
            os.fsync(file.fileno())
        if replace:
            draft.replace(final)
            made = True
        else:
            made = _name_once(draft, final)
    finally:
        draft.unlink(missing_ok=True)
    _sync_folder(final.parent)
    return made


def sweep(folder: Path, ours: re.Pattern[str], now_ns: int) -> None:
    """Remove files that a killed run left half written: those named as ours are, and 36 hours old, the age at which
    the Maildir specification counts them as left over."""
    for path in folder.iterdir():
        if ours.match(path.name):
            with contextlib.suppress(FileNotFoundError):
                if path.stat().st_mtime_ns < now_ns - _STALE_NS:
                    path.unlink()


def _name_once(draft: Path, final: Path) -> bool:
    """Give a file a name that nobody else holds. A hard link does that in one step; some file systems know none."""
    try:
        os.link(draft, final)
    except FileExistsError:
        return False
    except OSError as fault:
        if fault.errno not in (errno.EPERM, errno.ENOTSUP, errno.ENOSYS, errno.EMLINK):
            raise
        if final.exists():
            return False
        draft.rename(final)
    return True


def _sync_folder(folder: Path) -> None:
    """Force a folder's new name to disk, where the system lets one."""
    with contextlib.suppress(OSError):
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)


@contextlib.contextmanager
def only_writer(folder: Path) -> Iterator[None]:
    """Keep other processes of this program out of `folder` meanwhile. The lock is the system's own: it leaves no file
    behind and dies with the process. Where there is none (some network disks), the deterministic names must do."""
    if sys.platform == "win32":
        yield
        return
    handle = os.open(folder, os.O_RDONLY)
    try:
        with contextlib.suppress(OSError):
            fcntl.flock(handle, fcntl.LOCK_EX)
        yield
    finally:
        os.close(handle)
