"""No mail crashes the reader and none takes it over 50 ms: `FOLLOWUP_FUZZ=600 pytest -s tests/reading/test_hostile.py` for
ten minutes of mails with a new seed; a few hundred in every run.

The 50 ms are those of a machine on which the standard library parses an ordinary mail in PACE; one that is slower, or busy with
other things, is allowed as many times more.
"""

from __future__ import annotations

import os
import time
from itertools import islice

from bot.errors import NotReadable
from bot.providers import mime
from bot.reading.body import body_of
from bot.reading.read import read
from bot.reading.settings import ReadSettings
from tests.bench import bare
from tests.bench.material import letters
from tests.reading.hostile import mails

SETTINGS = ReadSettings.of(["alex@northwind.example"], "America/Chicago", "US")
LONGEST = 0.05  # seconds of processor
PACE = 0.0012
SECONDS = int(os.environ.get("FOLLOWUP_FUZZ", "0"))
SEED = int(os.environ.get("FOLLOWUP_FUZZ_SEED", str(time.time_ns()) if SECONDS else "1"))
FEW = 100
ORDINARY = [letter.data for letter in letters(40)]


def taken(data: bytes) -> float:
    """Seconds of processor to parse, cut and read a mail."""
    began = time.process_time()
    try:
        message = mime.parse(data, "m")
    except NotReadable:
        return time.process_time() - began
    read(message, SETTINGS, body_of(message))
    return time.process_time() - began


def pace() -> float:
    """How many times slower than it should be the machine is now."""
    began = time.process_time()
    for data in ORDINARY:
        bare.touch(data)
    return max(1.0, (time.process_time() - began) / len(ORDINARY) / PACE)


def test_no_mail_crashes_the_reader_or_holds_it_up() -> None:
    """What took long is timed again by itself: patterns are compiled on first use, and machines have other things to do."""
    until = time.monotonic() + SECONDS
    times: list[float] = []
    slow: list[tuple[float, bytes]] = []
    for data in mails(SEED) if SECONDS else islice(mails(SEED), FEW):
        try:
            times.append(taken(data))
        except Exception as error:
            raise AssertionError(f"seed {SEED}, mail {len(times)}: {data[:3000]!r}") from error
        if times[-1] > LONGEST:
            times[-1] = min(taken(data) / pace() for _ in range(4))
        if times[-1] > LONGEST:
            slow.append((times[-1], data))
        if SECONDS and time.monotonic() > until:
            break
    times.sort()
    median, most = times[len(times) // 2], times[-1]
    said = f"median {median * 1e3:.2f} ms, slowest {most * 1e3:.1f} ms, {len(slow)} too slow"
    print(f"pace {pace():.2f}, seed {SEED}: {len(times)} mails, {said}")
    assert not slow, [(f"{seconds:.3f} s", len(data), data[:600]) for seconds, data in sorted(slow, reverse=True)[:5]]
