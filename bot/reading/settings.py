"""From whose point of view a record is read."""

from __future__ import annotations

import zoneinfo
from dataclasses import dataclass, field

from bot.freemail import company_of
from bot.model import Address


@dataclass(frozen=True, slots=True)
class ReadSettings:
    """The rep: his own addresses (casefolded), his zone, his country (ISO 3166 alpha-2)."""

    me: frozenset[str]
    zone: zoneinfo.ZoneInfo
    country: str = "US"
    own_domains: frozenset[str] = field(default=frozenset())

    @classmethod
    def of(cls, me: list[str], zone: str, country: str = "US") -> ReadSettings:
        """Settings from plain words; the rep's own domains are those of his addresses, free-mail domains left out."""
        own = frozenset(a.casefold() for a in me)
        domains = frozenset(filter(None, map(company_of, own)))
        return cls(own, zoneinfo.ZoneInfo(zone), country.upper(), domains)

    def is_own(self, address: Address) -> bool:
        """Whether the address is the rep's."""
        return address.email in self.me

    def is_colleague(self, address: Address) -> bool:
        """Whether the address is the rep's or a colleague's."""
        return address.email in self.me or company_of(address.email) in self.own_domains
