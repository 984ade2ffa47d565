"""Gmail's search as far as the program uses it: words, "phrases", {either or}, -not, in: from: to: after: before:
has:attachment rfc822msgid:. A query with anything else is refused: the fake must not find what Gmail might not."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tests.fakes.google.mail import Mail

_TOKEN = re.compile(r'\s*(-?)(\{|\}|"[^"]*"|[a-z0-9]+:\([^)]*\)|[^\s{}"()]+)')
_IN = {
    "sent": "SENT",
    "inbox": "INBOX",
    "drafts": "DRAFT",
    "draft": "DRAFT",
    "trash": "TRASH",
    "spam": "SPAM",
    "chats": "CHAT",
}
Test = Callable[["Mail"], bool]


class Search:
    """One query."""

    def __init__(self, query: str) -> None:
        self.looks_anywhere = "in:anywhere" in query
        self._tests: list[Test] = []
        either: list[Test] | None = None
        rest = query
        while rest.strip():
            token = _TOKEN.match(rest)
            if token is None:
                raise ValueError(f"a query that cannot be read: {rest!r}")
            rest = rest[token.end() :]
            negative, word = token.groups()
            if word == "{":
                either = []
            elif word == "}":
                assert either is not None
                self._tests.append(_any(either))
                either = None
            else:
                test = _not(_test(word)) if negative else _test(word)
                (self._tests if either is None else either).append(test)

    def finds(self, mail: Mail) -> bool:
        return all(test(mail) for test in self._tests)


def _any(tests: list[Test]) -> Test:
    return lambda mail: any(test(mail) for test in tests)


def _not(test: Test) -> Test:
    return lambda mail: not test(mail)


def _test(word: str) -> Test:
    name, colon, value = word.partition(":")
    if word.startswith('"'):
        phrase = word.strip('"').casefold()
        return lambda mail: phrase in mail.text.casefold()
    if not colon:
        folded = word.casefold()
        return lambda mail: folded in mail.words
    match name:
        case "in" if value == "anywhere":
            return lambda mail: True
        case "in":
            return lambda mail: _IN[value] in mail.labels
        case "has" if value == "attachment":
            return lambda mail: mail.has_file
        case "from":
            return lambda mail: value.casefold() in mail.headers.get("from", "").casefold()
        case "to":
            return lambda mail: value.casefold() in (mail.headers.get("to", "") + mail.headers.get("cc", "")).casefold()
        case "rfc822msgid":
            return lambda mail: mail.message_id == value.strip("<>")
        case "after" | "before":
            at = dt.datetime.fromtimestamp(int(value), dt.UTC)
            return lambda mail: (mail.at >= at) == (name == "after")
    raise ValueError(f"the fake does not know {word!r}")
