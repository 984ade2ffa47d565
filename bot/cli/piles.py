"""pile, add, import: what the open quotes are worth, and quotes that never were a mail."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Annotated

import typer

from bot.cli import show
from bot.cli.options import DEFAULT_CONFIG, ConfigFile, Country, Json, Zone, date_of, local_zone, zone_of
from bot.commands import accounts, archives, paper
from bot.config import defaults
from bot.reports.pile import Heap, Pile

MOST_ROWS = 20


def pile(
    paths: Annotated[
        list[Path] | None, typer.Argument(help="An mbox, a Maildir or a folder of .eml; none: the config's accounts.")
    ] = None,
    me: Annotated[
        list[str] | None,
        typer.Option("--me", metavar="ADDRESS", help="The rep's own address; repeat it for further ones."),
    ] = None,
    zone: Zone = "",
    country: Country = "US",
    as_of: Annotated[str, typer.Option(help="The day to look from, YYYY-MM-DD; today where it is left out.")] = "",
    config: ConfigFile = DEFAULT_CONFIG,
    account: Annotated[str | None, typer.Option(help="One account of the config.")] = None,
    everything: Annotated[
        bool, typer.Option("--all", help=f"List every quote, not only the {MOST_ROWS} dearest.")
    ] = False,
    as_json: Json = False,
) -> None:
    """Say what the open quotes are worth: by age, never followed up, given up early, and what they may bring.

    Works straight on a mailbox file, without any set-up: followup pile takeout.mbox --me you@firm.example
    """
    where = zone_of(zone or local_zone())
    now = dt.datetime.combine(date_of(as_of), dt.time(23, 59), where) if as_of else dt.datetime.now(where)
    if paths:
        if not me:
            raise typer.BadParameter("say whose mail it is: --me you@firm.example", param_hint="--me")
        with show.bar() as progress:
            task = progress.add_task("reading", total=None)
            found = archives.pile_of_archive(
                paths, me=me, zone=where.key, country=country, now=now, config=defaults(),
                progress=lambda done, total: progress.update(task, completed=done, total=2 * total),
            )  # fmt: skip
        _print(found, country, everything, as_json)
        return
    for name, land, found in accounts.piles_of_accounts(config, account, now):
        if not as_json:
            show.say(f"{name}", "bold")
        _print(found, land, everything, as_json)


def _print(found: Pile, country: str, everything: bool, as_json: bool) -> None:
    if as_json:
        show.json_line(pile_row(found))
        return
    show.say()
    show.say(f"  {show.sums(found.open.value, country)}", "bold")
    show.say(
        f"  lies in {found.open.count} open quote{'s' if found.open.count != 1 else ''}, as of {show.day(found.as_of, country)}"
    )
    never = found.never_followed_up
    show.say(f"  {never.count} never followed up ({show.sums(never.value, country)}); "
             f"{found.gave_up_early.count} given up early ({show.sums(found.gave_up_early.value, country)})")  # fmt: skip
    rate = f"{found.rate * 100:.0f} %"
    show.say(f"  at a close rate of {rate} ({found.rate_source}): {show.sums(found.expected, country)}")
    show.say()
    rows = [(band, heap.count, show.sums(heap.value, country)) for band, heap in found.bands]
    show.table("", ("age", "quotes", "worth"), rows, ("quotes", "worth"))
    show.say()
    quotes = found.quotes if everything else found.quotes[:MOST_ROWS]
    show.table(
        "",
        ("quote", "customer", "worth", "sent", "days", "touches", "stage", "next"),
        [
            (
                q.number or _short(q.subject),
                _short(f"{q.customer}{f', {q.company}' if q.company else ''}", 40),
                show.money(q.amount, q.currency, country),
                show.day(q.sent, country),
                q.age_days,
                q.touches,
                q.stage.value,
                _next(q.next.day, q.next.step, q.next.because, country) if q.next else "",
            )
            for q in quotes
        ],
        ("worth", "days", "touches"),
    )
    if len(quotes) < len(found.quotes):
        show.say(f"... and {len(found.quotes) - len(quotes)} more (--all lists them)", "dim")


def _next(day: dt.date | None, step: str | None, because: str, country: str) -> str:
    if day is None:
        return because
    return f"{step or 'your answer'} {show.day(day, country)}"


def _short(text: str, most: int = 32) -> str:
    return text if len(text) <= most else text[: most - 1] + "…"


def pile_row(found: Pile) -> dict[str, object]:
    """The report as JSON."""
    return {
        "as_of": found.as_of,
        "open": _heap(found.open),
        "bands": [{"band": band, **_heap(heap)} for band, heap in found.bands],
        "never_followed_up": _heap(found.never_followed_up),
        "gave_up_early": _heap(found.gave_up_early),
        "expected": {"rate": found.rate, "source": found.rate_source, "value": found.expected},
        "decided": {stage.value: _heap(heap) for stage, heap in found.decided.items()},
        "quotes": [
            {
                "number": q.number, "customer": q.customer, "company": q.company, "amount": q.amount, "currency": q.currency,
                "sent": q.sent, "age_days": q.age_days, "touches": q.touches, "stage": q.stage, "thread": q.opening,
                "next": {"day": q.next.day, "step": q.next.step, "because": q.next.because} if q.next else None,
            }
            for q in found.quotes
        ],
    }  # fmt: skip


def _heap(heap: Heap) -> dict[str, object]:
    return {"count": heap.count, "value": heap.value}


def add(
    name: Annotated[str, typer.Argument(help="The customer's name.")],
    address: Annotated[str, typer.Argument(help="His email address.")],
    amount: Annotated[str, typer.Argument(help='The total, such as 4,850.00 or "$4,850".')],
    sent: Annotated[str, typer.Argument(help="The day you quoted, YYYY-MM-DD.")],
    number: Annotated[str, typer.Option(help="The quote's number.")] = "",
    subject: Annotated[str, typer.Option(help="What it was for, in a few words.")] = "",
    config: ConfigFile = DEFAULT_CONFIG,
    account: Annotated[str | None, typer.Option(help="One account of the config.")] = None,
) -> None:
    """Add a quote you gave on paper or by phone: it is followed up like any other."""
    row = paper.PaperQuote(name, address, amount, date_of(sent), number, subject)
    added = paper.add_quotes(config, account, [row])
    show.say("added" if added else "it was there already: nothing changed")


def import_(
    file: Annotated[
        Path,
        typer.Argument(help="A CSV with the columns name, address, amount, date and, if you like, number, subject."),
    ],
    config: ConfigFile = DEFAULT_CONFIG,
    account: Annotated[str | None, typer.Option(help="One account of the config.")] = None,
) -> None:
    """Import the paper pile from a CSV: all of it or, where a line is wrong, nothing."""
    rows = paper.paper_quotes(file)
    added = paper.add_quotes(config, account, rows)
    show.say(f"{len(rows)} quotes read, {added} new")
