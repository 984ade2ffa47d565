"""How a person is taken out of what memory keeps, and recognised afterwards by digest alone.

The facts stay under a pseudonym (see `Memory.forget`), the address, the name and the words go. Only digests of the
forgotten are needed, so the same functions clean what the mailbox brings again later.
"""

from __future__ import annotations

import functools
import hashlib
import re
from collections.abc import Iterator
from dataclasses import replace

from bot.model import Address, Attendee, Direction, EntryRecord, Instruction, MailRecord, Reading, Record, Standing

# The top-level domain that never leads anywhere: RFC 2606, section 2.
_PSEUDONYM = "@forgotten.invalid"
_ADDRESS = re.compile(r"""[^\s@<>()\[\]",;:]{1,64}@[^\s@<>()\[\]",;:]{1,255}""")


@functools.lru_cache(maxsize=10_000)
def digest_of(subject: str) -> str:
    """The digest under which an email, a domain or an id is suppressed: the same for every account, and without a salt,
    since it must still be found once everything else about the person is gone. (`model.mention` drops punctuation, and
    would take al.ex@ for alex@.)"""
    plain = subject.strip().casefold().encode("utf-8", "surrogatepass")
    return hashlib.blake2b(plain, digest_size=16, person=b"followup-suppres").hexdigest()


def pseudonym(digest: str) -> str:
    """The address that stands for a forgotten person."""
    return digest + _PSEUDONYM


def digests_reaching(email: str) -> Iterator[str]:
    """Every digest that suppresses an email: its own, its domain's, and those of the domains above it."""
    yield digest_of(email)
    _, at, domain = email.rpartition("@")
    while at and domain:
        yield digest_of(at + domain)
        domain = domain.partition(".")[2]


def erase_record(record: Record, gone: frozenset[str]) -> Record:
    """The record without the people whose digests are gone; the very same where it does not name them."""
    match record:
        case MailRecord():
            return _erase_mail(record, gone)
        case EntryRecord():
            return _erase_entry(record, gone)


def erase_standing(standing: Standing, gone: frozenset[str]) -> Standing:
    """The standing without them: its key and state stay, so that the touch is never made again."""
    people = tuple(pseudonym(digest_of(p)) if digest_of(p) in gone else p for p in standing.people)
    if people == standing.people and not _names(standing.because, gone):
        return standing
    return replace(standing, people=people, because="", sketch="")


def erase_instruction(instruction: Instruction, gone: frozenset[str]) -> Instruction:
    """The instruction without them: what it says about them still holds, for the pseudonym."""
    if digest_of(instruction.subject) in gone:
        return replace(instruction, subject=pseudonym(digest_of(instruction.subject)), text="")
    return replace(instruction, text="") if _names(instruction.text, gone) else instruction


def _erase_mail(mail: MailRecord, gone: frozenset[str]) -> MailRecord:
    sender = _erase_address(mail.sender, gone)
    to = tuple(_erase_address(a, gone) for a in mail.to)
    cc = tuple(_erase_address(a, gone) for a in mail.cc)
    if (sender, to, cc) == (mail.sender, mail.to, mail.cc) and not _reading_names(mail.reading, gone):
        return mail
    # The subject of a quote that went to somebody else as well is still needed for a draft to them.
    shared = mail.direction is Direction.SENT and any(not a.email.endswith(_PSEUDONYM) for a in to)
    reading = _erase_reading(mail.reading, gone)
    keep = shared and not _names(mail.reading.subject, gone)
    return replace(
        mail, sender=sender, to=to, cc=cc, reading=replace(reading, subject=mail.reading.subject if keep else "")
    )


def _erase_entry(entry: EntryRecord, gone: frozenset[str]) -> EntryRecord:
    attendees = tuple(Attendee(_erase_address(a.address, gone), a.status) for a in entry.attendees)
    if attendees == entry.attendees and not _names(entry.title, gone) and not _reading_names(entry.reading, gone):
        return entry
    # An entry's mentions are digests of its words, and a name is easily guessed.
    reading = replace(_erase_reading(entry.reading, gone), mentions=frozenset())
    return replace(entry, attendees=attendees, title="", reading=reading)


def _erase_reading(reading: Reading, gone: frozenset[str]) -> Reading:
    bounced = reading.address
    if bounced is not None and digest_of(bounced) in gone:
        bounced = pseudonym(digest_of(bounced))
    return replace(reading, words="", subject="", greeting="", phone="", contact=None, address=bounced)


def _erase_address(address: Address, gone: frozenset[str]) -> Address:
    digest = digest_of(address.email)
    return Address(pseudonym(digest)) if digest in gone else address


def _reading_names(reading: Reading, gone: frozenset[str]) -> bool:
    texts = (reading.words, reading.subject, reading.greeting, reading.contact or "", reading.address or "")
    return any(_names(text, gone) for text in texts)


def _names(text: str, gone: frozenset[str]) -> bool:
    """Whether the text holds the address of somebody who is gone."""
    return any(digest_of(found.strip(".'")) in gone for found in _ADDRESS.findall(text))
