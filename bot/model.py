"""The words of the house, as frozen values. This docstring is the glossary.

account      one rep's mailbox and calendar
record       a mail or a calendar entry, as memory keeps it: who, when, which thread, and its reading; never its text
reading      what a record says: a kind, a date, a sum, and the evidence
evidence     the words in the record and the name of the rule that decided
opportunity  one customer matter: a quote or a callback, with its stage and its history
stage        where an opportunity stands (waiting, your_turn, away, later, won, lost, closed, stopped, undeliverable)
policy       the rules of the cadence: ladder, gaps, caps. A ladder is a list of steps
touch        one thing that should stand: a draft or a reminder, with a key
standing     one that does stand, or did: what memory knows of a touch that was put
effect       what turns the standing into the wanted: Put or Withdraw
turn         one walk down the street for one account
pile         the open quotes and their money
instruction  what the rep told us about a person, a domain or a thread: stop, snooze, decides, ladder, resume, note ...

Over 300 lines, because the words of the house belong on one page.

Rules that hold everywhere: every datetime is aware; an address is compared by its casefolded email; an id is a
Message-ID or a UID without angle brackets; amounts are Decimal; currencies are ISO 4217 codes.
"""

from __future__ import annotations

import base64
import binascii
import datetime as dt
import functools
import hashlib
import quopri
from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from enum import StrEnum


class Direction(StrEnum):
    """Which way a mail went, seen from the rep."""

    SENT = "sent"
    RECEIVED = "received"
    DRAFT = "draft"


class Kind(StrEnum):
    """What a record is. The words are the contract of `followup read`."""

    # a sent mail
    QUOTE = "quote"
    PROMISED = "promised"
    # a received mail
    ACCEPTED = "accepted"
    ENGAGED = "engaged"
    HOLDING = "holding"
    LATER = "later"
    EARLY_NO = "early_no"
    FIRM_NO = "firm_no"
    OPT_OUT = "opt_out"
    REFERRAL = "referral"
    LEFT = "left"
    ACKNOWLEDGED = "acknowledged"
    AWAY = "away"
    BOUNCED = "bounced"
    AUTOMATIC = "automatic"
    # a calendar entry
    CALLBACK_NOTE = "callback_note"
    CALL_ATTEMPTED = "call_attempted"
    NO_SHOW = "no_show"
    MEETING = "meeting"
    # any
    NOTHING = "nothing"
    UNREADABLE = "unreadable"


class Mark(StrEnum):
    """A further thing a reading says, beside its kind."""

    REVISED = "revised"  # a sent quote that replaces an earlier one
    WITHDRAWN = "withdrawn"  # the rep takes a quote back
    CONFIRMED = "confirmed"  # the rep thanks for, or confirms, an order
    ASKS_AGAIN = "asks_again"  # the customer asks for the quote that he has had
    CLOSES = "closes"  # the rep writes that he closes the matter
    CHASES = "chases"  # the rep asks by hand what has become of a quote
    WHOLE_COMPANY = "whole_company"  # an opt-out that speaks for the whole company
    DELAYED = "delayed"  # a bounce notice that only says "still trying"
    LEAVE = "leave"  # an entry: the rep's own leave
    TALK = "talk"  # an entry: a talk with the person took place (a phone call with notes)
    MACHINE = "machine"  # written by a machine, whatever it says


class Stage(StrEnum):
    """Where an opportunity stands."""

    WAITING = "waiting"
    YOUR_TURN = "your_turn"
    AWAY = "away"
    LATER = "later"
    WON = "won"
    LOST = "lost"
    CLOSED = "closed"
    STOPPED = "stopped"
    UNDELIVERABLE = "undeliverable"


class Form(StrEnum):
    """What a touch is once it stands."""

    DRAFT = "draft"
    REMINDER = "reminder"


class State(StrEnum):
    """What has become of a touch that was put."""

    INTENDED = "intended"  # written down before the call; the world may or may not have it
    STANDING = "standing"  # it stands as we wrote it
    EDITED = "edited"  # it stands, and a person has changed it: ours to look at, not to touch
    SENT = "sent"  # the rep approved it
    DISCARDED = "discarded"  # the rep refused it: never made again
    WITHDRAWN = "withdrawn"  # we took it away


class Shown(StrEnum):
    """How a matter stands, as its mail shows it in the rep's mail program."""

    WAITING = "Waiting"
    DRAFT_READY = "Draft ready"
    YOUR_TURN = "Your turn"


class Wish(StrEnum):
    """What the rep asks for by a label or category that he puts on a mail."""

    STOP = "stop"
    SNOOZE = "snooze"


@dataclass(frozen=True, slots=True)
class Address:
    """A mailbox address; `email` is casefolded, `name` the display name or ""."""

    email: str
    name: str = ""

    @property
    def domain(self) -> str:
        return self.email.rpartition("@")[2]

    def __str__(self) -> str:
        return f"{self.name} <{self.email}>" if self.name else self.email


@dataclass(frozen=True, slots=True)
class Attachment:
    """A part of a mail that is a file. `encoded` is as it lay in the mail; `decoded` gives the bytes."""

    name: str
    media_type: str
    encoded: bytes
    encoding: str = ""  # content-transfer-encoding, lower case

    def decoded(self) -> bytes:
        """The file's bytes; what cannot be decoded comes back empty, never as an error."""
        try:
            if self.encoding == "base64":
                return base64.b64decode(self.encoded, validate=False)
            if self.encoding == "quoted-printable":
                return quopri.decodestring(self.encoded)
        except (binascii.Error, ValueError):
            return b""
        return self.encoded


@dataclass(frozen=True, slots=True)
class Message:
    """A mail as it comes from the world. It lives for the length of one page and is never stored.

    `ref` is the mailbox's own handle, `etag` changes whenever the content does. `signs` holds the headers by which a
    machine is known (lower-case names: auto-submitted, precedence, list-id, list-unsubscribe, return-path, ...).
    `report` is the text of a message/delivery-status part and `returned` the headers of the mail that came back.
    """

    ref: str
    etag: str
    id: str
    at: dt.datetime
    sender: Address
    to: tuple[Address, ...]
    cc: tuple[Address, ...] = ()
    subject: str = ""
    answers: str | None = None  # In-Reply-To
    references: tuple[str, ...] = ()
    plain: str = ""
    html: str = ""
    attachments: tuple[Attachment, ...] = ()
    signs: Mapping[str, str] = field(default_factory=dict)
    report: str = ""
    returned: str = ""
    key: str | None = None  # our own header: this mail began as a touch of ours
    is_draft: bool = False
    size: int = 0
    wish: Wish | None = None


@dataclass(frozen=True, slots=True)
class Attendee:
    """Someone invited to an entry; `status` is the iCalendar PARTSTAT, upper case (ACCEPTED, NEEDS-ACTION, ...)."""

    address: Address
    status: str = "NEEDS-ACTION"


@dataclass(frozen=True, slots=True)
class Entry:
    """A calendar entry as it comes from the world. `end` is exclusive; an all-day entry runs midnight to midnight."""

    ref: str
    etag: str
    uid: str
    created: dt.datetime
    start: dt.datetime
    end: dt.datetime
    all_day: bool = False
    title: str = ""
    notes: str = ""
    attendees: tuple[Attendee, ...] = ()
    organizer: Address | None = None
    cancelled: bool = False
    key: str | None = None


@dataclass(frozen=True, slots=True)
class Unreadable:
    """A mail or entry that could not be read: listed, counted, never fatal."""

    ref: str
    reason: str


@dataclass(frozen=True, slots=True)
class Reading:
    """What a record says, and the evidence for it.

    Dates are calendar days in the rep's zone; `date`..`date_to` is a span with both ends inside. `subject`, `greeting`
    and `language` are kept only where a draft will need them: on a sent quote or promise.
    """

    kind: Kind
    date: dt.date | None = None
    date_to: dt.date | None = None
    until: dt.date | None = None  # first day back
    number: str | None = None
    amount: Decimal | None = None
    currency: str | None = None
    valid_until: dt.date | None = None
    contact: str | None = None
    address: str | None = None
    permanent: bool | None = None
    words: str = ""
    rule: str = ""
    marks: frozenset[Mark] = frozenset()
    # digests (see `mention`) of the reference numbers named; of an entry: of its words
    mentions: frozenset[str] = frozenset()
    subject: str = ""
    greeting: str = ""
    language: str = ""
    familiar: bool = False  # of a sent quote or promise: the rep addresses the reader familiarly (du, tú)
    phone: str = ""  # of a received mail: the writer's telephone numbers, as his signature gives them


@functools.lru_cache(maxsize=8192)  # asked of the same few words at every fold
def mention(token: str) -> str:
    """The digest under which a reference number or a word is remembered without keeping the text: letters and digits only,
    casefolded, eight bytes of BLAKE2b in hex."""
    plain = "".join(c for c in token.casefold() if c.isalnum())
    return hashlib.blake2b(plain.encode(), digest_size=8).hexdigest()


@dataclass(frozen=True, slots=True)
class MailRecord:
    """What memory keeps of a mail."""

    id: str
    ref: str
    etag: str
    at: dt.datetime
    direction: Direction
    sender: Address
    to: tuple[Address, ...]
    cc: tuple[Address, ...]
    answers: str | None
    references: tuple[str, ...]
    topic: str  # digest of the subject without Re:, Fwd: and the like
    key: str | None
    reading: Reading


@dataclass(frozen=True, slots=True)
class EntryRecord:
    """What memory keeps of a calendar entry."""

    id: str
    ref: str
    etag: str
    at: dt.datetime  # CREATED
    start: dt.datetime
    end: dt.datetime
    all_day: bool
    title: str
    attendees: tuple[Attendee, ...]
    cancelled: bool
    key: str | None
    reading: Reading


Record = MailRecord | EntryRecord


@dataclass(frozen=True, slots=True)
class Touch:
    """One thing that should stand.

    `key` is a hash of account, opening, step and round, and holds no date: a moved date moves the reminder and makes no
    second one. `due` is the day it comes on, `start` where a reminder lies in the calendar. `covers` are the openings of
    further opportunities that this one draft speaks for. `fingerprint` names the facts it is written from: another one means
    that what stands must be rewritten. `because` is the reason, in one line for a person.
    """

    key: str
    form: Form
    opening: str
    step: str
    round: str
    due: dt.date
    people: tuple[Address, ...]
    because: str
    fingerprint: str
    start: dt.datetime | None = None
    covers: tuple[str, ...] = ()
    value: Decimal = Decimal(0)
    template: str = ""  # whose words it is written in, where they are not the step's own


@dataclass(frozen=True, slots=True)
class Draft:
    """A reply to be put into the Drafts folder. `source` is the mailbox's handle of the mail it answers: the provider quotes
    that mail below `text`. `carries` are handles of mails of the rep's own whose documents the provider attaches, as far as
    they are there and not too large; with `must_carry` the draft is pointless without and refused. Recipients come from our
    own sent mail and from nowhere else."""

    key: str
    sender: Address
    to: tuple[Address, ...]
    cc: tuple[Address, ...]
    subject: str
    text: str
    html: str
    answers: str | None
    references: tuple[str, ...]
    source: str | None
    at: dt.datetime
    carries: tuple[str, ...] = ()
    must_carry: bool = False


@dataclass(frozen=True, slots=True)
class Reminder:
    """An entry to be put into the calendar. It never has attendees."""

    key: str
    uid: str
    start: dt.datetime
    end: dt.datetime
    title: str
    notes: str
    at: dt.datetime


@dataclass(frozen=True, slots=True)
class Standing:
    """What memory knows of a touch that was put.

    `fingerprint` is the touch's own (which facts it was written from), `digest` that of the content as we wrote it: the
    world's copy having another one means that a person has edited it.
    """

    key: str
    form: Form
    state: State
    opening: str  # id of the record that opened the opportunity
    step: str
    round: str
    people: tuple[str, ...]  # emails
    at: dt.datetime  # when it was put, or last rewritten
    changed: dt.datetime  # when its state last changed
    ref: str = ""
    etag: str = ""
    digest: str = ""
    fingerprint: str = ""
    start: dt.datetime | None = None  # of a reminder: where it stands now (a drag moves it)
    because: str = ""
    covers: tuple[str, ...] = ()
    wording: str = ""  # which wording it was written in: the same text never goes twice to one person
    item: str = ""  # the id of the useful thing it brought
    sketch: str = ""  # of a draft: digests of its word pairs, to tell how much of it was sent (reading/likeness.py)
    alike: int | None = None  # of a draft that was sent: how alike what was sent is to what we wrote, 0 to 100


@dataclass(frozen=True, slots=True)
class Put:
    """Make the touch stand, or rewrite what stands under its key."""

    touch: Touch
    known: Standing | None


@dataclass(frozen=True, slots=True)
class Withdraw:
    """Take away what stands; its reason has gone."""

    standing: Standing
    because: str


Effect = Put | Withdraw


@dataclass(frozen=True, slots=True)
class Instruction:
    """What the rep told us. `subject` is an email, a domain ("@acme.example"), the id of the opening record or, in angle
    brackets, that of any mail of the thread."""

    verb: str  # stop | snooze | decides | ladder (named in `text`) | resume | note | won | lost | redirect (to that address)
    subject: str
    at: dt.datetime
    until: dt.date | None = None
    text: str = ""
