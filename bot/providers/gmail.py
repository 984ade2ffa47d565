"""A rep's mail at Gmail, by its API.

A message there never changes, except that a draft gets another message each time it is saved. So a mail's ref is its
message id, a draft's is "draft/" and the id of the draft, which stays; and a draft's etag is the digest of what a person
sees of it (compose.content_digest), so that a save which changes nothing is no edit.
"""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace

from bot.errors import NotReadable
from bot.model import Address, Draft, Message, Shown, Standing, Unreadable
from bot.providers import gmail_cursor as cursor
from bot.providers import mime
from bot.providers.base import Page, Profile
from bot.providers.carry import carried
from bot.providers.compose import compose, content_digest
from bot.providers.gmail_calls import Calls, Fate, Raw
from bot.providers.gmail_cursor import Lying, Phase, Reached
from bot.providers.gmail_drafts import DRAFT, Drafts
from bot.providers.gmail_labels import Labels
from bot.providers.gmail_listing import Listing, Matters
from bot.providers.wire import TooLarge, Wire

PAGE_MAILS = 100
LOOK_BACK = dt.timedelta(days=400)
_LAID_ASIDE = frozenset(("TRASH", "SPAM"))
_TELLING = frozenset(
    ("TRASH", "SPAM", "DRAFT", "SENT")
)  # labels whose coming and going changes what a message is to us
_FRESH = 24 * 3600  # seconds after which a quiet mailbox's cursor is renewed: Gmail forgets old ones (404)


def _every(message: Message) -> bool:
    return True


class Gmail:
    """bot.providers.base.Mailbox over Gmail.

    `matters` tells whether a sent mail opens a matter: a large mailbox is at first read around those alone, unless
    `whole` (see gmail_listing). `me` are the rep's addresses. `marks`: mails show how their matter stands, for which the
    wire must let labels through. One instance serves one thread at a time.
    """

    def __init__(
        self,
        wire: Wire,
        *,
        me: tuple[str, ...] = (),
        language: str = "en",
        matters: Matters = _every,
        whole: bool = False,
        marks: bool = False,
        now: Callable[[], dt.datetime] = lambda: dt.datetime.now(dt.UTC),
    ) -> None:
        self._calls, self.meter = Calls(wire), wire.meter
        self._me, self._language, self._matters, self._whole, self._now = me, language, matters, whole, now
        self._drafts, self._labels, self._marks = Drafts(self._calls), Labels(self._calls), marks

    # --- news

    def changes(self, since: str | None) -> Iterator[Page[Message]]:
        """News since the cursor, or a fresh listing (see base.Mailbox). A listing that was broken off goes on where it
        was."""
        begins = since is None
        listing = Listing(self._calls, self._unix() - int(LOOK_BACK.total_seconds()), self._me, whole=self._whole)
        reached = listing.begin(self._unix()) if since is None else cursor.decode(since)
        while reached.phase is not Phase.NEWS:
            if reached.phase is Phase.FIRST and not reached.is_pending:
                reached = listing.go_on(reached)
            page, reached = self._page(reached, listing)
            ends = reached.phase is Phase.REST and not reached.is_pending
            if ends:
                reached = replace(reached, phase=Phase.NEWS, planned=(), done=0)
            yield replace(page, cursor=cursor.encode(reached), begins=begins, ends=ends)
            begins = False
        yield from self._news(reached, listing)

    def _news(self, reached: Reached, listing: Listing) -> Iterator[Page[Message]]:
        """The pages of an incremental turn. A cursor that still holds gets no page, unless it grows old."""
        pending = reached.is_pending
        if not pending:
            fates, newest = self._calls.history(reached.history)
            told = self._told(fates, reached)
            reached = replace(told, history=newest, at=self._unix())
            if not reached.is_pending:
                if self._unix() - told.at > _FRESH:
                    yield Page(cursor=cursor.encode(reached))
                self._drafts.remember(reached)
                return
        while reached.is_pending:
            page, reached = self._page(reached, listing)
            if reached.done >= len(reached.planned):  # what is new is told; now what is gone
                kept = {d: known for d, known in reached.drafts.items() if DRAFT + d not in reached.gone}
                page, reached = replace(page, removals=reached.gone), replace(reached, gone=(), drafts=kept)
            yield replace(page, cursor=cursor.encode(reached))
        self._drafts.remember(reached)
        if pending:
            yield from self._news(reached, listing)

    def _told(self, fates: Mapping[str, Fate], reached: Reached) -> Reached:
        """What is to be read and what is gone, by what history tells."""
        lying = {known.message: draft for draft, known in reached.drafts.items()}
        planned: list[str] = []
        gone: list[str] = []
        drafts = reached.drafts
        if any("DRAFT" in fate.labels | fate.changed or one in lying for one, fate in fates.items()):
            there = self._calls.drafts()
            gone = [DRAFT + draft for draft in drafts if draft not in there]
            changed = [(d, message) for d, message in there.items() if d not in drafts or drafts[d].message != message]
            planned = [message for _, message in changed]
            drafts = {**drafts, **{d: Lying(m, drafts[d].key if d in drafts else "") for d, m in changed}}
        for one, fate in fates.items():
            is_new = "messagesAdded" in fate.kinds
            told = fate.changed & _TELLING or self._labels.wish(fate.changed)
            if not is_new and "messagesDeleted" not in fate.kinds and not told:
                continue  # read, starred, moved
            if "messagesDeleted" in fate.kinds or fate.labels & _LAID_ASIDE:
                if not is_new and one not in lying:
                    gone.append(one)
            elif not fate.labels & {"DRAFT", "CHAT"}:
                planned.append(one)
        return replace(reached, planned=tuple(dict.fromkeys(planned)), done=0, gone=tuple(gone), drafts=drafts)

    def _page(self, reached: Reached, listing: Listing) -> tuple[Page[Message], Reached]:
        """The next mails that are to be read, and how far that is."""
        wanted = reached.planned[reached.done : reached.done + PAGE_MAILS]
        messages: list[Message] = []
        broken: list[Unreadable] = []
        drafts, threads, people = dict(reached.drafts), set(reached.threads), set(reached.people)
        lying = {known.message: draft for draft, known in drafts.items()}
        keys = {_stem(known.key): known.key for known in drafts.values() if known.key}
        for one, raw in self._calls.raws(wanted):
            if raw is None or (isinstance(raw, Raw) and raw.labels & _LAID_ASIDE):
                continue  # gone meanwhile
            if isinstance(raw, TooLarge):
                broken.append(Unreadable(one, str(raw)))
                continue
            draft = lying.get(one, "")
            if "DRAFT" in raw.labels and not draft:
                continue  # saved again meanwhile: history tells
            try:
                message = _message(raw, draft if "DRAFT" in raw.labels else "")
            except NotReadable as fault:
                broken.append(Unreadable(DRAFT + draft if draft else one, str(fault)))
                continue
            if draft and "DRAFT" in raw.labels:
                key = message.key or drafts[draft].key or self._drafts.key_of(one)
                drafts[draft] = Lying(one, key, message.etag)
                message = replace(message, key=key or None)
            elif message.key is None and "SENT" in raw.labels:
                message = replace(message, key=keys.get(message.id.partition("@")[0]))
            if not message.is_draft:
                message = replace(message, wish=self._labels.wish(raw.labels))
            if reached.phase is Phase.FIRST and "SENT" in raw.labels and self._matters(message):
                threads.add(raw.thread)
                people |= listing.people_of(message)
            messages.append(message)
        reached = replace(
            reached,
            done=reached.done + len(wanted),
            drafts=drafts,
            threads=frozenset(threads),
            people=frozenset(people),
        )
        return Page(tuple(messages), (), tuple(broken)), reached

    # --- what stands

    def put(self, draft: Draft, known: Standing | None = None) -> Standing | None:
        """Make the draft stand (see base.Mailbox), in the thread of the mail it answers. What is missing of the Standing
        (opening, step, people, ...) is copied from `known`, or left empty for the caller. Raises TryLater, of which
        OutcomeUnknown where the draft may have been made: putting it again finds it."""
        source = self._source(draft.source)
        files = carried((_readable(self._source(ref)) for ref in draft.carries), draft)
        data = compose(draft, _readable(source), language=self._language, files=files)
        return self._drafts.put(draft, data, known, source.thread if source is not None else None)

    def withdraw(self, standing: Standing) -> bool:
        """Take the draft away if it still is as we wrote it (see base.Mailbox)."""
        return self._drafts.withdraw(standing)

    def profile(self) -> Profile:
        """The rep's addresses, and the signature of the one he writes from by default (see base.Profiled)."""
        aliases = sorted(self._calls.aliases(), key=lambda one: not one.is_default)
        addresses = tuple(Address(one.email, one.name) for one in aliases if "@" in one.email)
        return Profile(addresses, aliases[0].signature if aliases else "")

    @property
    def marks(self) -> bool:
        """Whether mails show how their matter stands (see base.Marker)."""
        return self._marks

    def mark(self, shown: Mapping[str, Shown | None]) -> None:
        """Let mails show this (see base.Marker)."""
        self._labels.mark(shown)

    def _source(self, ref: str | None) -> Raw | None:
        """A mail that a draft answers or carries files of; None where it is gone."""
        if not ref or ref.startswith(DRAFT):
            return None
        found = next(iter(self._calls.raws([ref])))[1]
        return found if isinstance(found, Raw) else None

    def _unix(self) -> int:
        return int(self._now().timestamp())


def _readable(raw: Raw | None) -> Message | None:
    """The same of a mail that a draft quotes or carries files of; None where it is gone or cannot be read."""
    try:
        return _message(raw, "") if raw is not None else None
    except NotReadable:
        return None


def _message(raw: Raw, draft: str) -> Message:
    """A message as the program reads it. Raises NotReadable."""
    if not draft:
        return mime.parse(raw.data, raw.id, raw.id, received=raw.received)
    return mime.parse(raw.data, DRAFT + draft, content_digest(raw.data), is_draft=True, received=raw.received)


def _stem(key: str) -> str:
    """The left half of the Message-ID that compose gives a draft with this key."""
    return hashlib.sha256(key.encode("utf-8", "replace")).hexdigest()[:32]
