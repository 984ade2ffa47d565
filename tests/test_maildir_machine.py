"""Whatever happens in a Maildir between two readings: who takes in the pages knows what lies there."""

from __future__ import annotations

import itertools
import os
import shutil
import tempfile
import time
from pathlib import Path

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from bot.model import Message
from bot.providers import maildir_news
from bot.providers.maildir import Maildir
from tests.contract.samples import Known, mail

FOLDERS = (".", ".Sent", ".Drafts", ".Old.2025", ".Trash")
READ = frozenset(FOLDERS) - {".Trash"}
NAMES = st.integers(0, 40)


def id_of(path: Path) -> str:
    return path.read_bytes().partition(b"Message-ID: <")[2].partition(b">")[0].decode()


class Reading(RuleBasedStateMachine):
    """The rep and his server on one side, one memory on the other. With `settled` every change comes long after the
    one before and long before the reading, so that the times of the folders are believed; else none of them ever
    is."""

    def __init__(self) -> None:
        super().__init__()
        self.root = Path(tempfile.mkdtemp())
        self.numbers = itertools.count()
        self.known: Known[Message] = Known()
        self.eager = False
        self.page_mails = maildir_news.PAGE_MAILS
        maildir_news.PAGE_MAILS = 3
        for folder in FOLDERS:
            for part in ("cur", "new", "tmp"):
                (self.root / folder / part).mkdir(parents=True)

    @initialize(settled=st.booleans(), eager=st.booleans(), folders=st.lists(st.sampled_from(FOLDERS), max_size=8))
    def begin(self, settled: bool, eager: bool, folders: list[str]) -> None:
        self.settled, self.eager = settled, eager
        self.time = time.time_ns() - 10**15
        self.mailbox = self.open()
        for folder in folders:
            self.deliver(folder, ":2,S")

    @invariant()
    def an_eager_reader_always_knows(self) -> None:
        if self.eager:
            self.read_all()

    def open(self) -> Maildir:
        return Maildir(self.root, clock_ns=time.time_ns)

    def teardown(self) -> None:
        maildir_news.PAGE_MAILS = self.page_mails
        shutil.rmtree(self.root)

    # --- the world

    def files(self) -> list[Path]:
        return sorted(
            path for folder in FOLDERS for part in ("cur", "new") for path in self.root.glob(f"{folder}/{part}/*")
        )

    def pick(self, number: int) -> Path | None:
        files = self.files()
        return files[number % len(files)] if files else None

    def passes(self, *changed: Path) -> None:
        """Time passes after a change of files in these folders."""
        if self.settled:
            for path in changed:
                self.time += 10**9
                os.utime(path, ns=(self.time, self.time))

    @rule(folder=st.sampled_from(FOLDERS), flags=st.sampled_from(["", ":2,", ":2,S", ":2,DS", ":2,FRS"]))
    def deliver(self, folder: str, flags: str) -> None:
        number = next(self.numbers)
        part = self.root / folder / ("cur" if flags else "new")
        (part / f"{1700_000_000 + number * 37 % 101}.M{number}.host{flags}").write_bytes(mail(f"m{number}"))
        self.passes(part)

    @rule(number=NAMES)
    def delete(self, number: int) -> None:
        if (path := self.pick(number)) is not None:
            path.unlink()
            self.passes(path.parent)

    @rule(number=NAMES, folder=st.sampled_from(FOLDERS), renamed=st.booleans())
    def move(self, number: int, folder: str, renamed: bool) -> None:
        if (path := self.pick(number)) is not None:
            name = f"{1700_000_000}.N{next(self.numbers)}.host:2,S" if renamed else path.name
            path.rename(self.root / folder / path.parent.name / name)
            self.passes(path.parent, self.root / folder / path.parent.name)

    @rule(number=NAMES, flags=st.sampled_from(["", "S", "DS", "D", "RS", "ST", "DT"]), size=st.booleans())
    def flag(self, number: int, flags: str, size: bool) -> None:
        """A reader marks a mail, and so moves it out of new; the server may add the size to its name."""
        if (path := self.pick(number)) is not None:
            unique = path.name.partition(":2,")[0] + (",S=512" if size and "," not in path.name else "")
            path.rename(path.parent.parent / "cur" / f"{unique}:2,{flags}")
            self.passes(path.parent.parent / "cur", path.parent)

    @rule(number=NAMES)
    def edit_in_place(self, number: int) -> None:
        drafts = [path for path in self.files() if path.parent.parent.name == ".Drafts"]
        if drafts:
            path = drafts[number % len(drafts)]
            path.write_bytes(path.read_bytes() + b"and more\n" * (1 + number % 3))
            self.passes(path)

    @rule()
    def a_folder_is_removed_and_made_anew(self) -> None:
        shutil.rmtree(self.root / ".Old.2025")
        for part in ("cur", "new", "tmp"):
            (self.root / ".Old.2025" / part).mkdir(parents=True)
        self.passes(self.root / ".Old.2025" / "cur", self.root / ".Old.2025" / "new")

    # --- memory

    @rule()
    def restart(self) -> None:
        self.mailbox = self.open()

    @rule(pages=st.integers(1, 3))
    def read_some(self, pages: int) -> None:
        self.known.take(itertools.islice(self.mailbox.changes(self.known.cursor), pages))

    @rule()
    def read_all(self) -> None:
        self.known.take(self.mailbox.changes(self.known.cursor))
        here: dict[str, tuple[bool, int, str]] = {}
        for path in self.files():
            folder, flags = path.parent.parent.name, path.name.partition(":2,")[2]
            label = "." if path.parent.parent == self.root else folder
            draft = folder == ".Drafts" or ("D" in flags and folder != ".Sent")
            if label in READ and not (draft and "T" in flags):
                here[f"{label}|{path.name.partition(':2,')[0].partition(',')[0]}"] = (
                    draft,
                    path.stat().st_size,
                    id_of(path),
                )
        seen = sorted(
            (item.ref.rpartition("/")[0], item.is_draft, item.size, item.id) for item in self.known.items.values()
        )
        assert seen == sorted((key.partition("|")[0], *fact) for key, fact in here.items())
        assert list(self.mailbox.changes(self.known.cursor)) == [], "no news is no page"
        assert list(self.open().changes(self.known.cursor)) == []


TestReading = Reading.TestCase
TestReading.settings = settings(max_examples=40, stateful_step_count=25, deadline=None)
