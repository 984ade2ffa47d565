"""The log as JSON lines, in which nobody can be recognised.

An account stands there as a salted hash (`followup status` shows whose it is); addresses, subjects and words of mails never
do. That is held by construction: a line has only fields from a fixed list, a fault is told by its type and the places in
our code it came through, and of other libraries' lines only the fact that there was one is kept.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import json
import logging
import traceback
from typing import TextIO

FIELDS = (
    "account", "result", "records", "unreadable", "put", "withdrawn", "refused", "seconds", "wait", "kind", "accounts", "problems",
)  # fmt: skip
_OURS = "bot."


def account_hash(name: str, salt: str) -> str:
    """An account's name as it stands in logs and figures: twelve hex digits that say nothing without the salt."""
    return hashlib.blake2b(name.encode(), digest_size=6, key=salt.encode()[:64]).hexdigest()


class JsonLines(logging.Formatter):
    """One JSON object a line: at, level, event, and fields of the list."""

    def format(self, record: logging.LogRecord) -> str:
        at = dt.datetime.fromtimestamp(record.created, dt.UTC).isoformat(timespec="milliseconds")
        row: dict[str, object] = {"at": at, "level": record.levelname.lower()}
        if record.name.startswith(_OURS) and not record.args:
            row["event"] = record.msg
            row |= {name: value for name in FIELDS if (value := getattr(record, name, None)) is not None}
        else:  # it may quote an address of a mailbox, a name or a query
            row |= {"event": "a library spoke", "library": record.name}
        if record.exc_info and record.exc_info[0] is not None:
            row["fault"] = record.exc_info[0].__name__
            frames = traceback.extract_tb(record.exc_info[2])
            row["at_line"] = [f"{'/'.join(f.filename.split('/')[-2:])}:{f.lineno}" for f in frames[-8:]]
        return json.dumps(row, ensure_ascii=False)


def log_to(stream: TextIO) -> None:
    """Send the log to the stream as JSON lines: ours from INFO on, that of libraries from WARNING on."""
    handler = logging.StreamHandler(stream)
    handler.setFormatter(JsonLines())
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(logging.WARNING)
    logging.getLogger("bot").setLevel(logging.INFO)
