"""What of a mailbox is read at first, where reading all of it would take an hour.

1. The sent mails that may open a matter: those with an attachment or one of the words of gmail_search.toml. Bounces, too.
2. Of those that do open one (the caller tells): every mail of their threads, and every mail from or to the same people
   or their companies. So no answer is missed; ids come 500 for 5 units, a mail costs 20.

A small mailbox is read whole.
"""

from __future__ import annotations

import functools
import importlib.resources
import tomllib
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace

from bot.freemail import company_of
from bot.model import Message
from bot.providers.gmail_calls import Calls
from bot.providers.gmail_cursor import Lying, Phase, Reached

SMALL = 1_000  # mails; so many are read whole: 20,000 units, three minutes and a half
_TERMS = 15  # people in one search
_NO_MAIL = "-in:chats -in:drafts"
_BOUNCES = "{from:mailer-daemon from:postmaster}"


class Listing:
    """A fresh listing of a mailbox, of mails after `after` (unix time). `me`: the rep's own addresses."""

    def __init__(self, calls: Calls, after: int, me: Iterable[str], *, whole: bool) -> None:
        self._calls, self._whole = calls, whole
        self._period = f"after:{after} {_NO_MAIL}"
        self._own = frozenset(company_of(one) or one for one in me)

    def begin(self, now: int) -> Reached:
        """What is to be read first. The newest change is asked for before anything is listed, so that nothing that
        happens meanwhile is lost."""
        history = self._calls.history_now()
        drafts = {draft: Lying(message) for draft, message in self._calls.drafts().items()}
        lying = [known.message for known in drafts.values()]
        listed: list[str] = []
        for page in self._calls.ids(self._period):
            listed += [one for one, _ in page]
            if len(listed) > SMALL and not self._whole:
                planned = dict.fromkeys([*lying, *self._found(f"in:sent {_candidates()}"), *self._found(_BOUNCES)])
                return Reached(history, now, Phase.FIRST, tuple(planned), drafts=drafts)
        return Reached(history, now, Phase.REST, tuple(dict.fromkeys([*lying, *listed])), drafts=drafts)

    def go_on(self, reached: Reached) -> Reached:
        """What is still to be read, once the sent mails are."""
        known = frozenset(reached.planned)
        mates = [one for page in self._calls.ids(self._period) for one, thread in page if thread in reached.threads]
        people = [one for query in _about(reached.people) for one in self._found(query)]
        rest = [one for one in dict.fromkeys([*mates, *people]) if one not in known]
        return replace(reached, phase=Phase.REST, planned=tuple(rest), done=0, threads=frozenset(), people=frozenset())

    def people_of(self, message: Message) -> frozenset[str]:
        """Whose mails belong to the matter that a sent mail opens: the recipients' companies, or the recipients."""
        terms = (company_of(a.email) or a.email for a in (*message.to, *message.cc) if a.email)
        return frozenset(term for term in terms if term not in self._own and _is_plain(term))

    def _found(self, query: str) -> Iterator[str]:
        for page in self._calls.ids(f"{query} {self._period}"):
            for one, _ in page:
                yield one


Matters = Callable[[Message], bool]


def _about(people: Iterable[str]) -> Iterator[str]:
    terms = sorted(people)
    for start in range(0, len(terms), _TERMS):
        some = terms[start : start + _TERMS]
        yield "{" + " ".join(f"{way}:{term}" for term in some for way in ("from", "to")) + "}"


def _is_plain(term: str) -> bool:
    """Whether a term can stand in a search as it is."""
    return all(c.isalnum() or c in "@._+-" for c in term) and term[:1].isalnum()


@functools.cache
def _candidates() -> str:
    """The search for sent mails that may open a matter."""
    table = tomllib.loads((importlib.resources.files("bot.providers") / "gmail_search.toml").read_text("utf-8"))
    phrases = (f'"{phrase}"' for phrase in table["phrases"])
    return "{" + " ".join(["has:attachment", *dict.fromkeys(table["words"]), *phrases]) + "}"
