"""Whole weeks of mail and calendar, told in tests/weeks/*.yaml, played through `replay` on a real Maildir and memory.

Each file is one or two rulings of how a good follow-up behaves, written by somebody who had not seen the code. Times are the rep's.
`expect` says what must (draft, reminder, withdrawn, reminder_withdrawn, stage) and must not (none) be shown.
"""

from __future__ import annotations

import datetime as dt
import zoneinfo
from pathlib import Path
from typing import Any

import pytest
import yaml

from bot.cli.plays import row_of
from bot.commands.archives import replay_files
from bot.jobs.replay import Approve
from tests.accuracy import listed, mail_of

WEEKS = sorted((Path(__file__).parent / "weeks").glob("*.yaml"))
Row = dict[str, Any]


class Week:
    """One file, written out as mails and entries."""

    def __init__(self, path: Path, root: Path) -> None:
        self.told: Row = yaml.safe_load(path.read_text(encoding="utf-8"))
        self.rep = self.told["rep"]
        self.zone = zoneinfo.ZoneInfo(self.rep["zone"])
        self.root = root
        self.ids: dict[str, str] = {}
        self._mails: dict[str, Row] = {}
        for name in ("mail", "calendar"):
            (root / name).mkdir()
        for mail in self.told.get("mail") or []:
            self._write_mail(dict(mail))
        for entry in self.told.get("calendar") or []:
            self._write_entry(entry)

    def moment(self, text: Any) -> dt.datetime:
        at = text if isinstance(text, dt.datetime) else dt.datetime.fromisoformat(str(text))
        return at if at.tzinfo else at.replace(tzinfo=self.zone)

    def _write_mail(self, mail: Row) -> None:
        own = f"{self.rep['name']} <{self.rep['email']}>"
        parent = self._mails.get(mail.get("reply_to", ""))
        sent = mail.get("sent", False)
        mail.setdefault("from", own if sent else "raw@weeks.example")
        mail.setdefault("to", (parent["to"] if parent["sent"] else parent["from"]) if parent and sent else own)
        if parent:
            subject = parent["subject"]
            mail.setdefault("subject", subject if subject.casefold().startswith("re:") else f"Re: {subject}")
            thread = [*parent["thread"], f"{parent['id']}@examined.example"]
            mail["headers"] = {
                **(mail.get("headers") or {}),
                "In-Reply-To": f"<{thread[-1]}>",
                "References": " ".join(f"<{one}>" for one in thread),
            }
        else:
            thread = []
        self.ids[mail["id"]] = f"{mail['id']}@examined.example"
        known = {"subject": mail.get("subject", ""), "sent": sent, "thread": thread}
        self._mails[mail["id"]] = {**mail, **known}
        (self.root / "mail" / f"{mail['id']}.eml").write_bytes(mail_of({**mail, "at": str(mail["at"])}, self.zone))

    def _write_entry(self, entry: Row) -> None:
        uid = self.ids[entry["id"]] = f"{entry['id']}@examined.example"

        def utc(text: Any) -> str:
            return self.moment(text).astimezone(dt.UTC).strftime("%Y%m%dT%H%M%SZ")

        def escaped(text: Any) -> str:
            return str(text).replace("\\", "\\\\").replace(",", "\\,").replace(";", "\\;").replace("\n", "\\n")

        if isinstance(entry["start"], dt.datetime) or "T" in str(entry["start"]):
            span = [f"DTSTART:{utc(entry['start'])}", f"DTEND:{utc(entry.get('end') or entry['start'])}"]
        else:
            last = dt.date.fromisoformat(str(entry.get("end") or entry["start"])) + dt.timedelta(days=1)
            span = [f"DTSTART;VALUE=DATE:{str(entry['start']).replace('-', '')}", f"DTEND;VALUE=DATE:{last:%Y%m%d}"]
        people = [{"email": a} if isinstance(a, str) else a for a in entry.get("attendees") or []]
        lines = [
            "BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//weeks//EN", "BEGIN:VEVENT", f"UID:{uid}",
            f"DTSTAMP:{utc(entry['created'])}", f"CREATED:{utc(entry['created'])}", *span,
            f"SUMMARY:{escaped(entry.get('title', ''))}", f"DESCRIPTION:{escaped(entry.get('notes', ''))}",
            *(f"ATTENDEE;PARTSTAT={a.get('status', 'NEEDS-ACTION')}:mailto:{a['email']}" for a in people),
            "END:VEVENT", "END:VCALENDAR", "",
        ]  # fmt: skip
        (self.root / "calendar" / f"{entry['id']}.ics").write_text("\r\n".join(lines))

    def play(self) -> list[Row]:
        """What replay shows."""
        run, config = self.told["run"], None
        if self.told.get("config"):
            config = self.root / "config.yaml"
            config.write_text(yaml.safe_dump(self.told["config"]))
        shown = replay_files(
            self.root / "mail",
            self.root / "calendar",
            me=[self.rep["email"], *listed(self.rep.get("aliases"))],
            zone=self.rep["zone"],
            country=self.rep["country"],
            begin=dt.date.fromisoformat(str(run["from"])),
            end=dt.date.fromisoformat(str(run["to"])),
            approve=Approve(run.get("approve", "sent")),
            config=config,
        )
        return [row_of(event) for event in shown]

    def faults(self) -> list[str]:
        """Every expectation that does not hold."""
        rows = self.play()
        return [
            f"{verb} {want}"
            for item in self.told["expect"]
            for verb, want in item.items()
            if not self._holds(verb, dict(want), rows)
        ]

    def _holds(self, verb: str, want: Row, rows: list[Row]) -> bool:
        want = {("on" if key is True else key): value for key, value in want.items()}
        if verb == "stage":
            ids = [self.ids[t] for t in listed(want["thread"])]
            seen = [
                r
                for r in rows
                if r["effect"] == "stage" and r["thread"] in ids and str(self._day(r["at"])) <= str(want["at"])
            ]
            return bool(seen) and str(seen[-1]["stage"]) in listed(want["is"])
        hits = [r for r in rows if r["effect"] == want.get("effect", verb) and self._matches(want, r)]
        if verb == "none":
            return not hits
        keys = {r["key"] for r in hits}
        if "count" in want and len(keys) != want["count"]:
            return False
        if "at_most" in want:
            return len(keys) <= want["at_most"]
        texts = [" ".join(str(r.get(k, "")) for k in ("subject", "text", "title", "notes")).casefold() for r in hits]
        has = all(str(word).casefold() in text for text in texts for word in listed(want.get("has")))
        lacks = not any(str(word).casefold() in text for text in texts for word in listed(want.get("lacks")))
        return has and lacks and (bool(hits) or want.get("count") == 0)

    def _matches(self, want: Row, row: Row) -> bool:
        def within(span: Any, day: dt.date) -> bool:
            first, last = (listed(span) * 2)[:2]
            return str(first) <= str(day) <= str(last)

        return (
            ("thread" not in want or row["thread"] in [self.ids[t] for t in listed(want["thread"])])
            and ("step" not in want or row.get("step") in listed(want["step"]))
            and all(
                k not in want or any(want[k].casefold() in a.casefold() for a in row.get(k, [])) for k in ("to", "cc")
            )
            and ("between" not in want or within(want["between"], self._day(row["at"])))
            and ("on" not in want or within(want["on"], self._day(row["start"])))
        )

    def _day(self, at: dt.datetime) -> dt.date:
        return at.astimezone(self.zone).date()


@pytest.mark.parametrize("path", WEEKS, ids=lambda path: path.stem)
def test_weeks_go_as_told(path: Path, tmp_path: Path) -> None:
    assert Week(path, tmp_path).faults() == []
