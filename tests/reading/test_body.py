"""The writer's own text: history, signatures and footers are cut, and nothing that decides is."""

# ruff: noqa: E501 (examples of mails read better on one line)

from __future__ import annotations

import datetime as dt
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.model import Address, Message
from bot.reading.body import Body, body_of

AT = dt.datetime(2026, 3, 2, 12, 0, tzinfo=dt.UTC)


def body(plain: str, name: str = "Ines Costa", email: str = "ines@hafen.example", html: str = "") -> Body:
    return body_of(Message("r", "e", "i", AT, Address(email, name), (), plain=plain, html=html))


def own(plain: str, name: str = "Ines Costa", email: str = "ines@hafen.example") -> str:
    return body(plain, name, email).own


HISTORY = {
    "gmail": "On Tue, Mar 3, 2026 at 9:12 AM Alex Reed <alex@northwind.example> wrote:\n\n> {old}\n",
    "gmail wrapped": "On Tue, Mar 3, 2026 at 9:12 AM Alexander van der Reed <\nalex@northwind.example> wrote:\n\n> {old}\n",
    "verb alone": "On Tue, Mar 3, 2026 at 9:12 AM Alex Reed <alex@northwind.example>\nwrote:\n\n> {old}\n",
    "bracket torn": "On Tue, Mar 3, 2026 at 9:12 AM Alex Reed <alex@northwind.example\n> wrote:\n>\n> {old}\n",
    "no marks": "On 3 Mar 2026, at 09:12, Alex Reed <alex@northwind.example> wrote:\n\n{old}\n",
    "old client": "At 09:12 AM 3/3/2026, you wrote:\n>{old}\n",
    "german": "Am 03.03.2026 um 09:12 schrieb Alex Reed:\n> {old}\n",
    "german at the end": "Alex Reed <alex@northwind.example> schrieb am Di., 3. März 2026,\n09:12:\n\n> {old}\n",
    "french": "Le mar. 3 mars 2026 à 09:12, Alex Reed <alex@northwind.example> a écrit :\n\n> {old}\n",
    "spanish": "El mar, 3 mar 2026 a las 9:12, Alex Reed (<alex@northwind.example>)\nescribió:\n\n> {old}\n",
    "italian": "Il giorno mar 3 mar 2026 alle ore 09:12 Alex Reed <alex@northwind.example> ha scritto:\n\n> {old}\n",
    "dutch": "Op di 3 mrt 2026 om 09:12 schreef Alex Reed <alex@northwind.example>:\n\n> {old}\n",
    "portuguese": "Em ter., 3 de mar. de 2026 às 09:12, Alex Reed <alex@northwind.example> escreveu:\n\n> {old}\n",
    "polish": "wt., 3 mar 2026 o 09:12 Alex Reed <alex@northwind.example> napisał(a):\n\n> {old}\n",
    "swedish": "Den tis 3 mars 2026 kl 09:12 skrev Alex Reed <alex@northwind.example>:\n\n> {old}\n",
    "outlook": "________________________________\nFrom: Alex Reed <alex@northwind.example>\nSent: Tuesday, March 3, 2026 9:12 AM\nTo: Ines\n"
    "Subject: pumps\n\n{old}\n",
    "outlook german": "Von: Alex Reed <alex@northwind.example>\nGesendet: Dienstag, 3. März 2026 09:12\nAn: Ines Costa\nBetreff: Pumpen\n\n{old}\n",
    "outlook french": "De : Alex Reed\nEnvoyé : mardi 3 mars 2026 09:12\nÀ : Ines\nObjet : pompes\n\n{old}\n",
    "outlook italian": "Da: Alex Reed\nInviato: martedì 3 marzo 2026 09:12\nA: Ines\nOggetto: pompe\n\n{old}\n",
    "outlook bold": "*From:* Alex Reed\n*Sent:* 3 March 2026 09:12\n*To:* Ines\n*Cc:* Bob\n*Subject:* pumps\n\n{old}\n",
    "original": "-----Original Message-----\nFrom: Alex\n\n{old}\n",
    "original german": "-----Ursprüngliche Nachricht-----\nVon: Alex\n\n{old}\n",
    "forward gmail": "---------- Forwarded message ---------\nFrom: Alex Reed <a@b.example>\nDate: Tue, Mar 3\nSubject: x\nTo: y\n\n{old}\n",
    "forward apple": "Begin forwarded message:\n\nFrom: Alex Reed\nSubject: x\nDate: 3 March 2026\n\n{old}\n",
    "forward german": "-------- Weitergeleitete Nachricht --------\nBetreff: x\nDatum: 3.3.2026\nVon: Alex\nAn: y\n\n{old}\n",
    "phone": "> On 3 Mar 2026, at 09:12, Alex Reed wrote:\n> \n> {old}\n",
    "bare marks": "> {old}\n",
    "zoho": "---- On Tue, 03 Mar 2026 09:12:36 +0530 Alex Reed <alex@northwind.example> wrote ----\n\n{old}\n",
    "stamp": "2026-03-03 9:12 GMT+01:00 Alex Reed <alex@northwind.example>:\n\n> {old}\n",
}


@pytest.mark.parametrize("form", HISTORY)
def test_history_below_the_answer_is_cut(form: str) -> None:
    found = body("Sounds right to me.\n\n" + HISTORY[form].format(old="I can call you in six months."))
    assert found.own == "Sounds right to me."
    assert "six months" in found.quoted
    assert "six months" in found.text


@pytest.mark.parametrize("form", [f for f in HISTORY if f not in ("no marks",) and "> {old}" in HISTORY[f]])
def test_an_answer_below_the_quote_stays(form: str) -> None:
    assert own(HISTORY[form].format(old="Shall I order?") + "\nYes, order it.\n") == "Yes, order it."


def test_a_company_line_below_a_short_signature_takes_no_text_with_it() -> None:
    text = "Afternoon Alex,\n\nAgreed, please book it in for the second week of May and send the paperwork to accounts."
    assert own(f"{text}\n\nBest\nJo\n\nJo Marsh\nRegistered in Scotland No. SC000001\n").startswith(text)
    assert own("Please go ahead.\n\nRegistered in England and Wales, number 00000002\n").startswith("Please go ahead.")


def test_answers_between_the_quoted_lines_stay() -> None:
    text = "Hi Alex,\n\n> 1. Which voltage?\n\n400 V.\n\n> 2. Who pays?\n\nThe landlord.\n\nInes\n"
    assert own(text) == "Hi Alex,\n\n400 V.\n\nThe landlord."


PROSE = [
    "On Monday we wrote to the landlord: no reply so far.",
    "On 3 March we wrote:\nplease hold the order.",
    "From: Chicago\nTo: Denver\nDate: 3 May 2026\nWeight: 2 pallets",
    "From: Chicago To: Denver, 2 pallets, $400",
    "Am Montag schrieb ich Ihnen schon: bitte warten.",
    "Here is the question:\nwhat does it cost?",
    "He wrote: call me.",
    "Scale of prices:\n< 100 units: $5.00\n> 100 units: $4.20",
    "To:\nbe honest, no.",
    "Date: any Friday\nPlace: your office",
    "Model A ----- $100\nModel B ----- $200",
    "We have three sizes\n------------------\nsmall\nmedium\nlarge",
    "Subject: to board approval we take it.",
    "From the look of it, yes. Sent the PO this morning.",
]


@pytest.mark.parametrize("text", PROSE)
def test_prose_that_looks_like_history_stays(text: str) -> None:
    assert own(text) == text


def test_a_line_that_a_mailbox_file_has_escaped_is_no_quote() -> None:
    assert own("Yes please.\n\n>From Monday on we are closed.") == "Yes please.\n\n>From Monday on we are closed."


def test_a_bare_forward_has_nothing_of_its_own() -> None:
    found = body(HISTORY["forward gmail"].format(old="We buy nothing."))
    assert found.own == ""
    assert "We buy nothing." in found.quoted


def test_a_comment_over_a_forward_stays() -> None:
    assert own("Boss, worth a look?\n\n" + HISTORY["forward apple"].format(old="x")) == "Boss, worth a look?"


def test_a_gateway_that_quotes_the_whole_mail() -> None:
    text = "> Please go ahead.\n>\n> On 3 Mar 2026, Alex Reed <a@b.example> wrote:\n>> Shall I order?\n>> In six months I can call.\n"
    assert own(text) == "Please go ahead."


def test_nothing_but_quoted_history() -> None:
    assert own("On 3 Mar 2026 at 9:12, Alex Reed <a@b.example> wrote:\n> Shall I order?\n") == ""
    assert own("> Shall I order?\n> Alex\n") == ""


SIGNATURES = {
    "name": "Ines",
    "full name": "Ines Costa",
    "initials": "IC",
    "short name": "ines",
    "dash": "-- \nInes Costa\nHafen Logistik\nlogistics since 1964",
    "dash without space": "--\nInes Costa\nHafen Logistik",
    "closing": "Best regards,\nInes",
    "closing and title": "Kind regards\n\nInes Costa\nHead of Operations\nHafen Logistik GmbH\n+49 40 5550 1234\nwww.hafen.example",
    "thanks": "Many thanks,\n\nInes Costa",
    "thanks in one line": "Thanks, Ines",
    "two closings": "Thanks & regards,\nInes Costa",
    "german": "Mit freundlichen Grüßen\n\ni. A. Ines Costa\nEinkauf",
    "two languages": "Freundliche Grüße / Kind regards\nInes Costa",
    "french": "Bien cordialement,\nInes Costa\nTél. : 01 55 50 12 34",
    "spanish": "Un saludo,\nInes",
    "pipes": "Ines Costa | Buyer | Hafen Logistik\nM 040-5550-1234 | ines@hafen.example",
    "name and number": "Ines Costa - 713-555-1587",
    "iphone": "Sent from my iPhone",
    "samsung": "Sent from my Samsung Galaxy smartphone.",
    "german phone": "Von meinem iPhone gesendet",
    "german outlook": "Gesendet mit Outlook für iOS",
    "outlook": "Get Outlook for iOS<https://aka.ms/o0ukef>",
    "french phone": "Envoyé de mon iPhone",
    "name over phone": "Ines\n\nSent from my iPad",
    "disclaimer": "Ines\n\nThis e-mail and any attachments are confidential and intended solely for the addressee. If you have received it\n"
    "in error please delete it.",
    "company lines": "Ines Costa\nHafen Logistik GmbH\nSitz der Gesellschaft: Hamburg\nGeschäftsführer: O. Brandt\nHRB 12345",
    "environment": "Ines\n\nPlease consider the environment before printing this e-mail.",
    "rule": "Ines\n--------------\nSent from my BlackBerry",
}


@pytest.mark.parametrize("form", SIGNATURES)
def test_signatures_are_cut(form: str) -> None:
    found = body("The price is fine, but can you deliver in May?\n\n" + SIGNATURES[form] + "\n")
    assert found.own == "The price is fine, but can you deliver in May?"
    assert found.signature.split("\n")[-1] in SIGNATURES[form]


@pytest.mark.parametrize("form", SIGNATURES)
def test_signatures_above_the_history_are_cut(form: str) -> None:
    text = (
        "Not interested.\n\n"
        + SIGNATURES[form]
        + "\n\n"
        + HISTORY["outlook"].format(old="I can call you in six months.")
    )
    assert own(text) == "Not interested."


KEPT = [
    "Thanks, Ines",
    "Thank you!",
    "Unsubscribe",
    "Hi Alex,\n\nThank you!",
    "Not interested, thanks.",
    "No thanks",
    "Approved",
    "👍",
    "Ok.",
    "040-5550-1234",
    "Call me on 040-5550-1234",
    "The order number is PO 4500098765",
    "We spoke to Ines Costa about it.",
    "Yes.\n\nP.S. Call my brother Paulo in October.",
    "Total   $22,600.00",
    "Deliver to:\nHafen Logistik\nPier 4\nHamburg",
    "1) Ask Bob, 212-555-0130.\n2) Ask Eve, 212-555-0131.",
    "See https://hafen.example/specs/4711",
    "Our budget is confidential, so please quote low.",
    "Is this message confidential?",
    "Please send it from my account.",
    "Sent the order yesterday.",
]


@pytest.mark.parametrize("text", KEPT)
def test_what_may_decide_is_never_cut(text: str) -> None:
    assert own(text) == text


@pytest.mark.parametrize(
    "word",
    ["Unsubscribe", "Approved", "Stop", "Not Interested", "Next Monday", "Call Me Later", "PO 4711", "Nein", "No"],
)
def test_an_answer_below_the_name_is_never_cut(word: str) -> None:
    assert word in own(f"Hello Alex,\n\nthank you for the quote.\n\nInes\n{word}\n")
    assert word in own(f"Hello Alex,\n\nthank you for the quote.\n\nThanks\n\n{word}\n")


def test_a_warning_on_top_is_no_text_of_the_writer() -> None:
    text = "CAUTION: This email originated from outside of the organization. Do not click links\nunless you recognize the sender.\n\n"
    assert own(text + "Please call me.") == "Please call me."
    assert own("[EXTERNAL]\n\nPlease call me.") == "Please call me."


def test_a_table_of_prices_above_the_name_stays() -> None:
    text = "Dear Alex,\n\nPump      $4,000\nMotor     $1,200\nTotal     $5,200\n"
    assert own(text + "\nInes Costa\nBuyer\n") == text.strip()


def test_the_name_may_be_written_the_other_way_round() -> None:
    assert own("Fine with us.\n\nInes", name="Costa, Ines") == "Fine with us."
    assert own("Fine with us.\n\nCI", name="Costa, Ines") == "Fine with us."
    assert own("Fine with us.\n\nInes", name="", email="ines.costa@hafen.example") == "Fine with us."


HOSTILE = {
    "quotes": ">" * 60_000,
    "quoted lines": "> x\n" * 15_000,
    "colons": "a:\n" * 20_000,
    "wrote": "On 3 Mar 2026 wrote: " * 3000,
    "wrote lines": "On 3 Mar 2026 Bob\n" * 3500 + "wrote:",
    "labels": "From: a@b\n" * 6000,
    "dashes": "--\n" * 20_000,
    "spaces": " " * 64_000,
    "digits": "1 " * 32_000,
    "phone": "+1 (2" * 12_000,
    "mails": "a@b.c" * 12_000,
    "dots": "a." * 32_000 + "@",
    "one word": "x" * 64_000,
    "disclaimers": "this email is confidential\n" * 2300,
    "footers": "Sent from my iPhone\n" * 3200,
    "names": "Ines\n" * 12_000,
    "closings": "Thanks,\n" * 8000,
}


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_texts_cost_little(name: str) -> None:
    start = time.process_time()
    body(HOSTILE[name])
    assert time.process_time() - start < 1.0


@settings(max_examples=100, deadline=None)
@given(
    st.lists(
        st.sampled_from([*PROSE, *KEPT, *SIGNATURES.values(), *HISTORY.values(), "", "> a", ">> b", "--", "Ines"]),
        max_size=6,
    )
)
def test_every_line_is_accounted_for(pieces: list[str]) -> None:
    found = body("\n".join(pieces))
    words = [word for part in (found.own, found.signature, found.quoted) for word in part.split()]
    assert sorted(words) == sorted(found.text.split())


@pytest.mark.parametrize(
    "text",
    [
        "I don't do this any more.\n\nBob Smith\nbob.smith@hafen.example",
        "I don't do this any more.\n\nInes\n\nbob.smith@hafen.example",
        "Please ask my colleague\nThanks\n\nBob Smith\nbob@hafen.example",
        "I am away until 4 May.\n\nContact: Bob Smith, 040-5550-9999, bob@hafen.example",
        "Better ask Bob:\n\nTel. 040-5550-9999",
        "Wrong person, sorry.\n\nInes\nAsk bob@hafen.example",
        "Hello Alex,\n\nwe are thinking about it.\n\nInes\nCall me at 040-5550-9999",
    ],
)
def test_another_persons_address_is_never_cut(text: str) -> None:
    assert "bob" not in text.casefold() or "bob" in own(text).casefold()
    assert "9999" not in text or "9999" in own(text)


@pytest.mark.parametrize(
    "line", ["info@hafen.example", "i.costa@hafen.example", "ines@hafen.example", "icosta@mail.example"]
)
def test_the_writers_own_address_belongs_to_the_signature(line: str) -> None:
    assert own(f"The price is fine.\n\nInes Costa\n{line}\n") == "The price is fine."


def test_the_fields_of_a_web_form_are_no_history() -> None:
    form = "From: Paula Brandt\nDate: 2026-03-02 10:15\nSubject: Price for two pumps\nPhone: 040-5550-1234\nMessage: Please call me."
    assert own(form, "Web site", "forms@northwind.example") == form


def test_a_mailing_lists_footer_is_cut() -> None:
    text = "No thanks.\n\n_______________________________________________\nPumps mailing list\nPumps@lists.example\n"
    assert own(text) == "No thanks."
