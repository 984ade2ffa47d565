"""Composing a reply: the thread, the quoted original, and recipients that nothing can move."""

from __future__ import annotations

import datetime as dt
import email
import email.policy
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.errors import NotWritable
from bot.model import Address, Draft, Message
from bot.providers.compose import compose, content_digest
from bot.providers.mime import KEY_HEADER, parse

AT = dt.datetime(2026, 3, 5, 8, 0, tzinfo=dt.timezone(dt.timedelta(hours=-6)))
ALEX = Address("alex@northwind.example", "Alex Reed")
INES = Address("ines@hafen.example", "Ines Costa")
DRAFT = Draft(
    key="k" * 40,
    sender=ALEX,
    to=(INES,),
    cc=(Address("bob@hafen.example"),),
    subject="Re: Pumps",
    text="Hello Ines,\n\nany news on the pumps?\n\nAlex",
    html="<p>Hello Ines,</p><p>any news on the pumps?</p><p>Alex</p>",
    answers="q1@x",
    references=("q0@x", "q1@x"),
    source="ref",
    at=AT,
)
ORIGINAL = Message(
    "ref",
    "e",
    "q1@x",
    dt.datetime(2026, 3, 2, 16, 15, tzinfo=dt.UTC),
    ALEX,
    (INES,),
    subject="Pumps",
    plain="Hi Ines,\n\n> old\n\n$4,000 in all.\n",
)


def test_a_whole_reply() -> None:
    data = compose(DRAFT, ORIGINAL)
    m = parse(data, "r")
    assert (m.sender, m.to, m.cc, m.subject) == (ALEX, (INES,), (Address("bob@hafen.example"),), "Re: Pumps")
    assert (m.answers, m.references, m.key, m.at) == ("q1@x", ("q0@x", "q1@x"), DRAFT.key, AT)
    assert m.id.endswith("@northwind.example")
    assert "any news on the pumps?" in m.plain
    assert "On 2 Mar 2026 at 10:15, Alex Reed <alex@northwind.example> wrote:\n\n> Hi Ines,\n>\n> > old\n" in m.plain
    assert "<p>any news on the pumps?</p>" in m.html
    assert "<blockquote" in m.html
    assert "$4,000 in all." in m.html
    assert b"\n" not in data.replace(b"\r\n", b"")
    assert all(len(line) <= 998 for line in data.split(b"\r\n"))


def test_the_library_reads_the_same() -> None:
    m = email.message_from_bytes(compose(DRAFT, ORIGINAL), policy=email.policy.default)
    assert m["To"].addresses[0].addr_spec == "ines@hafen.example"
    assert m["References"].split() == ["<q0@x>", "<q1@x>"]
    assert [part.get_content_type() for part in m.walk()] == ["multipart/alternative", "text/plain", "text/html"]
    assert not any(part.defects for part in m.walk())


def test_the_same_draft_gives_the_same_bytes() -> None:
    assert compose(DRAFT, ORIGINAL) == compose(DRAFT, ORIGINAL)
    other = parse(compose(replace(DRAFT, key="other"), ORIGINAL), "r")
    assert other.id != parse(compose(DRAFT, ORIGINAL), "r").id


def test_without_an_original() -> None:
    m = parse(compose(replace(DRAFT, answers=None, references=(), html=""), None), "r")
    assert (m.answers, m.references) == (None, ())
    assert m.plain.strip() == DRAFT.text
    assert "Hello Ines,<br>" in m.html


def test_long_ids_and_long_chains_survive() -> None:
    long = "a" * 300 + "@mail.outlook.example"
    chain = tuple(f"{n}.{'x' * 60}@mail.example" for n in range(300))
    data = compose(replace(DRAFT, answers=long, references=chain), ORIGINAL)
    m = parse(data, "r")
    assert m.answers == long
    assert m.references[0] == chain[0]
    assert m.references[-2:] == (chain[-1], long)
    assert all(len(line) <= 998 for line in data.split(b"\r\n"))


INJECTIONS = [
    "x\r\nBcc: evil@y.example",
    "x\nTo: evil@y.example",
    "x\rBcc: evil@y.example",
    "x\u2028Bcc: evil@y.example",
    "x\x00\x0b\x0c\x85y",
    "<evil@y.example>",
    "evil@y.example,",
    '"',
    "\\",
    "=?utf-8?q?=0D=0ABcc:_evil=40y=2Eexample?=",
    "Ünï, cödé <evil@y.example>",
]


@pytest.mark.parametrize("text", INJECTIONS)
def test_no_header_can_be_smuggled_in(text: str) -> None:
    named = replace(INES, name=text)
    draft = replace(
        DRAFT,
        subject=text,
        to=(named,),
        sender=replace(ALEX, name=text),
        key=f"k{text}",
        answers=f"a@x{text}",
        references=(text, "q1@x"),
    )
    original = replace(ORIGINAL, sender=Address("d@x.example", text), plain=text, subject=text)
    data = compose(draft, original)
    library = email.message_from_bytes(data, policy=email.policy.compat32)
    assert [k for k in library if k.lower() in ("to", "cc", "bcc", "from", "reply-to")] == ["From", "To", "Cc"]
    m = parse(data, "r")
    assert [a.email for a in (m.sender, *m.to, *m.cc)] == [
        "alex@northwind.example",
        "ines@hafen.example",
        "bob@hafen.example",
    ]


@pytest.mark.parametrize(
    "bad",
    [
        "",
        "nobody",
        "a b@x.example",
        "a@x.example, b@y.example",
        "a@x\r\nBcc: b@y.example",
        "a@",
        "@x.example",
        "ü@x.example",
        "a@-x",
    ],
)
def test_an_address_that_is_none_is_refused(bad: str) -> None:
    with pytest.raises(NotWritable):
        compose(replace(DRAFT, to=(Address(bad),)), ORIGINAL)
    with pytest.raises(NotWritable):
        compose(replace(DRAFT, to=()), ORIGINAL)


def test_an_international_domain_goes_out_in_ascii() -> None:
    m = parse(compose(replace(DRAFT, to=(Address("ines@häfen.example"),)), None), "r")
    assert m.to[0].email == "ines@xn--hfen-loa.example"


HOSTILE_HTML = (
    '<script>alert(1)</script><img src="http://spy.example/p.gif"><a href="javascript:x()">Bill</a><style>@import "x"</style>'
    "<iframe src=x></iframe><div onclick=x()>pay &lt;script&gt; now</div><form action=x><input></form><!-- secret -->"
)


def test_nothing_active_of_the_original_travels() -> None:
    page = parse(compose(DRAFT, replace(ORIGINAL, plain="", html=HOSTILE_HTML)), "r").html.lower()
    assert "bill" in page
    assert "&lt;script&gt;" in page
    for active in ("<script", "<img", "javascript:", "onclick", "<iframe", "<form", "@import", "spy.example", "secret"):
        assert active not in page


def test_template_syntax_of_the_original_is_mere_text() -> None:
    text = parse(compose(DRAFT, replace(ORIGINAL, plain="{line} {0} {{ x }} {% raw %} %s")), "r").plain
    assert "> {line} {0} {{ x }} {% raw %} %s" in text


def test_a_huge_original_is_cut() -> None:
    assert len(compose(DRAFT, replace(ORIGINAL, plain="words and words\n" * 100_000))) < 100_000


@pytest.mark.parametrize(
    ("language", "line"),
    [
        ("de", "Am 02.03.2026 um 10:15 schrieb Alex Reed"),
        ("fr", "Le 02/03/2026 à 10:15, Alex Reed"),
        ("de-AT", "Am 02.03.2026"),
        ("xx", "On 2 Mar 2026"),
    ],
)
def test_the_line_above_the_quote_in_other_languages(language: str, line: str) -> None:
    assert line in parse(compose(DRAFT, ORIGINAL, language=language), "r").plain


def saved_again(data: bytes, **changed: str) -> bytes:
    """The mail as another program would save it: other order, encodings, folding, boundary and headers."""
    old = email.message_from_bytes(data, policy=email.policy.default)
    new = email.message.EmailMessage(policy=email.policy.default.clone(max_line_length=60))
    new["X-Mailer"] = "Other 1.0"
    for name in ("Subject", "Cc", "Date", "To", "From", KEY_HEADER):
        new[name] = changed.get(name.lower(), str(old[name]))
    text = old.get_body(("plain",)).get_content()  # type: ignore[union-attr]
    page = old.get_body(("html",)).get_content()  # type: ignore[union-attr]
    for before, after in ((changed.get("before", ""), changed.get("after", "")),):
        text, page = (text.replace(before, after), page.replace(before, after)) if before else (text, page)
    new.set_content(text.replace("\n\n", "\n \n"), cte="base64")
    new.add_alternative(
        page.replace("<br>", "<BR/>").replace("<p>", '<p style="margin:0">'), subtype="html", cte="base64"
    )
    return new.as_bytes()


def test_a_mere_re_save_keeps_the_digest() -> None:
    data = compose(DRAFT, ORIGINAL)
    assert content_digest(saved_again(data)) == content_digest(data)
    assert content_digest(data.replace(b"\r\n", b"\n")) == content_digest(data)


def test_a_draft_saved_as_html_alone_keeps_the_digest() -> None:
    data = compose(DRAFT, ORIGINAL)
    m = parse(data, "r")
    alone = email.message.EmailMessage(policy=email.policy.SMTP)
    alone["From"], alone["To"], alone["Cc"], alone["Subject"] = (
        "alex@northwind.example",
        "ines@hafen.example",
        "bob@hafen.example",
        m.subject,
    )
    alone.set_content(m.html, subtype="html")
    assert content_digest(alone.as_bytes()) == content_digest(data)


@pytest.mark.parametrize(
    "change",
    [
        {"to": "other@hafen.example"},
        {"cc": "bob@hafen.example, eve@hafen.example"},
        {"subject": "Re: Pipes"},
        {"before": "any news", "after": "some news"},
    ],
)
def test_an_edit_changes_the_digest(change: dict[str, str]) -> None:
    data = compose(DRAFT, ORIGINAL)
    assert content_digest(saved_again(data, **change)) != content_digest(data)


def test_a_blind_copy_and_a_file_are_edits() -> None:
    data = compose(DRAFT, ORIGINAL)
    assert content_digest(b"Bcc: boss@northwind.example\r\n" + data) != content_digest(data)
    m = email.message_from_bytes(data, policy=email.policy.default)
    m.add_attachment(b"x", maintype="application", subtype="pdf", filename="q.pdf")  # type: ignore[attr-defined]
    assert content_digest(m.as_bytes()) != content_digest(data)


def test_an_edit_of_the_plain_text_alone_is_seen() -> None:
    data = compose(replace(DRAFT, html=""), None)
    assert content_digest(data.replace(b"any news", b"no news", 1)) != content_digest(data)


def test_the_digest_of_what_is_no_mail() -> None:
    assert content_digest(b"nothing") != content_digest(b"nothing else")


@settings(max_examples=60, deadline=None)
@given(st.text(max_size=80), st.text(max_size=80), st.text(max_size=200))
def test_any_text_makes_a_mail_to_the_same_people(name: str, subject: str, text: str) -> None:
    draft = replace(DRAFT, to=(replace(INES, name=name),), subject=subject, text=text, html="")
    m = parse(compose(draft, replace(ORIGINAL, plain=text, html=text, sender=Address("d@x.example", name))), "r")
    assert [a.email for a in m.to] == ["ines@hafen.example"]
