"""From whose point of view a record is read."""

from __future__ import annotations

import zoneinfo
from dataclasses import dataclass, field

from bot.model import Address

# Mail services that anybody may have an address at: sharing such a domain does not make two people colleagues.
FREE_MAIL = frozenset(
    "gmail.com googlemail.com outlook.com hotmail.com live.com msn.com yahoo.com ymail.com icloud.com me.com mac.com aol.com "
    "gmx.de gmx.net gmx.at gmx.ch web.de t-online.de freenet.de posteo.de mailbox.org proton.me protonmail.com pm.me "
    "hotmail.co.uk yahoo.co.uk btinternet.com sky.com virginmedia.com talktalk.net orange.fr wanadoo.fr free.fr laposte.net "
    "sfr.fr libero.it alice.it tiscali.it virgilio.it telenet.be skynet.be ziggo.nl kpnmail.nl planet.nl wp.pl onet.pl o2.pl "
    "interia.pl terra.com.br uol.com.br bol.com.br rediffmail.com yahoo.co.in bigpond.com optusnet.com.au comcast.net "
    "verizon.net att.net sbcglobal.net cox.net charter.net earthlink.net bellsouth.net shaw.ca rogers.com sympatico.ca "
    "telus.net fastmail.com zoho.com mail.com hey.com qq.com 163.com naver.com mail.ru yandex.ru yandex.com".split()
)


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
        domains = frozenset(a.rpartition("@")[2] for a in own) - FREE_MAIL
        return cls(own, zoneinfo.ZoneInfo(zone), country.upper(), domains)

    def is_own(self, address: Address) -> bool:
        """Whether the address is the rep's."""
        return address.email in self.me

    def is_colleague(self, address: Address) -> bool:
        """Whether the address is the rep's or a colleague's."""
        return address.email in self.me or address.domain in self.own_domains
