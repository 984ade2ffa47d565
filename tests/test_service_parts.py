"""The parts of the service by themselves: when turns are due, what the log may say, the figures, the lease, word to systemd."""

from __future__ import annotations

import datetime as dt
import io
import json
import logging
import os
import socket
import sys
import urllib.error
import urllib.request
import zoneinfo
from pathlib import Path

import pytest

from bot.errors import TryLater, UserMustAct
from bot.jobs import logs
from bot.jobs.health import Health, Stock, Trouble
from bot.jobs.lease import SERVICE, LeaseLost, lease_of, tenancy
from bot.jobs.loopback import window
from bot.jobs.metrics import render
from bot.jobs.notify import Notifier
from bot.jobs.timing import back_off, next_morning, next_turn
from bot.pipeline import Outcome
from bot.store.sql import open_memory
from bot.store.turnlock import ThreadLocks

NOW = dt.datetime(2026, 3, 4, 12, 0, tzinfo=dt.UTC)
TEN = dt.timedelta(minutes=10)
EIGHT = dt.time(8, 0)
CHICAGO, BERLIN, AUCKLAND = map(zoneinfo.ZoneInfo, ("America/Chicago", "Europe/Berlin", "Pacific/Auckland"))

# --- when


@pytest.mark.parametrize("zone", [CHICAGO, BERLIN, AUCKLAND])
def test_drafts_appear_within_a_minute_of_eight_on_every_day_of_the_year(zone: zoneinfo.ZoneInfo) -> None:
    moment, seen = dt.datetime(2026, 1, 1, tzinfo=dt.UTC), []
    for _ in range(366):
        moment = next_morning(moment, "iris", EIGHT, zone)
        seen.append(moment.astimezone(zone))
    assert {(m.hour, m.minute) for m in seen} == {(8, 0)}
    assert len({m.date() for m in seen}) == 366


def test_an_hour_the_clocks_skip_still_comes() -> None:
    moment = next_morning(dt.datetime(2026, 3, 29, 0, 0, tzinfo=dt.UTC), "iris", dt.time(2, 30), BERLIN)
    assert dt.datetime(2026, 3, 29, 1, 30, tzinfo=dt.UTC) <= moment < dt.datetime(2026, 3, 29, 1, 31, tzinfo=dt.UTC)


def test_turns_come_every_ten_minutes_and_are_spread() -> None:
    moments = [next_turn(NOW, f"rep {i}", TEN, EIGHT, BERLIN) - NOW for i in range(200)]
    assert min(moments) >= dt.timedelta(minutes=9.5) and max(moments) <= dt.timedelta(minutes=10.5)
    assert max(moments) - min(moments) > dt.timedelta(seconds=45)


def test_the_morning_comes_before_the_round() -> None:
    shortly_before = dt.datetime(2026, 3, 4, 6, 58, tzinfo=dt.UTC)
    first = next_turn(shortly_before, "iris", TEN, EIGHT, BERLIN)
    assert first.astimezone(BERLIN).time().replace(second=0, microsecond=0) == EIGHT


def test_an_account_that_fails_is_asked_less_and_less_up_to_an_hour() -> None:
    waits = [back_off(n, "iris", None, person=False) for n in range(1, 20)]
    assert dt.timedelta(minutes=1) <= waits[0] < dt.timedelta(seconds=80)
    assert all(later >= dt.timedelta(hours=1) for later in waits[6:])
    assert max(waits) <= dt.timedelta(hours=1.2)


def test_no_sooner_than_the_world_asks_for_and_soon_where_a_person_mends_it() -> None:
    assert back_off(1, "iris", dt.timedelta(hours=3), person=False) == dt.timedelta(hours=3)
    assert back_off(50, "iris", None, person=True) <= dt.timedelta(minutes=18)
    assert back_off(10_000, "iris", None, person=False) <= dt.timedelta(hours=1.2)


# --- the log


def lines_of(stream: io.StringIO) -> list[dict[str, object]]:
    return [json.loads(line) for line in stream.getvalue().splitlines()]


@pytest.fixture
def log() -> io.StringIO:
    root, ours = logging.getLogger(), logging.getLogger("bot")
    before = root.handlers[:], root.level, ours.level
    stream = io.StringIO()
    logs.log_to(stream)
    yield stream
    root.handlers[:], level, our_level = before[0], before[1], before[2]
    root.setLevel(level)
    ours.setLevel(our_level)


def test_a_fault_s_words_are_not_logged(log: io.StringIO) -> None:
    try:
        raise ValueError("cannot write to vera@secret.example about Quote 77")
    except ValueError:
        logging.getLogger("bot.jobs.local").exception("turn failed: a bug", extra={"account": "ab12"})
    (line,) = lines_of(log)
    assert (line["fault"], line["account"], line["event"]) == ("ValueError", "ab12", "turn failed: a bug")
    assert "test_service_parts.py" in str(line["at_line"])
    assert "vera" not in log.getvalue() and "77" not in log.getvalue().partition('"at_line"')[0].partition('"level"')[2]


def test_other_libraries_and_other_fields_say_nothing(log: io.StringIO) -> None:
    logging.getLogger("urllib3.pool").warning("GET /users/vera@secret.example/messages failed")
    logging.getLogger("bot.pipeline").warning("odd %s", "vera@secret.example")
    logging.getLogger("bot.pipeline").warning("odd", extra={"subject": "vera@secret.example"})
    assert [line["event"] for line in lines_of(log)] == ["a library spoke", "a library spoke", "odd"]
    assert "vera" not in log.getvalue()


def test_an_account_is_known_by_a_hash_that_needs_the_salt() -> None:
    here, there = logs.account_hash("vera@secret.example", "salt"), logs.account_hash("vera@secret.example", "other")
    assert here != there and len(here) == 12 and "vera" not in here


# --- health and figures


def test_health_tells_good_late_and_person_apart() -> None:
    health = Health(0.0)
    health.admit({"iris": None, "otto": NOW - TEN}, NOW)
    assert not health.is_ready()
    health.turned("iris", Outcome(problems=(TryLater("busy"), UserMustAct("signed out", "sign in"))), NOW)
    health.turned("otto", Outcome(), NOW)
    iris, otto = health.vitals()["iris"], health.vitals()["otto"]
    assert (iris.trouble, iris.failures, iris.advice) == (Trouble.PERSON, 1, "sign in")
    assert (otto.trouble, otto.failures, otto.lag(NOW + TEN)) == (Trouble.NONE, 0, TEN)
    assert health.is_ready()
    assert health.failed("otto", ZeroDivisionError("vera@secret.example"), NOW).text == ""


def test_figures_read_as_prometheus_reads_them() -> None:
    health = Health(0.0)
    health.admit({"iris": None}, NOW)
    health.failed("iris", UserMustAct("signed out"), NOW)
    health.counted("iris", Stock({"standing": 3, "intended": 3}, 2, 2, 1))
    text = render(health.vitals(), NOW + TEN, 7.0, lambda name: 'a"b\\', False, {"iris": 40})
    samples = dict(line.rsplit(" ", 1) for line in text.splitlines() if not line.startswith("#"))
    assert samples['followup_lag_seconds{account="a\\"b\\\\"}'] == "600"
    assert samples['followup_ambiguous_writes{account="a\\"b\\\\"}'] == "1"
    assert samples['followup_quarantined{account="a\\"b\\\\"}'] == "2"
    assert samples['followup_not_written{account="a\\"b\\\\"}'] == "2"
    assert samples['followup_needs_person{account="a\\"b\\\\"}'] == "1"
    assert samples['followup_quota_units_total{account="a\\"b\\\\"}'] == "40"
    named = {line.split()[2] for line in text.splitlines() if line.startswith("# TYPE")}
    assert {name.partition("{")[0] for name in samples} <= named


def test_the_window_shows_its_pages_on_loopback_alone() -> None:
    with window(0, {"/healthz": lambda: (503, "still\n"), "/metrics": lambda: (200, "x 1\n")}) as port:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/metrics?a=b", timeout=5) as answer:
            assert answer.read() == b"x 1\n"
        for path, host, status in (
            ("/healthz", "localhost", 503),
            ("/etc", "127.0.0.1", 404),
            ("/metrics", "evil.example", 404),
        ):
            request = urllib.request.Request(f"http://127.0.0.1:{port}{path}", headers={"Host": f"{host}:{port}"})
            with pytest.raises(urllib.error.HTTPError) as refused:
                urllib.request.urlopen(request, timeout=5)
            assert refused.value.code == status
            refused.value.close()
        with pytest.raises(UserMustAct, match="cannot listen"), window(port, {}):
            pass


# --- the lease


def test_one_service_a_memory() -> None:
    memory, locks = open_memory(None), ThreadLocks()
    second = tenancy(memory, locks, 2, NOW)
    with tenancy(memory, locks, 1, NOW), pytest.raises(UserMustAct, match="serves this memory already"):
        second.__enter__()
    with tenancy(memory, locks, 3, NOW):
        lease = lease_of(memory)
        assert lease is not None and (lease.epoch, lease.process) == (2, 3)


def test_one_that_was_paused_past_its_lease_gives_way() -> None:
    """Its lock file was deleted while it slept, and another began."""
    memory = open_memory(None)
    with tenancy(memory, ThreadLocks(), 1, NOW) as paused, tenancy(memory, ThreadLocks(), 2, NOW) as second:
        with pytest.raises(LeaseLost):
            paused.check()
        with pytest.raises(LeaseLost):
            paused.renew(NOW)
        second.renew(NOW + TEN)
        lease = lease_of(memory)
        assert lease is not None and (lease.process, lease.seen) == (2, NOW + TEN)
    assert set(memory.facts(SERVICE)) == {"service"}


# --- word to systemd


@pytest.mark.skipif(sys.platform == "win32", reason="needs AF_UNIX datagrams")
def test_the_manager_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "notify"
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as manager:
        manager.bind(str(path))
        monkeypatch.setenv("NOTIFY_SOCKET", str(path))
        monkeypatch.setenv("WATCHDOG_USEC", "60000000")
        monkeypatch.setenv("WATCHDOG_PID", str(os.getpid()))
        notifier = Notifier.of_environment()
        assert notifier.watchdog_seconds == 60 and "NOTIFY_SOCKET" not in os.environ
        notifier.ready("2 accounts")
        assert manager.recv(1000) == f"READY=1\nSTATUS=2 accounts\nMAINPID={os.getpid()}".encode()
        notifier.alive()
        assert manager.recv(1000) == b"WATCHDOG=1"
    notifier.alive()  # nobody listens any more: no matter


def test_without_a_manager_nothing_is_said() -> None:
    Notifier().ready("fine")
    Notifier("/nowhere/at/all").alive()
