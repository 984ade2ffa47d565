"""A rep's mail as a Maildir on this machine: what Dovecot serves and mutt, mbsync and notmuch read.

News is found by comparing names: a turn without any asks for the times of the folders and for what lies in Drafts,
and for nothing else. Within a turn what is new comes before what is gone, so that a mail moved to another folder, or
a draft sent, is never missing in between.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from pathlib import Path

from bot.errors import NotReadable
from bot.model import Draft, Message, Standing
from bot.providers import maildir_cursor as cursor
from bot.providers import mime
from bot.providers.base import Page
from bot.providers.carry import carried
from bot.providers.compose import compose
from bot.providers.disk import read_capped
from bot.providers.maildir_cursor import NOTHING, FolderMemory
from bot.providers.maildir_drafts import Drafts
from bot.providers.maildir_news import MOST_BYTES, Turn, mail_folders
from bot.providers.maildir_tree import Stamp, find


class Maildir:
    """bot.providers.base.Mailbox over the Maildir at `root`.

    A mail is a draft if it lies in the Drafts folder or, outside the Sent folder, has the flag D; a draft marked as
    deleted counts as gone. An edit in place is noticed in the Drafts folder; elsewhere a mail's file is taken never
    to change, as the format promises. Trash, spam and templates are not read. `language` is that of the line above
    the quoted original; `clock_ns` tells the time as time.time_ns does.
    """

    def __init__(self, root: Path, *, language: str = "en", clock_ns: Callable[[], int] = time.time_ns) -> None:
        self.root = root
        self._language = language
        self._clock_ns = clock_ns
        self._drafts = Drafts(root, clock_ns)
        self._quiet: tuple[str, dict[str, Stamp]] = ("", {})  # a cursor found to be true still, and at which stamps

    def changes(self, since: str | None) -> Iterator[Page[Message]]:
        """News since the cursor, or everything (see base.Mailbox); mails come by delivery time, as their file names
        tell it. A listing that was broken off begins again."""
        if since is None or since == cursor.UNFINISHED:
            for page in Turn(self.root, {}, self._clock_ns()).pages(fresh=True):
                yield page
                since = page.cursor
        if since is not None:  # after a fresh listing, at once what came while it was being read
            yield from self._news(since)

    def _news(self, since: str) -> Iterator[Page[Message]]:
        """The pages of an incremental turn. A cursor that still holds gets no page and so stays as it is, although
        folders may have new times: those are kept in mind here, so that the next turn need not look again."""
        memory = dict(cursor.decode(since))
        if self._quiet[0] == since:
            for label, stamp in self._quiet[1].items():
                known = memory.get(label, NOTHING)
                memory[label] = FolderMemory(stamp, known.packed, known.states)
        turn = Turn(self.root, memory, self._clock_ns())
        if turn.is_quiet:
            self._quiet = since, {label: known.stamp for label, known in turn.reached().items()}
        else:
            yield from turn.pages(fresh=False)

    def put(self, draft: Draft, known: Standing | None = None) -> Standing | None:
        """Make the draft stand (see base.Mailbox). What is missing of the Standing (opening, step, people, ...) is
        copied from `known`, or left empty for the caller. Raises TryLater (disk full), UserMustAct (folder missing or
        read-only)."""
        files = carried(map(self._original, draft.carries), draft)
        data = compose(draft, self._original(draft.source), language=self._language, files=files)
        return self._drafts.put(draft, data, known)

    def withdraw(self, standing: Standing) -> bool:
        """Take the draft away if it still is as we wrote it (see base.Mailbox)."""
        return self._drafts.withdraw(standing)

    def _original(self, ref: str | None) -> Message | None:
        """A mail that a draft quotes or carries files of, wherever it lies now; None where it is gone or cannot be read."""
        if not ref:
            return None
        label, _, digits = ref.rpartition("/")
        try:
            handle = int(digits, 16)
        except ValueError:
            return None
        for folder in sorted(mail_folders(self.root).values(), key=lambda folder: folder.label != label):
            try:
                path = find(folder, handle)
                if path is not None:
                    return mime.parse(read_capped(path, MOST_BYTES)[0], ref)
            except (OSError, NotReadable):
                continue
        return None
