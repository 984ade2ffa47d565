"""Who the rep is, as Microsoft 365 knows him: his addresses and when he works.

His addresses lie in the directory, which a sign-in may read only where the app has User.Read beside what the program asks
for; without it the config names them. Signatures have no API at all.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping
from typing import Any

from bot.model import Address
from bot.providers.base import Profile, WorkingHours
from bot.providers.graph_api import Graph, Part, query, refusal
from bot.providers.wire import Answer

_DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_MAY_BE_CLOSED = (400, 403, 404)  # not granted; a shared mailbox without a person; a mailbox without settings
_PERSON = Part("GET", query(select="displayName,mail,proxyAddresses"))
_SETTINGS = Part("GET", "/mailboxSettings" + query(select="workingHours"))


def profile_of(graph: Graph) -> Profile:
    """What can be seen of the rep, in one batch. Raises TryLater, UserMustAct."""
    person, settings = (_seen(answer) for answer in graph.ask_all([_PERSON, _SETTINGS]))
    name = str(person.get("displayName") or "")
    emails = dict.fromkeys(_emails(person))
    return Profile(tuple(Address(email, name) for email in emails), hours=_hours(settings.get("workingHours")))


def _seen(answer: Answer) -> Mapping[str, Any]:
    if answer.status in _MAY_BE_CLOSED:
        return {}
    if not answer.is_good:
        raise refusal(answer)
    found = answer.json()
    return found if isinstance(found, dict) else {}


def _emails(person: Mapping[str, Any]) -> Iterator[str]:
    """The main address first, then the others. Of proxyAddresses those of kind SMTP are mail addresses, the main one in
    capitals (Graph reference, "user resource type")."""
    given = person.get("proxyAddresses")
    proxies = [str(one) for one in given] if isinstance(given, list) else []
    found = [str(person.get("mail") or ""), *(p[5:] for p in sorted(proxies) if p[:5].casefold() == "smtp:")]
    return (email.strip().casefold() for email in found if "@" in email)


def _hours(given: Any) -> WorkingHours | None:
    """The rep's week (Graph reference, "workingHours resource type"); None where it says nothing sensible."""
    if not isinstance(given, dict):
        return None
    days = given.get("daysOfWeek")
    named = [str(day).casefold() for day in days] if isinstance(days, list) else []
    try:
        begin, end = (dt.time.fromisoformat(str(given[name])[:8]) for name in ("startTime", "endTime"))
    except (KeyError, ValueError):
        return None
    numbers = frozenset(_DAYS.index(day) for day in named if day in _DAYS)
    return WorkingHours(numbers, begin, end) if numbers else None
