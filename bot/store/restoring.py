"""Putting a backup in the place of the present database, without forgetting who said no since it was made.

What the mailbox tells again (mail, entries, drafts that lie there) needs no help. What only memory knows does: who must not
be written to, what the rep has told, and which touches were put, sent or refused. That is carried over from the database that is
replaced, as far as it can still be read. (A duplicate, or a mail to somebody who opted out, costs more than what a restore
could save.)
"""

from __future__ import annotations

import contextlib
import datetime as dt
import sqlite3
import tempfile
from pathlib import Path

from bot.errors import OutsideFault, UserMustAct
from bot.model import State
from bot.store.engine import fault_of
from bot.store.sql import SqlMemory, open_memory

_BESIDE = (
    "-wal",
    "-shm",
)  # the write-ahead log of the replaced database: left lying, it would be applied to the new one


def restore(backup: Path, store: Path, now: dt.datetime) -> Path | None:
    """Put a copy of the backup in the store's place; where the replaced database was kept (None: there was none).

    The caller holds the locks of the service and of all accounts. Raises UserMustAct, and changes nothing, for a file that
    is no backup, is damaged, or was written by a newer followup.
    """
    with tempfile.TemporaryDirectory(prefix=".restore-", dir=_folder(store)) as folder:
        fresh = Path(folder) / "memory.sqlite3"
        _copy(backup, fresh)
        kept = store.with_name(f"{store.name}.before-restore-{now:%Y%m%dT%H%M%SZ}") if store.exists() else None
        memory = open_memory(fresh)
        try:
            if faults := memory.check():
                raise UserMustAct(f"{backup} is damaged: {faults[0]}", "restore an older backup")
            if kept is not None:
                _keep(store, kept)
                with contextlib.suppress(OutsideFault, sqlite3.Error):
                    _carry_over(kept, memory, Path(folder))
            memory.backup(Path(folder) / "whole.sqlite3")  # without a log beside it
        finally:
            memory.close()
        for suffix in _BESIDE:
            store.with_name(store.name + suffix).unlink(missing_ok=True)
        (Path(folder) / "whole.sqlite3").replace(store)
    return kept


def _folder(store: Path) -> Path:
    try:
        store.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    except OSError as fault:
        raise UserMustAct(f"cannot write into {store.parent}: {fault.strerror}", "make it writable") from fault
    return store.parent


def _copy(source: Path, target: Path) -> None:
    """A copy of a database, with what its log holds; the source is only read."""
    if not source.is_file():
        raise UserMustAct(f"there is no file {source}", "name a file that `followup backup` has written")
    try:
        with (
            contextlib.closing(sqlite3.connect(f"{source.absolute().as_uri()}?mode=ro", uri=True)) as original,
            contextlib.closing(sqlite3.connect(target)) as copy,
        ):
            original.backup(copy)
    except sqlite3.Error as error:
        raise fault_of(error, str(source)) or error from error
    target.chmod(0o600)


def _keep(store: Path, kept: Path) -> None:
    """Keep what is replaced: copied with its log where it can be read, else moved as it is."""
    try:
        _copy(store, kept)
    except (OutsideFault, sqlite3.Error):
        kept.unlink(missing_ok=True)
        store.replace(kept)


def _carry_over(kept: Path, memory: SqlMemory, folder: Path) -> None:
    """From the replaced database: who is suppressed or forgotten, the rep's words, what was sent and refused, and what has
    been put since the backup, which may lie there still."""
    copy = folder / "replaced.sqlite3"
    _copy(kept, copy)
    replaced = open_memory(copy)
    try:
        for account in replaced.accounts():
            for instruction in replaced.instructions(account):
                memory.instruct(account, instruction)
            known = memory.standings(account)
            for key, standing in replaced.standings(account).items():
                if standing.state is State.INTENDED:
                    if key not in known:
                        memory.intend(account, standing)
                elif key not in known or (standing.state in (State.SENT, State.DISCARDED) and known[key] != standing):
                    memory.settle(account, standing)
        memory.take_suppressions(replaced)
    finally:
        replaced.close()
