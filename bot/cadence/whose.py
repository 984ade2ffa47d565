"""Which matters a record belongs to, and whether its writer may speak for the customer."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass

from bot.cadence.matter import TERMINAL, Matter
from bot.freemail import company_of
from bot.model import Address, EntryRecord, MailRecord, mention

_WORD = re.compile(r"[^\W_]+(?:['’-][^\W_]+)*")


@dataclass(frozen=True, slots=True)
class Claim:
    """The matters a received mail is about.

    `speaks`: the writer speaks for the customer; otherwise he may only make it the rep's turn. `named`: the matters he names
    or answers, which alone he can win or lose.
    """

    matters: tuple[Matter, ...]
    named: tuple[Matter, ...]
    speaks: bool


class Register:
    """All matters, findable by thread, person, company, reference number and topic."""

    def __init__(self) -> None:
        self.matters: list[Matter] = []
        self._by_id: dict[str, list[Matter]] = defaultdict(list)
        self._by_person: dict[str, list[Matter]] = defaultdict(list)
        self._by_company: dict[str, list[Matter]] = defaultdict(list)
        self._by_mention: dict[str, list[Matter]] = defaultdict(list)
        self._by_topic: dict[str, list[Matter]] = defaultdict(list)
        self._by_opening: dict[str, Matter] = {}
        self._by_name: dict[str, set[str]] = defaultdict(set)
        self._names: dict[str, frozenset[str]] = {}

    def add(self, matter: Matter) -> None:
        """Enter a new matter."""
        self.matters.append(matter)
        self._by_opening[matter.opening.id] = matter
        self._note(self._by_id, matter.opening.id, matter)

    def learn(self, matter: Matter, record: MailRecord, outside: Iterable[Address]) -> None:
        """A mail belongs to the matter: its thread, its people and its topic lead here from now on."""
        matter.ids.add(record.id)
        self._note(self._by_id, record.id, matter)
        self.meet(matter, outside)
        if record.topic:
            self._note(self._by_topic, record.topic, matter)

    def meet(self, matter: Matter, outside: Iterable[Address]) -> None:
        """These people take part in the matter: they, their company and their names lead to it."""
        for address in outside:
            matter.people.setdefault(address.email, address)
            self._note(self._by_person, address.email, matter)
            if company := company_of(address.email):
                self._note(self._by_company, company, matter)
            if address.name and address.email not in self._names:
                names = frozenset(mention(w) for w in _WORD.findall(address.name) if len(w) > 1)
                self._names[address.email] = names
                for name in names:
                    self._by_name[name].add(address.email)

    def merge(self, old: Matter, heir: Matter) -> None:
        """Whatever led to `old` leads to its heir from now on."""
        heir.ids |= old.ids
        for index in (self._by_id, self._by_person, self._by_company, self._by_mention, self._by_topic):
            for key, matters in index.items():
                if any(m is old for m in matters):
                    index[key] = [m for m in matters if m is not old and m is not heir] + [heir]

    def number(self, matter: Matter, digests: Iterable[str]) -> None:
        """The matter's quote goes by these numbers."""
        for digest in digests:
            self._note(self._by_mention, digest, matter)

    def opened_by(self, opening: str) -> Matter | None:
        """The matter that this record opened."""
        return self._by_opening.get(opening)

    def of_mail(self, id_: str) -> list[Matter]:
        """The matters that the mail with this id belongs to."""
        return list(self._by_id.get(id_, ()))

    def in_thread(self, record: MailRecord) -> list[Matter]:
        """The matters whose thread the mail answers."""
        ids = [record.id, *([record.answers] if record.answers else []), *reversed(record.references)]
        for id_ in ids:
            if found := self._by_id.get(id_):
                return list(found)
        return []

    def of_person(self, email: str) -> list[Matter]:
        """The matters he takes part in."""
        return list(self._by_person.get(email, ()))

    def of_company(self, email: str) -> list[Matter]:
        """The matters of his company; none for a free-mail address."""
        return list(self._by_company.get(company_of(email), ())) if company_of(email) else []

    def naming(self, record: MailRecord | EntryRecord, among: Iterable[Matter] | None = None) -> list[Matter]:
        """The matters whose number or topic the record names."""
        found = [m for digest in record.reading.mentions for m in self._by_mention.get(digest, ())]
        if isinstance(record, MailRecord) and record.topic:
            found += self._by_topic.get(record.topic, ())
        allowed = None if among is None else {id(m) for m in among}
        unique = {id(m): m for m in found if allowed is None or id(m) in allowed}
        return list(unique.values())

    def claim(self, record: MailRecord) -> Claim:
        """What a received mail is about, by the contract's ruling on who speaks for the customer."""
        if threaded := self.in_thread(record):
            return Claim(tuple(threaded), tuple(threaded), True)
        email = record.sender.email
        if own := self.of_person(email):
            named = self.naming(record, own) or _quotes([m for m in own if m.stage not in TERMINAL] or own)
            return Claim(tuple(own), tuple(named) if len(named) == 1 or self.naming(record, own) else (), True)
        if company := self.of_company(email):
            named = self.naming(record, company)
            live = _quotes([m for m in company if m.stage not in TERMINAL])
            about = named or (live if len(live) == 1 else [])
            if about:
                return Claim(tuple(about), tuple(about), True)
        by_number = [m for digest in record.reading.mentions for m in self._by_mention.get(digest, ())]
        return Claim(tuple({id(m): m for m in by_number}.values()), (), False)

    def of_entry(self, record: EntryRecord) -> list[Matter]:
        """The matters a calendar entry is about: by who is invited, by number, or by the name in it."""
        emails = {a.address.email for a in record.attendees}
        found = [m for e in emails for m in self._by_person.get(e, ())]
        if not found:
            found = self.naming(record) or self._named_in(record)
        return list({id(m): m for m in found}.values())

    def _named_in(self, record: EntryRecord) -> list[Matter]:
        """Open matters of the people the entry names: in full, or by a name that only one of them has."""
        words = {mention(w) for w in _WORD.findall(record.title)} | record.reading.mentions
        hit = {email for word in words for email in self._by_name.get(word, ())}
        live = {e for e in hit if any(m.stage not in TERMINAL for m in self._by_person[e])}
        full = {e for e in live if len(self._names[e]) >= 2 and self._names[e] <= words}
        emails = full or (live if len(live) == 1 else set())
        return [m for e in sorted(emails) for m in self._by_person[e] if m.stage not in TERMINAL]

    def names_person(self, record: EntryRecord, address: Address) -> bool:
        """Whether the entry names the person, by address or by any part of his name."""
        if any(a.address.email == address.email for a in record.attendees):
            return True
        words = {mention(w) for w in _WORD.findall(record.title)} | record.reading.mentions
        return mention(address.email) in words or bool(self._names.get(address.email, frozenset()) & words)

    @staticmethod
    def _note(index: dict[str, list[Matter]], key: str, matter: Matter) -> None:
        if not any(m is matter for m in index[key]):
            index[key].append(matter)


def _quotes(matters: list[Matter]) -> list[Matter]:
    """Those of the matters that are quotes; a mere callback counts where there is no quote."""
    return [m for m in matters if m.is_quote] or matters
