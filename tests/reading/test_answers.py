"""What people write back on a quote: whole mails sorted by meaning (mails/answers.*.txt), and what belongs to each kind."""

from __future__ import annotations

import datetime as dt
import pathlib
from collections.abc import Iterator

import pytest

from bot.model import Address, Attachment, Kind, Mark, Message, Reading, mention
from bot.reading.answers import MOST_WORDS, read_answer
from bot.reading.body import Body
from bot.reading.settings import ReadSettings

REP = Address("alex@northwind.example", "Alex Reed")
DANA = Address("dana@acme.example", "Dana Ruiz")
SETTINGS = ReadSettings.of(["alex@northwind.example"], "America/Chicago", "US")
MONDAY = dt.datetime(2026, 3, 2, 10, 15, tzinfo=SETTINGS.zone)
MAILS = sorted((pathlib.Path(__file__).parent / "mails").glob("answers.*.txt"))


def read(
    text: str,
    *,
    fresh: bool = False,
    subject: str = "",
    files: tuple[str, ...] = (),
    sender: Address = DANA,
    weighed: bool = False,
) -> Reading:
    """The reading of a mail to the rep by the rules alone, an answer to a quote unless it is `fresh`."""
    message = Message(
        ref="1",
        etag="1",
        id="1@acme.example",
        at=MONDAY,
        sender=sender,
        to=(REP,),
        subject=subject or ("Hello" if fresh else "Re: Quote Q-1042"),
        plain=text,
        attachments=tuple(Attachment(name, "application/pdf", b"") for name in files),
    )
    return read_answer(message, Body(text, text), SETTINGS, weighed=weighed)


def mails(path: pathlib.Path) -> Iterator[tuple[frozenset[str], bool, str, str]]:
    """The mails of a file: the kinds allowed, whether it answers nothing, the text, and the day that must be read from it
    where the line names one behind "=>"."""
    kinds, fresh = frozenset[str](), False
    for line in path.read_text(encoding="utf-8").splitlines():
        if line.startswith("["):
            names, *options = line.strip("[]").split()
            kinds, fresh = frozenset(names.split("/")), "fresh" in options
        elif line.strip() and not line.startswith("#"):
            text, _, day = line.partition(" => ")
            yield kinds, fresh, text.replace(" | ", "\n"), day.strip()


@pytest.mark.parametrize("path", MAILS, ids=lambda path: path.stem)
def test_mails_are_read_as_a_person_would(path: pathlib.Path) -> None:
    wrong = [
        (text, sorted(kinds), day, reading)
        for kinds, fresh, text, day in mails(path)
        if (reading := read(text, fresh=fresh)).kind.value not in kinds
        or (day and day != str(reading.until if reading.kind is Kind.AWAY else reading.date))
    ]
    assert not wrong


def test_every_kind_has_its_mails() -> None:
    seen = {kind for path in MAILS for kinds, *_ in mails(path) for kind in kinds}
    assert len(MAILS) >= 7
    words = "accepted engaged holding later early_no firm_no opt_out referral left acknowledged away nothing"
    assert seen == set(words.split())


# ------------------------------------------------------------------------------------------------------------ which kind wins


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("We placed the order with you yesterday. And please take my old address off your mailing list.", Kind.OPT_OUT),
        ("Not interested, and don't write to me again.", Kind.OPT_OUT),
        ("Please don't stop writing, we are still keen.", Kind.ENGAGED),
        ("Take the second pump off the quote please.", Kind.ENGAGED),
        ("Go ahead with it. Call me in June about the service contract.", Kind.ACCEPTED),
        ("We went with another supplier, but try us again next spring.", Kind.LATER),
        ("No thanks. Ask me again in autumn.", Kind.LATER),
        ("Thanks! Is delivery included?", Kind.ENGAGED),
        ("Dana has left the company, please call her successor Tim Hale in June.", Kind.LEFT),
        ("I'm on holiday until Monday. Can you send me the drawing meanwhile?", Kind.ENGAGED),
        ("I'm away until Monday and will let you know after that.", Kind.HOLDING),
        ("Too expensive for us.", Kind.ENGAGED),
        ("No thanks, too expensive for us.", Kind.FIRM_NO),
        ("Looks good. I'll let you know on Friday.", Kind.HOLDING),
        ("Looks good, but who pays the freight? I'll let you know on Friday.", Kind.ENGAGED),
        ("Once our board has approved it we will place the order.", Kind.HOLDING),
        ("If you can do 5% we will place the order.", Kind.ENGAGED),
        ("Throw in the hoses and we have a deal.", Kind.ENGAGED),
        ("When we go ahead, how long will it take?", Kind.ENGAGED),
        ("Should we go ahead, what would the deposit be?", Kind.ENGAGED),
        ("We cannot place the order until you send the certificate.", Kind.ENGAGED),
        ("We have not placed the order yet.", Kind.HOLDING),
        ("Please go ahead as soon as possible.", Kind.ACCEPTED),
        ("We do not accept your offer.", Kind.FIRM_NO),
    ],
)
def test_of_two_intents_the_safer_wins(text: str, kind: Kind) -> None:
    reading = read(text)
    assert reading.kind is kind, reading


@pytest.mark.parametrize(
    "text", ["Zorgle the frobnitz, per the matrix.", "Our foreman measured 14 ft.", "https://acme.example/a?b=c"]
)
def test_an_answer_nobody_understands_is_the_reps_turn(text: str) -> None:
    assert read(text).kind is Kind.ENGAGED
    assert read(text).rule == "an_answer"


def test_a_fresh_mail_nobody_understands_is_nothing() -> None:
    assert read("Zorgle the frobnitz, per the matrix.", fresh=True).kind is Kind.NOTHING


def test_a_fresh_mail_about_our_quote_is_the_reps_turn() -> None:
    assert read("Page two of your quotation 1042 came out black.", fresh=True).kind is Kind.ENGAGED


def test_a_fresh_mail_may_say_it_in_the_subject() -> None:
    assert read("", fresh=True, subject="Unsubscribe").kind is Kind.OPT_OUT


def test_a_button_in_a_newsletter_is_no_opt_out() -> None:
    news = "Our new catalogue is out! " + "Hundreds of tools for your workshop, all in one place. " * 4
    assert read(news + "\n\nUnsubscribe", fresh=True).kind is Kind.NOTHING
    assert read("Please unsubscribe me from your newsletter.", fresh=True).kind is Kind.OPT_OUT


def test_a_fresh_order_stays_one_beside_talk_of_invoices() -> None:
    text = "Please find attached our purchase order 4500918. Your invoice is due within 30 days of delivery."
    assert read(text, fresh=True).kind is Kind.ACCEPTED
    assert read("Thank you for your order 77120. Your invoice is attached.", fresh=True).kind is Kind.NOTHING


def test_a_colleagues_mail_changes_nothing() -> None:
    assert read("Go ahead!", sender=Address("kim@northwind.example", "Kim")).kind is Kind.NOTHING


# ------------------------------------------------------------------------------------------------------- what belongs to it


@pytest.mark.parametrize(
    ("text", "kind", "first", "last"),
    [
        ("Not April, we are busy. Call me in June.", Kind.LATER, dt.date(2026, 6, 1), dt.date(2026, 6, 30)),
        ("We decide in March, so call me in April.", Kind.LATER, dt.date(2026, 4, 1), dt.date(2026, 4, 30)),
        ("Try us again after the 15th.", Kind.LATER, dt.date(2026, 3, 16), None),
        ("Ask me again in 6 months.", Kind.LATER, dt.date(2026, 9, 2), dt.date(2026, 9, 2)),
        ("I'll let you know by Friday.", Kind.HOLDING, dt.date(2026, 3, 6), dt.date(2026, 3, 6)),
        ("We'll get back to you.", Kind.HOLDING, None, None),
        ("Bitte melden Sie sich im Mai noch einmal.", Kind.LATER, dt.date(2026, 5, 1), dt.date(2026, 5, 31)),
    ],
)
def test_the_day_that_is_meant(text: str, kind: Kind, first: dt.date | None, last: dt.date | None) -> None:
    reading = read(text)
    assert (reading.kind, reading.date) == (kind, first)
    assert reading.date_to in (last, None) if first == last else reading.date_to == last


def test_a_hand_written_absence_has_its_return() -> None:
    reading = read("I am on vacation until March 14.")
    assert reading.kind is Kind.AWAY
    assert reading.until in (dt.date(2026, 3, 14), dt.date(2026, 3, 16))


@pytest.mark.parametrize(
    ("text", "contact"),
    [
        ("Wrong person, please ask Jane Stone in purchasing.", "Jane Stone"),
        ("My colleague Tom Hale (tom.hale@acme.example) looks after this.", "Tom Hale <tom.hale@acme.example>"),
        ("Please send all quotes to buying@acme.example.", "buying@acme.example"),
        ("Not my area. Try our facilities department.", "facilities department"),
        ("Dana has left the company. Please write to Bob Stone.", "Bob Stone"),
        ("Dafür ist Herr Weber zuständig.", "Herr Weber"),
        ("Contactez Marie Dupont, je ne suis pas la bonne personne.", "Marie Dupont"),
    ],
)
def test_whom_it_points_at(text: str, contact: str) -> None:
    assert read(text).contact == contact


def test_the_two_who_write_are_nobody_else() -> None:
    assert read("Alex, I'm not the right person for this. Regards, Dana Ruiz").contact is None


@pytest.mark.parametrize(
    ("text", "whole"),
    [
        ("Please remove me from your list.", False),
        ("Remove our whole company from your list.", True),
        ("Stop emailing us. Nobody here wants these mails.", True),
    ],
)
def test_who_speaks_for_the_whole_company(text: str, whole: bool) -> None:
    reading = read(text)
    assert reading.kind is Kind.OPT_OUT
    assert (Mark.WHOLE_COMPANY in reading.marks) is whole


def test_an_order_may_be_in_the_attachment_alone() -> None:
    assert read("See attached.", files=("PO-88123.pdf",)).kind is Kind.ACCEPTED
    assert read("See attached.", files=("Quote_signed.pdf",)).kind is Kind.ACCEPTED
    assert read("See attached.", files=("photo.jpg",)).kind is Kind.ENGAGED
    assert read("Stop writing to me.", files=("order.pdf",)).kind is Kind.OPT_OUT


def test_the_evidence_is_verbatim_and_short() -> None:
    text = "Hello Alex,\n\n" + "We had a long look at everything you sent. " * 20 + "Please call me again in June. Bye."
    reading = read(text)
    assert reading.words in text
    assert "call me again in June" in reading.words
    long = "and so on " * 60 + "please call me again in June " + "and so on " * 60
    assert "call me again in June" in read(long).words
    assert len(read(long).words) <= 2 * MOST_WORDS


def test_the_language_is_said_where_it_is_plain() -> None:
    assert read("Wir haben uns leider für einen anderen Anbieter entschieden.").language == "de"
    assert read("We have decided to go with another supplier.").language == "en"


def test_reference_numbers_are_remembered_as_digests() -> None:
    text = "Your Q-1042 and our PO 4500918273 of 3/2/2026, 10:15, call +1 312 555 0151, total $12,400.00, 20 units."
    reading = read(text)
    assert reading.mentions == {mention("Q-1042"), mention("4500918273"), mention("PO4500918273")}


# ------------------------------------------------------------------------------------------------------------ hostile, empty


@pytest.mark.parametrize(
    "text",
    ["", " \n\n ", "???", "\x00\x01", "İ" * 300, "a" * 70_000, "call me " * 9_000, "\n" * 20_000, "{{7*7}} {% raw %}"],
)
def test_nothing_a_mail_contains_can_hurt(text: str) -> None:
    assert read(text).kind in set(Kind)


def test_a_thumb_is_a_receipt() -> None:
    assert read("👍").kind is Kind.ACKNOWLEDGED
