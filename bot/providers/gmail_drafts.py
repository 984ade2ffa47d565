"""Our drafts in Gmail: looked for by key before they are made, written again and taken away only while nobody has
touched them.

Gmail has no key for making things once, and its search may lag behind. So a draft is looked for in the list of all
drafts, and one that a person has sent meanwhile in the sent mail; and each says in a header line of its own what we
wrote, so that it tells an edit even where memory lost our last write in a crash.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from bot.model import Draft, Form, Standing, State
from bot.providers import mime
from bot.providers.compose import content_digest
from bot.providers.gmail_calls import Calls, Raw
from bot.providers.gmail_cursor import Lying, Reached
from bot.providers.mime_headers import split_headers
from bot.providers.mime_walk import header_end
from bot.providers.wire import OutcomeUnknown

DRAFT = "draft/"  # how a draft's ref begins
MARK_HEADER = "X-Followup-Mark"
_DECIDED = frozenset((State.STANDING, State.EDITED, State.SENT, State.DISCARDED))
_RECENT = 20  # sent mails looked at where nothing is known of what happened of late


@dataclass(frozen=True, slots=True)
class _Found:
    """A draft under a key of ours."""

    draft: str
    thread: str
    digest: str
    written: str  # the digest of what we wrote, as the draft itself says

    def is_ours(self, known: Standing | None) -> bool:
        """Whether it is as we wrote it: by what memory knows, or by what it says of itself."""
        return self.digest == self.written or (known is not None and known.digest == self.digest)


class Drafts:
    """The drafts of one mailbox."""

    def __init__(self, calls: Calls) -> None:
        self._calls = calls
        self._read: dict[str, Lying] = {}  # drafts that have been read, by message id: a message never changes
        self._history = ""

    def remember(self, reached: Reached) -> None:
        """What reading the mailbox has shown of its drafts, and up to which change."""
        self._read.update({known.message: known for known in reached.drafts.values() if known.digest})
        self._history = reached.history

    def key_of(self, message: str) -> str:
        """The key of a draft that we wrote in this process, by its message; "" for any other."""
        return self._read[message].key if message in self._read else ""

    def put(self, draft: Draft, data: bytes, known: Standing | None, thread: str | None) -> Standing | None:
        """Make `data` stand under the draft's key (see base.Mailbox.put). More than one draft under a key is what a
        lost answer could leave: what we wrote gives way."""
        digest = content_digest(data)
        found = self._under(draft.key, known, digest)
        edited = [one for one in found if one.digest != digest and not one.is_ours(known)]
        ours = [one for one in found if one not in edited]
        stands = next(iter(edited), None) or next((one for one in ours if one.digest == digest), None)
        if stands is None:
            if not ours and ((known is not None and known.state in _DECIDED) or self._is_done(draft, data, thread)):
                return None
            stands = self._write(draft, data, digest, ours, thread)
            if stands is None:
                return None
        for one in ours:
            if one.draft != stands.draft:
                self._calls.delete(one.draft)
        return _standing(draft, known, stands, digest, is_edited=stands in edited)

    def _write(self, draft: Draft, data: bytes, digest: str, ours: list[_Found], thread: str | None) -> _Found | None:
        """A new draft, or ours written again; None where a person has sent or deleted it in this moment. It is read
        back: its digest is that of what Gmail made of it."""
        marked = f"{MARK_HEADER}: {digest}\r\n".encode() + data
        if ours:
            made = ours[0].draft
            if not self._calls.update(made, marked, thread):
                return None
        else:
            made = self._calls.create(marked, thread)
        there = self._calls.draft(made)
        if there is None:
            return _Found(made, thread or "", digest, digest)
        seen = replace(_found(there), written=digest)
        self._read[there.id] = Lying(there.id, draft.key, seen.digest)
        return seen

    def withdraw(self, standing: Standing) -> bool:
        """Take a draft away if nobody has touched it (see base.Mailbox.withdraw)."""
        found = self._under(standing.key, standing)
        if not found or not all(one.is_ours(standing) for one in found):
            return False
        taken = [self._delete(one.draft) for one in found]
        return all(taken)

    def _delete(self, draft: str) -> bool:
        try:
            return self._calls.delete(draft)
        except OutcomeUnknown:
            if self._calls.draft(draft) is None:
                return True
            raise

    def _under(self, key: str, known: Standing | None, digest: str = "") -> list[_Found]:
        """The drafts with this key. A draft that memory knows is asked for by its id, which stays. One that has lost its
        header lines is known by its content (`digest`)."""
        if known is not None and known.ref.startswith(DRAFT):
            there = self._calls.draft(known.ref.removeprefix(DRAFT))
            return [] if there is None else [_found(there)]
        listed = self._calls.drafts()
        unknown = [draft for draft, message in listed.items() if message not in self._read]
        for there in self._calls.drafts_as_they_lie(unknown).values():
            self._read[there.id] = Lying(there.id, _line(there.data, mime.KEY_HEADER), content_digest(there.data))
        mine = []
        for draft, message in listed.items():
            seen = self._read.get(message, Lying(message))
            if seen.key == key or (not seen.key and digest and seen.digest == digest):
                mine.append(draft)
        return [_found(there) for draft in mine if (there := self._calls.draft(draft)) is not None]

    def _is_done(self, draft: Draft, data: bytes, thread: str | None) -> bool:
        """Whether a person has sent the draft with this key, or thrown it away: by its Message-ID, by our header in the
        thread, and by what has been sent of late; each of them may fail alone."""
        own = mime.parse_headers(data, "", received=draft.at).id
        if any(True for page in self._calls.ids(f"in:anywhere -in:drafts rfc822msgid:{own}") for _ in page):
            return True
        if thread is not None and any(
            k == draft.key and "DRAFT" not in at for k, at in self._calls.keys_in_thread(thread)
        ):
            return True
        return any(k == draft.key and "DRAFT" not in at for k, at in self._calls.keys(self._lately_sent()).values())

    def _lately_sent(self) -> list[str]:
        if self._history:
            fates, _ = self._calls.history(self._history)
            return [one for one, fate in fates.items() if "SENT" in fate.labels | fate.changed]
        return self._calls.sent_of_late(_RECENT)


def _found(there: Raw) -> _Found:
    return _Found(there.draft, there.thread, content_digest(there.data), _line(there.data, MARK_HEADER))


def _line(data: bytes, name: str) -> str:
    """A header line of a mail; "" where it has none."""
    top = split_headers(data[: header_end(data, 0, len(data))[0]])
    return next(iter(top.get(name.lower(), ())), "").strip()


def _standing(draft: Draft, known: Standing | None, stands: _Found, digest: str, *, is_edited: bool) -> Standing:
    """Where the draft stands, and how. `digest` of an edited one stays that of what we wrote, or would have."""
    state = State.EDITED if is_edited else State.STANDING
    wrote = (known.digest if known is not None and known.digest else digest) if is_edited else stands.digest
    base = known or Standing(draft.key, Form.DRAFT, state, "", "", "", (), draft.at, draft.at)
    return replace(
        base,
        state=state,
        at=draft.at,
        changed=draft.at,
        ref=DRAFT + stands.draft,
        etag=stands.digest,
        digest=wrote,
    )
