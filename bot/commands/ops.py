"""For those who run an installation: the service, how it is, copies of memory, and taking a person out of it."""

from __future__ import annotations

import contextlib
import datetime as dt
import functools
import json
import os
import secrets
import sys
import tempfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from bot import app
from bot.commands.accounts import now_in_utc
from bot.commands.alerting import Webhook
from bot.commands.awaited import Awaited
from bot.config import AccountConfig, Config, load
from bot.errors import TryLater, UserMustAct
from bot.jobs.health import Trouble, Vital
from bot.jobs.lease import SERVICE, Lease, lease_of, tenancy
from bot.jobs.local import Roster, Service, leave_at_once, stock_of
from bot.jobs.logs import account_hash, log_to
from bot.jobs.loopback import window
from bot.jobs.metrics import render
from bot.jobs.notify import Notifier
from bot.model import Form, Instruction, State
from bot.pipeline import Outcome, World
from bot.store.base import Memory
from bot.store.restoring import restore as restore_file
from bot.store.turnlock import FileLocks
from bot.world import refusals_of

_SALT, TROUBLE = "log salt", "trouble"  # facts of the installation, and of an account

Tell = Callable[[str, Outcome], None]


# --- the service


def serve(config: Path, tell: Tell | None) -> None:
    """Take turns of all accounts until told to stop. With `tell` each outcome is shown to whoever sits there; the log goes to
    standard error. Raises UserMustAct where memory is damaged or another service has it."""
    notifier = Notifier.of_environment()
    with app.opened(config) as opened, contextlib.ExitStack() as held:
        if faults := opened.memory.check():
            raise UserMustAct(
                f"{opened.config.store} is damaged: {faults[0]}", "put a backup in its place: followup restore"
            )
        if tell is None:
            log_to(sys.stderr)
        hashed = functools.partial(account_hash, salt=salt_of(opened.memory))
        locks = FileLocks(opened.config.store)
        tenant = held.enter_context(tenancy(opened.memory, locks, os.getpid(), now_in_utc()))
        service = Service(
            _roster(opened),
            now_in_utc,
            lambda world, outcome: tell(world.account.name, outcome) if tell else None,
            reload=lambda: _roster(app.reread(opened, config)),
            tenancy=tenant,
            notifier=notifier,
            hashed=hashed,
            noted=Noting(opened.memory, opened.config.service.alert_file, _teller(opened.config, hashed)),
        )
        if opened.config.service.port is not None:
            held.enter_context(window(opened.config.service.port, pages(service, hashed)))
        if not service.run():
            leave_at_once()


def _teller(config: Config, hashed: Callable[[str], str]) -> Callable[[list[str]], None]:
    """What tells the webhook of the config, where there is one, of the accounts that wait for a person."""
    if config.service.alert_url is None:
        return lambda names: None
    webhook = Webhook(config.service.alert_url)
    return lambda names: webhook.tell(map(hashed, names))


def _roster(opened: app.App) -> Roster:
    worlds = tuple(_world(opened, a) for a in opened.accounts(None))
    return Roster(worlds, opened.config.every, opened.config.keep_days)


def _world(opened: app.App, account: AccountConfig) -> World:
    """The account's world. Where one of its ends cannot be opened (nobody has signed in yet), that is the account's own
    trouble, told at each of its turns until a person has mended it; the others are served."""
    try:
        return opened.world(account)
    except UserMustAct:
        mailbox = Awaited(lambda: opened.mailbox(account))
        calendar = Awaited(lambda: opened.calendar(account)) if account.calendar is not None else None
        rules = app.account_of(account, opened.config)
        return World(rules, mailbox, calendar, opened.memory, opened.templates, opened.library)


def salt_of(memory: Memory) -> str:
    """The salt of this installation's log, made at first use."""
    salt = memory.facts(SERVICE).get(_SALT)
    if salt is None:
        salt = secrets.token_hex(16)
        memory.set_fact(SERVICE, _SALT, salt)
    return salt


def pages(service: Service, hashed: Callable[[str], str]) -> Mapping[str, Callable[[], tuple[int, str]]]:
    """What the window shows, by path."""

    def metrics() -> tuple[int, str]:
        health = service.health
        still = health.still_for(service.monotonic())
        return 200, render(health.vitals(), now_in_utc(), still, hashed, bool(health.refused_config), service.units())

    def healthz() -> tuple[int, str]:
        return (200, "ok\n") if service.is_alive() else (503, "nothing has moved for long\n")

    def readyz() -> tuple[int, str]:
        return (200, "ready\n") if service.health.is_ready() else (503, "not every account has been tried yet\n")

    return {"/metrics": metrics, "/healthz": healthz, "/readyz": readyz}


class Noting:
    """Keeps each account's trouble where `followup status` finds it, and while a person must act the alert file; `told` hears
    after every turn who waits for one."""

    def __init__(
        self, memory: Memory, alert_file: Path | None, told: Callable[[list[str]], None] = lambda names: None
    ) -> None:
        self._memory, self._alert_file, self._told = memory, alert_file, told
        self._noted: dict[str, tuple[Trouble, str]] = {}
        self._alerts: dict[str, str] = {}
        if alert_file is not None:
            alert_file.unlink(missing_ok=True)

    def __call__(self, name: str, vital: Vital) -> None:
        """An account's turn has ended. Written only where something changed."""
        if vital.trouble is Trouble.PERSON:
            self._alerts[name] = f"{name}: {vital.text}\n    {vital.advice}".rstrip()
        else:
            self._alerts.pop(name, None)
        self._told(list(self._alerts))
        said = (vital.trouble, vital.text)
        if self._noted.get(name) == said:
            return
        self._noted[name] = said
        self._write_alerts()
        row = {"kind": vital.trouble, "text": vital.text, "advice": vital.advice}
        self._memory.set_fact(name, TROUBLE, None if vital.trouble is Trouble.NONE else json.dumps(row))

    def _write_alerts(self) -> None:
        """The file whole or not at all; readable by its owner alone, since it names accounts."""
        path = self._alert_file
        if path is None:
            return
        if not self._alerts:
            path.unlink(missing_ok=True)
            return
        try:
            handle, partial = tempfile.mkstemp(prefix=f".{path.name}-", dir=path.parent)
            with os.fdopen(handle, "w", encoding="utf-8") as file:
                file.write("\n".join(self._alerts.values()) + "\n")
            Path(partial).replace(path)
        except OSError as fault:
            raise UserMustAct(f"cannot write {path}: {fault.strerror}", "name another service.alert_file") from fault


# --- how it is


@dataclass(frozen=True, slots=True)
class AccountStatus:
    """How one account is, as memory has it."""

    name: str
    hashed: str  # its name in logs and figures
    last_good: dt.datetime | None
    lag: dt.timedelta | None
    drafts: int  # drafts lying in the mailbox
    edited: int  # of these, drafts that the rep has changed
    reminders: int
    unsettled: int  # writes whose answer never came
    quarantined: int
    refused: tuple[str, ...]  # what cannot be written, each with its reason
    trouble: str
    text: str
    advice: str


@dataclass(frozen=True, slots=True)
class Status:
    """How an installation is. `lease` is that of the last service; `serving` whether it runs now."""

    serving: bool
    lease: Lease | None
    accounts: tuple[AccountStatus, ...]


def status(config: Path) -> Status:
    """How the installation is, from memory alone: the service need not run."""
    now = now_in_utc()
    with app.opened(config) as opened:
        salt = salt_of(opened.memory)
        accounts = tuple(_status_of(opened.memory, a.name, account_hash(a.name, salt), now) for a in opened.accounts())
        return Status(_is_served(opened.config.store), lease_of(opened.memory), accounts)


def _status_of(memory: Memory, name: str, hashed: str, now: dt.datetime) -> AccountStatus:
    last = memory.last_turn(name)
    standings, stock = memory.standings(name).values(), stock_of(memory, name)
    drafts = [s for s in standings if s.form is Form.DRAFT]
    trouble = json.loads(memory.facts(name).get(TROUBLE, "{}"))
    return AccountStatus(
        name,
        hashed,
        last,
        None if last is None else now - last,
        sum(s.state in (State.STANDING, State.EDITED) for s in drafts),
        sum(s.state is State.EDITED for s in drafts),
        sum(s.form is Form.REMINDER and s.state in (State.STANDING, State.EDITED) for s in standings),
        stock.ambiguous,
        stock.quarantined,
        tuple(map(str, refusals_of(memory, name))),
        trouble.get("kind", ""),
        trouble.get("text", ""),
        trouble.get("advice", ""),
    )


def _is_served(store: Path) -> bool:
    try:
        with FileLocks(store).hold(SERVICE):
            return False
    except TryLater:
        return True


# --- copies of memory


def backup(config: Path, target: Path) -> tuple[str, ...]:
    """Write a copy of memory, also while the service runs; the accounts it holds."""
    with app.opened(config) as opened:
        if target.exists() and target.samefile(opened.config.store):
            raise UserMustAct(f"{target} is the memory itself", "name another file for the copy")
        opened.memory.backup(target)
        return tuple(a.name for a in opened.accounts())


def restore(config: Path, source: Path) -> Path | None:
    """Put a backup in memory's place; where the one it replaces was kept. Raises UserMustAct while a service runs, and for a
    file that is no sound backup."""
    settings = load(config)
    locks = FileLocks(settings.store)
    settings.store.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    with contextlib.ExitStack() as held:
        for name in (SERVICE, *(a.name for a in settings.accounts)):
            try:
                held.enter_context(locks.hold(name))
            except TryLater as taken:
                raise UserMustAct("followup is running on this memory", "stop it first, then restore") from taken
        return restore_file(source, settings.store, now_in_utc())


def forget(config: Path, email: str) -> tuple[tuple[str, int], ...]:
    """Erase a person from every account and never write to them again; by account, how many records that touched. What lies in
    their name goes at the next turn. Copies made with `backup` are not reached."""
    if "@" not in email.strip("@") or email.startswith("@"):
        raise UserMustAct(f"{email!r} is no address", "name one person by their full address")
    person, now = email.strip().strip("<>").casefold(), now_in_utc()
    told = []
    with app.opened(config) as opened:
        for a in opened.accounts():
            opened.memory.instruct(a.name, Instruction("stop", person, now))
            told.append((a.name, opened.memory.forget(a.name, person, now)))
    return tuple(told)
