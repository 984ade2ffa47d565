"""What is known of people, over all their matters: away, unreachable, gone, or asked us to stop; and when the rep last wrote."""

from __future__ import annotations

import bisect
import datetime as dt
from collections import defaultdict

from bot.cadence.worktime import Pause, WorkTime
from bot.freemail import company_of


class Parties:
    """The standing of every person by email. Filled by `fold` in order of time."""

    def __init__(self, worktime: WorkTime) -> None:
        self._worktime = worktime
        self._away: dict[str, list[Pause]] = defaultdict(list)
        self._dead: dict[str, str] = {}
        self._gone: dict[str, str] = {}
        self._stopped: dict[str, str] = {}
        self._stopped_companies: dict[str, str] = {}
        self._silenced: dict[str, str] = {}  # by the rep: persons, and companies by their domain
        self._mailed: dict[str, list[dt.date]] = defaultdict(list)

    def away(self, email: str, notice: dt.date, back: dt.date) -> None:
        """He is away from the day after the notice to the day before `back`."""
        if back > notice:
            self._away[email].append((notice, back))

    def back_early(self, email: str, day: dt.date) -> None:
        """He has written: he is not away, has not left, and his address works."""
        self._dead.pop(email, None)
        self._gone.pop(email, None)
        self._away[email] = [(a, min(b, day)) if a < day < b else (a, b) for a, b in self._away[email] if a < day]

    def bounced(self, email: str, because: str) -> None:
        """His address is dead for good."""
        self._dead[email] = because

    def left(self, email: str, because: str) -> None:
        """He has left his company, or the matter is not his any more."""
        self._gone[email] = because

    def stop(self, email: str, because: str, *, company: bool = False) -> None:
        """He asked us to stop; for good."""
        self._stopped[email] = because
        if company and company_of(email):
            self._stopped_companies[company_of(email)] = because

    def silence(self, email: str, because: str) -> None:
        """The rep stops what goes to him, until he resumes it. `email` may be a domain ("@acme.example")."""
        self._silenced[company_of(email) if email.startswith("@") else email] = because

    def resume(self, email: str) -> None:
        """The rep lifts a stop of his own; what the customer asked for stays."""
        self._silenced.pop(company_of(email) if email.startswith("@") else email, None)

    def wrote_to(self, email: str, day: dt.date) -> None:
        """The rep, or a draft he sent, wrote to him."""
        bisect.insort(self._mailed[email], day)

    def mailed(self, emails: list[str]) -> dt.date | None:
        """The last day on which any of them got a mail from the rep."""
        return max((self._mailed[e][-1] for e in emails if self._mailed.get(e)), default=None)

    def stopped(self, email: str) -> str | None:
        """Why he must not be written to, or None."""
        company = company_of(email) or "-"
        places = (
            (self._stopped, email),
            (self._stopped_companies, company),
            (self._silenced, email),
            (self._silenced, company),
        )
        return next((because for told, who in places if (because := told.get(who))), None)

    def dead(self, email: str) -> str | None:
        """Why his address cannot be reached, or None."""
        return self._dead.get(email)

    def gone(self, email: str) -> str | None:
        """Why the matter is not his any more, or None."""
        return self._gone.get(email)

    def away_until(self, email: str, day: dt.date) -> dt.date | None:
        """His first day back, where he is away on `day`."""
        return max((b for a, b in self._away.get(email, ()) if a <= day < b), default=None)

    def pauses(self, emails: list[str]) -> tuple[Pause, ...]:
        """The pauses in a count that waits for these people: the days on which all of them are away."""
        found = [self._away.get(e, []) for e in emails]
        if not found or not all(found):
            return ()
        common = found[0]
        for other in found[1:]:
            common = [(max(a, c), min(b, d)) for a, b in common for c, d in other if max(a, c) < min(b, d)]
        return tuple(common)
