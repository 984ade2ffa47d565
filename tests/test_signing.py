"""Whose words stand below a draft: the config's, the mailbox's, or those that the rep's own mails of late end in."""

from __future__ import annotations

import datetime as dt
import itertools

import pytest

from bot.model import Address, Message
from bot.reading.own_signature import signature_of
from bot.reading.settings import ReadSettings
from bot.signing import learn, signed
from bot.store.sql import SqlMemory, open_memory
from bot.writing.facts import Rep

ALEX = Address("alex@northwind.example", "Alex Reed")
BUYER = Address("dana@acme.example", "Dana Ruiz")
SETTINGS = ReadSettings.of([ALEX.email], "America/Chicago")
LONG = "Alex Reed\nSales Manager, Northwind Doors\n+1 312 555 0142\nwww.northwind.example"
REP = Rep("Alex Reed", ALEX.email)
_days = itertools.count()


def mail(
    ending: str, *, html: str = "", sender: Address = ALEX, key: str | None = None, day: int | None = None
) -> Message:
    number = next(_days)
    at = dt.datetime(2026, 3, 2, 10, tzinfo=dt.UTC) + dt.timedelta(days=number if day is None else day)
    text = "" if html else f"Hello Dana,\n\nthe drawings are attached. Shall I book the {number}th?\n\n{ending}\n"
    other = BUYER if sender == ALEX else ALEX
    return Message("ref", "", f"m{number}@n.example", at, sender, (other,), plain=text, html=html, key=key)


@pytest.fixture
def memory() -> SqlMemory:
    return open_memory(None)


def learned(memory: SqlMemory, *mails: Message) -> str:
    learn(memory, "alex", mails, SETTINGS)
    return signed(REP, "", memory.facts("alex")).signature


@pytest.mark.parametrize(
    ("ending", "signature"),
    [
        (f"Best regards,\n{LONG}", LONG),
        (f"-- \n{LONG}", LONG),
        (f"Thanks,\nAlex\n\n{LONG}", LONG),
        (f"Best,\n{LONG}\n\nSent from my iPhone", LONG),
        (
            f"Best,\n{LONG}\n\nThis e-mail and any attachments are confidential and intended solely for the addressee.",
            LONG,
        ),
        (
            f"{LONG}\n\nOn Mon, 2 Mar 2026 at 10:15, Dana Ruiz <dana@acme.example> wrote:\n> Dana Ruiz\n> +1 222 333 4444",
            LONG,
        ),
        ("Best,\nAlex", ""),
        ("Best regards", ""),
        ("Ask Dana Ruiz\n+1 222 333 4444", ""),
    ],
)
def test_a_signature_is_the_name_and_what_stands_under_it(ending: str, signature: str) -> None:
    assert signature_of(mail(ending)) == signature


def test_a_signature_in_html_is_read_as_well() -> None:
    page = "<p>Hello Dana,</p><p>Shall I book it?</p><p>Best,<br></p><div>Alex Reed<br>Northwind Doors<br>+1 312 555 0142</div>"
    assert signature_of(mail("", html=page)) == "Alex Reed\nNorthwind Doors\n+1 312 555 0142"


def test_three_of_the_newest_mails_that_end_alike_make_a_signature(memory: SqlMemory) -> None:
    assert learned(memory, mail(LONG), mail("Best,\nAlex"), mail(LONG)) == ""
    assert learned(memory, mail(LONG)) == LONG


def test_the_newest_way_to_sign_wins_whatever_the_order_in_which_mails_come(memory: SqlMemory) -> None:
    new = LONG.replace("Manager", "Director")
    mails = [mail(LONG, day=day) for day in range(300, 320)] + [mail(new, day=day) for day in range(320, 328)]
    assert learned(memory, *reversed(mails)) == new
    assert learned(memory, mail(LONG, day=10)) == new
    other = open_memory(None)
    assert learned(other, *mails) == new


def test_nobody_elses_signature_is_learned_and_not_that_of_our_own_drafts(memory: SqlMemory) -> None:
    theirs = "Dana Ruiz\nAcme\n+1 222 333 4444"
    assert learned(memory, *(mail(theirs, sender=BUYER) for _ in range(9))) == ""
    assert learned(memory, *(mail(LONG, key="ab12") for _ in range(9))) == ""


def test_the_same_mail_twice_counts_once(memory: SqlMemory) -> None:
    one = mail(LONG)
    assert learned(memory, one, one, one, one) == ""


def test_of_the_mails_nothing_but_the_signature_is_kept(memory: SqlMemory) -> None:
    learned(memory, *(mail(LONG) for _ in range(5)))
    (kept,) = memory.facts("alex").values()
    assert "drawings" not in kept and "Dana" not in kept


def test_the_config_goes_before_the_mailbox_and_the_mailbox_before_what_was_learned(memory: SqlMemory) -> None:
    learned(memory, *(mail(LONG) for _ in range(5)))
    facts, page = memory.facts("alex"), "<div>Alex<br><b>Northwind</b></div>"
    told = signed(Rep("Alex", ALEX.email, signature="Alex R."), page, facts)
    assert (told.signature, told.signature_html) == ("Alex R.", "")
    told = signed(REP, page, facts)
    assert (told.signature, told.signature_html) == ("Alex\nNorthwind", page)
    assert signed(REP, "<img src=x>", facts).signature == LONG


@pytest.mark.parametrize("spoilt", ["", "nonsense", "[]", '{"seen": 3}', '{"seen": [["a"]], "text": "x"}'])
def test_a_spoilt_note_is_no_signature(spoilt: str) -> None:
    assert signed(REP, "", {"signature": spoilt}).signature == ""
