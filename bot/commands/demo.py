"""The demo: a quarter of an invented rep on a real Maildir and calendar folder, played under a simulated clock."""

from __future__ import annotations

import datetime as dt
import shutil
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from bot import app
from bot import config as settings_file
from bot.cadence.worktime import WorkTime
from bot.demo import story as stories
from bot.demo.cast import Acted, Cast
from bot.demo.story import Story
from bot.errors import UserMustAct
from bot.jobs.playground import Playground
from bot.jobs.replay import Shown, replay
from bot.model import Draft, Put, Stage
from bot.pipeline import Outcome, View, World
from bot.reports.pile import Heap, Pile, heap, pile

MARKER = ".followup-demo"
_MADE = (
    "mail",
    "calendar",
    "library",
    "followup.yaml",
    "memory.sqlite3",
    "memory.sqlite3-wal",
    "memory.sqlite3-shm",
    MARKER,
)
_ACCOUNT = "alex"
LOOKS_EVERY = dt.timedelta(hours=3)  # seldom enough that a quarter is played in seconds
_CONFIG = """\
# The demo's own settings. Try: followup explain hollis -c {name}
accounts:
  - name: {account}
    me: [{email}]
    rep: {{name: {rep}, phone: "{phone}", company: {company}}}
    zone: {zone}
    country: {country}
    mail: {{kind: maildir, path: mail}}
    calendar: {{kind: icsdir, path: calendar}}
store: {{path: memory.sqlite3}}
library: library
policy:
  close_old_quotes: true   # the forgotten quotes get one closing mail each
"""


@dataclass(frozen=True, slots=True)
class Finished:
    """How the quarter came out. `won` counts the matters won in it, `became` what the quotes of `before` have become;
    `drafts` are a few of the bot's own, one a step."""

    before: Pile
    after: Pile
    won: Heap
    became: dict[Stage, Heap]
    drafts: tuple[Draft, ...]
    mails: int
    entries: int


Event = Shown | Acted


@dataclass(slots=True)
class Demo:
    """One playing in a folder. `events` plays it; `finished` is there once it has come to its end."""

    folder: Path
    story: Story = field(default_factory=stories.load)
    finished: Finished | None = None

    @property
    def config(self) -> Path:
        """The config under which the other commands see the demo."""
        return self.folder / "followup.yaml"

    def events(self) -> Iterator[Event]:
        """Make the folder anew and play, in order of time. Raises UserMustAct where the folder is somebody else's."""
        prepare(self.folder)
        self._write_config()
        playground = Playground(self.folder)
        config = settings_file.load(self.config)
        account = app.account_of(config.account(_ACCOUNT), config)
        world = app.playing(playground, account, app.library_of(config.library))
        try:
            yield from self._played(world, playground)
            world.memory.backup(config.store)
        finally:
            world.memory.close()

    def _played(self, world: World, playground: Playground) -> Iterator[Event]:
        setting, zone = self.story.setting, world.account.zone
        cast = Cast(self.story, playground, WorkTime(setting.country, zone))
        views: list[View] = []
        drafts: dict[str, Draft] = {}

        def after_turn(at: dt.datetime, outcome: Outcome) -> None:
            if outcome.view is not None:
                views[1:] = [outcome.view]

        for shown in replay(
            cast.coming(), playground, world, setting.begin, setting.end, cast, after_turn, LOOKS_EVERY
        ):
            yield from cast.told_until(shown.at)
            content = shown.done.written.content if shown.done and shown.done.written else None
            if isinstance(content, Draft) and shown.done and isinstance(shown.done.effect, Put):
                drafts.setdefault(shown.done.effect.touch.step, content)
            yield shown
        end = dt.datetime.combine(setting.end, dt.time.max, zone)
        yield from cast.told_until(end)
        first, last = views[0], views[-1]
        self.finished = Finished(
            before=_pile(world, first, first.now),
            after=_pile(world, last, end),
            won=_won(first, last),
            became=_became(first, last),
            drafts=tuple(drafts[step] for step in ("first", "value", "close") if step in drafts),
            mails=sum(
                1 for path in playground.mail.rglob("*") if path.is_file() and path.parent.name in ("cur", "new")
            ),
            entries=sum(1 for _ in playground.calendar.glob("*.ics")),
        )

    def _write_config(self) -> None:
        setting = self.story.setting
        rep = setting.rep
        text = _CONFIG.format(
            name=self.config, account=_ACCOUNT, email=rep.email, rep=rep.name, phone=rep.phone, company=rep.company,
            zone=setting.zone, country=setting.country,
        )  # fmt: skip
        self.config.write_text(text, encoding="utf-8")
        (self.folder / "library").mkdir()
        (self.folder / "library" / "things.yaml").write_text(stories.library(), encoding="utf-8")


def prepare(folder: Path) -> None:
    """An empty folder for the demo. What an earlier demo made in it is removed; nothing else is ever touched."""
    if folder.exists() and not folder.is_dir():
        raise UserMustAct(f"{folder} is a file", "name another folder: followup demo --dir FOLDER")
    if folder.is_dir() and any(folder.iterdir()) and not (folder / MARKER).is_file():
        raise UserMustAct(
            f"{folder} holds something that no demo has made",
            "nothing was touched; name another folder: followup demo --dir FOLDER",
        )
    try:
        for name in _MADE:
            path = folder / name
            if path.is_dir() and not path.is_symlink():
                shutil.rmtree(path)
            else:
                path.unlink(missing_ok=True)
        folder.mkdir(parents=True, exist_ok=True)
        (folder / MARKER).write_text("Made by `followup demo`, which replaces this folder when it is run again.\n")
    except OSError as fault:
        raise UserMustAct(f"cannot write {folder}: {fault.strerror}", "name another folder: --dir FOLDER") from fault


def _pile(world: World, view: View, now: dt.datetime) -> Pile:
    account = world.account
    worktime = WorkTime(account.country, account.zone)
    return pile(view.opportunities, view.outlooks, policy=account.policy, worktime=worktime, now=now)


def _won(first: View, last: View) -> Heap:
    before = {o.opening for o in first.opportunities if o.stage is Stage.WON}
    return heap([o for o in last.opportunities if o.stage is Stage.WON and o.opening not in before])


def _became(first: View, last: View) -> dict[Stage, Heap]:
    """What has become of the quotes that lay there at the beginning."""
    lay = {o.opening for o in first.opportunities}
    then = [o for o in last.opportunities if o.opening in lay and o.is_quote]
    return {stage: found for stage in Stage if (found := heap([o for o in then if o.stage is stage])).count}
