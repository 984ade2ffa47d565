"""Where somebody is, as far as his address tells."""

from __future__ import annotations

_COUNTRY_OF_DOMAIN = {"uk": "GB"}  # where the top-level domain is not the ISO 3166 code
_NO_COUNTRY = frozenset("io ai co me tv cc ws fm to ly gg eu".split())  # sold to anybody, wherever he is


def country_of(email: str) -> str:
    """The country that an address's top-level domain tells (ISO 3166 alpha-2); "" where it tells none."""
    top = email.rpartition(".")[2]
    if len(top) != 2 or top in _NO_COUNTRY:
        return ""
    return _COUNTRY_OF_DOMAIN.get(top, top.upper())
