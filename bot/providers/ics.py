"""Bytes of an .ics file <-> Entry (RFC 5545).

A file is read line by line, and of each entry only the properties that the program needs, up to a cap: so a broken
entry does not take its neighbours along, and a huge one (an attachment in line, ten thousand guests) costs no more
than its bytes.

A repeating entry is its first occurrence, and each occurrence that was moved or changed by itself is an entry of its
own, with "UID#RECURRENCE-ID" for its uid. The rule is not unrolled: a weekly meeting must not look like one that
never ends.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import itertools
import re
from collections.abc import Iterator

import icalendar

from bot.errors import NotReadable
from bot.model import Address, Attendee, Entry, Reminder, Unreadable
from bot.providers.ics_lines import Property, Zones, duration, lines, moment, name_of, property_of

KEY_PROPERTY = "X-FOLLOWUP-KEY"
DIGEST_PROPERTY = "X-FOLLOWUP-DIGEST"
MOST_BYTES = 64_000_000
_MOST_ENTRIES = 50_000
_MOST_LINES = 1_000_000
_MOST_GUESTS = 200
_MOST_ZONE_LINES = 500
_MOST_DEPTH = 8
_DAY = dt.timedelta(days=1)
_ONE = frozenset(
    (
        "UID", "DTSTART", "DTEND", "DURATION", "CREATED", "DTSTAMP", "LAST-MODIFIED", "RECURRENCE-ID",
        "SUMMARY", "DESCRIPTION", "ORGANIZER", "STATUS", KEY_PROPERTY, DIGEST_PROPERTY,
    )
)  # fmt: skip
_NO_PERSON = frozenset(("ROOM", "RESOURCE"))
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f]")
_ADDRESS = re.compile(r"[^\s<>@,;:\"]{1,100}@[^\s<>@,;:\"]{1,200}")

Block = dict[str, list[Property]]  # an entry's properties by name


def parse(data: bytes, ref: str, etag: str, zone: dt.tzinfo) -> tuple[Entry, ...]:
    """The entries of an .ics file that can be read; times without a zone are in `zone`. The first has `ref` for its
    ref, the others "REF#1" and so on. Raises NotReadable where the file is no calendar, or none of its entries can be
    read."""
    found, reason = [], ""
    for item in entries(data, ref, etag, zone):
        match item:
            case Entry():
                found.append(item)
            case Unreadable():
                reason = reason or item.reason
    if reason and not found:
        raise NotReadable(reason)
    return tuple(found)


def entries(data: bytes, ref: str, etag: str, zone: dt.tzinfo) -> Iterator[Entry | Unreadable]:
    """The same one at a time, with those that cannot be read among them. Raises NotReadable where the file is no
    calendar."""
    zones = Zones(zone)
    for number, (block, cancels) in enumerate(_blocks(data[:MOST_BYTES], zones)):
        if number >= _MOST_ENTRIES:
            yield Unreadable(f"{ref}#{number}", f"more than {_MOST_ENTRIES} entries in one file")
            return
        own = ref if number == 0 else f"{ref}#{number}"
        try:
            yield _entry(block, own, etag, zones, cancels)
        except (ValueError, OverflowError) as fault:
            yield Unreadable(own, f"not a calendar entry: {fault}")


def _blocks(data: bytes, zones: Zones) -> Iterator[tuple[Block, bool]]:
    """The properties of each VEVENT, and whether the file calls it off (METHOD:CANCEL). Zones go to `zones` on the
    way."""
    inside: list[str] = []  # the components that are open here
    block: Block = {}
    zone: list[bytes] = []
    cancels = is_calendar = False
    for line in itertools.islice(lines(data), _MOST_LINES):
        name = name_of(line)
        if name in ("BEGIN", "END"):
            component = line.partition(b":")[2].strip().upper().decode("ascii", "replace")
            is_calendar = is_calendar or component in ("VCALENDAR", "VEVENT")
            if name == "BEGIN":
                inside = [*inside, component][-_MOST_DEPTH:]
                block = {} if component == "VEVENT" else block
                zone = [] if component == "VTIMEZONE" else zone
            elif component in inside:
                inside = inside[: len(inside) - inside[::-1].index(component) - 1]
                if component == "VEVENT":
                    yield block, cancels
                elif component == "VTIMEZONE":
                    zones.define([*zone, line])
        if "VTIMEZONE" in inside and len(zone) < _MOST_ZONE_LINES:
            zone.append(line)
        elif inside[-1:] == ["VEVENT"]:
            _take(block, name, line)
        elif name == "METHOD":
            cancels = line.upper().endswith(b":CANCEL")
    if "VEVENT" in inside:
        yield {}, False  # cut off in the middle: not an entry, and to be told
    if not is_calendar:
        raise NotReadable("not a calendar: it has neither VCALENDAR nor VEVENT")


def _take(block: Block, name: str, line: bytes) -> None:
    """Keep a property if the program reads it and there is room."""
    known = block.get(name, [])
    if (name in _ONE and not known) or (name == "ATTENDEE" and len(known) < _MOST_GUESTS):
        found = property_of(line)
        if found is not None:
            block.setdefault(name, []).append(found)


def _entry(block: Block, ref: str, etag: str, zones: Zones, cancels: bool) -> Entry:
    """The entry of a VEVENT. Raises ValueError, OverflowError."""
    if "DTSTART" not in block:
        raise ValueError("it has no start")
    start, all_day = moment(block["DTSTART"][0], zones)
    end = _end(block, start, all_day, zones)
    uid = _text(block, "UID") or ref
    if "RECURRENCE-ID" in block:
        uid = f"{uid}#{block['RECURRENCE-ID'][0].value[:40]}"
    guests = (_person(guest) for guest in block.get("ATTENDEE", ()) if _is_person(guest))
    organizer = _person(block["ORGANIZER"][0]) if "ORGANIZER" in block else None
    return Entry(
        ref=ref,
        etag=etag,
        uid=uid,
        created=_created(block, start, zones),
        start=start,
        end=end,
        all_day=all_day,
        title=_text(block, "SUMMARY").strip(),
        notes=_text(block, "DESCRIPTION").strip(),
        attendees=tuple(guest for guest in guests if guest is not None),
        organizer=organizer.address if organizer is not None else None,
        cancelled=cancels or _text(block, "STATUS").strip().upper() == "CANCELLED",
        key=_text(block, KEY_PROPERTY).strip() or None,
    )


def _end(block: Block, start: dt.datetime, all_day: bool, zones: Zones) -> dt.datetime:
    """Where the entry ends, exclusive: DTEND, or DURATION, or (3.6.1) a day after a bare day and at once after a
    time."""
    least = start + _DAY if all_day else start
    if "DTEND" in block:
        try:
            return max(moment(block["DTEND"][0], zones)[0], least)
        except ValueError:
            return least
    if "DURATION" in block:
        length = duration(block["DURATION"][0])
        # Elapsed time, as the standard has it; whole days of a bare day stay midnights.
        return max(start + length if all_day else (start.astimezone(dt.UTC) + length).astimezone(start.tzinfo), least)
    return least


def _created(block: Block, start: dt.datetime, zones: Zones) -> dt.datetime:
    """When the entry was made, as near as the file tells. Dates in its notes count from here."""
    for name in ("CREATED", "DTSTAMP", "LAST-MODIFIED"):
        if name in block:
            try:
                return moment(block[name][0], zones)[0]
            except ValueError:
                continue
    return start


def _text(block: Block, name: str) -> str:
    """A property's text, without control characters; "" where it has none."""
    return _CONTROL.sub("", block[name][0].text) if name in block else ""


def _is_person(guest: Property) -> bool:
    """Whether a guest is none of the rooms and projectors that calendars invite too."""
    return guest.parameters.get("CUTYPE", "").upper() not in _NO_PERSON


def _person(given: Property) -> Attendee | None:
    """Someone by a mail address, which is the value or, with some servers, a parameter of it; None where there is
    none."""
    for text in (given.value, given.parameters.get("EMAIL", "")):
        found = _ADDRESS.fullmatch(re.sub(r"(?i)^mailto:", "", text.strip()))
        if found is not None:
            address = Address(found[0].casefold(), _CONTROL.sub("", given.parameters.get("CN", "")))
            return Attendee(address, given.parameters.get("PARTSTAT", "").upper() or "NEEDS-ACTION")
    return None


AWAY = "Out of office"


def away(title: str) -> str:
    """The title of an entry that its program keeps as an absence of the rep's, so that it says so whatever he called it."""
    return title if title.casefold().startswith(AWAY.casefold()) else f"{AWAY}: {title}".rstrip(": ")


def content_digest(entry: Entry) -> str:
    """A digest of what a person sees of an entry: its time, title, notes, guests. What a calendar program changes by
    the way (stamps, sequence, its own properties, line ends) is not in it."""
    moments = (entry.start.astimezone(dt.UTC).isoformat(), entry.end.astimezone(dt.UTC).isoformat())
    guests = sorted(guest.address.email for guest in entry.attendees)
    words = (" ".join(text.split()) for text in (entry.title, entry.notes))
    said = "\x1f".join([*moments, str(entry.all_day), str(entry.cancelled), *words, *guests])
    return hashlib.blake2b(said.encode("utf-8", "replace"), digest_size=16).hexdigest()


def compose(reminder: Reminder) -> bytes:
    """The .ics file of a reminder: no guests, so that nobody is ever invited; free, so that nobody finds the rep
    busy; with an alarm at its start, our key, and a digest by which an edit is seen. Times are in UTC: every calendar
    shows its own zone."""
    event = icalendar.Event()
    event.add("UID", reminder.uid)
    event.add("DTSTAMP", reminder.at.astimezone(dt.UTC))
    event.add("CREATED", reminder.at.astimezone(dt.UTC))
    event.add("DTSTART", reminder.start.astimezone(dt.UTC))
    event.add("DTEND", reminder.end.astimezone(dt.UTC))
    event.add("SUMMARY", _CONTROL.sub("", reminder.title))
    event.add("DESCRIPTION", _CONTROL.sub("", reminder.notes))
    event.add("TRANSP", "TRANSPARENT")
    event.add(KEY_PROPERTY, reminder.key)
    event.add(DIGEST_PROPERTY, content_digest(entry_of(reminder)))
    alarm = icalendar.Alarm()
    alarm.add("ACTION", "DISPLAY")
    alarm.add("TRIGGER", dt.timedelta(0))
    alarm.add("DESCRIPTION", _CONTROL.sub("", reminder.title))
    event.add_component(alarm)
    calendar = icalendar.Calendar()
    calendar.add("PRODID", "-//followup-bot//EN")
    calendar.add("VERSION", "2.0")
    calendar.add_component(event)
    data: bytes = calendar.to_ical()
    return data


def entry_of(reminder: Reminder) -> Entry:
    """The entry that a reminder makes, as `parse` will read it."""
    return Entry(
        ref="",
        etag="",
        uid=reminder.uid,
        created=reminder.at,
        start=reminder.start.replace(microsecond=0),
        end=max(reminder.end, reminder.start).replace(microsecond=0),
        title=_CONTROL.sub("", reminder.title).strip(),
        notes=_CONTROL.sub("", reminder.notes).strip(),
        key=reminder.key,
    )


def written_digest(data: bytes) -> str:
    """The digest that `compose` put into a file of ours; "" where there is none."""
    for line in lines(data[:MOST_BYTES]):
        if name_of(line) == DIGEST_PROPERTY:
            found = property_of(line)
            return found.value if found is not None else ""
    return ""
