"""How well mails are read: `make accuracy`.

`tests/examined/*.jsonl` are mails and entries by examiners who had not seen a rule or another case when they wrote them, with
what a careful person would read in each. What counts is how they were read at first sight, which README gives; what they
taught has been mended since, in general terms, and here they hold what was reached. Where ../shared is there, its cases and the
third-party corpora are measured too.
"""

from __future__ import annotations

import datetime as dt
import email.message
import email.utils
import json
import subprocess
import sys
import zoneinfo
from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

from bot.model import Address, Attendee, Entry, Reading
from bot.providers import mime
from bot.reading.read import read, read_entry
from bot.reading.settings import ReadSettings
from tests.reading.test_quotes import pdf_of

HERE = Path(__file__).parent
SHARED = HERE.parent.parent / "shared"
DAYS = ("date", "date_to", "until", "valid_until")
# Readings that would chase somebody who has answered, or take an order for given that is none.
COSTLY = {
    "opt_out": {
        "later",
        "holding",
        "acknowledged",
        "away",
        "automatic",
        "nothing",
        "early_no",
        "engaged",
        "referral",
        "accepted",
    },
    "accepted": {"later", "holding", "acknowledged", "away", "automatic", "nothing", "early_no", "firm_no"},
    "firm_no": {"holding", "acknowledged", "away", "automatic", "nothing", "accepted"},
    "early_no": {"accepted", "holding", "acknowledged", "nothing"},
    "engaged": {"acknowledged", "away", "automatic", "nothing", "accepted"},
    "later": {"acknowledged", "automatic", "nothing", "accepted"},
}

Case = dict[str, Any]


@dataclass
class Score:
    """What came of one file, or of all."""

    cases: int = 0
    right: int = 0
    keys: dict[str, list[int]] = field(default_factory=lambda: defaultdict(lambda: [0, 0]))
    costly: list[str] = field(default_factory=list)
    confused: Counter[str] = field(default_factory=Counter)

    def add(self, case: Case, reading: Reading) -> None:
        """Count one case."""
        want = case["expect"]
        wrong = [key for key, value in want.items() if not agrees(key, value, getattr(reading, key, None))]
        self.cases += 1
        self.right += not wrong
        for key in want:
            self.keys[key][0] += key not in wrong
            self.keys[key][1] += 1
        kinds = listed(want.get("kind"))
        if kinds and reading.kind not in kinds:
            self.confused[f"{'/'.join(kinds)} read as {reading.kind}"] += 1
            if all(reading.kind in COSTLY.get(kind, ()) for kind in kinds):
                self.costly.append(case["id"])


def listed(value: Any) -> list[Any]:
    return [] if value is None else value if isinstance(value, list) else [value]


def agrees(key: str, want: Any, got: Any) -> bool:
    """Whether a value of a reading is what was wanted; of days a list is a span, of anything else a choice."""
    if want is None or got is None:
        return want is None and got is None
    if key in DAYS:
        first, last = (want * 2)[:2] if isinstance(want, list) else (want, want)
        return bool(first <= got.isoformat() <= last)
    if key == "amount":
        return any(same_amount(one, got) for one in listed(want))
    if key in ("contact", "words"):
        return any(str(one).casefold() in str(got).casefold() for one in listed(want))
    if key == "number":
        return any(str(one).lstrip("#").casefold() == str(got).lstrip("#").casefold() for one in listed(want))
    return any(str(one).casefold() == str(got).casefold() for one in listed(want))


def same_amount(want: Any, got: Decimal) -> bool:
    try:
        return Decimal(str(want)) == got
    except InvalidOperation:
        return False


def moment(text: str, zone: zoneinfo.ZoneInfo) -> dt.datetime:
    at = dt.datetime.fromisoformat(text)
    return at if at.tzinfo else at.replace(tzinfo=zone)


def mail_of(case: Case, zone: zoneinfo.ZoneInfo) -> bytes:
    """The case as a mail."""
    if case.get("raw"):
        return str(case["raw"]).encode("utf-8", "surrogateescape")
    mail = email.message.EmailMessage()
    mail["Message-ID"] = f"<{case['id']}@examined.example>"
    mail["Date"] = email.utils.format_datetime(moment(case["at"], zone))
    mail["From"], mail["To"], mail["Subject"] = case["from"], ", ".join(listed(case["to"])), case.get("subject", "")
    if case.get("cc"):
        mail["Cc"] = ", ".join(listed(case["cc"]))
    for name, value in (case.get("headers") or {}).items():
        del mail[name]
        mail[name] = value
    text, html = case.get("body"), case.get("html")
    mail.set_content(
        text if text is not None or html is None else html,
        subtype="plain" if text is not None or html is None else "html",
    )
    if text is not None and html:
        mail.add_alternative(html, subtype="html")
    for file in case.get("attachments") or []:
        name, content = (file, "") if isinstance(file, str) else (file["name"], file.get("text", ""))
        data = pdf_of(content) if name.endswith(".pdf") else content.encode()
        kind = ("application", "pdf") if name.endswith(".pdf") else ("application", "octet-stream")
        mail.add_attachment(data, maintype=kind[0], subtype=kind[1], filename=name)
    return mail.as_bytes()


def entry_of(case: Case, zone: zoneinfo.ZoneInfo) -> Entry:
    """The case as a calendar entry."""
    all_day = "T" not in case["start"]
    start = moment(case["start"], zone)
    last = moment(case.get("end") or case["start"], zone)
    end = last + dt.timedelta(days=1) if all_day else last
    people = [{"email": a} if isinstance(a, str) else a for a in case.get("attendees") or []]
    invited = tuple(Attendee(Address(a["email"].casefold()), a.get("status", "NEEDS-ACTION")) for a in people)
    title, notes = case.get("title", ""), case.get("notes") or ""
    return Entry(case["id"], "", case["id"], moment(case["created"], zone), start, end, all_day, title, notes, invited)


def cases_of(path: Path) -> Iterator[tuple[Case, Reading]]:
    """Each case of a file, and how it is read."""
    head, *rows = (json.loads(line) for line in path.read_text(encoding="utf-8").splitlines() if line.strip())
    settings = ReadSettings.of(head["me"], head["zone"], head["country"])
    for case in rows:
        if "start" in case:
            yield case, read_entry(entry_of(case, settings.zone), settings)
        else:
            yield case, read(mime.parse(mail_of(case, settings.zone), case["id"]), settings)


def percent(part: int, whole: int) -> str:
    return f"{100 * part / whole:.1f} %" if whole else "-"


def main() -> int:
    out = Console(highlight=False)
    table = Table("examined", "cases", "right", "kind", "costly", box=None, header_style="bold")
    whole = Score()
    for path in sorted((HERE / "examined").glob("*.jsonl")):
        score = Score()
        for case, reading in cases_of(path):
            score.add(case, reading)
            whole.add(case, reading)
        table.add_row(
            path.stem,
            str(score.cases),
            percent(score.right, score.cases),
            percent(*score.keys["kind"]),
            str(len(score.costly)),
        )
    table.add_row(
        "all",
        str(whole.cases),
        percent(whole.right, whole.cases),
        percent(*whole.keys["kind"]),
        str(len(whole.costly)),
        style="bold",
    )
    out.print(table)
    keys = ", ".join(f"{key} {percent(*count)} of {count[1]}" for key, count in sorted(whole.keys.items()))
    out.print(f"\nby key: {keys}")
    out.print("kinds mistaken most: " + "; ".join(f"{what} {n}" for what, n in whole.confused.most_common(8)))
    if not SHARED.is_dir():
        out.print("\n../shared is not here: its cases and the third-party corpora are not measured")
        return 0
    followup = str(Path(sys.executable).with_name("followup"))
    for title, command in (
        (
            "the contract's cases",
            [SHARED / "cases/check.py", "readings", "-q", SHARED / "cases/messages", SHARED / "cases/events"],
        ),
        ("third-party corpora", [SHARED / "corpora/score.py"]),
    ):
        out.print(f"\n{title}:", style="bold")
        subprocess.run([sys.executable, *map(str, command), "--command", followup], check=False)
    return 0


if __name__ == "__main__":
    sys.exit(main())
