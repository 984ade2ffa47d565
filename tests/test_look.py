"""The font that a draft takes from the rep's own mail."""

from __future__ import annotations

import datetime as dt
import time

import pytest

from bot.model import Address, Message
from bot.providers.look import MOST_LOOKED_AT, in_look, look_of

REP, BUYER = Address("alex@northwind.example", "Alex"), Address("dana@acme.example", "Dana")
OUTLOOK = """<html><head><style><!-- @font-face {font-family:Aptos;} p.MsoNormal, li.MsoNormal, div.MsoNormal
{margin:0cm; font-size:11.0pt; font-family:"Aptos",sans-serif; mso-ligatures:standardcontextual;} --></style></head>
<body><p class=MsoNormal><span style='font-family:"Comic Sans MS"'>Hello</span></p></body></html>"""


def look(page: str, sender: Address = REP) -> str:
    at = dt.datetime(2026, 4, 7, tzinfo=dt.UTC)
    return look_of(Message("r", "", "m@n.example", at, sender, (BUYER,), html=page), REP)


@pytest.mark.parametrize(
    ("page", "style"),
    [
        (OUTLOOK, "font-family:Aptos,sans-serif;font-size:11.0pt"),
        (
            '<div style="font-family: Arial, Helvetica; color:red; font-size: 13px">x</div>',
            "font-family:Arial,Helvetica;font-size:13px",
        ),
        (
            '<p style="color:red">x</p><p style="font-family:&quot;Trebuchet MS&quot;">y</p>',
            "font-family:'Trebuchet MS'",
        ),
        ("<span style='font-family:Verdana;font-size:small'>x</span>", "font-family:Verdana;font-size:small"),
        ('<div dir="ltr">x</div>', ""),
        ("", ""),
        ('<div>x</div><blockquote style="font-family:Georgia">of somebody else</blockquote>', ""),
        ('<p style="font-family:Arial;background:url(https://x.example/t)">x</p>', "font-family:Arial"),
        ('<p style="font-family:xy}</style><script>">x</p>', "font-family:xy"),
        ('<p style="font-family:Arial;font-size:400pt">x</p>', "font-family:Arial"),
    ],
)
def test_the_font_is_read_and_nothing_else(page: str, style: str) -> None:
    assert look(page) == style


def test_nobody_elses_font_is_taken() -> None:
    assert look(OUTLOOK, BUYER) == ""
    assert look_of(None, REP) == ""


def test_without_a_font_the_page_stays_as_it_is() -> None:
    assert in_look("<p>x</p>", "") == "<p>x</p>"
    assert in_look("<p>x</p>", "font-family:'A B'") == '<div style="font-family:&#x27;A B&#x27;">\n<p>x</p></div>'


def test_a_hostile_page_takes_no_time() -> None:
    began = time.process_time()
    for piece in ("style=", "MsoNormal", "style='font-family:", "{", "font-family :", '<p style="'):
        look(piece * (MOST_LOOKED_AT // len(piece)))
    assert time.process_time() - began < 3
