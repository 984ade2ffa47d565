"""What can go wrong outside, sorted by what the caller must do. Anything that is not one of these is a bug."""

from __future__ import annotations

import datetime as dt


class OutsideFault(Exception):
    """Base of every failure that is not ours. The message is one line for a person."""


class UserMustAct(OutsideFault):
    """Only a person can mend it (config, sign-in, a read-only folder). `advice` says how; exit status 2 on the command line."""

    def __init__(self, message: str, advice: str = "") -> None:
        super().__init__(message)
        self.advice = advice


class TryLater(OutsideFault):
    """The world is busy or broken for now; ask again no earlier than after `after`."""

    def __init__(self, message: str, after: dt.timedelta = dt.timedelta(minutes=5)) -> None:
        super().__init__(message)
        self.after = after


class CursorExpired(OutsideFault):
    """The world no longer knows our cursor: begin a fresh listing, once."""


class NotReadable(OutsideFault):
    """One mail or entry cannot be read: it is recorded and counted, and the rest goes on."""


class NotWritable(OutsideFault):
    """One draft or entry cannot be put as it is (an address that no mail can be written to, a mail that would not go to its
    recipients alone): it is refused with the reason, and the rest goes on."""
