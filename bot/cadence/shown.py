"""How each matter stands, for its mail to show it. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from bot.cadence.opportunity import Opportunity
from bot.model import Direction, Form, MailRecord, Record, Shown, Stage, Standing, State

_LIES = frozenset((State.STANDING, State.EDITED))
_STRONGER = (Shown.YOUR_TURN, Shown.DRAFT_READY, Shown.WAITING)  # of two matters on one mail the first counts
_WAITS = frozenset((Stage.WAITING, Stage.AWAY, Stage.LATER))


def shown(
    opportunities: Iterable[Opportunity], standings: Iterable[Standing], records: Iterable[Record]
) -> dict[str, Shown]:
    """What the mails should show, by ref: the newest mail of each open matter, and no other."""
    ready = {
        opening
        for s in standings
        if s.form is Form.DRAFT and s.state in _LIES
        for opening in (s.opening, *s.covers)
    }  # fmt: skip
    places = {
        r.id: r.ref for r in records if isinstance(r, MailRecord) and r.ref and r.direction is not Direction.DRAFT
    }
    found: dict[str, Shown] = {}
    for o in opportunities:
        state, ref = _state(o, o.opening in ready), _newest(o, places)
        if state is not None and ref:
            found[ref] = min(state, found.get(ref, state), key=_STRONGER.index)
    return found


def changed(wanted: Mapping[str, Shown], known: Mapping[str, Shown]) -> dict[str, Shown | None]:
    """What is to be shown otherwise than it is, by ref; None: nothing any more."""
    return {ref: wanted.get(ref) for ref in (*known, *wanted) if wanted.get(ref) is not known.get(ref)}


def _state(o: Opportunity, ready: bool) -> Shown | None:
    if o.stage is Stage.YOUR_TURN:
        return Shown.YOUR_TURN
    if ready and o.is_open:
        return Shown.DRAFT_READY
    return Shown.WAITING if o.stage in _WAITS else None


def _newest(o: Opportunity, places: Mapping[str, str]) -> str:
    """Where the newest mail of the matter lies."""
    known = (places[h.record] for h in reversed(o.history) if h.record in places)
    return next(known, places.get(o.opening, ""))
