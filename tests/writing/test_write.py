from __future__ import annotations

import dataclasses
import datetime as dt
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.model import Address
from bot.writing.facts import Matter, Rep
from bot.writing.slots import MAIL_STEPS
from bot.writing.templates import EmptySlot, NoTemplate, NothingFresh, Templates, WritingRefusal
from bot.writing.write import write_draft, write_reminder
from tests.writing.situations import TEMPLATES, article, draft, matter, open_day, reminder


def test_the_same_facts_give_the_same_words() -> None:
    assert write_draft(draft("first"), TEMPLATES) == write_draft(draft("first"), TEMPLATES)


def test_the_key_draws_among_all_wordings() -> None:
    bodies = {write_draft(draft("first", key=f"key {n}"), TEMPLATES).wording for n in range(60)}
    assert len(bodies) == 3  # the fourth is for matters without a quote


def test_a_person_gets_every_wording_before_any_again() -> None:
    used: frozenset[str] = frozenset()
    for n in range(3):
        words = write_draft(draft("decision", key=f"k{n}", used=used), TEMPLATES)
        assert words.wording.partition("/")[0] not in {name.partition("/")[0] for name in used}
        used |= {words.wording}
    with pytest.raises(NothingFresh, match="every wording has gone to Nora Blake"):
        write_draft(draft("decision", used=used), TEMPLATES)
    other = draft("decision", used=used, matter=matter(number="NW-3000"))  # other facts make it another text
    assert write_draft(other, TEMPLATES).wording not in used


def test_a_wording_that_lacks_a_fact_gives_way() -> None:
    templates = Templates.from_sources({"en/first.j2": "About {{ number }}.\n===\nAbout the doors."})
    for n in range(20):
        assert "About the doors." in write_draft(draft("first", key=f"{n}", matter=Matter()), templates).text


@pytest.mark.parametrize(
    ("step", "slot"),
    [("nurture", "item_title"), ("dormant", "item_title"), ("early_no", "note"), ("decided", "decided_on")],
)
def test_what_a_step_needs_is_never_guessed(step: str, slot: str) -> None:
    for language in ("en", "de", "fr", "es"):
        with pytest.raises(EmptySlot) as refusal:
            write_draft(draft(step, language), TEMPLATES)
        assert refusal.value.slot == slot
        assert refusal.value.file == f"{language}/{step}.j2"


def test_a_missing_template_is_a_refusal_and_an_unknown_language_is_english() -> None:
    with pytest.raises(NoTemplate):
        write_draft(draft("first"), Templates.from_sources({"en/value.j2": "x"}))
    assert (
        write_draft(draft("first", language="en"), TEMPLATES).text
        == write_draft(dataclasses.replace(draft("first"), language="it"), TEMPLATES).text
    )


@pytest.mark.parametrize(
    ("subject", "answer"),
    [
        ("Cold store doors", "Re: Cold store doors"),
        ("Re: Cold store doors", "Re: Cold store doors"),
        ("RE: Cold store doors", "RE: Cold store doors"),
        ("AW: Kühlraumtore", "AW: Kühlraumtore"),
        ("Re[2]: doors", "Re[2]: doors"),
        ("Fwd: doors", "Re: Fwd: doors"),
        ("Reorder of doors", "Re: Reorder of doors"),
        ("冷蔵庫のドア", "Re: 冷蔵庫のドア"),
        ("doors\r\nBcc: everybody@harbor.example", "Re: doors Bcc: everybody@harbor.example"),
        ("", "Our quote NW-2207"),
        ("x" * 5000, "Re: " + "x" * 200),
    ],
)
def test_the_subject_answers_the_original_once(subject: str, answer: str) -> None:
    assert write_draft(draft("first", matter=matter(subject=subject)), TEMPLATES).subject == answer


@pytest.mark.parametrize(
    ("subject", "phrase"),
    [
        ("Cold store doors", "quote “Cold store doors”"),
        ("Re: AW: [EXTERNAL] Cold store doors", "quote “Cold store doors”"),
        ("Quote for cold store doors", "quote “cold store doors”"),
        ("Your quotation: cold store doors", "quote “cold store doors”"),
        ("Our proposal", "our quote "),
        ("Your enquiry", "our quote "),
        ("Request for quotation - cold store doors", "quote “cold store doors”"),
        ("Quote of 2 March", "our quote "),
        ('Quote "Bay 4"', "quote “Bay 4”"),
        ("URGENT: PRICING FOR THE DOORS!!!", "our quote "),
        ("Doors for ACME", "quote “Doors for ACME”"),
        ("", "our quote "),
    ],
)
def test_a_quote_without_a_number_goes_by_its_subject(subject: str, phrase: str) -> None:
    text = write_draft(draft("first", matter=matter(subject=subject, number=None)), TEMPLATES).text
    assert phrase in text
    assert "“Our" not in text


def test_french_marks_do_not_begin_a_line() -> None:
    for n in range(12):
        text = write_draft(draft("decision", "fr", key=str(n), matter=matter("fr", number=None)), TEMPLATES).text
        assert " ?" not in text and "\N{NO-BREAK SPACE}?" in text
        assert "«\N{NO-BREAK SPACE}Portes de chambre froide, quai 4\N{NO-BREAK SPACE}»" in text
    assert "\N{NO-BREAK SPACE}?" not in write_draft(draft("decision"), TEMPLATES).text


def test_number_and_sum_are_named_and_nothing_is_called_a_total() -> None:
    for step in ("first", "value", "decision", "close"):
        for n in range(12):
            text = write_draft(draft(step, key=str(n), matter=matter(amount=Decimal(29))), TEMPLATES).text
            assert "NW-2207" in text
            assert "$29.00" in text
            assert "total" not in text


def test_further_quotes_are_named_in_every_wording_of_the_ladder() -> None:
    covers = (Matter("Ramp", "NW-2210", Decimal(980), "USD"), Matter("Seals and bumpers"))
    for language in ("en", "de", "fr", "es"):
        for step in ("first", "value", "decision", "close"):
            for item in (None, article()) if step == "value" else (None,):
                for n in range(12):
                    for counting in (False, True):
                        facts = draft(step, language, key=str(n), covers=covers, item=item, count_messages=counting)
                        text = write_draft(facts, TEMPLATES).text
                        assert "NW-2210" in text
                        assert "Seals and bumpers" in text


def test_the_close_says_that_a_no_is_welcome() -> None:
    for n in range(12):
        british = write_draft(draft("close", key=str(n), country="GB"), TEMPLATES).text
        american = write_draft(draft("close", key=str(n)), TEMPLATES).text
        assert "that way i can close your enquiry" in british.casefold()
        assert "that way i can close your inquiry" in american.casefold()
        for answer in ("go ahead", "later", "no, thank"):
            assert f"{answer}" in british
        assert "messages" not in british


def test_counting_is_written_only_where_it_is_allowed_and_only_in_the_close() -> None:
    for n in range(12):
        assert "messages" in write_draft(draft("close", key=str(n), count_messages=True), TEMPLATES).text
        plain, counted = (write_draft(draft("first", key=str(n), count_messages=c), TEMPLATES) for c in (False, True))
        assert plain == counted


def test_the_last_day_is_named_only_where_the_quote_has_one() -> None:
    for n in range(12):
        open_until = draft("decision", key=str(n), matter=matter(valid_until=dt.date(2026, 4, 30)))
        assert "April 30" in write_draft(open_until, TEMPLATES).text
        text = write_draft(draft("decision", key=str(n)), TEMPLATES).text
        assert "valid" not in text
        assert "hold" not in text
        over = draft("close", key=str(n), matter=matter(valid_until=dt.date(2026, 3, 8)))
        assert "valid until March 8" in write_draft(over, TEMPLATES).text


def test_no_thanks_are_given_for_a_meeting_that_did_not_take_place() -> None:
    for n in range(12):
        text = write_draft(draft("no_show", key=str(n), meeting_on=dt.date(2026, 3, 6)), TEMPLATES).text.casefold()
        assert "thank" not in text
        assert "your time" not in text


def test_a_callback_mail_claims_a_request_only_with_the_customers_words() -> None:
    for n in range(12):
        facts = draft("callback_mail", key=str(n))
        assert "you asked" not in write_draft(facts, TEMPLATES).text
        assert "you named" not in write_draft(facts, TEMPLATES).text


def test_the_useful_thing_comes_with_title_link_and_date() -> None:
    for n in range(12):
        text = write_draft(draft("value", key=str(n), item=open_day(), country="GB"), TEMPLATES).text
        for part in ("Open day at our workshop", "https://northwind.example/day", "5 May to 6 May", "Leeds"):
            assert part in text


@pytest.mark.parametrize(
    ("rep", "ending"),
    [
        (Rep("Tom Adler", "t@n.example", "312 555", "Northwind"), "Best regards,\nTom Adler\nNorthwind\n312 555\n"),
        (Rep("Tom Adler", "t@n.example"), "Best regards,\nTom Adler\n"),
        (Rep("", "t@n.example"), "Best regards,\nt@n.example\n"),
        (Rep("Tom", "t@n.example", "", "", "Tom\nNorthwind"), "Best regards,\nTom\nNorthwind\n"),
        (Rep("Tom", "t@n.example", "", "", "Cheers,\nTom"), "\n\nCheers,\nTom\n"),
        (
            Rep("Tom", "t@n.example", "+1 312 555 0142", "", "Tom\n(312) 555-0142"),
            "Best regards,\nTom\n(312) 555-0142\n",
        ),
        (Rep("Tom", "t@n.example", "+1 312 555 0142", "", "Tom"), "Best regards,\nTom\n+1 312 555 0142\n"),
    ],
)
def test_the_signature_is_the_reps_own_and_holds_his_phone_once(rep: Rep, ending: str) -> None:
    assert write_draft(draft("first", rep=rep), TEMPLATES).text.endswith(ending)


def test_the_html_is_the_text_escaped_and_loads_nothing() -> None:
    nasty = '<script>alert(1)</script> & "quotes" {{ number }} <img src=x>'
    words = write_draft(draft("early_no", note=nasty, matter=matter(number="<b>1</b>")), TEMPLATES)
    assert nasty in words.text
    assert "<script" not in words.html
    assert "<img" not in words.html
    assert "<b>" not in words.html
    assert "&lt;script&gt;" in words.html
    assert "{{ number }}" in words.html
    assert words.html.startswith("<p>Hi Nora,</p>\n<p>")
    assert "<br>" in words.html


def test_foreign_text_cannot_turn_the_direction_or_break_the_line() -> None:
    text = write_draft(draft("first", matter=matter(number="NW\u202e7022\r\n\x00-1\u2028x")), TEMPLATES).text
    assert "NW7022 -1 x" in text
    assert "\u202e" not in text


def test_a_reminder_holds_who_what_and_the_very_words() -> None:
    words = write_reminder(reminder("callback", covers=(Matter("Ramp", "NW-2210"),)), TEMPLATES)
    assert words.subject == "Call back Nora Blake: quote NW-2207 for $18,450.00"
    for part in ("nora.blake@harbor.example", '"try me again in June"', "June 2026", "NW-2210", "March 2"):
        assert part in words.text
    assert words.html == ""


def test_a_reminder_with_hardly_a_fact_still_stands() -> None:
    bare = reminder(
        "callback", matter=Matter(quoted=False), their_words="", agreed=None, people=(Address("n@h.example"),)
    )
    words = write_reminder(bare, TEMPLATES)
    assert words.subject == "Call back n@h.example"
    assert "You asked me" not in words.text


def test_a_person_known_by_name_alone_and_a_rep_without_one_are_no_obstacle() -> None:
    for step in ("call", "callback", "promised"):
        facts = reminder(step, people=(Address("", "Nora"),), rep=Rep("", "t@n.example"), matter=Matter(quoted=False))
        assert "Who: Nora\n" in write_reminder(facts, TEMPLATES).text


def test_the_call_script_names_the_number_to_call_back() -> None:
    assert "+1 312 555 0142" in write_reminder(reminder("call"), TEMPLATES).text
    mute = reminder("call", rep=Rep("Tom", "t@n.example"))
    assert "number is" not in write_reminder(mute, TEMPLATES).text


def test_a_bounced_address_becomes_a_to_do() -> None:
    words = write_reminder(reminder("mend_address", reason="550 5.1.1\r\n<b>unknown"), TEMPLATES)
    assert words.subject == "Find the right address: nora.blake@harbor.example"
    assert "550 5.1.1 <b>unknown" in words.text


@settings(max_examples=60, deadline=None)
@given(
    name=st.text(max_size=60), subject=st.text(max_size=120), number=st.text(max_size=30), note=st.text(max_size=120),
    greeting=st.text(max_size=80), amount=st.decimals(-(10**9), 10**9, places=2), step=st.sampled_from(MAIL_STEPS),
    language=st.sampled_from(["en", "de", "fr", "es", "it"]),
)  # fmt: skip
def test_whatever_a_mail_says_a_draft_is_written_or_refused(
    name: str, subject: str, number: str, note: str, greeting: str, amount: Decimal, step: str, language: str
) -> None:
    people = (Address("n@h.example", name),)
    facts = dataclasses.replace(
        draft(step, item=article(), note=note, greeting=greeting, people=people), language=language,
        matter=Matter(subject, number, amount, "USD"),
    )  # fmt: skip
    try:
        words = write_draft(facts, TEMPLATES)
    except WritingRefusal:
        assert step in ("early_no", "decided")
        return
    assert "\n" not in words.subject
    assert "\r" not in words.text
    assert words.html.count("<") == words.html.count(">")
