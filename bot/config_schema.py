"""What may be written in the settings: keys, types, bounds and defaults, as pydantic models.

Values arrive as the text that was written (see `marked_yaml`). A check of ours that fails names its advice itself, by
raising `wrong`; what pydantic finds is put into words by `config_advice`.

Over 300 lines: every key that may be written, in one place.
"""

from __future__ import annotations

import datetime as dt
import difflib
import re
import zoneinfo
from collections.abc import Iterable
from decimal import Decimal
from fractions import Fraction
from typing import Annotated, Any, Literal, Self

import holidays
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, PlainValidator, model_validator
from pydantic_core import PydanticCustomError

from bot.cadence.policy import Policy, ladders
from bot.model import Form

_DEFAULT = Policy()
_ADDRESS = re.compile(r"[^\s@<>,;:\"()]{1,64}@[^\s@<>,;:\"()]{1,253}\.[^\s@<>,;:\"().]{2,63}")
_DURATION = re.compile(r"(\d{1,5})\s*(s|m|min|h|d)", re.ASCII)
_SECONDS = {"s": 1, "m": 60, "min": 60, "h": 3600, "d": 86400}
_SHARE = re.compile(r"(\d{1,3}(?:\.\d{1,6})?)\s*(%?)", re.ASCII)
_TIME = re.compile(r"([01]?\d|2[0-3]):([0-5]\d)", re.ASCII)


def wrong(message: str, advice: str) -> PydanticCustomError:
    """A mistake, with what to do about it."""
    return PydanticCustomError("house", "{message}", {"message": message, "advice": advice})


def nearest(word: str, words: Iterable[str]) -> str | None:
    """The word that was probably meant."""
    by_folded = {w.casefold(): w for w in words}
    found = difflib.get_close_matches(word.casefold(), by_folded, n=1, cutoff=0.6)
    return by_folded[found[0]] if found else None


def _duration(value: Any) -> Any:
    if isinstance(value, str):
        found = _DURATION.fullmatch(value.strip())
        if not found:
            raise wrong(f"{value!r} is not a length of time", 'write a number and its unit: "10m", "2h"')
        value = dt.timedelta(seconds=int(found[1]) * _SECONDS[found[2]])
    if isinstance(value, dt.timedelta) and not dt.timedelta(minutes=1) <= value <= dt.timedelta(days=1):
        raise wrong("out of bounds", 'write a time from "1m" to "1d"')
    return value


def _time(value: Any) -> Any:
    if isinstance(value, str):
        found = _TIME.fullmatch(value.strip())
        if not found:
            raise wrong(f"{value!r} is not a time of day", 'write hours and minutes, in quotes: "08:00"')
        return dt.time(int(found[1]), int(found[2]))
    return value


def _rate(value: Any) -> Any:
    if isinstance(value, str):
        found = _SHARE.fullmatch(value.strip())
        rate = Decimal(found[1]) / (100 if found[2] else 1) if found else Decimal(-1)
        if not 0 <= rate <= 1:
            raise wrong(f"{value!r} is not a share", "write a number from 0 to 1, for example 0.30")
        return rate
    return value


def _part_of_wait(value: Any) -> Fraction:
    try:
        part = Fraction(str(value))
    except (ValueError, ZeroDivisionError):
        part = Fraction(-1)
    if not 0 < part < 1:
        raise wrong(f"{value!r} is no part of a wait", "write a share between 0 and 1, for example 1/3 or 0.5")
    return part


def _address(value: Any) -> Any:
    if isinstance(value, str):
        if not _ADDRESS.fullmatch(value.strip()):
            raise wrong(f"{value!r} is not an address", "write the bare address: alex@northwind.example")
        return value.strip().casefold()
    return value


def _one_or_many(value: Any) -> Any:
    return [value] if isinstance(value, str) else value


def _zone(value: Any) -> Any:
    if isinstance(value, str):
        try:
            zoneinfo.ZoneInfo(value)
        except (KeyError, ValueError, OSError):  # not there, not a name at all, a folder of zones
            raise wrong(f"there is no time zone {value!r}", _zone_advice(value)) from None
    return value


def _zone_advice(written: str) -> str:
    """The zone that was probably meant, by its name or by its town."""
    by_town = {zone.rpartition("/")[2]: zone for zone in sorted(zoneinfo.available_timezones(), reverse=True)}
    meant = nearest(written, by_town.values()) or by_town.get(nearest(written, by_town) or "")
    return f"did you mean {meant}?" if meant else "write it as in America/Chicago or Europe/Berlin"


def _country(value: Any) -> Any:
    if isinstance(value, str):
        code = value.strip().upper()
        if code == "UK" or len(code) != 2 or not _has_holidays(code):
            hint = "did you mean GB?" if code == "UK" else "write the two letters of ISO 3166: US, GB, DE, IN"
            raise wrong(f"there is no country {value!r}", hint)
        return code
    return value


def _has_holidays(code: str) -> bool:
    """Whether the country's public holidays are known, which for all countries there are they should be."""
    try:
        holidays.country_holidays(code)
    except NotImplementedError:
        return False
    return True


def _name(value: Any) -> Any:
    if isinstance(value, str) and not re.fullmatch(r"[\w.@+-]{1,100}", value):
        raise wrong(f"{value!r} cannot be a name", "use letters, digits and . @ + - _, without spaces")
    return value


def _language(value: Any) -> Any:
    if isinstance(value, str) and not re.fullmatch(r"[a-z]{2}", value.strip().lower()):
        raise wrong(f"{value!r} is not a language", "write the two letters of ISO 639-1: en, de, fr")
    return value.strip().lower() if isinstance(value, str) else value


ON_DISK = frozenset(("maildir", "icsdir"))  # kinds that are a folder on this machine

Text = Annotated[str, Field(min_length=1, max_length=500)]
Days = Annotated[int, Field(ge=0, le=1000)]
Time = Annotated[dt.time, BeforeValidator(_time)]


class Section(BaseModel):
    """Keys that nobody knows are mistakes."""

    model_config = ConfigDict(extra="forbid", hide_input_in_errors=True)


class RepModel(Section):
    """accounts[].rep"""

    name: Text
    phone: str = Field("", max_length=100)
    company: str = Field("", max_length=200)
    signature: str = Field("", max_length=4000)


class PlaceModel(Section):
    """accounts[].mail and .calendar"""

    kind: str
    path: Text | None = None
    mailbox: Annotated[str, BeforeValidator(_address)] | None = None

    @model_validator(mode="after")
    def _has_path(self) -> Self:
        if (self.path is None) == (self.kind in ON_DISK):
            message = "is missing" if self.path is None else "means nothing here"
            advice = "write the folder" if self.path is None else f"remove it: {self.kind} is no folder"
            raise wrong(f"path {message}", advice)
        if self.mailbox is not None and self.kind != "graph":
            raise wrong("mailbox means nothing here", "remove it: it names a shared mailbox, for kind graph")
        return self


class MailModel(PlaceModel):
    """accounts[].mail"""

    kind: Literal["maildir", "gmail", "graph"]
    whole: bool = False
    labels: bool = False

    @model_validator(mode="after")
    def _labels_of_a_vendor(self) -> Self:
        if self.labels and self.kind in ON_DISK:
            raise wrong("labels mean nothing here", "remove it: they are for kind gmail and kind graph")
        return self


class CalendarModel(PlaceModel):
    """accounts[].calendar"""

    kind: Literal["icsdir", "google", "graph"]


class AccountModel(Section):
    """accounts[]"""

    name: Annotated[str, BeforeValidator(_name)]
    me: Annotated[
        list[Annotated[str, BeforeValidator(_address)]],
        BeforeValidator(_one_or_many),
        Field(min_length=1, max_length=100),
    ]
    rep: RepModel
    zone: Annotated[str, BeforeValidator(_zone)]
    country: Annotated[str, BeforeValidator(_country)]
    language: Annotated[str, BeforeValidator(_language)] = "en"
    mail: MailModel
    calendar: CalendarModel | None = None


class StoreModel(Section):
    """store"""

    path: Text = "~/.local/share/followup/memory.sqlite3"
    keep_days: Annotated[int, Field(ge=400, le=36500)] | None = None


class GoogleModel(Section):
    """google"""

    client: Text | None = None
    service_account: Text | None = None


class MicrosoftModel(Section):
    """microsoft"""

    client_id: Text | None = None
    tenant: Text = "organizations"
    cloud: Literal["global", "usgov", "usgovdod", "china"] = "global"
    certificate: Text | None = None


class SecretsModel(Section):
    """secrets"""

    keep: Literal["secret-service", "kwallet", "macos", "windows", "file"] | None = None
    path: Text = "~/.local/share/followup/secrets"


class ServiceModel(Section):
    """service"""

    port: Annotated[int, Field(ge=1024, le=65535)] | None = None
    alert_file: Text | None = None
    alert_url: Text | None = None


class StepModel(Section):
    """policy.ladder[]"""

    step: Text
    day: Annotated[int, Field(ge=1, le=365)]
    form: Form
    template: str = Field("", max_length=100)


class BandModel(Section):
    """policy.bands[]"""

    from_amount: Annotated[Decimal, Field(ge=0)]
    ladder: Literal["standard", "small", "large", "persistent"]


class SpreadModel(Section):
    """policy.nurture[]"""

    from_days: Annotated[int, Field(ge=7, le=3650)]
    shares: list[Annotated[Fraction, PlainValidator(_part_of_wait)]] = []
    before_end: list[Annotated[int, Field(ge=1, le=365)]] = []


def _ladder_by_name(value: Any) -> Any:
    """A ladder that comes with the program, where it is called by its name."""
    if not isinstance(value, str):
        return value
    if value not in ladders():
        meant = nearest(value, ladders())
        known = f"did you mean {meant}?" if meant else f"the ladders are: {', '.join(ladders())}; or write the steps"
        raise wrong(f"there is no ladder {value!r}", known)
    return [{"step": s.name, "day": s.day, "form": s.form.value, "template": s.template} for s in ladders()[value]]


class PolicyModel(Section):
    """policy: the same fields as `bot.cadence.policy.Policy`, where their meaning is described"""

    ladder: Annotated[list[StepModel], Field(min_length=1, max_length=12), BeforeValidator(_ladder_by_name)] = [
        StepModel(step=s.name, day=s.day, form=s.form, template=s.template) for s in _DEFAULT.ladder
    ]
    bands: list[BandModel] = []
    closed_day: Annotated[int, Field(ge=1, le=400)] = _DEFAULT.closed_day
    close_wait_days: Days = _DEFAULT.close_wait_days
    min_gap_days: Annotated[int, Field(ge=1, le=60)] = _DEFAULT.min_gap_days
    drafts_per_day: Annotated[int, Field(ge=1, le=200)] = _DEFAULT.drafts_per_day
    person_per_year: Annotated[int, Field(ge=1, le=365)] = _DEFAULT.person_per_year
    company_per_week: Annotated[int, Field(ge=1, le=200)] = _DEFAULT.company_per_week
    oldest_days: Annotated[int, Field(ge=1, le=3650)] = _DEFAULT.oldest_days
    close_old_quotes: bool = _DEFAULT.close_old_quotes
    expiry_lead_days: Annotated[int, Field(ge=0, le=30)] = _DEFAULT.expiry_lead_days
    value_before_callback: bool = _DEFAULT.value_before_callback
    nurture: list[SpreadModel] = [
        SpreadModel(from_days=s.from_days, shares=list(s.shares), before_end=list(s.before_end))
        for s in _DEFAULT.nurture
    ]
    draft_on_callback_day: bool = _DEFAULT.draft_on_callback_day
    resend_when_asked: bool = _DEFAULT.resend_when_asked
    thanks_after_meeting: bool = _DEFAULT.thanks_after_meeting
    dormant_every_days: Annotated[int, Field(ge=0, le=730)] = _DEFAULT.dormant_every_days
    dormant_most: Annotated[int, Field(ge=1, le=40)] = _DEFAULT.dormant_most
    dormant_per_week: Annotated[int, Field(ge=1, le=200)] = _DEFAULT.dormant_per_week
    customers_holidays: bool = _DEFAULT.customers_holidays
    hold_without_date_days: Days = _DEFAULT.hold_without_date_days
    hold_most_days: Days = _DEFAULT.hold_most_days
    away_without_date_days: Days = _DEFAULT.away_without_date_days
    later_without_date_days: Days = _DEFAULT.later_without_date_days
    snooze_days: Annotated[int, Field(ge=1, le=1000)] = _DEFAULT.snooze_days
    early_no_days: Days = _DEFAULT.early_no_days
    appear_at: Time = _DEFAULT.appear_at
    call_at: Time = _DEFAULT.call_at
    call_minutes: Annotated[int, Field(ge=5, le=480)] = _DEFAULT.call_minutes
    work_from: Time = _DEFAULT.work_from
    work_to: Time = _DEFAULT.work_to
    customers_hours: bool = _DEFAULT.customers_hours
    count_messages_in_close: bool = _DEFAULT.count_messages_in_close


class ConfigModel(Section):
    """The whole file"""

    accounts: list[AccountModel] = []
    store: StoreModel = StoreModel()
    secrets: SecretsModel = SecretsModel()
    google: GoogleModel = GoogleModel()
    microsoft: MicrosoftModel = MicrosoftModel()
    service: ServiceModel = ServiceModel()
    every: Annotated[dt.timedelta, BeforeValidator(_duration)] = dt.timedelta(minutes=10)
    close_rate: Annotated[Decimal, BeforeValidator(_rate)] = Decimal("0.30")
    templates: Text | None = None
    library: Text | None = None
    policy: PolicyModel = PolicyModel()
