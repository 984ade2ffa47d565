"""What the words are written from, and what comes out: frozen values between the cadence and the templates.

Days are calendar days in the rep's zone; amounts are Decimal; languages are ISO 639-1, countries ISO 3166 alpha-2,
currencies ISO 4217. Nothing in here is guessed: a fact nobody knows stays empty, and a wording that needs it is
refused.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from decimal import Decimal

from bot.model import Address
from bot.writing.values import Item


@dataclass(frozen=True, slots=True)
class Rep:
    """Who writes. `signature` is the text below his mails as he wants it; without one it is made from the other fields.
    `signature_html` is the same as HTML, from wherever it was found: it is cleaned before it is used."""

    name: str
    email: str
    phone: str = ""
    company: str = ""
    signature: str = ""
    signature_html: str = ""


@dataclass(frozen=True, slots=True)
class Matter:
    """What a draft is about: a quote, or (`quoted` false) a talk without one. `subject` is that of the mail that
    opened it."""

    subject: str = ""
    number: str | None = None
    amount: Decimal | None = None
    currency: str | None = None
    sent_on: dt.date | None = None
    valid_until: dt.date | None = None
    quoted: bool = True


@dataclass(frozen=True, slots=True)
class DraftFacts:
    """All that a draft may speak of.

    `key` is the touch's: it draws the wording, so the same touch is always written alike. `used` holds the
    `Words.wording` of what else this person was sent (never the touch's own, or a rewrite would change its words).
    `greeting` is the salutation of the rep's own mail that opened the matter. `covers` are further quotes of the same
    people. `their_words` is what the customer wrote when he asked for a later time, `asked_on` the day he did, `agreed`
    the day asked for. `meeting_on` is the day of a meeting held or missed. `wrote_on` is the day he wrote that he would
    come back himself, `decided_on` the day on which he was to decide, `referred_by` who pointed us to the people this
    goes to. `note` is the rep's own. `familiar`: the rep addresses the one it goes to so (du, tú), and so does the draft
    where there is such a text.
    """

    step: str
    key: str
    language: str
    country: str
    today: dt.date
    rep: Rep
    people: tuple[Address, ...]
    matter: Matter
    greeting: str = ""
    covers: tuple[Matter, ...] = ()
    their_words: str = ""
    asked_on: dt.date | None = None
    agreed: dt.date | None = None
    meeting_on: dt.date | None = None
    wrote_on: dt.date | None = None
    decided_on: dt.date | None = None
    referred_by: str = ""
    note: str = ""
    item: Item | None = None
    used: frozenset[str] = frozenset()
    count_messages: bool = False
    familiar: bool = False


@dataclass(frozen=True, slots=True)
class ReminderFacts:
    """All that a calendar entry for the rep may speak of; the language is the rep's.

    `rep_words` is what the rep himself promised, `promised_on` the day he did; `phone` are the people's numbers, `last_words`
    what the customer wrote last; `next_step` (mail, call or close) comes on `next_on` where nothing comes of a call;
    `address` is one that bounced, `reason` what the notice said; other names as in `DraftFacts`.
    """

    step: str
    key: str
    language: str
    country: str
    today: dt.date
    rep: Rep
    people: tuple[Address, ...]
    matter: Matter
    covers: tuple[Matter, ...] = ()
    their_words: str = ""
    asked_on: dt.date | None = None
    agreed: dt.date | None = None
    agreed_to: dt.date | None = None
    rep_words: str = ""
    promised_on: dt.date | None = None
    meeting_on: dt.date | None = None
    note: str = ""
    phone: str = ""
    last_words: str = ""
    last_on: dt.date | None = None
    next_step: str = ""
    next_on: dt.date | None = None
    address: str = ""
    reason: str = ""
    count_messages: bool = False


@dataclass(frozen=True, slots=True)
class Words:
    """What was written. Of a reminder `subject` is the title, `text` the notes, `html` empty.

    `wording` names the wording chosen and the very text made from it; memory keeps it so that `used` can be filled.
    """

    subject: str
    text: str
    html: str
    wording: str
