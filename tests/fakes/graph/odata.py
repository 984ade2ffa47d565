"""The OData that the fake understands: $select, $expand of extended properties, $orderby, and the few $filters that the
service takes. Everything else is refused, as the service does, and not passed over."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl

Item = dict[str, Any]


class Refused(Exception):
    """An answer that is an error: status, the service's code, a message, further headers."""

    def __init__(self, status: int, code: str, message: str = "", headers: dict[str, str] | None = None) -> None:
        super().__init__(f"{status} {code}: {message}")
        self.status, self.code, self.message, self.headers = status, code, message or code, headers or {}


@dataclass(frozen=True)
class Options:
    """The options behind a path."""

    given: dict[str, str]

    @staticmethod
    def parse(text: str, allowed: set[str]) -> Options:
        given: dict[str, str] = {}
        for name, value in parse_qsl(text, keep_blank_values=True, strict_parsing=bool(text)):
            if name in given:
                raise Refused(400, "BadRequest", f"{name} twice")
            given[name] = value
        if unknown := given.keys() - allowed:
            raise Refused(400, "BadRequest", f"not supported here: {sorted(unknown)}")
        return Options(given)

    def get(self, name: str) -> str | None:
        return self.given.get(name)


_PROPERTY = r"id eq '((?:[^']|'')+)'"
_EXPAND = re.compile(rf"singleValueExtendedProperties\(\$filter=({_PROPERTY}(?: or {_PROPERTY})*)\)")
_ANY = re.compile(
    r"singleValueExtendedProperties/Any\((\w+):\s*\1/id eq '((?:[^']|'')+)' and \1/value eq '((?:[^']|'')*)'\)"
)


def normal(name: str) -> str:
    """A property's id as the service writes it back: set and tag in lower case, no leading zeros, the name as it is."""
    kind, _, rest = name.partition(" ")
    if tagged := re.fullmatch(r"0x0*([0-9a-fA-F]+)", rest):
        return f"{kind} 0x{tagged[1].lower()}"
    if named := re.fullmatch(r"(\{[0-9a-fA-F-]{36}\}) Name (.+)", rest):
        return f"{kind} {named[1].lower()} Name {named[2]}"
    raise Refused(400, "ErrorInvalidProperty", f"no property id: {name}")


def expanded(text: str | None) -> list[str]:
    """The properties that an $expand asks for."""
    if text is None:
        return []
    found = _EXPAND.fullmatch(text)
    if found is None:
        raise Refused(400, "RequestBroker--ParseUri", f"cannot expand {text}")
    return [normal(one) for one in re.findall(_PROPERTY, found[1])]


def any_property(text: str | None) -> tuple[str, str] | None:
    """The property and value that a $filter looks for; None without a $filter."""
    if text is None:
        return None
    found = _ANY.fullmatch(text)
    if found is None:
        raise Refused(400, "ErrorInvalidUrlQueryFilter", f"cannot filter by {text}")
    return normal(found[2].replace("''", "'")), found[3].replace("''", "'")


def selected(item: Item, text: str | None, known: set[str], default: set[str]) -> Item:
    """The properties that a $select asks for; what is asked for must be known. Without one, the usual ones."""
    names = set(text.split(",")) if text else default
    if unknown := names - known:
        raise Refused(400, "RequestBroker--ParseUri", f"could not find a property named {sorted(unknown)[0]}")
    kept = names | {"id", "singleValueExtendedProperties"}  # what is expanded comes, whatever is selected
    return {name: value for name, value in item.items() if name in kept or "@" in name}
