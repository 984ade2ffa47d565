"""Our drafts in a Graph mailbox: looked for by key, made as replies, rewritten and taken away only while nobody has
touched them.

A draft carries two properties that no person sees: our key, and a mark with what we wanted to say and a digest of what
we wrote; so a draft tells by itself whether somebody has edited it, even where memory lost our last write in a crash.

Making a reply takes two steps: createReply lets the service thread it and quote the answered mail; then our text is put
above. The first step carries the key where the service takes it (not documented for createReply), and in any case a
placeholder in the text by which a reply is known whose making was broken off: it is finished, never made twice.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import quote

from bot.errors import NotReadable
from bot.model import Attachment, Draft, Form, Message, Standing, State
from bot.providers.compose import WrongRecipients, bodies
from bot.providers.graph_api import Graph, Part, good, items, query, refusal
from bot.providers.graph_files import attach, files_for
from bot.providers.graph_message import (
    EXPAND,
    IN_REPLY_TO,
    KEY,
    MARK,
    REFERENCES,
    SELECT,
    WHOLE,
    Item,
    digest_of,
    message_of,
    property_of,
    recipients,
)
from bot.providers.graph_page import content_of, placeholder, with_words, words_of
from bot.providers.look import look_of
from bot.providers.wire import Answer

_DECIDED = frozenset((State.STANDING, State.EDITED, State.SENT, State.DISCARDED))
_BEGUN, _WITHDRAWN = "begun", "withdrawn"
_NEWEST = "50"


@dataclass(frozen=True, slots=True)
class _Stands:
    """A message under a key of ours."""

    item: Item
    digest: str
    mark: str

    @property
    def path(self) -> str:
        return f"/messages/{quote(str(self.item['id']), safe='')}"

    @property
    def etag(self) -> str:
        """What it must still be for a write to be carried out: If-Match takes it (RFC 9110, 13.1.1)."""
        return str(self.item.get("@odata.etag") or f'W/"{self.item.get("changeKey")}"')

    def is_ours(self, known: Standing | None) -> bool:
        """Whether it is as we wrote it: by what memory knows, or by its own mark."""
        return bool(self.digest) and self.digest in (self.mark.rpartition(".")[2], known.digest if known else "")

    def says(self, intent: str) -> bool:
        """Whether it says what we now want to say."""
        return self.mark == f"{intent}.{self.digest}"


@dataclass(frozen=True, slots=True)
class _Place:
    """What there is under a key: drafts that stand, whether one was sent or thrown away by a person, a reply whose
    making was broken off, and the mail to answer."""

    drafts: tuple[_Stands, ...]
    done: bool
    begun: _Stands | None
    source: Item | None


class Drafts:
    """The drafts of one mailbox."""

    def __init__(self, graph: Graph, language: str) -> None:
        self._graph = graph
        self._language = language
        self._deleted = ""  # the id of the folder of thrown away mail, once known

    def put(self, draft: Draft, known: Standing | None) -> Standing | None:
        """Make the draft stand (see base.Mailbox.put)."""
        if not draft.to:
            raise ValueError("a draft to nobody")
        place = self._look(draft.key, draft.source)
        intent = _intent(draft)
        edited = [one for one in place.drafts if not one.is_ours(known)]
        ours = [one for one in place.drafts if one.is_ours(known)]
        if edited:
            self._remove(ours)
            latest = max(edited, key=lambda one: str(one.item.get("lastModifiedDateTime")))
            return _standing(draft, known, latest, edited=True)
        if place.done:  # sent or refused: what may be left of a rewrite that was broken off goes too
            self._remove(ours)
            return None
        stands: _Stands | None = next((one for one in ours if one.says(intent)), ours[0] if ours else place.begun)
        if stands is None:
            if known is not None and known.state in _DECIDED:
                return None
            files = files_for(self._graph, draft)
            stands = self._with_files(files, self._make(draft, place.source))
        elif stands is place.begun:
            stands = self._with_files(files_for(self._graph, draft), stands)
        if not stands.says(intent):
            stands = self._write(draft, stands, place.source)
        self._remove([one for one in ours if one.item["id"] != stands.item["id"]])
        return _standing(draft, known, stands, edited=False)

    def withdraw(self, standing: Standing) -> bool:
        """Take a draft away if nobody has touched it (see base.Mailbox.withdraw)."""
        drafts = self._look(standing.key, None).drafts
        return bool(drafts) and all(one.is_ours(standing) for one in drafts) and self._remove(drafts)

    # --- looking

    def _look(self, key: str, source: str | None) -> _Place:
        """Everything there is under the key, in one batch."""
        named = f"singleValueExtendedProperties/Any(ep: ep/id eq '{KEY}' and ep/value eq '{_quoted(key)}')"
        parts = [Part("GET", "/messages" + query(filter=named, select=SELECT, expand=EXPAND, top="20"))]
        if not self._deleted:
            parts.append(Part("GET", "/mailFolders/deleteditems" + query(select="id")))
        if source:
            newest = query(select="id,bodyPreview", expand=EXPAND, orderby="createdDateTime desc", top=_NEWEST)
            parts.append(Part("GET", "/mailFolders/drafts/messages" + newest))
            parts.append(Part("GET", f"/messages/{quote(source, safe='')}{WHOLE}"))
        answers = self._graph.ask_all(parts)
        under = [one for one in items(good(answers[0])) if property_of(one, KEY) == key]
        if not self._deleted:
            self._deleted = str(good(answers[1]).get("id"))
        if not source:
            return self._place(key, under, (), None)
        gone = answers[-1].status in (400, 404)  # 400: an id that this mailbox cannot have given
        unnamed = [
            one for one in items(good(answers[-2]))
            if not property_of(one, KEY) and placeholder(key) in str(one.get("bodyPreview"))
        ]  # fmt: skip
        begun = [Part("GET", f"/messages/{quote(str(one['id']), safe='')}{WHOLE}") for one in unnamed[:1]]
        whole = [good(answer) for answer in self._graph.ask_all(begun)]
        return self._place(key, under, whole, None if gone else good(answers[-1]))

    def _place(self, key: str, under: Sequence[Item], unnamed: Sequence[Item], source: Item | None) -> _Place:
        """What there is, sorted. `unnamed`: a reply with our placeholder that does not bear the key yet."""
        drafts, done, begun = [], False, None
        for one in under:
            stands = _Stands(one, digest_of(one), property_of(one, MARK))
            if not one.get("isDraft"):
                done = True
            elif one.get("parentFolderId") == self._deleted:
                done = done or not stands.mark.startswith(_WITHDRAWN)
            elif stands.mark == _BEGUN and placeholder(key) in content_of(one):
                begun = stands
            else:
                drafts.append(stands)
        for one in unnamed:
            begun = begun or _Stands(one, digest_of(one), "")
        return _Place(tuple(drafts), done, begun, source)

    # --- writing

    def _make(self, draft: Draft, source: Item | None) -> _Stands:
        """A draft that was not there: a reply as the service makes it, or a new one where it will not."""
        if source is not None and not source.get("isDraft"):
            path = f"/messages/{quote(str(source['id']), safe='')}/createReply"
            comment = {"comment": placeholder(draft.key)}
            keyed = {**comment, "message": {"singleValueExtendedProperties": _marks(draft.key, _BEGUN)}}
            for asked in (keyed, comment):
                answer = self._graph.ask(Part("POST", path, asked))
                if answer.status not in (400, 403, 404, 405, 501):  # those: it cannot be replied to, or is gone
                    return _Stands(good(answer), "", "")
        body, digest = self._written(draft, self._anew(draft, source))
        body["from"] = recipients([draft.sender])[0]
        return self._checked(draft, good(self._graph.ask(Part("POST", "/messages", body))), digest)

    def _write(self, draft: Draft, stands: _Stands, source: Item | None) -> _Stands:
        """Our words in a draft that stands, above what is quoted there."""
        look = look_of(_message(source), draft.sender)
        page = with_words(content_of(stands.item), draft, look) or self._anew(draft, source)
        body, digest = self._written(draft, page, filed=bool(stands.item.get("hasAttachments")))
        if message_of({**stands.item, "isDraft": True}).sender.email not in ("", draft.sender.email):
            body["from"] = recipients([draft.sender])[0]
        answer = self._graph.ask(Part("PATCH", stands.path, body, if_match=stands.etag))
        return self._checked(draft, good(answer), digest)

    def _with_files(self, files: Sequence[Attachment], stands: _Stands) -> _Stands:
        """A reply just begun, with the files it carries: they come before the words. One that was made as a whole goes without."""
        if not files or stands.mark not in ("", _BEGUN) or not attach(self._graph, files, stands.path, stands.item):
            return stands
        return replace(stands, item=good(self._graph.ask(Part("GET", stands.path + WHOLE))))

    def _written(self, draft: Draft, page: str, *, filed: bool = False) -> tuple[dict[str, Any], str]:
        """Everything about a draft that is ours to say, and the digest of it. `filed`: files lie in it."""
        whole: dict[str, Any] = {
            "subject": " ".join(draft.subject.split()),
            "toRecipients": recipients(draft.to),
            "ccRecipients": recipients(draft.cc),
            "bccRecipients": [],
            "body": {"contentType": "html", "content": page},
        }
        fixed = {"isDraft": True, "createdDateTime": "2000-01-01T00:00:00Z", "hasAttachments": filed}
        digest = digest_of({**whole, **fixed})
        marks = _marks(draft.key, f"{_intent(draft)}.{digest}")
        if draft.answers:
            chain = [*(one for one in dict.fromkeys(draft.references) if one != draft.answers), draft.answers]
            marks.append({"id": IN_REPLY_TO, "value": f"<{draft.answers}>"})
            marks.append({"id": REFERENCES, "value": " ".join(f"<{one}>" for one in chain)})
        return {**whole, "singleValueExtendedProperties": marks}, digest

    def _anew(self, draft: Draft, source: Item | None) -> str:
        """The whole page, the answered mail quoted by ourselves."""
        return bodies(replace(draft, html=words_of(draft)), _message(source), self._language)[1]

    def _checked(self, draft: Draft, item: Item, digest: str) -> _Stands:
        """What the service says it has kept. Where it tidied our words into others, its own are marked as ours.
        Raises WrongRecipients where it would go to anybody else: then it does not stay either."""
        wanted = [{one.email.casefold() for one in many} for many in (draft.to, draft.cc)]
        kept = message_of({**item, "isDraft": True})
        mark = f"{_intent(draft)}.{kept.etag}"
        given = _Stands(item, kept.etag, mark)
        if [{one.email for one in many} for many in (kept.to, kept.cc)] != wanted or item.get("bccRecipients"):
            self._remove([given])
            raise WrongRecipients(f"the draft {draft.key} would not go to its recipients alone")
        if kept.etag != digest:
            body = {"singleValueExtendedProperties": _marks(draft.key, mark)}
            given = replace(given, item=good(self._graph.ask(Part("PATCH", given.path, body, if_match=given.etag))))
        return given

    def _remove(self, drafts: Sequence[_Stands]) -> bool:
        """Take drafts away, each only if it still is what was looked at; marked first, so that it is not taken for one
        that a person threw away. They go to the deleted mail, from where a person may take them back."""
        taken = True
        for one in drafts:
            marks = {"singleValueExtendedProperties": [{"id": MARK, "value": f"{_WITHDRAWN}.{one.digest}"}]}
            marked, removed = self._graph.batch(
                [Part("PATCH", one.path, marks, if_match=one.etag), Part("DELETE", one.path, after=0)]
            )
            if marked.status in (404, 409, 412):
                taken = False
            else:
                _settle(marked)
                if removed.status != 404:
                    _settle(removed)
        return taken


def _settle(answer: Answer) -> None:
    if not answer.is_good:
        raise refusal(answer)


def _standing(draft: Draft, known: Standing | None, stands: _Stands, *, edited: bool) -> Standing:
    """Where the draft stands, and how. `digest` of an edited one stays that of what we wrote, or would have."""
    state = State.EDITED if edited else State.STANDING
    wrote = stands.digest
    if edited:
        wrote = known.digest if known is not None and known.digest else stands.mark.rpartition(".")[2] or _intent(draft)
    base = known or Standing(draft.key, Form.DRAFT, state, "", "", "", (), draft.at, draft.at)
    ref = str(stands.item["id"])
    return replace(base, state=state, at=draft.at, changed=draft.at, ref=ref, etag=stands.digest, digest=wrote)


def _intent(draft: Draft) -> str:
    """What we want to say, and to whom, in short."""
    people = (sorted(one.email for one in many) for many in (draft.to, draft.cc))
    said = "\0".join([*map(",".join, people), draft.subject, draft.text, draft.html, draft.source or ""])
    said += "".join(f"\0{ref}" for ref in draft.carries)
    return hashlib.blake2b(said.encode("utf-8", "replace"), digest_size=12).hexdigest()


def _marks(key: str, mark: str) -> list[dict[str, str]]:
    return [{"id": KEY, "value": key}, {"id": MARK, "value": mark}]


def _quoted(value: str) -> str:
    return value.replace("'", "''")


def _message(item: Item | None) -> Message | None:
    try:
        return message_of(item) if item is not None else None
    except NotReadable:
        return None
