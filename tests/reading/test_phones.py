from __future__ import annotations

import datetime as dt
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.model import Address, Message
from bot.reading.body import Body, body_of
from bot.reading.phones import phones_of

JANA = Address("jana.vogt@hafen.example", "Jana Vogt")


def phones(signature: str, *, sender: Address = JANA, above: str = "Passt Ihnen Dienstag?") -> str:
    at = dt.datetime(2026, 4, 7, tzinfo=dt.UTC)
    mail = Message(
        "r", "", "m@h.example", at, sender, (Address("me@n.example"),), plain=f"Hallo,\n\n{above}\n\n{signature}\n"
    )
    return phones_of(body_of(mail), sender)


@pytest.mark.parametrize(
    ("lines", "told"),
    [
        ("Tel. +49 40 123456-0\nMobil +49 171 2345678", "mobil +49 171 2345678, tel +49 40 123456-0"),
        ("T +49 40 1234560 | M +49 171 2345678 | F +49 40 1234569", "m +49 171 2345678, t +49 40 1234560"),
        ("Telefon: 040 / 12 34 56\nTelefax: 040 / 12 34 59", "telefon 040 / 12 34 56"),
        ("(312) 555-0142", "(312) 555-0142"),
        ("312.555.0142 x 204", "312.555.0142 ext. 204"),
        ("O: 312-555-0100 • C: 312-555-0142", "c 312-555-0142, o 312-555-0100"),
        ("+1 312 555 0142 (mobile)", "mobile +1 312 555 0142"),
        ("Tél : 01 23 45 67 89\nPort. : 06 12 34 56 78", "port 06 12 34 56 78, tél 01 23 45 67 89"),
        ("Móvil: 612 345 678", "móvil 612 345 678"),
        ("Direct dial: 020 7946 0123", "direct dial 020 7946 0123"),
        ("Tel: +91 98765 43210", "tel +91 98765 43210"),
        ("+49 40 123456\n+49 (0)40 123456", "+49 40 123456, +49 (0)40 123456"),
        # nothing that is no telephone
        ("Fax: +49 40 1234569", ""),
        ("HRB 1234567\nUSt-IdNr. DE 123456789\nIBAN DE02 1203 0000 0000 2020 51", ""),
        ("VAT no. 123 4567 89", ""),
        ("Company number 01234567", ""),
        ("SIRET 732 829 320 00074", ""),
        ("Kaistraße 12, 20457 Hamburg", ""),
        ("07.04.2026 10:15", ""),
        ("ABN 12 345 678 901", ""),
        ("Lic. 012 345 6789", ""),
    ],
)
def test_a_number_is_what_its_label_or_its_shape_says(lines: str, told: str) -> None:
    assert phones(f"Viele Grüße\nJana Vogt\nEinkauf\n{lines}") == told


def test_only_numbers_under_the_writers_own_name_count() -> None:
    assert phones("Viele Grüße\nJana Vogt", above="Rufen Sie Herrn Brandt an: +49 171 999 8877.") == ""
    assert phones("Uwe Brandt\n+49 171 9998877", sender=Address("info@hafen.example", "")) == ""
    assert phones("Viele Grüße\nJana\n\nAm 7. April schrieb Tom Adler:\n> Tom Adler\n> +1 312 555 0142") == ""


def test_the_name_may_stand_in_the_same_line() -> None:
    assert phones("Danke, Jana Vogt\n+49 171 2345678") == "+49 171 2345678"
    assert phones("Gruß\nJana Vogt - 040 123 456 7") == "040 123 456 7"


@given(st.text(alphabet="0123456789 +()-./TMx|:,Fax\n", max_size=300))
def test_whatever_stands_there_it_is_read(text: str) -> None:
    told = phones_of(Body("", "", f"Jana Vogt\n{text}"), JANA)
    assert len(told) < 200 and "\n" not in told


def test_rows_of_digits_take_no_time() -> None:
    began = time.process_time()
    for piece in ("1 ", "(", "+", "1-", " . ", "x1"):
        phones_of(Body("", "", "Jana Vogt\n" + "\n".join([piece * 5000] * 20)), JANA)
    assert time.process_time() - began < 2
