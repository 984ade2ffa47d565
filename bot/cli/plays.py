"""replay and demo: the street under a simulated clock."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from bot.cli import show
from bot.cli.options import Country, Json, Me, Zone, date_of, zone_of
from bot.commands import archives
from bot.jobs.replay import Approve, Shown
from bot.model import Draft, Form, Put, Reminder
from bot.pipeline import Done


def replay(
    mail: Annotated[Path, typer.Option("--mail", help="A folder of .eml, a Maildir or an mbox.")],
    me: Me,
    begin: Annotated[str, typer.Option("--from", help="First day, YYYY-MM-DD.")],
    end: Annotated[str, typer.Option("--to", help="Last day, YYYY-MM-DD.")],
    calendar: Annotated[Path | None, typer.Option("--calendar", help="A folder of .ics files.")] = None,
    zone: Zone = "UTC",
    country: Country = "US",
    approve: Annotated[Approve, typer.Option(help="What the rep does with each draft.")] = Approve.SENT,
    config: Annotated[
        Path | None, typer.Option("--config", "-c", help="A configuration; only its policy counts.")
    ] = None,
    as_json: Json = False,
) -> None:
    """Play past weeks of mail and calendar again, and show what the bot would have done. Nothing given is touched."""
    zone_of(zone)
    shown = archives.replay_files(
        mail, calendar, me=me, zone=zone, country=country, begin=date_of(begin), end=date_of(end), approve=approve, config=config,
    )  # fmt: skip
    for event in shown:
        row = row_of(event)
        if as_json:
            show.json_line(row)
        else:
            what = row.get("stage") or row.get("step") or ""
            show.say(f"{str(row['at'])[:16].replace('T', ' ')}  {row['effect']:<19} {what:<14} {_who(event)}")
            show.say(f"{'':18}{row['because']}", "dim")


def row_of(event: Shown) -> dict[str, object]:
    """One thing that happened, in the words of the replay contract."""
    at = event.at
    if event.opportunity is not None:
        o = event.opportunity
        return {"at": at, "effect": "stage", "thread": o.opening, "stage": o.stage, "because": o.because}
    assert event.done is not None
    return {"at": at, **effect_row(event.done)}


def effect_row(done: Done) -> dict[str, object]:
    """An effect that took place, in the words of the replay contract."""
    effect = done.effect
    if not isinstance(effect, Put):
        s = effect.standing
        name = "withdrawn" if s.form is Form.DRAFT else "reminder_withdrawn"
        return {"effect": name, "key": s.key, "thread": s.opening, "step": s.step, "because": effect.because}
    touch, content = effect.touch, done.written.content if done.written else None
    row: dict[str, object] = {
        "effect": touch.form, "key": touch.key, "thread": touch.opening, "step": touch.step, "because": touch.because,
    }  # fmt: skip
    match content:
        case Draft():
            to, cc = [str(a) for a in content.to], [str(a) for a in content.cc]
            row |= {"to": to, "cc": cc, "subject": content.subject, "text": content.text}
        case Reminder():
            row |= {"start": content.start, "end": content.end, "title": content.title, "notes": content.notes}
        case None:
            pass
    return row


def _who(event: Shown) -> str:
    if event.opportunity is not None:
        people = event.opportunity.people or event.opportunity.everyone
        return ", ".join(a.name or a.email for a in people)
    assert event.done is not None
    effect = event.done.effect
    return (
        ", ".join(a.name or a.email for a in effect.touch.people)
        if isinstance(effect, Put)
        else ", ".join(effect.standing.people)
    )
