"""The wall: the program has no way to send, execute or load what it should not (by its source), and no mail, however made,
moves a recipient of a draft or gets anything of its own carried out (by whole turns). docs/security.md says what each holds."""

from __future__ import annotations

import ast
import datetime as dt
import email
import email.policy
import re
import time
from collections.abc import Iterator
from email.utils import getaddresses
from pathlib import Path

import pytest

from bot.app import playing
from bot.errors import UserMustAct
from bot.jobs.playground import Playground
from bot.model import Reminder
from bot.pipeline import Outcome, turn
from bot.providers.base import Calendar, Mailbox
from bot.writing.templates import MAX_OUTPUT, Templates, WritingRefusal, packaged_sources
from tests.machine.history import ACCOUNT, ME, ZONE

BOT = Path(__file__).parents[1] / "bot"

# --- by the source

BANNED_MODULES = frozenset(
    "smtplib imaplib poplib nntplib telnetlib ftplib pickle shelve marshal dill subprocess pty code codeop ctypes cffi "
    "multiprocessing xmlrpc aiosmtplib httpx aiohttp paramiko".split()
)
# Which files may use the network, and why.
NETWORK = {
    "requests": {"providers/wire.py"},  # the one door
    "urllib3": {"providers/wire.py"},
    "httplib2": {"providers/wire_httplib2.py"},  # a face of the door, without a connection of its own
    "http.server": {"jobs/loopback.py", "providers/google_loopback.py"},  # figures; the sign-in's way back
    "socket": {"jobs/notify.py"},  # a word to the service manager
    "urllib.request": set[str](),
    "http.client": set[str](),
    "asyncio": set[str](),
}
# Every call whose name sends: file, the object it is called on, and what it really does.
SENDS = {
    ("providers/wire.py", "self"),  # the one HTTP door, behind the wall of wire_wall.py
    ("providers/wire.py", "self._session"),
    ("providers/wire_httplib2.py", "self._wire"),
    ("providers/google_signin.py", "wire"),
    ("providers/graph_msal.py", "self._wire"),
    ("jobs/notify.py", "channel"),  # sendall: sd_notify
    ("jobs/replay.py", "self.playground"),  # the played rep moves a file of a play
    ("demo/cast.py", "self.playground"),
}
SENDING = re.compile(r"send(?:all|to|msg|_message|mail|_mail|_raw)?|sendMail|send_mime|forward|replyAll|createForward")
EXECUTING = frozenset({"eval", "exec", "compile", "__import__"})
OF_OS = frozenset({"system", "popen", "fork", "forkpty", "startfile"})
SENDING_PATH = re.compile(r"/(?:send|sendMail|reply|replyAll|forward)\b")


def faults_of(source: str, name: str) -> Iterator[str]:
    """What the wall forbids in a file, as `line: what`."""
    for node in ast.walk(ast.parse(source)):
        match node:
            case ast.Import(names=aliases):
                for alias in aliases:
                    yield from _module(alias.name, name, node.lineno)
            case ast.ImportFrom(module=str(module), names=aliases):
                yield from _module(module, name, node.lineno)
                for alias in aliases:
                    yield from _module(f"{module}.{alias.name}", name, node.lineno, exact=True)
            case ast.Call(func=ast.Name(id=called)) if called in EXECUTING:
                yield f"{node.lineno}: {called}()"
            case ast.Call(func=ast.Attribute(value=on, attr=called)):
                yield from _call(ast.unparse(on), called, node, name)
            case ast.Constant(value=str(text)) if SENDING_PATH.search(text) and name != "providers/wire_wall.py":
                if " " not in text.strip():  # an address, not a sentence
                    yield f"{node.lineno}: an address that sends: {text}"


def _module(module: str, name: str, line: int, *, exact: bool = False) -> Iterator[str]:
    if not exact and module.partition(".")[0] in BANNED_MODULES:
        yield f"{line}: import {module}"
    for network, files in NETWORK.items():
        if (module == network or (not exact and module.startswith(network + "."))) and name not in files:
            yield f"{line}: import {module}"


def _call(on: str, called: str, node: ast.Call, name: str) -> Iterator[str]:
    if SENDING.fullmatch(called) and (name, on) not in SENDS:
        yield f"{node.lineno}: {on}.{called}()"
    if on == "os" and (called in OF_OS or called.startswith(("exec", "spawn", "posix_spawn"))):
        yield f"{node.lineno}: os.{called}()"
    if on == "yaml" and called in ("load", "load_all", "unsafe_load", "full_load"):
        loaders = [k.value for k in node.keywords if k.arg == "Loader"]
        if called != "load" or not ((loaders and "safe" in ast.unparse(loaders[0]).lower()) or name in SAFE_LOADERS):
            yield f"{node.lineno}: yaml.{called}()"
    if on == "importlib" and called == "import_module" and not _is_ours(node) and name not in NAMED_IMPORTS:
        yield f"{node.lineno}: importlib.import_module()"
    if on.endswith("builtins") and called in EXECUTING:
        yield f"{node.lineno}: builtins.{called}()"


SAFE_LOADERS = {"demo/story.py", "marked_yaml.py"}  # a subclass of SafeLoader: see the test below
NAMED_IMPORTS = {
    "secrets.py",
    "cli/door.py",
    "app.py",
    "reading/literals.py",
    "reading/pdf.py",
}  # a name fixed in the file


def _is_ours(node: ast.Call) -> bool:
    return isinstance(node.args[0], ast.Constant) and str(node.args[0].value).startswith("bot.")


def sources() -> dict[str, str]:
    return {p.relative_to(BOT).as_posix(): p.read_text(encoding="utf-8") for p in sorted(BOT.rglob("*.py"))}


def test_no_source_sends_executes_or_opens_another_door() -> None:
    found = {f"bot/{name}:{fault}" for name, source in sources().items() for fault in faults_of(source, name)}
    assert found == set()


def test_yaml_is_read_by_safe_loaders_alone() -> None:
    for name in SAFE_LOADERS & sources().keys():
        classes = [n for n in ast.walk(ast.parse(sources()[name])) if isinstance(n, ast.ClassDef)]
        loaders = [c for c in classes if any("Loader" in ast.unparse(b) for b in c.bases)]
        assert all("SafeLoader" in ast.unparse(b) for c in loaders for b in c.bases), name


@pytest.mark.parametrize(
    "source",
    [
        "import smtplib", "from smtplib import SMTP", "import imaplib as i", "import pickle", "from subprocess import run",
        "import requests", "from urllib import request", "import urllib.request", "import http.client", "import socket",
        "service.users().drafts().send(userId='me')", "x.sendmail(a, b)", "box.send_message(m)", "os.system('ls')",
        "eval('1')", "exec(text)", "os.execv(a, b)", "yaml.load(text)", "yaml.unsafe_load(text)", "__import__('smtplib')",
        "importlib.import_module(name)", "url = '/v1.0/me/sendMail'", "url = f'{base}/messages/{id}/send'",
        "client.me.messages.forward(m)",
    ],
)  # fmt: skip
def test_the_wall_s_own_eyes_are_open(source: str) -> None:
    assert list(faults_of(source, "providers/gmail.py"))


def test_the_protocols_have_three_verbs_and_none_that_sends() -> None:
    for protocol in (Mailbox, Calendar):
        assert {v for v in vars(protocol) if not v.startswith("_")} == {"changes", "put", "withdraw"}
    assert "attendees" not in Reminder.__dataclass_fields__


# --- templates are the owner's, and kept small


@pytest.mark.parametrize(
    "text",
    [
        "{{ 'a' * 1000000000 }}", "{{ ''.__class__.__mro__ }}", "{% for i in range(9999999) %}x{% endfor %}",
        "{{ rep_name.__init__.__globals__ }}", "{% include 'x' %}", "{% import 'os' as os %}", "{{ 7*7 }}",
        "{% set x = 1 %}{{ x }}", "{{ rep_name|attr('x') }}", "{% macro a() %}{{ a() }}{% endmacro %}",
    ],
)  # fmt: skip
def test_an_owner_s_template_can_neither_compute_nor_reach_out(text: str) -> None:
    begun = time.monotonic()
    with pytest.raises(UserMustAct):
        Templates.from_sources(packaged_sources(), {"en/first.j2": f"Hello {{{{ rep_name }}}}, {text}"})
    assert time.monotonic() - begun < 2


def test_a_template_s_output_is_capped() -> None:
    templates = Templates.from_sources({"en/first.j2": "Hello {{ rep_name }}"})
    (wording,) = templates.wordings("first", "en")
    with pytest.raises(WritingRefusal):
        wording.render({"rep_name": "x" * (MAX_OUTPUT + 1)})


# --- no mail moves a recipient


MONDAY = dt.datetime(2026, 3, 2, 9, 0, tzinfo=ZONE)
FRIDAY = dt.datetime(2026, 3, 6, 8, 5, tzinfo=ZONE)
VERA = "vera@buyer.example"
BODY = "Hello Vera,\r\n\r\nhere is our quote for the kiln: $ 4,200.00 in total, delivered.\r\n\r\nIris\r\n"


def mail(*headers: str, body: str = BODY, at: dt.datetime = MONDAY, kind: str = "text/plain") -> bytes:
    head = [
        *headers,
        f"Date: {email.utils.format_datetime(at)}",
        "MIME-Version: 1.0",
        f"Content-Type: {kind}; charset=utf-8",
    ]
    return ("\r\n".join(head) + "\r\n\r\n" + body).encode()


def quote(to: str = f"Vera Brand <{VERA}>", subject: str = "Quote Q-771 for the kiln", **more: str) -> bytes:
    return mail(f"From: Iris Moss <{ME}>", f"To: {to}", f"Subject: {subject}", "Message-ID: <q1@kiln.example>", **more)


def incoming(*headers: str, sender: str = f"Vera Brand <{VERA}>", body: str = "Thanks.\r\n") -> bytes:
    thread = (
        "In-Reply-To: <q1@kiln.example>",
        "References: <q1@kiln.example>",
        "Subject: Re: Quote Q-771 for the kiln",
    )
    at = MONDAY + dt.timedelta(hours=5)
    return mail(f"From: {sender}", f"To: {ME}", "Message-ID: <in@x.example>", *thread, *headers, body=body, at=at)


def played(tmp_path: Path, sent: bytes, *received: bytes) -> tuple[Outcome, list[bytes]]:
    """A turn on the morning on which the first follow-up comes; and the drafts that lie there after it."""
    ground = Playground(tmp_path)
    ground.arrive(sent, sent=True)
    for data in received:
        ground.arrive(data, sent=False)
    world = playing(ground, ACCOUNT)
    begun = time.monotonic()
    try:
        outcome = turn(world, FRIDAY)
    finally:
        world.memory.close()
    assert time.monotonic() - begun < 20
    return outcome, [path.read_bytes() for _, path in ground.drafts()]


def recipients(data: bytes) -> set[str]:
    """Everybody a draft would go to, by Python's own parser and not by ours; the headers read unfolded, and raw as well."""
    parsed = email.message_from_bytes(data, policy=email.policy.compat32)
    headers = [str(v) for n in ("To", "Cc", "Bcc", "Resent-To", "Reply-To") for v in parsed.get_all(n, [])]
    return {address.casefold() for _, address in getaddresses(headers)}


def pages(data: bytes) -> list[str]:
    """The HTML parts of a draft, in lower case."""
    parts = email.message_from_bytes(data, policy=email.policy.default).walk()
    return [str(p.get_content()).lower() for p in parts if p.get_content_type() == "text/html"]


HOSTILE_TO = [
    f"Vera Brand <{VERA}>",
    f'"boss@evil.example" <{VERA}>',
    f'"Vera <evil@evil.example>," <{VERA}>',
    f"=?utf-8?q?Vera=0D=0ABcc:_evil@evil.example?= <{VERA}>",
    f"=?utf-8?b?VmVyYQ0KQmNjOiBldmlsQGV2aWwuZXhhbXBsZQ==?= <{VERA}>",
    f"=?utf-8?q?Vera=2C_evil@evil.example=2C?= <{VERA}>",
    f"=?utf-8?q?Vera=E2=80=A8Bcc:_evil@evil.example?= <{VERA}>",
    f"{{{{7*7}}}} <{VERA}>",
    f"{{% for x in range(99999999) %}} <{VERA}>",
    f"<script>alert(49)</script> <{VERA}>",
    f"{'V' * 5000} <{VERA}>",
    f"\u202eelpmaxe.live@live <{VERA}>",
]


@pytest.mark.parametrize("to", HOSTILE_TO)
def test_a_name_moves_no_recipient(tmp_path: Path, to: str) -> None:
    _, drafts = played(tmp_path, quote(to))
    assert all(recipients(data) == {VERA} for data in drafts)
    if to == HOSTILE_TO[0]:
        assert len(drafts) == 1  # so the others are not quiet for another reason
    for data in drafts:
        assert not re.search(rb"^(?:b?cc|resent-to|reply-to):", data, re.IGNORECASE | re.MULTILINE)


@pytest.mark.parametrize(
    "subject",
    ["Quote Q-771 {{7*7}}", "=?utf-8?q?Quote_Q-771=0D=0ABcc:_evil@evil.example?=", "Quote Q-771 {% raw %}",
     "Quote Q-771 <script>alert(1)</script>", f"Quote Q-771 {'long ' * 900}"],
)  # fmt: skip
def test_a_subject_is_text_and_no_more(tmp_path: Path, subject: str) -> None:
    _, drafts = played(tmp_path, quote(subject=subject))
    assert len(drafts) <= 1
    for data in drafts:
        assert recipients(data) == {VERA}
        parsed = email.message_from_bytes(data, policy=email.policy.default)
        assert "49" not in str(parsed["Subject"]) and "\n" not in str(parsed["Subject"])
        assert not any("<script" in page for page in pages(data))


INCOMING = {
    "a bounce address": incoming(
        "Auto-Submitted: auto-replied", "Reply-To: evil@evil.example", body="I am out of the office.\r\n"
    ),
    "reply-to": incoming("Reply-To: evil@evil.example", "Reply-To: two@evil.example", body="Received.\r\n"),
    "two senders": incoming("From: evil@evil.example", body="Received.\r\n"),
    "a look-alike": incoming(sender="Vera Brand <vera@buyеr.example>", body="Please write to me at this address.\r\n"),
    "a spoofed self": incoming(sender=f"Iris Moss <{ME}>", body="Send the quote to evil@evil.example as well.\r\n"),
    "smuggled lines": incoming("X-A: b\rBcc: evil@evil.example", "X-B: c\x0bCc: evil@evil.example"),
    "a forged key": incoming("X-Followup-Key: 0123456789abcdef0123", sender="evil@evil.example"),
    "a redirect in words": incoming(body="I have left. Please contact evil@evil.example instead.\r\n"),
    "a redirect by a stranger": incoming(
        sender="hr@evil.example", body="Vera has left. Write to evil@evil.example.\r\n"
    ),
    "template": incoming(sender="evil@evil.example", body="{{7*7}} {% for x in y %}{{ config }}\r\n"),
}


@pytest.mark.parametrize("received", INCOMING.values(), ids=INCOMING)
def test_no_incoming_mail_moves_a_recipient(tmp_path: Path, received: bytes) -> None:
    _, drafts = played(tmp_path, quote(), received)
    for data in drafts:
        assert recipients(data) == {VERA}
        assert b"evil@" not in data.partition(b"\r\n\r\n")[0]


def test_a_huge_list_of_recipients_is_no_invitation(tmp_path: Path) -> None:
    everyone = [f"p{i}@buyer.example" for i in range(600)]
    _, drafts = played(tmp_path, quote(",\r\n ".join(everyone)))
    for data in drafts:
        assert recipients(data) <= set(everyone)


def test_nothing_active_of_the_quoted_original_travels(tmp_path: Path) -> None:
    page = (
        "<p>Hello Vera, here is our quote: $ 4,200.00 in total.</p><script>alert(1)</script><img src=x onerror=alert(2)>"
        "<a href='javascript:alert(3)'>x</a><iframe src=//evil.example></iframe><style>@import url(//evil.example)</style>"
        "{{7*7}}<form action=//evil.example><input></form>"
    )
    _, drafts = played(tmp_path, quote(body=page, kind="text/html"))
    assert len(drafts) == 1
    for page in pages(drafts[0]):
        assert not re.search(r"<(?:script|img|iframe|style|form|input|object)|javascript:|onerror=|@import", page)
        assert "49" not in page and "hello" in page
