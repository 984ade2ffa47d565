"""What the rep makes of the drafts is measured when he sends them, and counted for each wording."""

from __future__ import annotations

import datetime as dt
import json
from dataclasses import replace
from pathlib import Path

import pytest

from bot.cli.words import words_
from bot.model import Address, Form, Message, Standing, State
from bot.providers.base import Page
from bot.reading.likeness import sketch_of
from bot.reading.settings import ReadSettings
from bot.recording import mail_news
from bot.reports.wordings import Fate, fared, fate_of
from bot.store.sql import open_memory
from bot.writing.templates import Templates, packaged_sources

NOW = dt.datetime(2026, 4, 7, 12, tzinfo=dt.UTC)
REP, BUYER = Address("alex@northwind.example", "Alex Reed"), Address("dana@acme.example", "Dana Ruiz")
SETTINGS = ReadSettings.of([REP.email], "America/Chicago")
TEXT = (
    "Hello Dana,\n\nI sent you our quote Q-1042 on March 2. Is there anything you'd like me to change?\n\nAlex Reed\n"
)
DRAFT = Standing(
    "ab12", Form.DRAFT, State.STANDING, "q1@n.example", "first", "1", (BUYER.email,), NOW - dt.timedelta(hours=4),
    NOW - dt.timedelta(hours=4), "draft-1", "e1", wording="first.aaaa/1111", sketch=sketch_of(TEXT),
)  # fmt: skip


def mail(text: str, *, key: str | None = "ab12", to: Address = BUYER) -> Message:
    return Message("sent-1", "", "s1@n.example", NOW, REP, (to,), subject="Re: Quote", plain=text, key=key)


def after(*mails: Message, standing: Standing = DRAFT, gone: tuple[str, ...] = ()) -> Standing:
    """The standing after a page of news."""
    changed = mail_news(Page(mails, gone), {standing.key: standing}, SETTINGS, NOW).standings
    return changed[0] if changed else standing


@pytest.mark.parametrize(
    ("text", "fate"),
    [
        (TEXT, Fate.KEPT),
        (TEXT.replace("change", "explain"), Fate.LIGHTLY_EDITED),
        ("Dana, prices are off. New one tomorrow.", Fate.REWRITTEN),
    ],
)
def test_how_much_of_a_draft_was_sent_is_measured_when_it_is_sent(text: str, fate: Fate) -> None:
    standing = after(mail(text), gone=("draft-1",))
    assert standing.state is State.SENT
    assert fate_of(standing) is fate


def test_an_edit_that_still_lies_there_says_nothing_yet() -> None:
    assert fate_of(DRAFT) is fate_of(replace(DRAFT, state=State.EDITED)) is None
    assert fate_of(replace(DRAFT, state=State.WITHDRAWN)) is None


def test_what_was_thrown_away_is_discarded() -> None:
    assert fate_of(after(gone=("draft-1",))) is Fate.DISCARDED


def test_a_draft_whose_key_the_mail_program_dropped_is_known_by_its_words() -> None:
    assert fate_of(after(mail(TEXT, key=None), gone=("draft-1",))) is Fate.KEPT
    thrown = after(gone=("draft-1",))
    assert fate_of(after(mail(TEXT.replace("change", "add"), key=None), standing=thrown)) is Fate.LIGHTLY_EDITED


@pytest.mark.parametrize(
    "other",
    [
        mail("Dana, see you at noon.", key=None),
        mail(TEXT, key=None, to=Address("pat@elsewhere.example")),
    ],
)
def test_a_mail_that_was_not_made_from_the_draft_leaves_it_discarded(other: Message) -> None:
    assert fate_of(after(other, gone=("draft-1",))) is Fate.DISCARDED


def test_a_draft_from_before_there_were_sketches_is_not_judged() -> None:
    assert fate_of(after(mail(TEXT), standing=replace(DRAFT, sketch=""))) is None


def test_each_wording_is_counted_by_itself_and_the_least_liked_comes_first() -> None:
    def standing(wording: str, state: State, alike: int | None = None) -> Standing:
        return replace(DRAFT, key=f"{wording}{state}{alike}", wording=wording, state=state, alike=alike)

    rows = fared(
        [
            standing("first.aaaa/1111", State.SENT, 100),
            standing("first.aaaa/2222", State.SENT, 70),
            standing("first.bbbb/1111", State.SENT, 20),
            standing("first.bbbb/1111", State.DISCARDED),
            standing("", State.SENT, 100),
            replace(DRAFT, key="call", form=Form.REMINDER, state=State.DISCARDED),
        ]
    )
    assert [(r.step, r.wording, r.seen, r.liked) for r in rows] == [
        ("first", "first.bbbb", 2, 0.0), ("first", "first.aaaa", 2, 1.0),
    ]  # fmt: skip
    assert rows[0].fates == {Fate.KEPT: 0, Fate.LIGHTLY_EDITED: 0, Fate.REWRITTEN: 1, Fate.DISCARDED: 1}


CONFIG = """
accounts:
  - name: alex
    me: alex@northwind.example
    rep: {name: Alex Reed}
    zone: America/Chicago
    country: US
    mail: {kind: maildir, path: mail}
store: {path: memory.sqlite3}
"""


def test_the_command_names_each_wording_by_its_file_and_its_first_words(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "mail" / "cur").mkdir(parents=True)
    config = tmp_path / "followup.yaml"
    config.write_text(CONFIG, encoding="utf-8")
    mine = packaged_sources()["en/first.j2"].split("=====")[0]
    known = next(w for w in Templates.from_sources(packaged_sources()).wordings("first", "en") if w.source in mine)
    memory = open_memory(tmp_path / "memory.sqlite3")
    for number, (wording, alike) in enumerate([(f"{known.id}/1", 100), (f"{known.id}/2", 80), ("first.gone/1", 10)]):
        memory.settle("alex", replace(DRAFT, key=f"k{number}", state=State.SENT, wording=wording, alike=alike))
    memory.close()
    words_(config, None, as_json=True)
    gone, here = map(json.loads, capsys.readouterr().out.splitlines())
    assert (gone["where"], gone["rewritten"], gone["begins"]) == ("first, an earlier text", 1, "")
    assert here["where"] == "en/first.j2:1" and here["begins"].startswith("I sent you our …")
    assert (here["kept"], here["lightly edited"], here["rewritten"], here["discarded"]) == (1, 1, 0, 0)
    words_(config, None)
    assert "en/first.j2:1" in capsys.readouterr().out
