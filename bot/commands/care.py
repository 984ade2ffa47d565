"""Looking after an installation: the first config, the doctor, and what the rep tells the bot about people."""

from __future__ import annotations

import datetime as dt
import importlib.resources
import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from bot import app
from bot.cadence.policy import ladders
from bot.commands.accounts import now_in_utc
from bot.config import AccountConfig
from bot.errors import OutsideFault, UserMustAct
from bot.model import Instruction
from bot.reading.dates import when
from bot.writing.proof import lint_templates

EXAMPLE = "config.example.yaml"
USUAL = "usual"  # the ladder of the policy


@dataclass(frozen=True, slots=True)
class Check:
    """One thing the doctor looked at."""

    name: str
    good: bool
    found: str
    advice: str = ""


def instruct(
    config: Path, account: str | None, verb: str, who: str, *, until: str = "", text: str = ""
) -> tuple[tuple[str, str, dt.date | None], ...]:
    """Keep an instruction for each account: (account, subject, until). Raises UserMustAct for a day nobody understands or a
    subject nothing is known of."""
    told = []
    now = now_in_utc()
    with app.opened(config) as opened:
        for a in opened.accounts(account):
            last = _day(until, now.astimezone(a.zone), a.country) if until else None
            subject = _subject(opened, a, who)
            opened.memory.instruct(a.name, Instruction(verb, subject, now, last, text))
            told.append((a.name, subject, last))
    return tuple(told)


def choose_ladder(
    config: Path, account: str | None, who: str, name: str
) -> tuple[tuple[str, str, dt.date | None], ...]:
    """Keep the choice of a ladder, like `instruct`; "usual" takes an earlier choice back. Raises UserMustAct for a ladder that
    does not come with the program."""
    if name not in {*ladders(), USUAL}:
        raise UserMustAct(
            f"there is no ladder {name!r}", f"the ladders are: {', '.join(ladders())}; {USUAL} for your own"
        )
    return instruct(config, account, "ladder", who, text="" if name == USUAL else name)


def _subject(opened: app.App, account: AccountConfig, who: str) -> str:
    """An address or a domain as it is; a number or a Message-ID as the id of the mail that opened the matter."""
    wanted = who.strip().strip("<>")
    records = {r.id: r for r in opened.memory.records(account.name)}
    if wanted in records:
        return wanted
    by_number = [
        r.id
        for r in records.values()
        if (r.reading.number or "").casefold().lstrip("#") == wanted.casefold().lstrip("#")
    ]
    if by_number and wanted:
        return by_number[0]
    if "@" in wanted:
        return wanted.casefold()
    raise UserMustAct(
        f"nothing is known of {who!r}", "name an address, a domain like @acme.example, a quote's number or a Message-ID"
    )


def _day(text: str, now: dt.datetime, country: str) -> dt.date:
    try:
        return dt.date.fromisoformat(text)
    except ValueError:
        moment = when(text, now, country)
    if moment is None:
        raise UserMustAct(f"{text!r} is no day", 'write it like 2026-03-31, or in words such as "in 3 weeks"')
    return moment.first


def init(path: Path) -> None:
    """Write the commented example config. Raises UserMustAct where something is there already."""
    text = example_config()
    try:
        with path.open("x", encoding="utf-8") as file:
            file.write(text)
    except FileExistsError as there:
        raise UserMustAct(f"{path} is there already", "name another file, or edit that one") from there
    except OSError as fault:
        raise UserMustAct(f"cannot write {path}: {fault.strerror}", "name a place you may write to") from fault


def example_config() -> str:
    """The example that comes with the program: beside the package in a checkout, inside it when installed."""
    inside = importlib.resources.files("bot") / EXAMPLE
    beside = Path(__file__).parents[2] / EXAMPLE
    return inside.read_text(encoding="utf-8") if inside.is_file() else beside.read_text(encoding="utf-8")


def doctor(config: Path) -> Iterator[Check]:
    """Look at everything a turn needs."""
    try:
        with app.opened(config) as opened:
            yield Check("config", True, f"{config}: {len(opened.config.accounts)} account(s)")
            yield from _templates(opened)
            yield from _memory(opened)
            yield from _secrets(opened)
            for account in opened.accounts():
                yield from _account(opened, account)
    except OutsideFault as fault:
        yield _bad("config", fault)


def _bad(name: str, fault: OutsideFault) -> Check:
    return Check(name, False, str(fault), getattr(fault, "advice", ""))


def _templates(opened: app.App) -> Iterator[Check]:
    faults = lint_templates(opened.templates)
    languages = ", ".join(sorted(opened.templates.languages))
    if faults:
        yield Check("templates", False, f"{len(faults)} faults of tone", "\n     ".join(str(f) for f in faults[:10]))
    else:
        yield Check("templates", True, f"languages {languages}; the tone is right; {len(opened.library)} useful things")


def _memory(opened: app.App) -> Iterator[Check]:
    faults = opened.memory.check()
    store = opened.config.store
    if faults:
        yield Check(
            "memory",
            False,
            f"{store}: {faults[0]}",
            "restore a backup, or move the file away: the mailbox is read anew",
        )
    else:
        yield Check("memory", True, f"{store} is sound")


def _secrets(opened: app.App) -> Iterator[Check]:
    """Where sign-ins are kept, and how strong that is; nothing where no account needs one."""
    signed_in = any(a.mail.kind != "maildir" for a in opened.config.accounts)
    if signed_in or opened.config.secrets.keep == "file":
        strength = opened.secrets.strength()
        yield Check("secrets", strength.good, strength.found, strength.advice)


def _account(opened: app.App, account: AccountConfig) -> Iterator[Check]:
    name = account.name
    now = now_in_utc()
    local = now.astimezone(account.zone)
    yield Check(
        f"{name}: clock",
        now.year >= 2025,
        f"{local:%Y-%m-%d %H:%M %Z} in {account.zone.key}",
        "" if now.year >= 2025 else "set this machine's clock",
    )
    try:
        with opened.looking(account) as world:
            first = next(iter(world.mailbox.changes(world.memory.cursor(name, "mail"))), None)
            yield Check(f"{name}: mailbox", True, f"{account.mail}: {'news' if first else 'nothing new'}")
            if account.mail.is_folder and not _may_write(account.mail.path):
                yield Check(
                    f"{name}: drafts",
                    False,
                    f"{account.mail.path} is not writable",
                    "give followup the right to write there",
                )
    except OutsideFault as fault:
        yield _bad(f"{name}: mailbox", fault)
    if account.calendar is None:
        yield Check(f"{name}: calendar", True, "none: no reminders, no leave")
        return
    try:
        with opened.looking(account) as world:
            assert world.calendar is not None
            next(iter(world.calendar.changes(None)), None)
            yield Check(f"{name}: calendar", True, f"{account.calendar}")
    except OutsideFault as fault:
        yield _bad(f"{name}: calendar", fault)


def _may_write(path: Path) -> bool:
    return os.access(path, os.W_OK)
