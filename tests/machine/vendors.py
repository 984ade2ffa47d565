"""Many accounts at the vendors on one machine: `python -m tests.machine.vendors [--accounts 200] [--every 60] [--minutes 6]`.

Half of the reps are at Gmail, half at Microsoft 365: the fakes at the wire, in a process of their own behind one port, where
mails go on arriving and the reps go on sending their drafts. This process is the service, with its real scheduler, doors and
memory on disk; what is measured is its own, by the operating system (Linux). `--every 60` is an hour's turns in six minutes;
`--every 600 --minutes 30` is a soak.
"""

from __future__ import annotations

import argparse
import datetime as dt
import email.utils
import gc
import logging
import os
import random
import tempfile
import threading
import time
import zoneinfo
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from multiprocessing import get_context
from pathlib import Path
from typing import Any

from bot.app import templates_of
from bot.cadence.policy import Policy
from bot.jobs.local import Roster, Service
from bot.pipeline import Account, World
from bot.providers import google_api, graph_api
from bot.providers.gmail import Gmail
from bot.providers.google_calendar import GoogleCalendar
from bot.providers.graph_api import Graph
from bot.providers.graph_calendar import GraphCalendar
from bot.providers.graph_mail import GraphMail
from bot.providers.wire import Wire
from bot.store.base import Memory
from bot.store.sql import open_memory
from bot.writing.facts import Rep
from tests.fakes.google import contract as google_contract
from tests.fakes.google import server as google_server
from tests.fakes.google.server import HOSTS, FakeGoogle
from tests.fakes.graph import contract as graph_contract
from tests.fakes.graph import exchange
from tests.fakes.graph.service import HOST
from tests.fakes.graph.service import Service as Exchange
from tests.fakes.graph.store import Store
from tests.machine.fleet import usage

PLACES = (("Europe/Berlin", "DE"), ("America/Chicago", "US"), ("Asia/Kolkata", "IN"), ("Australia/Sydney", "AU"))
ANSWERS = (
    "Please go ahead with the order.",
    "Does the price include the shelves?",
    "We chose another supplier, sorry.",
)


# --- the vendors, in a process of their own


@dataclass
class Office:
    """One rep's mailbox at a vendor. What people do waits for the next request, so that nothing moves within one."""

    number: int
    take_in: Callable[[bytes, bool], object]  # a mail; whether the rep sent it
    send_first_draft: Callable[[], object]
    chance: random.Random
    waiting: list[Callable[[], object]] = field(default_factory=list)
    quotes: int = 0

    @property
    def me(self) -> str:
        return f"rep{self.number}@kiln.example"

    def quoted(self, days_ago: float) -> None:
        n, self.quotes = self.quotes, self.quotes + 1
        body = f"Hello Cleo,\n\nhere is our quote for the kiln: $ {4200 + n}.00 in total.\n\nRep\n"
        who = f"Cleo Stone <c{n}@c{n}co{self.number}.example>"
        self.take_in(self._mail(self.me, who, f"Quote Q-{n} for the kiln", f"q{n}.{self.number}", body, days_ago), True)

    def answered(self, n: int, text: str) -> None:
        who = f"Cleo Stone <c{n}@c{n}co{self.number}.example>"
        answers = f"In-Reply-To: <q{n}.{self.number}@kiln.example>\nReferences: <q{n}.{self.number}@kiln.example>\n"
        name = f"a{n}.{self.number}.{self.chance.random()}"
        self.take_in(self._mail(who, self.me, f"Re: Quote Q-{n} for the kiln", name, text, 0, answers), False)

    def chatter(self) -> None:
        name = f"c{self.number}.{self.chance.random()}"
        self.take_in(self._mail("ann@kiln.example", self.me, "Lunch", name, "Noodles at one?\n", 0), False)

    def happens(self) -> None:
        """What ten minutes bring."""
        match self.chance.randrange(20):
            case 0:
                self.waiting.append(lambda: self.quoted(0))
            case 1 if self.quotes:
                n, text = self.chance.randrange(self.quotes), self.chance.choice(ANSWERS)
                self.waiting.append(lambda: self.answered(n, text))
            case 2:
                self.waiting.append(self.send_first_draft)
            case number if number < 8:
                self.waiting.append(self.chatter)

    def _mail(self, sender: str, to: str, subject: str, name: str, body: str, days: float, more: str = "") -> bytes:
        at = email.utils.format_datetime(dt.datetime.now(dt.UTC) - dt.timedelta(days=days))
        head = f"From: {sender}\nTo: {to}\nSubject: {subject}\nDate: {at}\nMessage-ID: <{name}@kiln.example>\n{more}"
        return f"{head}Content-Type: text/plain; charset=utf-8\n\n{body}".replace("\n", "\r\n").encode()


class Vendors:
    """All mailboxes behind one port; whose a request is, its token tells: `Bearer 17`."""

    def __init__(self, accounts: int) -> None:
        google_contract.check_body = lambda *args, **more: None  # type: ignore[assignment]  # looked at elsewhere
        graph_contract.check = lambda *args, **more: ""  # type: ignore[assignment]
        self.google = {n: self._google(n) for n in range(0, accounts, 2)}
        self.graph = {n: Exchange(Store(f"rep{n}@kiln.example", f"Rep Number{n}")) for n in range(1, accounts, 2)}
        self.offices = {n: self._office(n) for n in range(accounts)}
        vendors = self

        class Door(google_server._Handler):
            def do_GET(self) -> None:
                vendors.answer(self)

            do_POST = do_PUT = do_PATCH = do_DELETE = do_GET

        class Building(google_server.ThreadingHTTPServer):
            daemon_threads, block_on_close, request_queue_size = True, False, 256

        self.server = Building(("127.0.0.1", 0), Door)

    @staticmethod
    def _google(n: int) -> FakeGoogle:
        fake = FakeGoogle(f"rep{n}@kiln.example", lambda: dt.datetime.now(dt.UTC))
        fake._server.shutdown()  # it has a port of its own, which is not needed here
        fake._server.server_close()
        fake.token = str(n)
        fake.calendar.add_calendar("Follow-ups")
        return fake

    def _office(self, n: int) -> Office:
        if n in self.google:
            mail = self.google[n].mail

            def send_gmail() -> None:
                for draft in list(mail.drafts)[:1]:
                    mail.send_draft(draft)

            office = Office(
                n, lambda d, sent: mail.insert(d, ["SENT" if sent else "INBOX"]), send_gmail, random.Random(n)
            )
        else:
            store = self.graph[n].store

            def send_outlook() -> None:
                for one in [one for one in store.living() if one.folder == store.roles["drafts"]][:1]:
                    one.resource |= {"isDraft": False}
                    store.move(one, "sentitems")

            office = Office(
                n, lambda d, sent: exchange.take_in(store, d, "sentitems" if sent else "inbox"), send_outlook,
                random.Random(n),
            )  # fmt: skip
        for q in range(6):
            office.quoted(3 * q + 4)
        for q in range(2):
            office.answered(q, ANSWERS[q])
        for _ in range(20):
            office.chatter()
        return office

    def answer(self, handler: Any) -> None:
        n = int((handler.headers.get("Authorization") or "Bearer -1").split()[1])
        office = self.offices[n]
        while office.waiting:
            office.waiting.pop()()
        if n in self.google:
            self.google[n].trace.clear()
            self.google[n].handle(handler)
            return
        service = self.graph[n]
        service.calls.clear()
        body = handler.rfile.read(int(handler.headers.get("Content-Length") or 0))
        headers = {name.lower(): value for name, value in handler.headers.items()}
        reply = service.handle(handler.command, handler.path, headers, body)
        handler.raw(reply.status, reply.data(), "application/json", reply.headers)

    def wrongs(self) -> list[str]:
        return [w for one in (*self.google.values(), *self.graph.values()) for w in one.violations]


def vendors(accounts: int, every: float, pipe: Any) -> None:
    """The other process: serve until told to end, then tell what was not as the vendors allow it."""
    here = Vendors(accounts)
    threading.Thread(target=here.server.serve_forever, daemon=True).start()
    owns = {n: next(iter(fake.calendar.made_here)) for n, fake in here.google.items()}
    pipe.send((here.server.server_address[1], owns))
    while not pipe.poll(every):
        for office in here.offices.values():
            office.happens()
    pipe.send(here.wrongs())


# --- the service, in this one


def worlds(accounts: int, port: int, owns: Mapping[int, str], memory: Memory) -> Iterator[World]:
    """Every rep's world at his vendor."""
    templates, here = templates_of(None), f"http://127.0.0.1:{port}"
    for n in range(accounts):
        place, country = PLACES[n % 4]
        zone, me = zoneinfo.ZoneInfo(place), f"rep{n}@kiln.example"
        account = Account(f"rep{n}", (me,), Rep(f"Rep Number{n}", me), zone, country, "en", Policy())
        mailbox: Any
        calendar: Any
        if n in owns:
            stand_ins = dict.fromkeys(HOSTS, here)
            doors = [
                make(lambda n=n: str(n), stand_ins=stand_ins)
                for make in (google_api.gmail_wire, google_api.calendar_wire)
            ]
            mailbox, calendar = Gmail(doors[0], me=(me,)), GoogleCalendar(doors[1], owns[n], zone)
        else:
            wire = Wire(
                graph_api.allowed(HOST), bearer=lambda n=n: str(n), meter=graph_api.meter(), stand_ins={HOST: here}
            )
            graph = Graph(wire, HOST)
            mailbox, calendar = GraphMail(graph, language="en"), GraphCalendar(graph, zone)
        yield World(account, mailbox, calendar, memory, templates)


class Turns(logging.Handler):
    """How long each turn took, and what came of it, from the service's own log."""

    def __init__(self) -> None:
        super().__init__(logging.INFO)
        self.seconds: list[float] = []
        self.results: dict[str, int] = {}

    def emit(self, record: logging.LogRecord) -> None:
        if record.msg in ("turn", "turn failed", "turn failed: a bug"):
            self.seconds.append(record.seconds)  # type: ignore[attr-defined]
            result = str(record.result)  # type: ignore[attr-defined]
            self.results[result] = self.results.get(result, 0) + 1
            if record.exc_info:
                print(logging.Formatter().formatException(record.exc_info), flush=True)


@contextmanager
def listening() -> Iterator[Turns]:
    turns, log = Turns(), logging.getLogger("bot.jobs.local")
    log.addHandler(turns)
    log.setLevel(logging.INFO)
    yield turns
    log.removeHandler(turns)


def watch(service: Service, turns: Turns, accounts: int, empty: float, minutes: float, every: float) -> None:
    """A line every now and then; figures from the moment when every account has been read for the first time."""
    begun = time.monotonic()
    while len(service.health.vitals()) < accounts or not service.health.is_ready():
        time.sleep(0.5)
    first, first_cpu = time.monotonic() - begun, usage(os.getpid())[1]
    print(f"all {accounts} mailboxes read for the first time after {first:.0f} s, {first_cpu:.1f} s of CPU", flush=True)
    time.sleep(min(every, 120))
    before, cpu, settled = len(turns.seconds), usage(os.getpid())[1], time.monotonic()
    lags: list[float] = []
    sizes: list[float] = []
    while (now := time.monotonic()) - settled < 60 * minutes:
        time.sleep(min(5.0, every / 12))
        at = dt.datetime.now(dt.UTC)
        lags += [v.lag(at).total_seconds() for v in service.health.vitals().values()]
        if not sizes or now - settled > 60 * minutes * len(sizes) / 20:
            gc.collect()
            sizes.append(usage(os.getpid())[0])
            files, threads = len(list(Path("/proc/self/fd").iterdir())), threading.active_count()
            print(f"{now - settled:6.0f} s  {len(turns.seconds) - before} turns  {sizes[-1]:.1f} MB  {threads} threads  "
                  f"{files} open files", flush=True)  # fmt: skip
    wall, used, took = time.monotonic() - settled, usage(os.getpid())[1] - cpu, sorted(turns.seconds[before:])
    lags.sort()
    print(
        f"{accounts} accounts, a turn every {every:.0f} s: {len(took)} turns in {wall:.0f} s, by result {turns.results}"
    )
    print(f"CPU {100 * used / wall:.1f} % of a core, {1000 * used / len(took):.1f} ms a turn; at a turn every 600 s that is "
          f"{100 * used / len(took) * accounts / 600:.2f} %")  # fmt: skip
    print(f"a turn takes p50 {1000 * took[len(took) // 2]:.0f} ms, p99 {1000 * took[int(len(took) * 0.99)]:.0f} ms")
    print(f"lag p50 {lags[len(lags) // 2]:.0f} s, p99 {lags[int(len(lags) * 0.99)]:.0f} s, most {lags[-1]:.0f} s")
    each = 1024 * (sizes[-1] - empty) / accounts
    print(
        f"memory {sizes[0]:.1f} -> {sizes[-1]:.1f} MB (most {max(sizes):.1f}); {each:.0f} kB an account over {empty:.0f} MB"
    )


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    arguments.add_argument("--accounts", type=int, default=200)
    arguments.add_argument("--every", type=float, default=60, help="seconds between an account's turns")
    arguments.add_argument("--minutes", type=float, default=6)
    given = arguments.parse_args()
    context = get_context("spawn")
    ours, theirs = context.Pipe()
    other = context.Process(target=vendors, args=(given.accounts, given.every, theirs), daemon=True)
    other.start()
    port, owns = ours.recv()
    with tempfile.TemporaryDirectory() as folder, listening() as turns:
        memory = open_memory(Path(folder) / "memory.sqlite3")
        empty = usage(os.getpid())[0]
        roster = Roster(tuple(worlds(given.accounts, port, owns, memory)), dt.timedelta(seconds=given.every))
        service = Service(roster, lambda: dt.datetime.now(dt.UTC), lambda world, outcome: None)

        def watched() -> None:
            try:
                watch(service, turns, given.accounts, empty, given.minutes, given.every)
            finally:
                service.stop()

        watcher = threading.Thread(target=watched, daemon=True)
        watcher.start()
        begun = time.monotonic()
        ended = service.run()
        watcher.join(2)
        print(f"stopped {'in order' if ended else 'with a turn under way'} after {time.monotonic() - begun:.0f} s")
        memory.close()
    ours.send("end")
    wrongs = ours.recv()
    print(f"{len(wrongs)} requests that the vendors do not allow {wrongs[:3]}")
    other.join(5)


if __name__ == "__main__":
    main()
