"""Whose domain is a company's: an address at a mail service that anybody may use makes nobody a colleague of anybody."""

from __future__ import annotations

import functools

FREE_MAIL = frozenset(  # one long word list reads better than a hundred quoted lines
    "gmail.com googlemail.com outlook.com outlook.de hotmail.com live.com msn.com yahoo.com ymail.com icloud.com me.com mac.com "
    "aol.com gmx.com gmx.de gmx.net gmx.at gmx.ch web.de t-online.de freenet.de posteo.de mailbox.org proton.me "
    "protonmail.com pm.me hotmail.co.uk live.co.uk outlook.fr hotmail.fr hotmail.de yahoo.co.uk yahoo.de yahoo.fr yahoo.es "
    "btinternet.com sky.com virginmedia.com talktalk.net ntlworld.com orange.fr wanadoo.fr free.fr laposte.net sfr.fr bbox.fr "
    "libero.it alice.it tiscali.it virgilio.it telenet.be skynet.be ziggo.nl kpnmail.nl planet.nl xs4all.nl hotmail.nl wp.pl "
    "onet.pl o2.pl interia.pl terra.com.br uol.com.br bol.com.br ig.com.br rediffmail.com yahoo.co.in yahoo.in bigpond.com "
    "bigpond.net.au optusnet.com.au iinet.net.au xtra.co.nz comcast.net verizon.net att.net sbcglobal.net cox.net charter.net "
    "spectrum.net earthlink.net bellsouth.net frontier.com windstream.net shaw.ca rogers.com sympatico.ca bell.net videotron.ca "
    "telus.net fastmail.com fastmail.fm zoho.com zohomail.com mail.com email.com hey.com tutanota.com tuta.io qq.com 163.com "
    "126.com naver.com hanmail.net mail.ru yandex.ru yandex.com hotmail.es hotmail.it telefonica.net".split()
)

# Second-level labels under which companies register in many countries (.co.uk, .com.au, ...).
_SECOND_LEVEL = frozenset("co com org net gov ac edu or ne ltd plc nhs gen".split())


@functools.lru_cache(maxsize=8192)
def company_of(email: str) -> str:
    """The company's own domain of an address ("jo@eu.acme.co.uk" -> "acme.co.uk"); "" for a free-mail address."""
    domain = email.rpartition("@")[2]
    if not domain or domain in FREE_MAIL:
        return ""
    labels = domain.split(".")
    keep = 3 if len(labels) > 2 and len(labels[-1]) == 2 and labels[-2] in _SECOND_LEVEL else 2
    return ".".join(labels[-keep:])
