"""What a sent mail says: a quote, a promise, or nothing.

The question behind every rule is who pays whom, and whether the price is being put before a customer now: an invoice
is a price of yesterday, a request or an order is a price the rep would pay, a chase repeats one. `read_sent` gathers
the signs (languages/*.quotes.toml), sets them against each other in `_verdict`, and fills in what a quote must
carry.

Over 300 lines: the verdict and the signs it weighs belong side by side.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Mapping
from dataclasses import dataclass, replace

from bot.model import Attachment, Kind, Mark, Message, Reading, mention
from bot.reading.body import Body
from bot.reading.dates import Moment, find_moments
from bot.reading.pdf import pdf_text
from bot.reading.promises import find_promise
from bot.reading.quotewords import pattern
from bot.reading.references import loose_number, mentions, quote_number
from bot.reading.salutation import greeting_of, language_of
from bot.reading.settings import ReadSettings
from bot.reading.totals import Scan, Total, scan, total_of
from bot.reading.validity import valid_until

PREFIX = re.compile(
    r"^\s*(?:(?:re|aw|antw|fwd?|wg|tr|rv|sv|vs|res|enc|r)\s?(?:\[\d+\])?\s*:|\[[^\]\n]{0,30}\])\s*", re.IGNORECASE
)
PAPER = re.compile(r"\.(?:pdf|docx?|odt|xlsx?|ods|csv|rtf)$", re.IGNORECASE)
MOST_OWN = 6 * 1024  # characters of a sent mail that are read
MOST_NAMED = 32 * 1024  # and in which reference numbers are looked for
HEADING = 500  # characters of a PDF in which it says what it is
MARKS = {
    "revised": Mark.REVISED,
    "withdrawn": Mark.WITHDRAWN,
    "confirmed": Mark.CONFIRMED,
    "closes": Mark.CLOSES,
}
Sign = tuple[str, str]  # the words and the rule's name


@dataclass(frozen=True, slots=True)
class Mail:
    """What is known of a sent mail before the verdict. `signs`: sign -> the words and the rule; `papers`: the
    attachments that may be the quote; `fresh`: it answers nothing; `total`: what its own text comes to."""

    subject: str
    own: str
    signature: str
    seen: Scan
    at: dt.datetime
    country: str
    fresh: bool
    signs: Mapping[str, Sign]
    papers: tuple[Attachment, ...]
    named_paper: bool
    total: Total | None
    moments: tuple[Moment, ...]

    @property
    def stated(self) -> bool:
        """Whether the own text states a price."""
        return self.total is not None and self.total.stated

    @property
    def on_subject(self) -> bool:
        """Whether a fresh subject says that this is a quote."""
        return self.fresh and bool(pattern("subject_quotes").search(self.subject)) and not self.asks_on_subject

    @property
    def asks_on_subject(self) -> bool:
        return bool(pattern("subject_asks").search(self.subject))


@dataclass(frozen=True, slots=True)
class Paper:
    """What an attached PDF adds: its text, and the total it comes to."""

    seen: Scan
    total: Total | None
    moments: tuple[Moment, ...]


def clean_subject(subject: str) -> str:
    """A subject without Re:, Fwd: and the tags that gateways put in brackets."""
    for _ in range(8):
        shorter = PREFIX.sub("", subject, count=1)
        if shorter == subject:
            break
        subject = shorter
    return " ".join(subject.split())


def read_sent(message: Message, body: Body, settings: ReadSettings) -> Reading:
    """Read a mail the rep wrote. Dates count from the mail's own time in the rep's zone."""
    people = (*message.to, *message.cc)
    named = mentions(message.subject, body.own[:MOST_NAMED])
    if all(settings.is_colleague(person) for person in people):
        return Reading(Kind.NOTHING, rule="to colleagues", mentions=named)
    mail = _gather(message, body, settings)
    reading = replace(_verdict(mail), mentions=named)
    if reading.number:
        reading = replace(reading, mentions=named | {mention(reading.number)})
    if reading.kind is Kind.NOTHING and not reading.marks:
        return reading
    others = tuple(person for person in people if not settings.is_own(person))
    return replace(
        reading,
        subject=mail.subject,
        greeting=greeting_of(mail.own, others),
        language=language_of(mail.own or mail.subject),
    )


def _gather(message: Message, body: Body, settings: ReadSettings) -> Mail:
    own = body.own[:MOST_OWN].strip()
    subject = clean_subject(message.subject)
    at = message.at.astimezone(settings.zone)
    papers = tuple(
        a for a in message.attachments if PAPER.search(a.name) and not pattern("file_others").search(_spaced(a.name))
    )
    seen = scan(own, settings.country)
    return Mail(
        subject,
        own,
        body.signature,
        seen,
        at,
        settings.country,
        fresh=not PREFIX.match(message.subject) and message.answers is None,
        signs=_signs(seen),
        papers=papers,
        named_paper=any(pattern("file_quotes").search(_spaced(a.name)) for a in papers),
        total=total_of(seen),
        moments=find_moments(own, at, settings.country) if seen.matches.may_hold("validity", "promises") else (),
    )


def _spaced(name: str) -> str:
    """A file's name with its word breaks as blanks, so that \\b finds them."""
    return re.sub(r"[_+]|%20", " ", name)


def _signs(seen: Scan) -> dict[str, Sign]:
    """Every sign in the text, by its name, with the first words that give it."""
    found: dict[str, Sign] = {}
    for rule, match in seen.matches.of("signs"):
        found.setdefault(rule.data["sign"], (seen.words(match), rule.name))
    return found


def _verdict(mail: Mail) -> Reading:
    """The kind, by setting the signs against each other; marks lie beside it."""
    signs = mail.signs
    marks = frozenset(MARKS[s] for s in signs if s in MARKS)
    if "withdrawn" in signs and not (mail.stated and ("revised" in signs or "offer" in signs)):
        return _nothing(mail, signs["withdrawn"], marks - {Mark.REVISED, Mark.CONFIRMED})
    marks -= {Mark.WITHDRAWN}
    blocked = _blocked(mail)
    if blocked is None:
        quote = _quote(mail, marks - {Mark.CLOSES, Mark.CONFIRMED} if "offer" not in signs else marks - {Mark.CLOSES})
        if quote is not None:
            return quote
    marks -= {Mark.REVISED}
    if blocked is None or blocked[1] in ("confirmed", "chase", "ship"):
        promise = find_promise(mail.seen, mail.moments)
        if promise is not None and not _is_private(mail):
            moment = promise.moment
            return Reading(
                Kind.PROMISED,
                date=moment.first,
                date_to=moment.last,
                words=promise.words,
                rule=promise.rule,
                number=_number(mail, ()),
                marks=marks,
            )
    if marks:
        return _nothing(mail, next(signs[s] for s in MARKS if s in signs and MARKS[s] in marks), marks)
    chases = frozenset({Mark.CHASES}) if blocked and blocked[1] == "chase" else frozenset[Mark]()
    return _nothing(mail, (blocked[0], blocked[1]) if blocked else ("", "no price, no promise"), chases)


def _is_private(mail: Mail) -> bool:
    """Whether a mail among friends is about a game or a supper: a promise in it is nobody's business."""
    told = {found.casefold() for found in pattern("private").findall(mail.own)}
    return len(told) > 1 and not mail.stated and not pattern("subject_quotes").search(f"{mail.subject} {mail.own}")


def _nothing(mail: Mail, sign: Sign, marks: frozenset[Mark]) -> Reading:
    return Reading(Kind.NOTHING, words=sign[0], rule=sign[1], marks=marks, number=_number(mail, ()) if marks else None)


def _blocked(mail: Mail) -> Sign | None:
    """Why the prices in this mail are none put before a customer now: the words, and which sign won. None: nothing
    speaks against it."""
    signs = mail.signs
    offers = "offer" in signs
    bill_subject = pattern("subject_bills").search(mail.subject)
    if bill_subject and not (offers and mail.on_subject):
        return bill_subject.group().strip(), "bill"
    strong = (offers or mail.on_subject or mail.named_paper) and (mail.stated or bool(mail.papers))
    if "bill" in signs and not strong:
        return signs["bill"][0], "bill"
    if "buys" in signs and not (offers and mail.on_subject):
        return signs["buys"][0], "buys"
    if "asks" in signs and not (offers and (mail.stated or bool(mail.papers))):
        return signs["asks"][0], "asks"
    if mail.asks_on_subject and mail.fresh and not (offers or mail.stated):
        return mail.subject, "asks"
    if "confirmed" in signs and not (offers and (mail.stated or mail.named_paper)):
        return signs["confirmed"][0], "confirmed"
    if "ship" in signs and not (offers or mail.on_subject):
        return signs["ship"][0], "ship"
    if "news" in signs:
        return signs["news"][0], "news"
    if "chase" in signs and not ("revised" in signs and mail.stated):
        return signs["chase"][0], "chase"
    if "closes" in signs and not (offers and mail.stated):
        return signs["closes"][0], "closes"
    return None


def _quote(mail: Mail, marks: frozenset[Mark]) -> Reading | None:
    """The mail as a quote, if it is one: it says so, or it states a price; a PDF is opened only for what the mail
    leaves open."""
    signs = mail.signs
    says_so = "offer" in signs or mail.on_subject or mail.named_paper
    papers: tuple[Paper, ...] = ()
    if mail.papers and (_leaves_open(mail) or not (says_so or mail.stated)):
        papers = tuple(p for a in mail.papers if (p := _open(a, mail)) is not None)
        if papers and not says_so and not mail.stated:
            says_so = any(_is_quote_paper(p) for p in papers)
        if papers and not mail.stated and all(_is_other_paper(p) for p in papers):
            return None
    if not (mail.stated or (says_so and (mail.total or mail.papers or "link" in signs))):
        return None
    total = _best_total(mail, papers)
    until = valid_until(mail.seen, mail.at, mail.moments) or next(
        (found for p in papers if (found := valid_until(p.seen, mail.at, p.moments))), None
    )
    words, rule = signs.get("offer") or ("", "subject or file says quote")
    if total is not None and (mail.stated or not words):
        words, rule = total.words, rule if words else f"price: {total.rule}"
    return Reading(
        Kind.QUOTE,
        number=_number(mail, papers),
        amount=total.value if total else None,
        currency=total.currency if total else None,
        valid_until=until[0] if until else None,
        words=words or mail.subject,
        rule=rule,
        marks=marks,
    )


def _leaves_open(mail: Mail) -> bool:
    """Whether the mail's own text leaves something a quote should say to its paper."""
    total = mail.total
    settled = total is not None and "total" in total.roles and "net" not in total.roles
    return (
        not settled
        or quote_number([mail.own, mail.subject, mail.signature]) is None
        or valid_until(mail.seen, mail.at, mail.moments) is None
    )


def _open(attachment: Attachment, mail: Mail) -> Paper | None:
    if not attachment.name.casefold().endswith(".pdf"):
        return None
    text = pdf_text(attachment.decoded())
    if not text.strip():
        return None
    seen = scan(text, mail.country)
    return Paper(seen, total_of(seen), find_moments(text, mail.at, mail.country))


def _is_quote_paper(paper: Paper) -> bool:
    return bool(pattern("paper_quotes").search(paper.seen.text[:HEADING])) and not _is_other_paper(paper)


def _is_other_paper(paper: Paper) -> bool:
    """Whether the PDF's head calls it an invoice, an order or the like before it calls it a quote."""
    other, quote = (
        pattern("paper_others").search(paper.seen.text[:HEADING]),
        pattern("paper_quotes").search(paper.seen.text[:HEADING]),
    )
    return other is not None and (quote is None or other.start() < quote.start())


def _best_total(mail: Mail, papers: tuple[Paper, ...]) -> Total | None:
    """The mail's own total; that of its paper where the mail names only a part, a unit price or the net sum."""
    own = mail.total
    if own is not None and own.stated and own.roles & {"total", "gross"} and "net" not in own.roles:
        return own
    for paper in papers:
        if paper.total is not None and (own is None or not own.stated or paper.total.roles & {"total", "gross"}):
            return paper.total
    return own


def _number(mail: Mail, papers: tuple[Paper, ...]) -> str | None:
    """The quote's number: labelled in the text, the subject, the PDF or a file's name; else a loose one on the
    subject."""
    names = [_spaced(a.name.rpartition(".")[0]) for a in mail.papers]
    labelled = quote_number([mail.own, mail.subject, *(p.seen.text[:4000] for p in papers), *names, mail.signature])
    if labelled:
        return labelled
    if pattern("subject_quotes").search(mail.subject) and (loose := loose_number(mail.subject)):
        return loose
    return next((n for name in names if pattern("file_quotes").search(name) and (n := loose_number(name))), None)
