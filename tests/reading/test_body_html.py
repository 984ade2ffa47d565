"""HTML mails: visible words in lines, tables in rows, and what the markup says of history and signature."""

# ruff: noqa: E501 (examples of mails read better on one line)

from __future__ import annotations

import datetime as dt
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.model import Address, Message
from bot.reading.body import Body, body_of
from bot.reading.html import lines_of_html

AT = dt.datetime(2026, 3, 2, 12, 0, tzinfo=dt.UTC)


def body(page: str, plain: str = "") -> Body:
    return body_of(Message("r", "e", "i", AT, Address("ines@hafen.example", "Ines Costa"), (), plain=plain, html=page))


def text(page: str) -> str:
    return "\n".join(lines_of_html(page)[0])


@pytest.mark.parametrize(
    ("page", "words"),
    [
        ("one<br>two", "one\ntwo"),
        ("<div>one</div><div>two</div>", "one\ntwo"),
        ("<p>one</p>\n<p>two</p>", "one\n\ntwo"),
        ("<div>one</div><div><br></div><div>two</div>", "one\n\ntwo"),
        ("<ul><li>one<li>two</ul>", "- one\n- two"),
        ("a <b>bold</b> word,&nbsp;&euro;&#53; &lt;b&gt; &bogus;", "a bold word, €5 <b> &bogus;"),
        ("one\n two\t three", "one two three"),
        ("<pre>a  b\nc</pre>", "a  b\nc"),
        ("5 < 6 and 7 > 6", "5 < 6 and 7 > 6"),
        ("<style>p{}</style><script>if (1<2) alert('x')</script>yes", "yes"),
        ("<head><title>T</title></head><body>yes</body>", "yes"),
        ("<!-- no -->yes<!-- <b> never closed", "yes"),
        ("<![if !mso]>yes<![endif]>", "yes"),
        ('yes<div style="display:none">hidden <div>deep</div> still</div> shown', "yes\nshown"),
        ('<span style="mso-hide:all">no</span>yes', "yes"),
        ("<span hidden>no</span>yes", "yes"),
        ("<STYLE>x</STYLE><P>yes</P>", "yes"),
        ("plain words", "plain words"),
        ("<a href='x'>link", "link"),
        ("", ""),
    ],
)
def test_visible_words(page: str, words: str) -> None:
    assert text(page) == words


def test_the_cells_of_a_row_stand_on_one_line() -> None:
    page = (
        "<table><tr><th>Item</th><th>Price</th></tr>"
        "<tr><td><p class=MsoNormal>Pump</p></td><td><p class=MsoNormal>$4,000.00</p></td></tr>\n"
        "<tr> <td> <b>Total</b> </td> <td align=right> <div>$22,600.00</div> </td> </tr></table><p>Valid 30 days"
    )
    rows = text(page).split("\n")
    assert [row.split("\t") for row in rows if row][:3] == [
        ["Item", "Price"],
        ["Pump", "$4,000.00"],
        ["Total", "$22,600.00"],
    ]
    assert rows[-1] == "Valid 30 days"


def test_layout_tables_keep_their_lines() -> None:
    page = "<table><tr><td><table><tr><td>Left</td></tr></table></td><td><table><tr><td>Right</td></tr></table></td></tr></table>"
    assert text(page).split("\n") == ["Left", "Right"]


OLD = "I can call you in six months."
HISTORY = {
    "gmail": '<div dir="ltr">Go ahead.</div><br><div class="gmail_quote"><div class="gmail_attr">On Tue, Mar 3, 2026 at 9:12 AM Alex '
    'Reed &lt;<a href="mailto:a@b.example">a@b.example</a>&gt; wrote:<br></div><blockquote class="gmail_quote">{old}</blockquote></div>',
    "outlook web": '<div>Go ahead.</div><div id="appendonsend"></div><hr><div id="divRplyFwdMsg"><b>From:</b> Alex<br><b>Sent:</b> '
    "Tuesday<br><b>Subject:</b> x</div><div>{old}</div>",
    "outlook desktop": "<p class=MsoNormal>Go ahead.<o:p></o:p></p><div><div style='border:none;border-top:solid #E1E1E1 1.0pt'>"
    "<p class=MsoNormal><b>From:</b> Alex Reed &lt;a@b.example&gt; <br><b>Sent:</b> Tuesday, March 3, 2026 9:12 AM<br><b>To:</b> Ines"
    "<br><b>Subject:</b> pumps</p></div></div><p class=MsoNormal>{old}</p>",
    "apple": '<div>Go ahead.</div><div><br><blockquote type="cite"><div>On 3 Mar 2026, at 09:12, Alex wrote:</div><div>{old}</div>'
    "</blockquote></div>",
    "thunderbird": '<p>Go ahead.</p><div class="moz-cite-prefix">Am 03.03.26 um 09:12 schrieb Alex:</div><blockquote type="cite">{old}'
    "</blockquote>",
    "yahoo": '<div>Go ahead.</div><div id="yahoo_quoted_1" class="yahoo_quoted"><div>On Tuesday, Alex wrote:</div>{old}</div>',
    "gmx": '<div>Go ahead.</div><div name="quote" style="margin:10px"><div><b>Gesendet:</b> Dienstag</div>{old}</div>',
    "forward": '<div>Go ahead.</div><div class="gmail_quote"><div class="gmail_attr">---------- Forwarded message ---------<br>From: <b>'
    "Alex</b></div><div>{old}</div></div>",
}


@pytest.mark.parametrize("form", HISTORY)
def test_history_in_html_is_cut(form: str) -> None:
    found = body(HISTORY[form].format(old=OLD))
    assert found.own == "Go ahead."
    assert "six months" in found.quoted


def test_answers_between_blockquotes_stay() -> None:
    page = (
        '<div class="gmail_quote"><div class="gmail_attr">On 3 Mar 2026 at 9:12, Alex &lt;a@b.example&gt; wrote:</div>'
        "<blockquote class='gmail_quote'>Which voltage?</blockquote><div>400 V.</div>"
        "<blockquote class='gmail_quote'>Who pays?</blockquote><div>We do.</div></div>"
    )
    assert body(page).own.split() == ["400", "V.", "We", "do."]


def test_an_indented_paragraph_is_no_quote() -> None:
    page = '<div>Our terms:</div><blockquote style="margin:0 0 0 40px;border:none;padding:0px">net 30</blockquote>'
    assert body(page).own == "Our terms:\n\nnet 30"


@pytest.mark.parametrize(
    "mark", ['class="gmail_signature"', 'id="Signature"', 'id="ms-outlook-mobile-signature"', 'class="moz-signature"']
)
def test_a_signature_that_the_markup_names(mark: str) -> None:
    found = body(f"<div>Too dear.</div><div {mark}><div>The Harbour People</div><div>since 1964, always</div></div>")
    assert found.own == "Too dear."
    assert "since 1964" in found.signature


@pytest.mark.parametrize(
    "plain",
    [
        "",
        " \n",
        "This message is in HTML. Your mail client does not support it.",
        "Please view this email in your browser",
    ],
)
def test_html_speaks_where_the_plain_text_says_nothing(plain: str) -> None:
    assert body("<p>No thanks.</p>", plain).own == "No thanks."


def test_plain_text_speaks_where_it_says_something() -> None:
    assert body("<p>Rich</p>", "Plain answer.").own == "Plain answer."


def test_html_sent_as_plain_text() -> None:
    assert body("", "<html><body><p>Call me</p></body></html>").own == "Call me"


HOSTILE = {
    "open tags": "<div>" * 50_000,
    "open quotes": "<blockquote>" * 20_000 + "x",
    "closing tags": "</div>" * 40_000,
    "angle brackets": "<" * 250_000,
    "letters": "<a" * 125_000,
    "comments": "<!--" * 60_000,
    "styles": "<style>" * 35_000,
    "titles": "<title>" * 35_000,
    "heads": "<head>" * 40_000,
    "attribute": '<a b="' + "x" * 250_000,
    "quoted attributes": '<a "' * 60_000,
    "entities": "&" * 250_000,
    "numbers": "&#" * 100_000,
    "cells": "<td>" * 60_000,
    "tables": "<table><tr><td>" * 16_000,
    "breaks": "<br>" * 60_000,
    "hidden": "<div style='display:none'>" * 9_000 + "x",
    "pre": "<pre>" * 40_000 + "\n" * 10_000,
    "words": "word " * 50_000,
}


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_pages_cost_little(name: str) -> None:
    start = time.process_time()
    body(HOSTILE[name])
    assert time.process_time() - start < 1.5


@settings(max_examples=80, deadline=None)
@given(
    st.lists(
        st.sampled_from(
            [
                "<div>",
                "</div>",
                "<p>",
                "<td>",
                "<tr>",
                "<table>",
                "</table>",
                "<br>",
                "<blockquote>",
                "</blockquote>",
                "<pre>",
                "</pre>",
                "word",
                " ",
                "\n",
                "<",
                ">",
                "&amp;",
                "<!--",
                "-->",
                "<style>",
                "</style>",
                "<li>",
                "<div hidden>",
                "<hr/>",
                "\x1f",
            ]
        ),
        max_size=30,
    )
)
def test_any_soup_is_read(pieces: list[str]) -> None:
    lines, marks = lines_of_html("".join(pieces))
    assert len(lines) == len(marks)
    assert all("\n" not in line for line in lines)
