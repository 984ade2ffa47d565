"""The content lines of an .ics file (RFC 5545, 3.1 to 3.3): unfolding, parameters, text, dates and zones. Every step
is capped, so that a hostile file costs no more than reading it once."""

from __future__ import annotations

import contextlib
import datetime as dt
import io
import re
import zoneinfo
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import icalendar
from icalendar.timezone.windows_to_olson import WINDOWS_TO_OLSON

_MOST_LINE = 64_000  # bytes of one property, unfolded
_MOST_PARAMETERS = 20
_MOST_ZONES = 20
_MOST_ZONE = 20_000  # bytes
_YEARS = range(1900, 2200)
_PARAMETER = re.compile(r';([A-Za-z0-9-]{1,60})=("[^"]*"|[^";:,]*)')
_NAME = re.compile(r"[A-Za-z0-9-]{1,60}")
_DATE = re.compile(r"(\d{4})(\d\d)(\d\d)(?:T(\d\d)(\d\d)(\d\d)(Z?))?")
_DURATION = re.compile(r"([+-]?)P(?:(\d{1,5})W)?(?:(\d{1,5})D)?(?:T(?:(\d{1,6})H)?(?:(\d{1,7})M)?(?:(\d{1,8})S)?)?")
# What a rule for daylight time needs; INTERVAL, COUNT and finer frequencies can make one that never ends.
_SWITCH = re.compile(
    rb"FREQ=YEARLY|BYMONTH=\d\d?|BYDAY=[+-]?\d?[A-Z]{2}|BYMONTHDAY=[\d,]{1,30}|UNTIL=[\dTZ]{8,16}|WKST=[A-Z]{2}|"
)
_ESCAPED = re.compile(r"\\([\\;,nN])")


@dataclass(frozen=True, slots=True)
class Property:
    """One property: its value as it stands, and its parameters by upper-case name, without quotes."""

    value: str
    parameters: Mapping[str, str]

    @property
    def text(self) -> str:
        """The value as text, escapes undone (3.3.11)."""
        return _ESCAPED.sub(lambda found: "\n" if found[1] in "nN" else found[1], self.value)


def lines(data: bytes) -> Iterator[bytes]:
    """The unfolded lines, one at a time, each cut at a cap; empty ones are left out."""
    current = b""
    data = data.removeprefix(b"\xef\xbb\xbf")
    if b"\n" not in data:
        data = data.replace(b"\r", b"\n")
    parts: list[bytes] = []
    length = 0
    for raw in io.BytesIO(data):
        line = raw.rstrip(b"\r\n")
        if line[:1] in (b" ", b"\t") and parts:
            if length < _MOST_LINE:
                parts.append(line[1:])
                length += len(line)
            continue
        if current := b"".join(parts)[:_MOST_LINE]:
            yield current
        parts, length = [line[:_MOST_LINE]], len(line)
    if current := b"".join(parts)[:_MOST_LINE]:
        yield current


def name_of(line: bytes) -> str:
    """The upper-case name of a line's property; "" where it has none."""
    found = _NAME.match(line[:61].decode("ascii", "replace"))
    return found[0].upper() if found else ""


def property_of(line: bytes) -> Property | None:
    """A line's property; None where there is no colon to end its name and parameters."""
    text = line.decode("utf-8", "replace")
    name = _NAME.match(text)
    if name is None:
        return None
    at = name.end()
    parameters: dict[str, str] = {}
    while (found := _PARAMETER.match(text, at)) is not None and len(parameters) < _MOST_PARAMETERS:
        parameters[found[1].upper()] = found[2].strip('"').strip()
        at = found.end()
    colon = text.find(":", at)
    return Property(text[colon + 1 :].strip(), parameters) if colon >= 0 else None


class Zones:
    """The zones of one file: by their Olson name, their Windows name, or as the file itself defines them."""

    def __init__(self, floating: dt.tzinfo) -> None:
        self._floating = floating
        self._known: dict[str, dt.tzinfo] = {}
        self._defined = 0

    def define(self, block: list[bytes]) -> None:
        """Take in a VTIMEZONE, given by its lines. One that cannot be read, or has a name that is known anyway, is
        left out."""
        name, place = _value(block, "TZID"), _value(block, "X-LIC-LOCATION")
        if not name or _by_name(name) is not None or self._defined >= _MOST_ZONES:
            return
        self._defined += 1
        zone = _by_name(place) or _by_rules(block)
        if zone is not None:
            self._known[name] = zone

    def named(self, name: str) -> dt.tzinfo:
        """The zone of that name; of an unknown one, and of none, the rep's own."""
        if not name:
            return self._floating
        if name not in self._known:
            self._known[name] = _by_name(name) or self._floating
        return self._known[name]


def _value(block: list[bytes], name: str) -> str:
    """The value of the first such property among lines; "" where there is none."""
    for line in block:
        if name_of(line) == name:
            found = property_of(line)
            return found.value if found is not None else ""
    return ""


def _by_rules(block: list[bytes]) -> dt.tzinfo | None:
    """A zone by the rules in a VTIMEZONE; None where the library cannot read them, or could take them for endless
    ones."""
    data = b"\r\n".join(block)
    rules = [line.upper().partition(b":")[2].split(b";") for line in block if name_of(line) in ("RRULE", "EXRULE")]
    if len(data) > _MOST_ZONE or not all(_SWITCH.fullmatch(part) for rule in rules for part in rule):
        return None
    with contextlib.suppress(Exception):  # whatever a foreign rule makes the library raise, the rep's own zone will do
        zone = icalendar.Timezone.from_ical(data)
        if isinstance(zone, icalendar.Timezone):
            made: dt.tzinfo = zone.to_tz(lookup_tzid=False)
            return made
    return None


def _by_name(name: str) -> dt.tzinfo | None:
    """A zone by the names in use: "Europe/Berlin", "W. Europe Standard Time",
    "/vendor.example/20260101/Europe/Berlin"."""
    parts = name.strip().strip("/").split("/")
    for tried in (name.strip(), WINDOWS_TO_OLSON.get(name.strip(), ""), "/".join(parts[-2:]), "/".join(parts[-3:])):
        if tried:
            with contextlib.suppress(ValueError, OSError):  # ZoneInfoNotFoundError is a KeyError
                try:
                    return zoneinfo.ZoneInfo(tried)
                except KeyError:
                    continue
    return None


def moment(given: Property, zones: Zones) -> tuple[dt.datetime, bool]:
    """A DATE or DATE-TIME as an aware datetime, and whether it is a bare day. Raises ValueError."""
    found = _DATE.match(given.value)
    if found is None:
        raise ValueError(f"not a date: {given.value[:40]!r}")
    year, month, day = int(found[1]), int(found[2]), int(found[3])
    if year not in _YEARS:
        raise ValueError(f"a year that no calendar has: {year}")
    if found[4] is None:
        return dt.datetime(year, month, day, tzinfo=zones.named("")), True
    hour, minute, second = int(found[4]), int(found[5]), min(int(found[6]), 59)  # 60: a leap second
    zone = dt.UTC if found[7] else zones.named(given.parameters.get("TZID", ""))
    return dt.datetime(year, month, day, hour, minute, second, tzinfo=zone), False


def duration(given: Property) -> dt.timedelta:
    """A DURATION (3.3.6); what is none, or below zero, counts as nothing."""
    found = _DURATION.fullmatch(given.value)
    if found is None or found[1] == "-":
        return dt.timedelta(0)
    weeks, days, hours, minutes, seconds = (int(part or 0) for part in found.groups()[1:])
    return dt.timedelta(weeks=weeks, days=days, hours=hours, minutes=minutes, seconds=seconds)
