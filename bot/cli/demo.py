"""demo: a quarter played before your eyes, and where to look at what it left behind."""

from __future__ import annotations

import datetime as dt
import io
import time
from collections import Counter, deque
from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from email.utils import parseaddr
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console, Group, RenderableType
from rich.live import Live
from rich.padding import Padding
from rich.panel import Panel
from rich.table import Table
from rich.text import Text

from bot.cli import show
from bot.cli.plays import row_of
from bot.commands.demo import Demo, Event, Finished
from bot.demo.cast import Acted, Deed
from bot.jobs.replay import Shown
from bot.model import Draft, Put, Stage
from bot.reports.pile import Heap

LASTS = 8.0  # seconds on a terminal: as fast as an eye can follow; without one there is no waiting
FEED = 9  # lines of what happened last, below the weeks
WIDTH = 112
_COLUMNS = ("quotes", "drafts", "sent", "answers", "reminders", "withdrawn", "won")
_STYLES = {
    "draft": "cyan", "withdrawn": "magenta", "reminder": "blue", "call withdrawn": "magenta", "won": "bold green",
    "lost": "red", "closed": "dim", "later": "blue", "away": "dim", "stopped": "bold red", "undeliverable": "red",
    "your turn": "yellow", "you edit": "yellow", "you discard": "yellow", "you leave": "yellow",
}  # fmt: skip
_DEEDS = {Deed.EDITED: "you edit", Deed.DISCARDED: "you discard", Deed.LEFT: "you leave"}


@dataclass(frozen=True, slots=True)
class Line:
    """One thing that happened, as it is told."""

    at: dt.datetime
    what: str
    who: str
    why: str

    def text(self, width: int = WIDTH) -> Text:
        """In one line of the width."""
        said = Text(no_wrap=True)
        said.append(f"  {self.at:%b} {self.at.day:>2} {self.at:%H:%M}  ", "dim")
        said.append(f"{self.what:<15}", _STYLES.get(self.what, ""))
        said.append(show.safe(f"{self.who}  "))
        said.append(show.safe(" ".join(self.why.split())), "dim")
        said.truncate(width, overflow="ellipsis")
        return said


@dataclass(slots=True)
class Watch:
    """What has been seen so far: the weeks' figures, the latest lines, and the first line of each sort."""

    names: dict[str, str]  # address -> name and firm
    begin: dt.date
    weeks: dict[dt.date, Counter[str]] = field(default_factory=dict)
    money: dict[dt.date, Decimal] = field(default_factory=dict)
    feed: deque[Line] = field(default_factory=lambda: deque(maxlen=FEED))
    firsts: dict[str, Line] = field(default_factory=dict)

    def take(self, event: Event) -> Line | None:
        """Count an event; the line that tells of it, where it is worth one."""
        day = event.at.date()
        if day < self.begin or (isinstance(event, Shown) and event.at.time() == dt.time()):
            return None  # what was there before
        week = day - dt.timedelta(day.weekday())
        figures = self.weeks.setdefault(week, Counter())
        line = self._acted(event, figures) if isinstance(event, Acted) else self._shown(event, figures, week)
        if line is not None:
            self.feed.append(line)
            if line.what == "closed":  # the first ones are closed by Alex's own hand
                self.firsts.pop(line.what, None)
            self.firsts.setdefault(line.what, line)
        return line

    def _acted(self, event: Acted, figures: Counter[str]) -> Line | None:
        match event.deed:
            case Deed.QUOTE:
                figures["quotes"] += 1
            case Deed.ANSWER:
                figures["answers"] += 1
            case Deed.SENT:
                figures["sent"] += 1
            case _:
                pass
        if event.deed not in _DEEDS:
            return None
        why = event.words and f'adds: "{event.words}"'
        return Line(event.at, _DEEDS[event.deed], f"{event.who}, {event.firm}", why or f"the {event.step} mail")

    def _shown(self, event: Shown, figures: Counter[str], week: dt.date) -> Line | None:
        row = row_of(event)
        if event.opportunity is not None:
            o = event.opportunity
            people = o.people or o.everyone
            if o.stage is Stage.WAITING or not o.is_quote:
                return None
            if o.stage is Stage.WON:
                figures["won"] += 1
                self.money[week] = self.money.get(week, Decimal(0)) + (o.quote.amount or 0)
            who = self.names.get(people[0].email, str(people[0])) if people else ""
            return Line(event.at, o.stage.replace("_", " "), who, o.because)
        effect = str(row["effect"])
        figures[{"draft": "drafts", "reminder": "reminders"}.get(effect, "withdrawn")] += 1
        assert event.done is not None
        done = event.done.effect
        emails = [a.email for a in done.touch.people] if isinstance(done, Put) else list(done.standing.people)
        who = self.names.get(emails[0], emails[0]) if emails else ""
        because = str(row["because"])
        if effect == "reminder":
            because = f"{row['start']:%b %d}: {row['title']}"
        return Line(event.at, "call withdrawn" if effect == "reminder_withdrawn" else effect, who, because)

    def table(self) -> Table:
        """The weeks so far and their sum."""
        shown = Table(box=None, pad_edge=False, header_style="bold", padding=(0, 2, 0, 0))
        shown.add_column("  week of", min_width=9, no_wrap=True)
        for column in _COLUMNS:
            shown.add_column(column, justify="right", no_wrap=True, style="bold green" if column == "won" else "")
        shown.add_column("worth", justify="right", min_width=8, no_wrap=True, style="green")
        for week, figures in self.weeks.items():
            shown.add_row(f"  {week:%b} {week.day:>2}", *self._cells(figures), self._worth(self.money.get(week)))
        whole: Counter[str] = sum(self.weeks.values(), Counter())
        shown.add_row("  in all", *self._cells(whole), self._worth(sum(self.money.values(), Decimal(0))), style="bold")
        return shown

    def _cells(self, figures: Counter[str]) -> list[str]:
        return [str(figures[column] or "·") for column in _COLUMNS]

    def _worth(self, amount: Decimal | None) -> str:
        return dollars({"USD": amount}) if amount else ""

    def view(self) -> RenderableType:
        """The weeks, and what happened last."""
        return Group(self.table(), Text(), *(line.text(show.out.width) for line in self.feed))


def demo(
    folder: Annotated[Path, typer.Option("--dir", help="Where to play; a demo that lies there is replaced.")] = Path(
        "demo"
    ),
    svg: Annotated[Path | None, typer.Option("--svg", hidden=True, help="Draw the end of it into a file.")] = None,
) -> None:
    """Play a quarter of an invented rep's mail on a real Maildir: no account, no network, nothing to set up."""
    played = Demo(folder)
    names = {parseaddr(c.who)[1]: f"{parseaddr(c.who)[0]}, {c.firm}" for c in played.story.customers}
    watch = Watch(names, played.story.setting.begin)
    show.say()
    show.say("  A quarter of Alex Reed's mail, April 6 to July 3, 2026. All of it is invented.")
    show.say("  Alex looks at his drafts every morning at ten.")
    show.say()
    if show.out.is_terminal:
        _live(played, watch)
    else:
        _plain(played, watch)
    assert played.finished is not None
    _end(show.out, played, played.finished, drafts=3)
    if svg is not None:
        draw(svg, played, watch, played.finished)


def _live(played: Demo, watch: Watch) -> None:
    """Play on a terminal, no faster than an eye can follow."""
    setting = played.story.setting
    whole = (setting.end - setting.begin).days + 1
    with Live(watch.view(), console=show.out, refresh_per_second=12) as live:
        began = time.monotonic()
        for event in played.events():
            if watch.take(event) is not None:
                live.update(watch.view())
                gone = ((event.at.date() - setting.begin).days + event.at.hour / 24) / whole
                time.sleep(max(0.0, gone * LASTS - (time.monotonic() - began)))
        watch.feed.clear()
        live.update(watch.view())


def _plain(played: Demo, watch: Watch) -> None:
    """Play without a terminal: line by line."""
    for event in played.events():
        if (line := watch.take(event)) is not None:
            show.out.print(line.text(10_000).plain, soft_wrap=True, markup=False)
    show.say()
    show.out.print(watch.table())


def _end(out: Console, played: Demo, finished: Finished, *, drafts: int) -> None:
    """What it came to, some drafts in full, and where to look next."""
    before, after, won = finished.before, finished.after, finished.won
    became = ", ".join(
        f"{heap.count} {stage.replace('_', ' ')}"
        for stage, heap in finished.became.items()
        if stage in (Stage.LATER, Stage.LOST, Stage.CLOSED)
    )
    out.print()
    for label, heap, words in (
        ("The pile before", before.open, f"quotes, {before.never_followed_up.count} never followed up"),
        ("of which won", finished.became.get(Stage.WON, Heap(0, {})), f"quotes; of the others {became}"),
        ("Won this quarter", won, "quotes, old and new together"),
        ("The pile after", after.open, f"quotes, {after.never_followed_up.count} never followed up"),
    ):
        said = Text(f"  {label:<17}")
        said.append(f"{dollars(heap.value):>9}", "bold green" if "won" in label.casefold() else "bold")
        said.append(f"  {heap.count} {words}")
        out.print(said, soft_wrap=True)
    out.print()
    for draft in finished.drafts[:drafts]:
        out.print(Padding(_panel(draft), (0, 2, 1, 2)))
    config = played.config
    out.print(Text(f"  {finished.mails} mails and {finished.entries} entries lie in {played.folder}. Look around:"))
    me, mail = played.story.setting.rep.email, played.folder / "mail"
    for command, what in (
        (f"mutt -f {mail}", "any mail program that opens a Maildir"),
        (f"followup explain hollis -c {config}", "a matter's whole story"),
        (f"followup plan -c {config}", "what a turn would do now"),
        (f"followup pile {mail} --me {me} --as-of {played.story.setting.end}", ""),
    ):
        out.print(Text(f"    {command:<46}", "bold").append(f"  {what}", "not bold dim"), soft_wrap=True)
    out.print()


def dollars(value: Mapping[str, Decimal]) -> str:
    """Sums without their cents where there are none."""
    return show.sums(value, "US").replace(".00", "")


def _panel(draft: Draft) -> Panel:
    head = Text(f"To: {', '.join(map(str, draft.to))}\nSubject: {draft.subject}\n\n", "bold")
    return Panel(head.append(draft.text.strip(), "not bold"), width=min(WIDTH, 88), border_style="dim")


def draw(path: Path, played: Demo, watch: Watch, finished: Finished) -> None:
    """The end of a demo as a picture: the weeks, one line of each sort, what it came to, and one draft."""
    out = Console(record=True, file=io.StringIO(), width=WIDTH, force_terminal=True, color_system="truecolor")
    out.print(Text("$ followup demo", "bold"), Text(), sep="\n")
    out.print(watch.table(), "")
    for line in sorted(watch.firsts.values(), key=lambda line: line.at):
        out.print(line.text())
    _end(out, played, finished, drafts=1)
    path.write_text(out.export_svg(title="followup demo", unique_id="followup-demo"), encoding="utf-8")
