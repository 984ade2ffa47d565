"""Labels in Gmail: those that the rep asks for something by, and those that show how a matter stands.

Reading them takes no more than reading mail. Making them and putting them on takes the scope gmail.modify, which is asked
for only where the config says so.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from bot.errors import TryLater
from bot.model import Shown, Wish
from bot.providers.base import LABELS, WISH_LABELS, wish_of
from bot.providers.gmail_calls import Calls
from bot.providers.google_api import BadRequest


class Labels:
    """The labels of one mailbox. Their names are asked for where an id turns up that is not known yet."""

    def __init__(self, calls: Calls) -> None:
        self._calls = calls
        self._names: dict[str, str] = {}

    def wish(self, ids: Iterable[str]) -> Wish | None:
        """What labels with these ids ask for."""
        own = [one for one in ids if not one.isupper()]  # Gmail's own are INBOX, CATEGORY_SOCIAL and the like
        if any(one not in self._names for one in own):
            self._names = {**dict.fromkeys(own, ""), **self._calls.labels()}
        return wish_of(self._names[one] for one in own)

    def mark(self, shown: Mapping[str, Shown | None]) -> None:
        """Let these messages show this (see base.Marker). Putting on what is on, or taking off what is not, does nothing
        (Gmail API, users.messages.modify). Raises TryLater where a label has gone since its id was learned."""
        ids = self._ours()
        for message, state in shown.items():
            wanted = ids[LABELS[state]] if state is not None else ""
            others = [ids[name] for name in LABELS.values() if ids[name] != wanted]
            try:
                self._calls.relabel(message, [wanted] if wanted else [], others)
            except BadRequest as fault:
                self._names = {}
                raise TryLater("Gmail no longer knows a label: it is made again in the next turn") from fault

    def _ours(self) -> Mapping[str, str]:
        """The ids of our labels by name, those that are missing made; also those that the rep may set."""
        names = (*LABELS.values(), *WISH_LABELS)
        found = {name.casefold(): one for one, name in self._names.items()}
        if any(name.casefold() not in found for name in names):
            self._names = self._calls.labels()
            found = {name.casefold(): one for one, name in self._names.items()}
            for name in names:
                if name.casefold() not in found:
                    found[name.casefold()] = made = self._calls.make_label(name)
                    self._names[made] = name
        return {name: found[name.casefold()] for name in names}
