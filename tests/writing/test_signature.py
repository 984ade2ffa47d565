from __future__ import annotations

import html.parser
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.writing.facts import Rep
from bot.writing.signature import MAX_HTML, ending_of, harmless
from bot.writing.write import write_draft
from tests.writing.situations import TEMPLATES, draft

TOM = Rep("Tom Best", "tom@northwind.example", "+1 312 555 0142", "Northwind Doors")
OWN = '<div style="color:#333;background:url(https://x.example/t)"><b>Tom Best</b><br><a href="https://northwind.example">Northwind</a></div>'


@pytest.mark.parametrize(
    ("signature", "begins"),
    [
        ("Tom Best\nNorthwind", "Best regards,\nTom Best"),
        ("Best,\nTom", "Best,\nTom"),
        ("Best\nTom", "Best\nTom"),
        ("Bestway Doors\nTom", "Best regards,\nBestway Doors"),
        ("Viele Grüße\nTom", "Viele Grüße\nTom"),
        ("Many thanks,\nTom", "Many thanks,\nTom"),
    ],
)
def test_a_closing_phrase_stands_once(signature: str, begins: str) -> None:
    rep = Rep("Tom", "t@n.example", signature=signature)
    assert ending_of(rep, "en", "US").text.startswith(begins)


def test_a_signature_with_a_page_of_its_own_keeps_its_looks_and_gets_the_phone() -> None:
    rep = Rep(TOM.name, TOM.email, TOM.phone, TOM.company, "Tom Best\nNorthwind", OWN)
    words = write_draft(draft("first", rep=rep), TEMPLATES)
    assert words.text.endswith("\n\nBest regards,\nTom Best\nNorthwind\n+1 312 555 0142\n")
    assert '<b>Tom Best</b><br><a href="https://northwind.example">Northwind</a>' in words.html
    assert words.html.count("Best regards,") == words.html.count("+1 312 555 0142") == 1
    assert "url(" not in words.html


@pytest.mark.parametrize(
    ("page", "kept"),
    [
        ("<script>alert(1)</script><b>Tom</b>", "<b>Tom</b>"),
        ('<b onclick="x()" style="position:fixed;color:red">Tom</b>', '<b style="color:red">Tom</b>'),
        ('<a href="javascript:x()">Tom</a>', "<a>Tom</a>"),
        (
            'Tom<img src="https://n.example/logo.png" width="90">',
            'Tom<img src="https://n.example/logo.png" width="90">',
        ),
        ('Tom<img src="cid:logo"><img src="http://n.example/t.gif">', "Tom"),
        ("<p>Tom", "<p>Tom</p>"),
        ("</div></p>Tom</b>", "Tom"),
        ("<i>Tom <b>Best</i> &amp; Co", "<i>Tom <b>Best</b></i> &amp; Co"),
        ("<form action=x><input>Tom</form>", "Tom"),
        ("Tom<style>b{color:red}</style><!-- x --><?php x ?>", "Tom"),
        ("<b></b>", ""),
        ("Tom" * MAX_HTML, ""),
    ],
)
def test_of_a_strangers_page_only_harmless_markup_is_kept(page: str, kept: str) -> None:
    assert harmless(page) == kept


@settings(max_examples=80, deadline=None)
@given(
    st.lists(
        st.sampled_from(
            ["<", ">", "b", "</b>", "<b>", "<script>", "</script>", '"', "'", "=", "style=", "<a href=", "javascript:", "&#", ";",
             "<!--", "-->", "<![CDATA[", "Tom ", "<img src=https://x.example/y onerror=z>", "\x00", "<svg/onload=x>"]
        )
    ).map("".join)
)  # fmt: skip
def test_whatever_comes_nothing_active_is_left_and_every_tag_closes(page: str) -> None:
    open_tags: list[str] = []

    class Reader(html.parser.HTMLParser):
        def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
            assert tag in ("b", "a", "img"), tag
            assert {name for name, _ in attrs} <= {"href", "src", "style"}
            if tag != "img":
                open_tags.append(tag)

        def handle_endtag(self, tag: str) -> None:
            assert open_tags.pop() == tag

    reader = Reader()
    reader.feed(harmless(page))
    reader.close()
    assert not open_tags


def test_a_page_of_brackets_takes_no_time() -> None:
    began = time.process_time()
    for piece in ("<", "<a ", "<!--", "</", "<b>", "&#", "<a href='"):
        harmless(piece * (MAX_HTML // len(piece)))
    assert time.process_time() - began < 5
