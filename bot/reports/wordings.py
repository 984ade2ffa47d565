"""What the rep makes of the drafts: each wording's fate, from what stood and what was sent. Pure."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from enum import StrEnum

from bot.model import Form, Standing, State

KEPT = 100  # out of 100 (reading/likeness.py): no word differs
LIGHTLY = 60  # or more: a word here and there, a sentence gone or added


class Fate(StrEnum):
    """What became of a draft."""

    KEPT = "kept"  # sent as it was written
    LIGHTLY_EDITED = "lightly edited"
    REWRITTEN = "rewritten"
    DISCARDED = "discarded"


@dataclass(frozen=True, slots=True)
class Record:
    """How a wording fared. `wording` is its id (writing/templates.py), `seen` how often the rep has dealt with it."""

    step: str
    wording: str
    fates: dict[Fate, int] = field(default_factory=dict)

    @property
    def seen(self) -> int:
        return sum(self.fates.values())

    @property
    def liked(self) -> float:
        """The share that was sent as written or nearly so."""
        return (self.fates.get(Fate.KEPT, 0) + self.fates.get(Fate.LIGHTLY_EDITED, 0)) / max(1, self.seen)


def fate_of(standing: Standing) -> Fate | None:
    """What became of a draft; None while it lies there, where it was taken away, or where nobody saw what was sent."""
    if standing.form is not Form.DRAFT or standing.state not in (State.SENT, State.DISCARDED):
        return None
    if standing.alike is None:
        return Fate.DISCARDED if standing.state is State.DISCARDED else None
    if standing.alike >= KEPT:
        return Fate.KEPT
    return Fate.LIGHTLY_EDITED if standing.alike >= LIGHTLY else Fate.REWRITTEN


def fared(standings: Iterable[Standing]) -> tuple[Record, ...]:
    """Every wording that the rep has dealt with: the step's name is that of its text; those he likes least first, of them the
    most used."""
    counted: dict[str, dict[Fate, int]] = defaultdict(lambda: dict.fromkeys(Fate, 0))
    for standing in standings:
        fate, wording = fate_of(standing), standing.wording.partition("/")[0]
        if fate is not None and wording:
            counted[wording][fate] += 1
    found = [Record(wording.partition(".")[0], wording, fates) for wording, fates in counted.items()]
    return tuple(sorted(found, key=lambda r: (r.liked, -r.seen, r.wording)))
