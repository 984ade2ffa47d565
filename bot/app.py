"""The composition root: the only file that names concrete providers, stores and engines, and puts them together."""

from __future__ import annotations

import contextlib
import importlib
import os
import tempfile
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bot import config as settings_file
from bot.config import AccountConfig, Config
from bot.errors import UserMustAct
from bot.jobs.playground import Playground
from bot.model import Kind, Message
from bot.pipeline import Account, Progress, World, no_progress
from bot.providers.base import Calendar, Mailbox
from bot.providers.icsdir import IcsDir
from bot.providers.maildir import Maildir
from bot.reading.read import read
from bot.reading.settings import ReadSettings
from bot.secrets import Secrets, open_secrets
from bot.store.base import Memory
from bot.store.sql import open_memory
from bot.writing.templates import Templates, packaged_sources
from bot.writing.values import Item, parse_items

MOST_TEMPLATE_BYTES = 64 * 1024


@dataclass(frozen=True, slots=True)
class App:
    """Everything a command works with."""

    config: Config
    memory: Memory
    templates: Templates
    library: tuple[Item, ...]

    def world(self, account: AccountConfig, progress: Progress = no_progress, memory: Memory | None = None) -> World:
        """The world of one account."""
        return World(
            account_of(account, self.config),
            self.mailbox(account),
            self.calendar(account),
            memory or self.memory,
            self.templates,
            self.library,
            progress,
        )

    @property
    def secrets(self) -> Secrets:
        """Where sign-ins keep their tokens, as the config says."""
        return open_secrets(self.config.secrets.keep, self.config.secrets.path, os.environ)

    def mailbox(self, account: AccountConfig) -> Mailbox:
        """The account's mailbox."""
        match account.mail.kind:
            case "maildir":
                return Maildir(account.mail.path, language=account.language)
            case "gmail":
                google = self.google(account)
                gmail: Mailbox = google.mailbox(account.language, _opens_a_matter(account), whole=account.mail.whole)
                return gmail
            case "graph":
                outlook: Mailbox = self.microsoft(account, account.mail.mailbox).mailbox(account.language)
                return outlook
            case kind:
                raise UserMustAct(f"account {account.name}: mail of kind {kind!r} is not built in", "use kind: maildir")

    def calendar(self, account: AccountConfig) -> Calendar | None:
        """The account's calendar, where it has one."""
        if account.calendar is None:
            return None
        match account.calendar.kind:
            case "icsdir":
                return IcsDir(account.calendar.path, account.zone)
            case "google":
                calendar: Calendar = self.google(account).calendar(account.zone)
                return calendar
            case "graph":
                outlook: Calendar = self.microsoft(account, account.calendar.mailbox).calendar(account.zone)
                return outlook
            case kind:
                raise UserMustAct(
                    f"account {account.name}: calendar of kind {kind!r} is not built in", "use kind: icsdir"
                )

    def google(self, account: AccountConfig) -> Any:
        """The account at Google (providers.google_account.GoogleAccount)."""
        where = self.config.google
        return _vendor("google_account").GoogleAccount(
            account.name,
            account.me,
            self.secrets,
            where.client,
            where.service_account,
            labels=account.mail.labels,
        )

    def microsoft(self, account: AccountConfig, shared: str | None = None) -> Any:
        """The account at Microsoft 365 (providers.graph_account.GraphAccount); `shared`: with that mailbox in place of the
        rep's own. One sign-in serves all of an account's."""
        where = self.config.microsoft
        places = (account.mail, *([account.calendar] if account.calendar is not None else []))
        return _vendor("graph_account").GraphAccount(
            account.name,
            account.me[0],
            self.secrets,
            self.config.store.parent,
            client_id=where.client_id,
            tenant=where.tenant,
            cloud=where.cloud,
            certificate=where.certificate,
            shared=shared,
            asks_shared=any(place.mailbox is not None for place in places),
            labels=account.mail.labels,
        )

    def accounts(self, name: str | None = None) -> tuple[AccountConfig, ...]:
        """All accounts, or the one named. Raises UserMustAct where there is none."""
        if name is not None:
            return (self.config.account(name),)
        if not self.config.accounts:
            raise UserMustAct("the config names no account", "write one under accounts:, as config.example.yaml shows")
        return self.config.accounts

    @contextlib.contextmanager
    def looking(self, account: AccountConfig, progress: Progress = no_progress) -> Iterator[World]:
        """The account's world with a copy of memory, for looking without leaving a trace."""
        with tempfile.TemporaryDirectory(prefix="followup-look-") as folder:
            path = Path(folder) / "memory.sqlite3"
            self.memory.backup(path)
            copy = open_memory(path)
            try:
                yield self.world(account, progress, copy)
            finally:
                copy.close()


@contextlib.contextmanager
def opened(path: Path) -> Iterator[App]:
    """The app as a config file describes it. Raises UserMustAct for what is wrong in it."""
    config = settings_file.load(path)
    templates, library = templates_of(config.templates), library_of(config.library)
    with contextlib.suppress(FileExistsError):
        config.store.parent.mkdir(parents=True, exist_ok=True)
    memory = open_memory(config.store)
    try:
        yield App(config, memory, templates, library)
    finally:
        memory.close()


def reread(opened: App, path: Path) -> App:
    """The app as the config file describes it now, over the same memory. Raises UserMustAct for what is wrong in it, and
    where it names another memory."""
    config = settings_file.load(path)
    if config.store != opened.config.store:
        raise UserMustAct("store.path has changed", "restart followup for that")
    return App(config, opened.memory, templates_of(config.templates), library_of(config.library))


def account_of(account: AccountConfig, config: Config) -> Account:
    """An account with the rules it works by."""
    a = account
    return Account(a.name, a.me, a.rep, a.zone, a.country, a.language, config.policy)


def _vendor(name: str) -> Any:
    """A provider's module, loaded where it is used: the vendors' libraries take as long to load as all the rest."""
    return importlib.import_module(f"bot.providers.{name}")


def _opens_a_matter(account: AccountConfig) -> Callable[[Message], bool]:
    """Whether a sent mail opens a matter, as the readers see it."""
    settings = ReadSettings.of(list(account.me), account.zone.key, account.country)
    return lambda message: read(message, settings).kind in (Kind.QUOTE, Kind.PROMISED)


def templates_of(folder: Path | None) -> Templates:
    """The texts that come with the program, and the owner's own laid over them."""
    return Templates.from_sources(packaged_sources(), sources_in(folder, "*/*.j2") if folder else {})


def library_of(folder: Path | None) -> tuple[Item, ...]:
    """The useful things of the library folder."""
    if folder is None:
        return ()
    found = sources_in(folder, "**/*")
    sources = {name: text for name, text in found.items() if name.endswith((".yaml", ".yml", ".md"))}
    return tuple(item for name, text in sources.items() for item in parse_items(text, name))


def sources_in(folder: Path, pattern: str) -> Mapping[str, str]:
    """The text files of a folder by their path in it. Raises UserMustAct for one that cannot be read."""
    if not folder.is_dir():
        raise UserMustAct(f"{folder} is not a folder", "name a folder that is there, or leave the key out")
    found: dict[str, str] = {}
    for path in sorted(folder.glob(pattern)):
        if not path.is_file():
            continue
        try:
            if path.stat().st_size > MOST_TEMPLATE_BYTES:
                raise UserMustAct(
                    f"{path} is larger than {MOST_TEMPLATE_BYTES} bytes", "a text for a mail is far shorter"
                )
            found[path.relative_to(folder).as_posix()] = path.read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError) as fault:
            raise UserMustAct(f"cannot read {path}: {fault}", "save it as UTF-8 text that followup may read") from fault
    return found


def playing(root: Playground, account: Account, library: tuple[Item, ...] = (), memory: Path | None = None) -> World:
    """The world of a playground: its Maildir and its folder of entries, and a memory that lasts as long as asked for."""
    return World(
        account,
        Maildir(root.mail, language=account.language),
        IcsDir(root.calendar, account.zone),
        open_memory(memory),
        templates_of(None),
        library,
    )
