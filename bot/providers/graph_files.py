"""The documents of a mail that the rep himself sent, put into a draft of ours in a Graph mailbox.

A file of up to 3 MB is posted in one piece (Graph guide, "Attach large files"); more is not carried (see carry.py). It is
done between making a reply and writing its words, so that the mark of what we wrote is that of the draft with its files.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import Any
from urllib.parse import quote

from bot.errors import NotReadable
from bot.model import Attachment, Draft, Message
from bot.providers.carry import MOST_BYTES, MOST_FILES, carried, is_document
from bot.providers.graph_api import Graph, Part, good, items, query, refusal
from bot.providers.graph_message import Item, attachment_of, message_of

_LISTED = query(select="id,name,contentType,size,isInline")
_TOO_MUCH = frozenset((400, 403, 413))  # the mailbox will not have it: the draft comes without


def files_for(graph: Graph, draft: Draft) -> tuple[Attachment, ...]:
    """What the draft is to carry. Raises NotWritable (see carry.py)."""
    return carried((_with_files(graph, ref) for ref in draft.carries), draft)


def attach(graph: Graph, files: Iterable[Attachment], path: str, item: Item) -> bool:
    """Attach the files to the message at `path`, less those that an attempt which was broken off has attached already. Whether
    anything was attached."""
    there = set[str]()
    if item.get("hasAttachments"):
        there = {str(one.get("name")) for one in items(good(graph.ask(Part("GET", f"{path}/attachments{_LISTED}"))))}
    done = False
    for file in files:
        if file.name in there:
            continue
        body: dict[str, Any] = {
            "@odata.type": "#microsoft.graph.fileAttachment", "name": file.name, "contentType": file.media_type,
            "contentBytes": file.encoded.decode("ascii"),
        }  # fmt: skip
        answer = graph.ask(Part("POST", f"{path}/attachments", body))
        if answer.status in _TOO_MUCH:
            return done
        if not answer.is_good:
            raise refusal(answer)
        done = True
    return done


def _with_files(graph: Graph, ref: str) -> Message | None:
    """A mail with the bytes of its documents; None where it is gone, a draft, or has more than may be carried."""
    path = f"/messages/{quote(ref, safe='')}"
    head = query(select="id,from,sender,subject,isDraft,sentDateTime,receivedDateTime,createdDateTime")
    mail, listed = graph.ask_all([Part("GET", path + head), Part("GET", f"{path}/attachments{_LISTED}")])
    if mail.status in (400, 404) or listed.status in (400, 404):
        return None
    wanted = [one for one in items(good(listed)) if not one.get("isInline") and is_document(str(one.get("name", "")))]
    if len(wanted) > MOST_FILES or sum(int(one.get("size") or 0) for one in wanted) > 2 * MOST_BYTES:
        return None
    try:
        return replace(message_of(good(mail)), attachments=tuple(map(attachment_of, _fetched(graph, path, wanted))))
    except NotReadable:
        return None


def _fetched(graph: Graph, path: str, wanted: list[Item]) -> Iterator[Item]:
    for one in wanted:
        answer = graph.ask(Part("GET", f"{path}/attachments/{quote(str(one.get('id')), safe='')}"))
        if answer.status != 404:
            yield good(answer)
