"""One turn of an account at a time, across processes.

A lock of the operating system on a file beside the database, not a lease with an expiry in a row: the system drops it
the moment its holder dies, kill -9 included, so nobody waits for a lease to run out, and a turn that takes longer than
any lease would have allowed is still alone. It holds on one machine, as SQLite itself does. A database on a server
would use its own session locks (PostgreSQL: pg_try_advisory_lock) for the same reason.
"""

from __future__ import annotations

import contextlib
import datetime as dt
import hashlib
import os
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Protocol

from bot.errors import TryLater, UserMustAct

if sys.platform == "win32":
    import msvcrt
else:
    import fcntl


class TurnLocks(Protocol):
    """Who holds which account."""

    def hold(self, account: str) -> contextlib.AbstractContextManager[None]:
        """Hold the account for the length of the block, or raise TryLater."""
        ...


class FileLocks:
    """Locks for the accounts of one database file, each a small file beside it. The files stay: removing one that
    another process has just opened would let two hold the same account."""

    def __init__(self, database: Path) -> None:
        self._database = database

    def path(self, account: str) -> Path:
        """The account's lock file; a digest, since a name need not be a file name."""
        digest = hashlib.blake2b(account.encode(), digest_size=6).hexdigest()
        return self._database.with_name(f"{self._database.name}-turn-{digest}")

    @contextlib.contextmanager
    def hold(self, account: str) -> Iterator[None]:
        path = self.path(account)
        try:
            handle = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
        except OSError as fault:
            raise UserMustAct(
                f"cannot write {path}: {fault.strerror}", f"make the folder {path.parent} writable for followup"
            ) from fault
        try:
            if not _try_lock(handle):
                raise _taken(account)
            yield
        finally:
            os.close(handle)  # which also lets go of the lock


class ThreadLocks:
    """Locks for a database that lives in this process alone."""

    def __init__(self) -> None:
        self._guard = threading.Lock()
        self._held: set[str] = set()

    @contextlib.contextmanager
    def hold(self, account: str) -> Iterator[None]:
        with self._guard:
            if account in self._held:
                raise _taken(account)
            self._held.add(account)
        try:
            yield
        finally:
            with self._guard:
                self._held.discard(account)


def _taken(account: str) -> TryLater:
    return TryLater(f"another followup is taking a turn of {account!r} just now", dt.timedelta(minutes=1))


if sys.platform == "win32":

    def _try_lock(handle: int) -> bool:
        """Lock the file's first byte unless somebody has."""
        try:
            msvcrt.locking(handle, msvcrt.LK_NBLCK, 1)
        except OSError:
            return False
        return True

else:

    def _try_lock(handle: int) -> bool:
        """Lock the open file unless somebody has. flock belongs to the open file, so two threads exclude each other as
        well, which POSIX record locks (lockf) would not do."""
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        return True
