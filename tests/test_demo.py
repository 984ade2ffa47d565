"""The demo is played once, whole, and looked at from outside: the folders, the readings, the events."""

from __future__ import annotations

import datetime as dt
import email
import email.policy
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from email.message import EmailMessage
from pathlib import Path

import pytest

from bot.cadence.policy import StepName
from bot.cli.demo import Watch, draw
from bot.cli.plays import row_of
from bot.commands import accounts, saying
from bot.commands.demo import MARKER, Demo, Event, prepare
from bot.demo.cast import Acted, Deed
from bot.demo.pdf import one_page
from bot.errors import UserMustAct
from bot.jobs.replay import Shown
from bot.model import Kind, Reading, Stage
from bot.reading.pdf import pdf_text

ME, ZONE = "alex@northwind.example", "America/Chicago"


@dataclass(frozen=True)
class Played:
    demo: Demo
    events: list[Event]
    watch: Watch

    @property
    def rows(self) -> list[dict[str, object]]:
        return [row_of(e) for e in self.events if isinstance(e, Shown)]

    def mails(self, folder: str = "") -> Iterator[tuple[Path, EmailMessage]]:
        for path in sorted((self.demo.folder / "mail" / folder / "cur").iterdir()):
            made = email.message_from_bytes(path.read_bytes(), policy=email.policy.default)
            assert isinstance(made, EmailMessage)
            yield path, made


@pytest.fixture(scope="module")
def played(tmp_path_factory: pytest.TempPathFactory) -> Played:
    demo = Demo(tmp_path_factory.mktemp("play") / "demo")
    watch = Watch({}, demo.story.setting.begin)
    events = []
    for event in demo.events():
        events.append(event)
        watch.take(event)
    return Played(demo, events, watch)


def test_everything_the_bot_can_do_happens(played: Played) -> None:
    rows = played.rows
    assert {str(r["effect"]) for r in rows} == {"draft", "withdrawn", "reminder", "reminder_withdrawn", "stage"}
    assert {r["stage"] for r in rows if "stage" in r} == set(Stage)
    steps = {str(r["step"]) for r in rows if "step" in r}
    assert steps >= {
        StepName.FIRST, StepName.CALL, StepName.VALUE, StepName.DECISION, StepName.CLOSE, StepName.CALLBACK,
        StepName.PROMISED, StepName.NO_SHOW, StepName.EARLY_NO, StepName.MEND_ADDRESS,
    }  # fmt: skip
    deeds = {e.deed for e in played.events if isinstance(e, Acted)}
    assert deeds == set(Deed)


def test_events_come_in_order_of_time(played: Played) -> None:
    began = dt.datetime(2026, 4, 6, tzinfo=dt.UTC)
    times = [e.at for e in played.events if e.at > began]
    assert times == sorted(times)


def test_no_draft_is_put_twice_and_none_is_sent_twice(played: Played) -> None:
    put = Counter(r["key"] for r in played.rows if r["effect"] == "draft")
    assert 70 <= len(put) <= 110
    assert max(put.values()) == 1
    sent = Counter(made["X-Followup-Key"] for _, made in played.mails(".Sent") if made["X-Followup-Key"])
    assert len(sent) >= 60
    assert max(sent.values()) == 1


@pytest.mark.parametrize(
    ("address", "day"),
    [
        ("ben@redrockbrewing.example", (4, 6)),  # opted out
        ("v.lange@summitauto.example", (4, 8)),  # cancelled
        ("dana@hollisbakery.example", (4, 8)),  # ordered
        ("ana.souza@kestrelpack.example", (4, 7)),  # bounced
        ("scole@pinecrestliving.example", (4, 7)),  # pointed to somebody else
        ("priya.nair@stonebridgelogistics.example", (4, 7)),  # call me in September
    ],
)
def test_who_has_answered_is_not_chased(played: Played, address: str, day: tuple[int, int]) -> None:
    drafts = [r for r in played.rows if r["effect"] == "draft" and any(address in str(to) for to in r["to"])]  # type: ignore[attr-defined]
    assert drafts
    assert all(r["at"].date() <= dt.date(2026, *day) for r in drafts)  # type: ignore[attr-defined]


def test_every_kind_is_read_as_the_story_means_it(played: Played) -> None:
    folder = played.demo.folder
    paths = [folder / "mail", folder / "mail" / ".Sent", folder / "calendar"]
    found = {read.id: read for read in saying.readings(paths, [ME], ZONE, "US")}
    kinds = {read.reading.kind for read in found.values() if isinstance(read.reading, Reading)}
    assert kinds >= set(Kind) - {Kind.UNREADABLE}
    texts = {read.id: " ".join((read.own_text or "").split()) for read in found.values()}
    wrong = []
    for customer in played.demo.story.customers:
        for beat in (*customer.then, *(b for beats in customer.answers.values() for b in beats)):
            words = " ".join((beat.says or beat.rep).split())[:60]
            ids = [id_ for id_, text in texts.items() if words and text.startswith(words)]
            for id_ in ids:
                reading = found[id_].reading
                if not isinstance(reading, Reading) or reading.kind is not beat.kind:
                    wrong.append((words, reading.kind if isinstance(reading, Reading) else reading, beat.kind))
    assert wrong == []


def test_the_maildir_is_one_a_mail_program_opens(played: Played) -> None:
    root = played.demo.folder / "mail"
    ids: Counter[str] = Counter()
    files = 0
    for folder in ("", ".Sent", ".Drafts"):
        assert all((root / folder / part).is_dir() for part in ("cur", "new", "tmp"))
        for path, made in played.mails(folder):
            assert not made.defects, path
            assert made["From"] and made["To"] and made["Subject"]
            assert dt.date(2025, 10, 1) <= made["Date"].datetime.date() <= dt.date(2026, 7, 3)
            assert ("D" in path.name.rpartition(":2,")[2]) is (folder == ".Drafts")
            ids[made["Message-ID"]] += 1
            for part in made.iter_attachments():
                if part.get_content_type() == "application/pdf":
                    files += 1
                    assert len(pdf_text(part.get_content())) > 10
    assert max(ids.values()) == 1
    assert 220 <= len(ids) <= 320
    assert files > 12


def test_it_comes_out_believable(played: Played) -> None:
    end = played.demo.finished
    assert end is not None
    assert end.before.open.count == end.before.never_followed_up.count == 26
    assert 8 <= end.won.count <= 16
    assert sum(heap.count for heap in end.became.values()) == 26
    assert end.after.never_followed_up.count <= 4
    assert len({draft.text for draft in end.drafts}) == 3
    assert sum(week["won"] for week in played.watch.weeks.values()) == end.won.count


def test_the_other_commands_see_it(played: Played) -> None:
    end = dt.datetime(2026, 7, 3, 23, 59, tzinfo=dt.UTC)
    ((name, country, pile),) = accounts.piles_of_accounts(played.demo.config, None, end)
    assert (name, country) == ("alex", "US")
    assert played.demo.finished is not None
    assert pile.open == played.demo.finished.after.open
    (story,) = accounts.explain(played.demo.config, None, "hollis")
    assert story[1].stage is Stage.WON


def test_its_picture_is_drawn(played: Played, tmp_path: Path) -> None:
    assert played.demo.finished is not None
    draw(tmp_path / "demo.svg", played.demo, played.watch, played.demo.finished)
    assert "<svg" in (tmp_path / "demo.svg").read_text()


def test_a_demo_replaces_only_what_a_demo_made(tmp_path: Path) -> None:
    prepare(tmp_path / "demo")
    (tmp_path / "demo" / "mail" / "cur").mkdir(parents=True)
    (tmp_path / "demo" / "own.txt").write_text("mine")
    prepare(tmp_path / "demo")
    assert not (tmp_path / "demo" / "mail").exists()
    assert (tmp_path / "demo" / "own.txt").read_text() == "mine"
    (tmp_path / "demo" / MARKER).unlink()
    with pytest.raises(UserMustAct, match="no demo has made"):
        prepare(tmp_path / "demo")
    assert (tmp_path / "demo" / "own.txt").read_text() == "mine"


def test_a_file_is_no_folder(tmp_path: Path) -> None:
    (tmp_path / "demo").write_text("")
    with pytest.raises(UserMustAct):
        prepare(tmp_path / "demo")


def test_a_page_says_what_it_was_given() -> None:
    said = pdf_text(one_page(["Quote (1)", r"back\slash", "Total: $1,200.00"]))
    assert [line.strip() for line in said.split("\n")] == ["Quote (1)", r"back\slash", "Total: $1,200.00"]
