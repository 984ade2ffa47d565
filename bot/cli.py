"""A stand-in door: read, when, money."""

from __future__ import annotations

import datetime as dt
import json
import sys
import zoneinfo
from dataclasses import asdict
from pathlib import Path

from bot.errors import NotReadable
from bot.model import Message
from bot.providers import ics, mime
from bot.reading.body import body_of
from bot.reading.dates import when
from bot.reading.money import find_money
from bot.reading.read import read, read_entry
from bot.reading.settings import ReadSettings


def main() -> None:
    verb, args = sys.argv[1], sys.argv[2:]
    if verb == "replay":
        import argparse
        from bot.app import replay_files
        from bot.cadence.policy import Policy
        from bot.jobs.replay import Approve
        from bot.model import Put, Draft
        ap = argparse.ArgumentParser()
        for x in ("--mail", "--calendar", "--zone", "--country", "--from", "--to", "--approve", "--config"):
            ap.add_argument(x, dest=x.strip("-").replace("from", "begin"))
        ap.add_argument("--me", action="append")
        ap.add_argument("--json", action="store_true")
        a = ap.parse_args(args)
        for s in replay_files(Path(a.mail), Path(a.calendar), me=a.me, zone=a.zone, country=a.country, begin=dt.date.fromisoformat(a.begin), end=dt.date.fromisoformat(a.to), approve=Approve(a.approve), policy=Policy()):
            if s.opportunity:
                o = s.opportunity
                print(json.dumps({"at": s.at.isoformat(), "effect": "stage", "thread": o.opening, "stage": o.stage, "because": o.because}))
            elif s.done:
                e = s.done.effect
                if isinstance(e, Put):
                    t, c = e.touch, s.done.written.content
                    row = {"at": s.at.isoformat(), "effect": t.form, "key": t.key, "thread": t.opening, "step": t.step, "because": t.because}
                    if isinstance(c, Draft):
                        row |= {"to": [str(x) for x in c.to], "cc": [str(x) for x in c.cc], "subject": c.subject, "text": c.text}
                    else:
                        row |= {"start": c.start.isoformat(), "end": c.end.isoformat(), "title": c.title, "notes": c.notes}
                else:
                    st = e.standing
                    row = {"at": s.at.isoformat(), "effect": "withdrawn" if st.form == "draft" else "reminder_withdrawn", "key": st.key, "thread": st.opening, "step": st.step, "because": e.because}
                print(json.dumps(row))
        return
    if verb == "read":
        paths, me, zone, country = [], [], "UTC", "US"
        it = iter(args)
        for a in it:
            if a == "--me":
                me.append(next(it))
            elif a == "--zone":
                zone = next(it)
            elif a == "--country":
                country = next(it)
            elif a != "--json":
                paths.append(Path(a))
        settings = ReadSettings.of(me, zone, country)
        for p in paths:
            for f in sorted(p.rglob("*")) if p.is_dir() else [p]:
                if f.suffix not in (".eml", ".ics"):
                    continue
                try:
                    own = None
                    if f.suffix == ".ics":
                        rows = [(e.uid, read_entry(e, settings)) for e in ics.parse(f.read_bytes(), str(f), "", settings.zone)]
                    else:
                        m: Message = mime.parse(f.read_bytes(), str(f))
                        b = body_of(m)
                        own = b.own
                        rows = [(m.id, read(m, settings, b))]
                    for mid, r in rows:
                        d = {"file": str(f), "message_id": mid, **{k: (str(v) if v is not None and not isinstance(v, bool) else v) for k, v in asdict(r).items() if k not in ("marks", "mentions")}, "marks": sorted(r.marks), "own_text": own}
                        print(json.dumps(d))
                except NotReadable as fault:
                    print(json.dumps({"file": str(f), "message_id": None, "kind": "unreadable", "words": str(fault)}))
    else:
        for line in sys.stdin:
            q = json.loads(line)
            if verb == "when":
                at = dt.datetime.fromisoformat(q["at"])
                zone_ = zoneinfo.ZoneInfo(q["zone"])
                at = at.astimezone(zone_) if at.tzinfo else at.replace(tzinfo=zone_)
                m_ = when(q["text"], at, q["country"])
                print(json.dumps({"date": m_ and m_.first.isoformat(), "date_to": m_ and m_.last and m_.last.isoformat(), "words": m_ and m_.words}))
            else:
                print(json.dumps({"amounts": [{"amount": str(x.amount), "currency": x.currency, "words": x.words} for x in find_money(q["text"], q["country"])]}))
