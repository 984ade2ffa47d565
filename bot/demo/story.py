"""The story as values: customers.yaml, chatter.yaml and story.yaml, checked whole when they are loaded.

One beat is one thing that somebody does; a chain of beats follows a quote, or a follow-up that was sent. Times without a
zone are the rep's.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import field
from decimal import Decimal
from importlib.resources import files
from typing import Literal

import yaml
from pydantic import ConfigDict, TypeAdapter
from pydantic.dataclasses import dataclass

from bot.model import Kind

STRICT = ConfigDict(extra="forbid")
Look = Literal["plain", "html", "pdf"]
Does = Literal["edit", "leave", "discard"]


@dataclass(frozen=True, slots=True, config=STRICT)
class EntryBeat:
    """An entry the rep writes: `in_days` working days after the moment he writes it."""

    title: str
    time: dt.time
    minutes: int
    in_days: int = field(default=0)
    notes: str = ""
    status: str = ""  # the customer's PARTSTAT; "": nobody is invited


@dataclass(frozen=True, slots=True, config=STRICT)
class Beat:
    """One thing that happens `after` so many working days at `at`: exactly one of says, rep, bounce, entry, note.

    `kind` is what the mail or entry should be read as.
    """

    after: int
    at: dt.time
    kind: Kind | None = None
    says: str = ""
    rep: str = ""
    bounce: Literal["", "permanent", "delayed"] = ""
    entry: EntryBeat | None = None
    note: str = ""
    sender: str = ""  # of `says`, where it is not the customer
    subject: str = "Re: {subject}"
    html: bool = False
    machine: bool = False
    attach: str = ""

    def __post_init__(self) -> None:
        if sum(map(bool, (self.says, self.rep, self.bounce, self.entry, self.note))) != 1:
            raise ValueError("a beat is one of says, rep, bounce, entry, note")


@dataclass(frozen=True, slots=True, config=STRICT)
class Quote:
    """What a customer was quoted. `look` is the wording's number, `valid` how many days the price holds (0: nobody says)."""

    number: str
    sent: dt.datetime
    look: int
    what: str
    opening: str
    items: tuple[tuple[str, Decimal], ...]
    form: Look = "plain"
    valid: int = 0

    @property
    def total(self) -> Decimal:
        return sum((price for _, price in self.items), Decimal(0))


@dataclass(frozen=True, slots=True, config=STRICT)
class Customer:
    """One customer, his quote, and what comes of it."""

    id: str
    who: str
    firm: str
    quote: Quote
    then: tuple[Beat, ...] = ()
    answers: dict[str, tuple[Beat, ...]] = field(default_factory=dict)
    does: dict[str, Does] = field(default_factory=dict)
    adds: str = ""  # the sentence the rep adds to a draft he edits


@dataclass(frozen=True, slots=True, config=STRICT)
class Newsletter:
    """A newsletter and its issues (headline, text), one every `every` days."""

    sender: str
    first: dt.datetime
    every: int
    issues: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True, config=STRICT)
class LooseMail:
    """A single mail to the rep (`sender`) or from him (`to`)."""

    at: dt.datetime
    subject: str
    text: str
    sender: str = ""
    to: str = ""
    attach: str = ""
    kind: Literal["nothing", "any"] = "nothing"


@dataclass(frozen=True, slots=True, config=STRICT)
class LooseEntry:
    """An entry of the rep's own: `minutes` long, or all day through `all_day`."""

    created: dt.datetime
    start: dt.datetime
    title: str
    minutes: int = 0
    all_day: dt.date | None = None


@dataclass(frozen=True, slots=True, config=STRICT)
class Chatter:
    """What a mailbox and a calendar hold besides."""

    newsletters: tuple[Newsletter, ...]
    mails: tuple[LooseMail, ...]
    entries: tuple[LooseEntry, ...]


@dataclass(frozen=True, slots=True, config=STRICT)
class StoryRep:
    """Who the rep is."""

    name: str
    email: str
    phone: str
    company: str

    @property
    def signature(self) -> str:
        return f"{self.name}\n{self.company}\n{self.phone}"


@dataclass(frozen=True, slots=True, config=STRICT)
class Setting:
    """Who, where and when, and how the rep words his quotes."""

    rep: StoryRep
    zone: str
    country: str
    begin: dt.date
    end: dt.date
    quotes: tuple[str, ...]
    subjects: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Story:
    """All of it."""

    setting: Setting
    customers: tuple[Customer, ...]
    chatter: Chatter


def load() -> Story:
    """The story that comes with the program. Raises pydantic's ValidationError where the data is wrong."""
    return Story(
        TypeAdapter(Setting).validate_python(_yaml("story.yaml")),
        TypeAdapter(tuple[Customer, ...]).validate_python(_yaml("customers.yaml")),
        TypeAdapter(Chatter).validate_python(_yaml("chatter.yaml")),
    )


def library() -> str:
    """The useful things the rep keeps for his customers, as the text of a library file."""
    return text_of("library.yaml")


def text_of(name: str) -> str:
    """One of the story's files."""
    return files("bot.demo").joinpath(name).read_text(encoding="utf-8")


def _yaml(name: str) -> object:
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    return yaml.load(text_of(name), Loader=loader)
