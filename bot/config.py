"""The settings: a YAML file, checked whole and turned into frozen values.

Every key may be left out where it has a default; what is written is laid over the defaults, so an empty file is a good
one. All mistakes are told at once, each with its line, its key and what to do about it.
"""

from __future__ import annotations

import dataclasses
import datetime as dt
import zoneinfo
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path

from pydantic import ValidationError

from bot import marked_yaml
from bot.cadence.policy import Band, Policy, Spread, Step, ladders
from bot.config_advice import Problem, cross_checks, problem_of, secrets_in_clear
from bot.config_schema import ON_DISK, AccountModel, ConfigModel, MailModel, PlaceModel, PolicyModel
from bot.errors import UserMustAct
from bot.secrets import default_keep
from bot.writing.facts import Rep


@dataclass(frozen=True, slots=True)
class Place:
    """Where mail or a calendar is: the kind of provider, and where it finds its things. `path` counts where it is a
    folder; `whole`: a large mailbox is read whole at first, not around the quotes alone; `labels`: mails show how their
    matter stands; `mailbox`: a shared one, in place of the rep's own."""

    kind: str
    path: Path
    whole: bool = False
    labels: bool = False
    mailbox: str | None = None

    @property
    def is_folder(self) -> bool:
        """Whether it is a folder on this machine."""
        return self.kind in ON_DISK

    def __str__(self) -> str:
        return str(self.path) if self.is_folder else self.kind


@dataclass(frozen=True, slots=True)
class AccountConfig:
    """One rep's mailbox and calendar. `me` are his addresses, casefolded, the one he writes from first."""

    name: str
    me: tuple[str, ...]
    rep: Rep
    zone: zoneinfo.ZoneInfo
    country: str  # ISO 3166-1 alpha-2
    language: str  # ISO 639-1
    mail: Place
    calendar: Place | None


@dataclass(frozen=True, slots=True)
class SecretsPlace:
    """How secrets are kept: see `bot.secrets.open_secrets`."""

    keep: str
    path: Path


@dataclass(frozen=True, slots=True)
class GoogleConfig:
    """How accounts sign in with Google: the file of an OAuth client, or of a service account's key, which comes first."""

    client: Path | None
    service_account: Path | None


@dataclass(frozen=True, slots=True)
class MicrosoftConfig:
    """The app by which accounts sign in to Microsoft 365. `certificate`: a PEM file, with which it signs in as itself."""

    client_id: str | None
    tenant: str
    cloud: str
    certificate: Path | None


@dataclass(frozen=True, slots=True)
class ServiceConfig:
    """What the service shows of itself: the port on loopback for its figures, and while a person must act, the file that is
    there and the webhook that is told. None: none of it."""

    port: int | None
    alert_file: Path | None
    alert_url: str | None


@dataclass(frozen=True, slots=True)
class Config:
    """All settings. `templates` and `library` are folders; None: the texts that come with the program, and no
    library."""

    accounts: tuple[AccountConfig, ...]
    store: Path
    every: dt.timedelta
    close_rate: Decimal
    templates: Path | None
    library: Path | None
    policy: Policy
    secrets: SecretsPlace
    google: GoogleConfig
    microsoft: MicrosoftConfig
    service: ServiceConfig
    keep_days: int | None  # how long readings are kept; None: for good

    def account(self, name: str) -> AccountConfig:
        """The account of that name. Raises UserMustAct, naming those there are."""
        for account in self.accounts:
            if account.name == name:
                return account
        there = ", ".join(a.name for a in self.accounts) or "none"
        raise UserMustAct(f"there is no account {name!r}", f"the accounts in the config are: {there}")


class BadConfig(UserMustAct):
    """The settings have mistakes: `problems` are all of them, in the order of their lines."""

    def __init__(self, name: str, problems: tuple[Problem, ...]) -> None:
        count = "one mistake" if len(problems) == 1 else f"{len(problems)} mistakes"
        super().__init__(f"{name} has {count}", render(name, problems))
        self.problems = problems


def render(name: str, problems: tuple[Problem, ...]) -> str:
    """The problems as plain text: two lines each, the first as file:line: key: what is wrong."""
    lines = []
    for p in problems:
        lines.append(f"{name}:{p.line}: {p.key + ': ' if p.key else ''}{p.message}")
        lines.append(f"    {p.advice}")
    return "\n".join(lines)


def load(path: Path) -> Config:
    """The settings in the file; relative paths count from its folder. Raises BadConfig, or UserMustAct where the file
    itself cannot be read."""
    try:
        text = path.read_bytes().decode("utf-8-sig")
    except UnicodeDecodeError as fault:
        raise UserMustAct(f"{path} is not a text file", "save it as plain UTF-8 text") from fault
    except OSError as fault:
        raise UserMustAct(
            f"cannot read the config {path}: {fault.strerror}", "copy config.example.yaml there and fill it in"
        ) from fault
    return parse(text, str(path), path.parent)


def parse(text: str, name: str, folder: Path) -> Config:
    """The settings in a text. `name` is for messages, relative paths count from `folder`."""
    try:
        marked = marked_yaml.read(text)
    except marked_yaml.BadYaml as fault:
        raise BadConfig(name, (_problem_of_yaml(fault),)) from fault
    problems = [_problem_of_yaml(fault) for fault in marked.faults]
    written = _without_empty(marked.value)
    problems += secrets_in_clear(marked, written)
    problems += cross_checks(marked, written)
    try:
        model = ConfigModel.model_validate(written)
    except ValidationError as errors:
        problems += [problem_of(error, marked) for error in errors.errors(include_url=False, include_input=False)]
    if problems:
        raise BadConfig(name, tuple(sorted(set(problems))))
    return _config(model, folder)


def defaults() -> Config:
    """The settings where nothing is written."""
    return _config(ConfigModel(), Path())


def policy_from(written: Mapping[str, object]) -> Policy:
    """The policy that a `policy:` section with these keys gives, the others at their defaults. Raises pydantic's
    ValidationError: it is meant for keys that a program writes."""
    return _policy(PolicyModel.model_validate(dict(written)))


def _problem_of_yaml(fault: marked_yaml.BadYaml) -> Problem:
    return Problem.at(fault.line, fault.path, fault.message, fault.advice)


def _without_empty(value: marked_yaml.Value) -> marked_yaml.Value:
    """The value without the keys nothing is written behind: a section whose every line is a comment says nothing."""
    match value:
        case dict():
            return {key: _without_empty(item) for key, item in value.items() if item is not None}
        case list():
            return [_without_empty(item) for item in value]
        case _:
            return value


def _config(model: ConfigModel, folder: Path) -> Config:
    return Config(
        accounts=tuple(_account(a, folder) for a in model.accounts),
        store=_path(model.store.path, folder),
        every=model.every,
        close_rate=model.close_rate,
        templates=_maybe(model.templates, folder),
        library=_maybe(model.library, folder),
        policy=_policy(model.policy),
        secrets=SecretsPlace(model.secrets.keep or default_keep(), _path(model.secrets.path, folder)),
        google=GoogleConfig(_maybe(model.google.client, folder), _maybe(model.google.service_account, folder)),
        microsoft=MicrosoftConfig(
            model.microsoft.client_id,
            model.microsoft.tenant,
            model.microsoft.cloud,
            _maybe(model.microsoft.certificate, folder),
        ),
        service=ServiceConfig(
            model.service.port,
            _maybe(model.service.alert_file, folder),
            model.service.alert_url,
        ),
        keep_days=model.store.keep_days,
    )


def _account(model: AccountModel, folder: Path) -> AccountConfig:
    rep = model.rep
    return AccountConfig(
        name=model.name,
        me=tuple(model.me),
        rep=Rep(rep.name, model.me[0], rep.phone, rep.company, rep.signature),
        zone=zoneinfo.ZoneInfo(model.zone),
        country=model.country,
        language=model.language,
        mail=_place(model.mail, folder),
        calendar=None if model.calendar is None else _place(model.calendar, folder),
    )


def _place(model: PlaceModel, folder: Path) -> Place:
    path = folder if model.path is None else _path(model.path, folder)
    whole, labels = (model.whole, model.labels) if isinstance(model, MailModel) else (False, False)
    return Place(model.kind, path, whole, labels, model.mailbox)


def _policy(model: PolicyModel) -> Policy:
    values = {f.name: getattr(model, f.name) for f in dataclasses.fields(Policy)}
    values["ladder"] = tuple(Step(s.step, s.day, s.form, s.template) for s in model.ladder)
    values["bands"] = tuple(Band(b.from_amount, ladders()[b.ladder]) for b in model.bands)
    values["nurture"] = tuple(Spread(s.from_days, tuple(s.shares), tuple(s.before_end)) for s in model.nurture)
    return Policy(**values)


def _maybe(text: str | None, folder: Path) -> Path | None:
    return None if text is None else _path(text, folder)


def _path(text: str, folder: Path) -> Path:
    return folder / Path(text).expanduser()
