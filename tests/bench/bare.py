"""What an archive's reading is held against: the standard library's own parse of the same mbox, and nothing done with it.

python -m tests.bench.bare MBOX
"""

from __future__ import annotations

import email
import email.policy
import mailbox
import sys
from email.message import EmailMessage

BODIES = ("plain", "html")


def touch(data: bytes) -> int:
    """Parse a mail and take its subject and its text, as anybody would who wants to know what it says."""
    message = email.message_from_bytes(data, _class=EmailMessage, policy=email.policy.default)
    body = message.get_body(BODIES)
    return len(message["subject"] or "") + len(body.get_content() if body is not None else "")


def main(path: str) -> None:
    """Touch every mail of an mbox."""
    box = mailbox.mbox(path, create=False)
    print(sum(touch(box.get_bytes(key)) for key in box.iterkeys()))


if __name__ == "__main__":
    main(sys.argv[1])
