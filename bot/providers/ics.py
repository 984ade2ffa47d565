"""Bytes of an .ics file <-> Entry."""

from __future__ import annotations

import datetime as dt

import icalendar

from bot.errors import NotReadable
from bot.model import Address, Attendee, Entry


def parse(data: bytes, ref: str, etag: str, zone: dt.tzinfo) -> tuple[Entry, ...]:
    """The entries of an .ics file (a stand-in)."""
    def aware(x: dt.date) -> dt.datetime:
        if not isinstance(x, dt.datetime):
            return dt.datetime.combine(x, dt.time(), zone)
        return x if x.tzinfo else x.replace(tzinfo=zone)
    try:
        out = []
        for e in icalendar.Calendar.from_ical(data).walk("VEVENT"):
            start = e["DTSTART"].dt
            end = e["DTEND"].dt if "DTEND" in e else start
            people = e.get("ATTENDEE", [])
            people = people if isinstance(people, list) else [people]
            out.append(Entry(ref, etag, str(e["UID"]), aware(e["CREATED"].dt), aware(start), aware(end), not isinstance(start, dt.datetime), str(e.get("SUMMARY", "")),
                             str(e.get("DESCRIPTION", "")), tuple(Attendee(Address(str(p)[7:].casefold()), str(p.params.get("PARTSTAT", ""))) for p in people)))
        return tuple(out)
    except Exception as fault:
        raise NotReadable(str(fault)) from fault
