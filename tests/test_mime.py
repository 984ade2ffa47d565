"""The door through which mail comes in: lenient, capped, and never raising anything but NotReadable."""

# ruff: noqa: E501 (examples of mails read better on one line)

from __future__ import annotations

import base64
import datetime as dt
import time
from email.message import EmailMessage

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.errors import NotReadable
from bot.model import Address
from bot.providers.mime import KEY_HEADER, parse, parse_headers
from bot.providers.mime_walk import MOST_PARTS, MOST_TEXT

NOW = dt.datetime(2026, 3, 2, 12, 0, tzinfo=dt.UTC)


def mail(*headers: str, body: str = "Hello\n", date: str = "Date: Mon, 2 Mar 2026 10:15:00 -0600") -> bytes:
    return "\r\n".join([*headers, date, "", body.replace("\n", "\r\n")]).encode()


def test_a_plain_mail() -> None:
    m = parse(
        mail(
            "From: Ines Costa <Ines@Example.COM>",
            'To: "Reed, Alex" <alex@northwind.example>, bob@x.example',
            "Subject: Re: pumps",
            "Message-ID: <one@x>",
            "In-Reply-To: <zero@x>",
            "References: <a@x>\r\n <zero@x>",
        ),
        "ref",
        "etag",
    )
    assert m.sender == Address("ines@example.com", "Ines Costa")
    assert m.to == (Address("alex@northwind.example", "Reed, Alex"), Address("bob@x.example"))
    assert (m.id, m.answers, m.references) == ("one@x", "zero@x", ("a@x", "zero@x"))
    assert m.at == dt.datetime(2026, 3, 2, 16, 15, tzinfo=dt.UTC)
    assert (m.subject, m.plain, m.ref, m.etag) == ("Re: pumps", "Hello\n", "ref", "etag")


@pytest.mark.parametrize(
    ("header", "found"),
    [
        ("a@x.example", [("a@x.example", "")]),
        ("<a@x.example>", [("a@x.example", "")]),
        ("a@x.example (Ann Lee)", [("a@x.example", "Ann Lee")]),
        (
            "Team: a@x.example, B <b@x.example>; c@x.example",
            [("a@x.example", ""), ("b@x.example", "B"), ("c@x.example", "")],
        ),
        ("undisclosed-recipients:;", []),
        ('"evil@y.example" <a@x.example>', [("a@x.example", "evil@y.example")]),
        ("=?utf-8?q?Ann_=3Cevil=40y=2Eexample=3E=2C?= <a@x.example>", [("a@x.example", "Ann <evil@y.example>,")]),
        ("Ann Lee a@x.example", [("a@x.example", "Ann Lee")]),
        ("<@relay.example:a@x.example>", [("a@x.example", "")]),
        ('"Ann \\"Bee\\" Lee" <a@x.example>', [("a@x.example", 'Ann "Bee" Lee')]),
        ("Ann <a@x.example", [("a@x.example", "Ann")]),
        ('"unclosed <a@x.example>', []),
        ("a@x.example; b@x.example", [("a@x.example", ""), ("b@x.example", "")]),
        ("A@X.EXAMPLE,,b@x.example,", [("a@x.example", ""), ("b@x.example", "")]),
    ],
)
def test_address_lists(header: str, found: list[tuple[str, str]]) -> None:
    m = parse(mail("From: me@x.example", f"To: {header}"), "r")
    assert [a.email for a in m.to] == [email for email, _ in found] or header.startswith('"unclosed')
    assert all(a.name == name for a, (_, name) in zip(m.to, found, strict=False))


def test_of_several_senders_the_first_and_never_reply_to() -> None:
    m = parse(mail("From: a@x.example, b@x.example", "Reply-To: other@y.example"), "r")
    assert m.sender.email == "a@x.example"
    assert all(one.email != "other@y.example" for one in (m.sender, *m.to, *m.cc))


@pytest.mark.parametrize(
    ("subject", "read"),
    [
        ("=?iso-8859-1?q?Gr=FC=DFe?=", "Grüße"),
        ("=?utf-8?b?w6k=?= =?utf-8?b?w6k=?=", "éé"),
        ("=?utf-8?b?4oI=?= =?utf-8?b?rA==?=", "€"),  # one character torn over two words
        ("Re:=?utf-8?q?_x?=", "Re: x"),
        ("=?nonsense?q?abc?=", "abc"),
        ("=?utf-8?b?!!!?= ok", "ok"),
        ("=?utf-8?q?unclosed", "=?utf-8?q?unclosed"),
        ("=?utf-8*en?q?hi?=", "hi"),
        ("one\r\n two", "one two"),
        ("a\x07b", "a b"),
    ],
)
def test_subjects(subject: str, read: str) -> None:
    assert parse(mail("From: a@x.example", f"Subject: {subject}"), "r").subject == read


def test_raw_eight_bit_headers() -> None:
    utf8 = "From: Zoë <z@x.example>\nSubject: Größe\nDate: Mon, 2 Mar 2026 10:15:00 +0000\n\nx".encode()
    latin = "From: Zoe <z@x.example>\nSubject: Größe\nDate: Mon, 2 Mar 2026 10:15:00 +0000\n\nx".encode("latin-1")
    assert parse(utf8, "r").sender.name == "Zoë"
    assert parse(utf8, "r").subject == parse(latin, "r").subject == "Größe"


@pytest.mark.parametrize(
    ("date", "utc"),
    [
        ("Mon, 2 Mar 2026 10:15:00 +0000 (UTC)", "2026-03-02T10:15:00"),
        ("2 Mar 2026 10:15 -0500", "2026-03-02T15:15:00"),
        ("Monday, 2 March 2026 10:15:00 GMT", "2026-03-02T10:15:00"),
        ("Mon, 02 Mar 2026 10:15:60 +0000", "2026-03-02T10:15:59"),
        ("Mon Mar  2 10:15:00 2026", "2026-03-02T10:15:00"),
    ],
)
def test_dates(date: str, utc: str) -> None:
    at = parse(mail("From: a@x.example", date=f"Date: {date}"), "r").at
    assert at.astimezone(dt.UTC).replace(tzinfo=None).isoformat() == utc


@pytest.mark.parametrize(
    "date", ["Date: soon", "Date: Mon, 99 Mar 2026 10:15:00 +0000", "X: y", "Date: 1 Jan 0001 00:00 +2359"]
)
def test_without_a_readable_date_the_time_it_was_received(date: str) -> None:
    data = mail("From: a@x.example", date=date)
    assert parse(data, "r", received=NOW).at == NOW
    with pytest.raises(NotReadable):
        parse(data, "r")


def test_the_time_of_the_last_carrier_where_nothing_else_is_known() -> None:
    m = parse(mail("From: a@x.example", "Received: by mx.example; Tue, 3 Mar 2026 08:00:00 +0000", date="X: y"), "r")
    assert m.at == dt.datetime(2026, 3, 3, 8, tzinfo=dt.UTC)


def test_a_mail_without_id_gets_the_same_one_however_it_was_carried() -> None:
    one = mail("From: a@x.example", "Subject: s")
    other = b"Received: from elsewhere\r\n" + one
    assert parse(one, "1").id == parse(other, "2").id
    assert parse(one, "1").id != parse(one + b"more", "1").id


def test_signs_and_key() -> None:
    m = parse(
        mail(
            "From: a@x.example",
            "Auto-Submitted: auto-replied",
            "Precedence:  bulk ",
            f"{KEY_HEADER}: abc",
            "X-Other: no",
        ),
        "r",
    )
    assert m.signs["auto-submitted"] == "auto-replied"
    assert m.signs["precedence"] == "bulk"
    assert "x-other" not in m.signs
    assert m.key == "abc"


def multipart(kind: str, *parts: str, end: str = "--B--\n") -> bytes:
    body = "preamble\n" + "".join(f"--B\n{part}\n" for part in parts) + end
    return mail("From: a@x.example", "MIME-Version: 1.0", f'Content-Type: multipart/{kind}; boundary="B"', body=body)


def test_alternatives_and_a_file() -> None:
    library = EmailMessage()
    library["From"], library["Date"] = "a@x.example", "Mon, 2 Mar 2026 10:15:00 +0000"
    library.set_content("Plain ü")
    library.add_alternative("<p>Rich</p>", subtype="html")
    library.add_attachment(b"%PDF", maintype="application", subtype="pdf", filename="Ängebot № 7.pdf")
    m = parse(library.as_bytes(), "r")
    assert (m.plain, m.html) == ("Plain ü\n", "<p>Rich</p>\n")
    (file,) = m.attachments
    assert (file.name, file.media_type, file.decoded()) == ("Ängebot № 7.pdf", "application/pdf", b"%PDF")


@pytest.mark.parametrize(
    ("disposition", "name"),
    [
        ("attachment; filename=offer one.pdf", "offer one.pdf"),
        ('attachment; filename="a\\"b;c.pdf"', 'a"b;c.pdf'),
        ("attachment; filename*=utf-8''%E2%82%AC.pdf", "€.pdf"),
        ('attachment; filename*0="long-"; filename*1="name.pdf"', "long-name.pdf"),
        ("attachment; filename*0*=iso-8859-1''%FC; filename*1=-x.pdf", "ü-x.pdf"),
        ('attachment; filename="=?utf-8?q?=C3=BC?=.pdf"', "ü.pdf"),
        ("attachment; filename*=garbage", "garbage"),
        ("attachment;;; =; filename=x.pdf", "x.pdf"),
    ],
)
def test_names_of_files(disposition: str, name: str) -> None:
    data = multipart("mixed", f"Content-Type: application/pdf\nContent-Disposition: {disposition}\n\nx")
    assert [file.name for file in parse(data, "r").attachments] == [name]


def test_a_list_footer_under_an_html_mail_is_not_taken_for_the_mail() -> None:
    m = parse(
        multipart(
            "mixed", "Content-Type: text/html\n\n<p>Yes &amp; no</p>", "Content-Type: text/plain\n\nlist <footer>"
        ),
        "r",
    )
    assert m.plain == ""
    assert "Yes &amp; no" in m.html
    assert "list &lt;footer&gt;" in m.html


def test_missing_end_and_missing_boundary() -> None:
    assert parse(multipart("mixed", "Content-Type: text/plain\n\nhello", end=""), "r").plain.strip() == "hello"
    guessed = mail("From: a@x.example", "Content-Type: multipart/mixed", body="--sep-1\n\nhello\n--sep-1--\n")
    assert parse(guessed, "r").plain.strip() == "hello"
    none = mail("From: a@x.example", "Content-Type: multipart/mixed; boundary=zzz", body="just text\n")
    assert parse(none, "r").plain == "just text\n"


@pytest.mark.parametrize(
    ("encoding", "body", "text"),
    [
        ("base64", "SGVsbG8=", "Hello"),
        ("base64", "SGVs\n*bG8", "Hello"),
        ("base64", "SGVsbG8gd29ybGQ", "Hello world"),
        ("base64", "?", ""),
        ("quoted-printable", "gr=C3=BC=\nn", "grün"),
        ("quoted-printable", "50=% off =ZZ", "50=% off =ZZ"),
        ("x-unknown", "Hello", "Hello"),
        (" 7Bit ", "Hello", "Hello"),
    ],
)
def test_transfer_encodings(encoding: str, body: str, text: str) -> None:
    data = mail("From: a@x.example", f"Content-Transfer-Encoding: {encoding}", body=body)
    assert parse(data, "r").plain.strip() == text


@pytest.mark.parametrize(
    "charset", ["utf-8", "no-such", "punycode", "unicode_escape", "zip", "rot13", "", "'utf8'", "utf-16"]
)
def test_unknown_and_dangerous_charsets(charset: str) -> None:
    data = mail("From: a@x.example", f"Content-Type: text/plain; charset={charset}", body="gr\u00fcn \\x41 abc")
    assert isinstance(parse(data, "r").plain, str)
    if charset != "utf-16":
        assert "grün \\x41" in parse(data, "r").plain


def test_a_delivery_report() -> None:
    data = multipart(
        "report; report-type=delivery-status",
        "Content-Type: text/plain\n\nIt failed.",
        "Content-Type: message/delivery-status\n\nReporting-MTA: dns; mx\n\nFinal-Recipient: rfc822; gone@y.example\nStatus: 5.1.1",
        "Content-Type: message/rfc822\n\nFrom: alex@northwind.example\nTo: gone@y.example\nSubject: =?utf-8?q?Gr=C3=BC=C3=9Fe?=\n\nsecret words",
    )
    m = parse(data, "r")
    assert "Final-Recipient: rfc822; gone@y.example" in m.report
    assert "subject: Grüße" in m.returned
    assert "secret words" not in m.plain + m.report + m.returned
    assert m.plain.strip() == "It failed."
    assert m.attachments == ()
    assert m.signs["content-type"].startswith("multipart/report")


def test_a_forwarded_mail_and_an_invitation_are_files() -> None:
    data = multipart(
        "mixed",
        "Content-Type: text/plain\n\nsee below",
        "Content-Type: message/rfc822\n\nSubject: inner\n\ninner words",
        "Content-Type: text/calendar; method=REPLY; charset=utf-8\n\nBEGIN:VCALENDAR",
        "Content-Type: application/ms-tnef; name=winmail.dat\n\nx",
    )
    m = parse(data, "r")
    assert [file.media_type for file in m.attachments] == ["message/rfc822", "text/calendar", "application/ms-tnef"]
    assert "inner words" not in m.plain


def test_a_signed_mail_is_read_inside() -> None:
    inner = 'Content-Type: multipart/mixed; boundary="C"\n\n--C\nContent-Type: text/plain\n\nsigned words\n--C--'
    m = parse(multipart("signed", inner, "Content-Type: application/pkcs7-signature; name=smime.p7s\n\nx"), "r")
    assert m.plain.strip() == "signed words"


def test_headers_alone_say_the_same() -> None:
    data = multipart("mixed", "Content-Type: text/plain\n\nhello")
    whole, top = parse(data, "r"), parse_headers(data.split(b"\r\n\r\n")[0], "r")
    assert (top.sender, top.at, top.subject, dict(top.signs)) == (
        whole.sender,
        whole.at,
        whole.subject,
        dict(whole.signs),
    )
    assert top.plain == ""


@pytest.mark.parametrize(
    "data", [b"", b"\n\n", b"\0" * 1000, b"no mail at all", b"PK\x03\x04" + bytes(range(256)) * 20]
)
def test_what_is_no_mail(data: bytes) -> None:
    with pytest.raises(NotReadable):
        parse(data, "r", received=NOW)


def test_line_ends_of_every_kind() -> None:
    unix = b"From: a@x.example\nSubject: s\n\none\ntwo\n"
    for data in (
        unix,
        unix.replace(b"\n", b"\r\n"),
        unix.replace(b"\n", b"\r"),
        b"\xef\xbb\xbf" + unix,
        b"From x Mon\n" + unix,
        b"\n" + unix,
    ):
        m = parse(data, "r", received=NOW)
        assert (m.subject, m.plain, m.sender.email) == ("s", "one\ntwo\n", "a@x.example")


HOSTILE = {
    "fifty megabytes": b"From: a@x.example\n\n" + b"word " * 10_000_000,
    "a thousand parts": b"From: a@x.example\nContent-Type: multipart/mixed; boundary=B\n\n" + b"--B\n\nhi\n" * 1000,
    "a thousand levels": b"From: a@x.example\n"
    + b"".join(b"Content-Type: multipart/mixed; boundary=B%d\n\n--B%d\n" % (n, n) for n in range(1000))
    + b"\ndeep",
    "one boundary at every level": b"From: a@x.example\n"
    + b"Content-Type: multipart/mixed; boundary=B\n\n--B\n" * 5000,
    "false boundaries": b"From: a@x.example\nContent-Type: multipart/mixed; boundary=B\n\n--B\n\n"
    + b"--Bx\n" * 400_000,
    "headers without end": b"From: a@x.example\n" + b"X: y\n" * 200_000,
    "one endless header": b"From: a@x.example\nTo: " + b"a@x.example," * 200_000 + b"\n\nx",
    "folds": b"From: a@x.example\nSubject: x\n" + b" y\n" * 200_000 + b"\nx",
    "quotes": b"From: a@x.example\nTo: " + b'"\\' * 100_000 + b"\n\nx",
    "brackets": b"From: a@x.example\nTo: " + b"<(" * 100_000 + b"\n\nx",
    "encoded words": b"From: a@x.example\nSubject: " + b"=?utf-8?q?" * 50_000 + b"\n\nx",
    "parameters": b"From: a@x.example\nContent-Type: text/plain" + b"; a*0*=x" * 50_000 + b"\n\nx",
    "broken base64": b"From: a@x.example\nContent-Transfer-Encoding: base64\n\n" + b"A=?" * 1_000_000,
    "nul": b"From: a@x.example\n\n" + b"\0" * 1_000_000,
}


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_mails_cost_little(name: str) -> None:
    start = time.process_time()
    m = parse(HOSTILE[name], "r", received=NOW)
    assert time.process_time() - start < 1.5
    assert m.sender.email == "a@x.example"
    assert len(m.plain) <= MOST_TEXT
    assert len(m.attachments) <= MOST_PARTS


@settings(max_examples=80, deadline=None)
@given(
    st.binary(max_size=400),
    st.sampled_from(["text/plain", "multipart/mixed; boundary=B", "multipart/report", "message/rfc822"]),
)
def test_any_bytes_are_read_or_refused(noise: bytes, kind: str) -> None:
    for data in (
        noise,
        b"From: " + noise + b"\nContent-Type: " + kind.encode() + b"\n\n--B\n" + noise + b"\n--B\n" + noise,
    ):
        try:
            m = parse(data, "r", received=NOW)
        except NotReadable:
            continue
        m.subject.encode("utf-8", "surrogatepass")
        for file in m.attachments:
            file.decoded()


def test_base64_text_is_cut_not_lost() -> None:
    body = base64.encodebytes(b"words " * 100_000).decode()
    m = parse(mail("From: a@x.example", "Content-Transfer-Encoding: base64", body=body), "r")
    assert m.plain.startswith("words words")
    assert len(m.plain) == MOST_TEXT
