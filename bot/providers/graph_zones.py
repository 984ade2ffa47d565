"""Times of Graph's calendar (dateTimeTimeZone): a local time and a zone by its Windows or its IANA name."""

from __future__ import annotations

import datetime as dt
import re
import zoneinfo
from typing import Any

from icalendar.timezone.windows_to_olson import WINDOWS_TO_OLSON

_LOCAL = re.compile(r"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(?:\.\d{1,9})?(Z|[+-]\d\d:\d\d)?")
_BY_FOLDED = {name.casefold(): zone for name, zone in WINDOWS_TO_OLSON.items()}


def zone_of(name: str, otherwise: dt.tzinfo) -> dt.tzinfo:
    """The zone of that name (Unicode CLDR's table for Windows names); `otherwise` for one that nobody knows, such as a
    zone that a calendar program made up."""
    name = name.strip()
    if name.casefold() in ("utc", "etc/utc", "tzone://microsoft/utc"):
        return dt.UTC
    try:
        return zoneinfo.ZoneInfo(_BY_FOLDED.get(name.casefold(), name))
    except (zoneinfo.ZoneInfoNotFoundError, ValueError, OSError):
        return otherwise


def moment_of(value: Any, otherwise: dt.tzinfo) -> dt.datetime | None:
    """A dateTimeTimeZone as an aware time in its own zone; None where it cannot be read."""
    if not isinstance(value, dict) or not isinstance(value.get("dateTime"), str):
        return None
    found = _LOCAL.fullmatch(value["dateTime"].strip())
    if found is None:
        return None
    try:
        local = dt.datetime.fromisoformat(found[1] + (found[2] or "").replace("Z", "+00:00"))
    except ValueError:
        return None
    if local.tzinfo is None:
        local = local.replace(tzinfo=zone_of(str(value.get("timeZone") or "UTC"), otherwise))
    try:
        local.astimezone(dt.UTC)
    except (OverflowError, ValueError):
        return None
    return local


def written(moment: dt.datetime) -> dict[str, str]:
    """A time as Graph takes it, in UTC."""
    return {"dateTime": moment.astimezone(dt.UTC).strftime("%Y-%m-%dT%H:%M:%S"), "timeZone": "UTC"}
