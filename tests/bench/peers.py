"""How fast days are read out of a sentence, held against the libraries that people use for it, on the same sentences in one
run.

They are no dependencies of ours: whoever wants them measured installs them aside and shows the way,

    pip install --target /tmp/peers dateparser parsedatetime recognizers-text-suite 'emoji<2'
    PYTHONPATH=/tmp/peers python -m tests.bench when

and those that are not there are left out. Each is asked as its manual says for text in English, with the time from which to
count; what it answers does not matter here.
"""

from __future__ import annotations

import datetime as dt
import importlib
import importlib.util
import itertools
import statistics
import time
import zoneinfo
from collections.abc import Callable, Iterator

from bot.reading.dates import when

ZONE = zoneinfo.ZoneInfo("America/Chicago")
AT = dt.datetime(2026, 3, 3, 10, 15, tzinfo=ZONE)
ROUNDS = 9
_DAYS = """tomorrow|next Tuesday|on Friday|in three weeks|in six months|after Easter|on March 14|on 14 April 2026|04/20/2026|
by the end of the month|at the beginning of May|in early autumn|next quarter|not before September|in Q3|next year in February|
the week of the 14th|in a fortnight|when the budget is out|as soon as the hall is empty|sometime|with the other papers""".replace(
    "\n", ""
)
_FRAMES = (
    "Please call me again {}.",
    "Thanks for the quote. We are moving halls at the moment, could we talk {}? Dana has the drawings until then.",
    "The budget round is not through yet, so there is nothing I can say {}, but the compressor stays on our list for the hall.",
)
TEXTS = [frame.format(day) for frame, day in itertools.product(_FRAMES, _DAYS.split("|"))]

Reader = Callable[[str], object]


def ours(text: str) -> object:
    """The project's own."""
    return when(text, AT, "US")


def _dateparser() -> Reader:
    search = importlib.import_module("dateparser.search").search_dates
    settings = {"RELATIVE_BASE": AT.replace(tzinfo=None), "PREFER_DATES_FROM": "future"}
    return lambda text: search(text, languages=["en"], settings=settings)


def _parsedatetime() -> Reader:
    calendar = importlib.import_module("parsedatetime").Calendar()
    return lambda text: calendar.nlp(text, sourceTime=AT.timetuple())


def _recognizers() -> Reader:
    recognizer = importlib.import_module("recognizers_date_time").DateTimeRecognizer("en-us")
    model = recognizer.get_datetime_model()
    return lambda text: model.parse(text, AT.replace(tzinfo=None))


PEERS: dict[str, tuple[str, Callable[[], Reader]]] = {
    "dateparser": ("dateparser", _dateparser),
    "parsedatetime": ("parsedatetime", _parsedatetime),
    "recognizers-text": ("recognizers_date_time", _recognizers),
}


def readers() -> Iterator[tuple[str, Reader]]:
    """Ours, and those of the others that are installed."""
    yield "ours", ours
    for name, (module, make) in PEERS.items():
        if importlib.util.find_spec(module):
            yield name, make()


def medians() -> dict[str, float]:
    """Of each reader the median over the texts of the seconds of processor it takes for one; of each text the best of some
    rounds. They take turns, each with all texts, so that none finds the processor's caches full of another's things."""
    there = dict(readers())
    best = {name: [float("inf")] * len(TEXTS) for name in there}
    for (name, reader), (number, text) in itertools.product(list(there.items()) * ROUNDS, enumerate(TEXTS)):
        began = time.process_time()
        reader(text)
        best[name][number] = min(best[name][number], time.process_time() - began)
    return {name: statistics.median(times) for name, times in best.items()}
