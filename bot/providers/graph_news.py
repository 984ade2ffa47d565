"""One turn of reading a Graph mailbox: each folder's changes since its link, as pages.

The service may repeat a change, bring changes in any order, and bring a mail that was moved as a removal here and an
addition there, one of them later (Graph guide, "Use delta query"). So nothing counts as gone before it has been asked for
by its id, which stays the same wherever it is moved.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any
from urllib.parse import quote

from bot.errors import NotReadable
from bot.model import Attachment, Message, Unreadable
from bot.providers.base import Page
from bot.providers.graph_api import Graph, Part, good, items, query, refusal
from bot.providers.graph_cursor import Reached
from bot.providers.graph_folders import (
    OUTBOX,
    SENT,
    TREE,
    link_after,
    read_folders,
    roles_of,
    tree_pages,
    with_changes,
)
from bot.providers.graph_message import (
    EXPAND,
    SELECT,
    WHOLE,
    Extras,
    Item,
    attachment_of,
    is_only_marked,
    is_whole,
    message_of,
    time_of,
    wants_mime,
)
from bot.providers.wire import Answer

PAGE_MAILS = 100
FILES_SINCE = dt.timedelta(days=400)  # files of older mails are of no use: their quotes are left alone
MOST_FILE_BYTES = 10_000_000
MOST_FILES = 5
_FILES = query(select="id,name,contentType,size,isInline")
LISTING = query(select=SELECT, expand=EXPAND)


def _paged() -> tuple[str, ...]:
    return (f"odata.maxpagesize={PAGE_MAILS}",)


def beginning(graph: Graph) -> Reached:
    """The place before everything."""
    roles = roles_of(graph)
    reached = Reached(graph.now().date(), True, TREE, roles=roles)
    for changes, link in tree_pages(graph, TREE):
        reached = replace(reached, tree=link, parents=with_changes(reached.parents, changes))
    return _with_folders(reached)


def _with_folders(reached: Reached) -> Reached:
    """The links in order, with a first one for each folder that is new."""
    folders = read_folders(reached.parents, reached.roles)
    first = {one: f"/mailFolders/{quote(one, safe='')}/messages/delta{LISTING}" for one in folders}
    new = [one for one in folders if one not in reached.links]
    links = {one: reached.links.get(one, first[one]) for one in folders}
    return replace(reached, links=links, open=(*reached.open, *new))


def listing(graph: Graph, reached: Reached, *, begins: bool) -> Iterator[Page[Message]]:
    """What is left of a fresh listing. A page without anything in it is not worth one, but for the last."""
    while reached.open:
        folder = next(one for one in reached.links if one in reached.open)
        answer = graph.ask(Part("GET", reached.links[folder], prefer=_paged()))
        if answer.status == 404:  # a folder that has gone since
            reached, found = reached.without(folder), _Found()
        else:
            page = good(answer)
            link, ended = link_after(graph, page)
            reached = reached.at(folder, link, ended=ended)
            found = _look(graph, items(page), reached)
        ends = not reached.open
        if ends:
            reached = replace(reached, fresh=False, made=graph.now().date())
        if ends or found:
            yield found.page(reached.encode(), begins=begins, ends=ends)
            begins = False


def news(graph: Graph, reached: Reached) -> Iterator[tuple[Page[Message] | None, Reached]]:
    """What came since, as pages each with the place it ends at; in place of a page None where a folder's link has moved
    on and nothing came."""
    folders = list(reached.links)
    parts = [Part("GET", reached.tree), *(Part("GET", reached.links[one], prefer=_paged()) for one in folders)]
    tree, *answers = graph.poll(parts)
    for answer in (tree, *answers):
        if not answer.is_good and not (answer.status == 404 and answer is not tree):
            raise refusal(answer)
    came = dict(zip(folders, answers, strict=True))
    reached = _tree_changed(graph, reached, tree)
    for folder in list(reached.links):
        first = came.get(folder)
        if first is not None and first.status == 404:
            reached = reached.without(folder)
            yield None, reached
            continue
        ended = False
        while not ended:
            answer = first or graph.ask(Part("GET", reached.links[folder], prefer=_paged()))
            page = good(answer)
            link, ended = link_after(graph, page)
            reached, first = reached.at(folder, link, ended=ended), None
            found = _look(graph, items(page), reached)
            yield (found.page(reached.encode()) if found else None), reached


def _tree_changed(graph: Graph, reached: Reached, answer: Answer) -> Reached:
    """The place with the folders that are new, and without those that are no longer read."""
    page = good(answer)
    link, ended = link_after(graph, page)
    parents = with_changes(reached.parents, items(page))
    if not ended:
        for changes, after in tree_pages(graph, link):
            parents, link = with_changes(parents, changes), after
    return replace(_with_folders(replace(reached, parents=parents)), tree=link, open=())


@dataclass(slots=True)
class _Found:
    """What a page of changes comes to."""

    upserts: list[Message] = field(default_factory=list)
    removals: list[str] = field(default_factory=list)
    unreadables: list[Unreadable] = field(default_factory=list)

    def __bool__(self) -> bool:
        return bool(self.upserts or self.removals or self.unreadables)

    def page(self, cursor: str, *, begins: bool = False, ends: bool = False) -> Page[Message]:
        """As a page."""
        return Page(tuple(self.upserts), tuple(self.removals), tuple(self.unreadables), cursor, begins, ends)


def _look(graph: Graph, changes: Sequence[Item], reached: Reached) -> _Found:
    """What changes come to: of one mail twice the later counts; what came in part, or went, is asked for."""
    latest: dict[str, Item] = {}
    for one in changes:
        if isinstance(one.get("id"), str) and not (not is_whole(one) and one["id"] in latest and is_only_marked(one)):
            latest[one["id"]] = one
    unsure = [ref for ref, one in latest.items() if "@removed" in one or not (is_whole(one) or is_only_marked(one))]
    answers = graph.ask_all([Part("GET", f"/messages/{quote(ref, safe='')}{WHOLE}") for ref in unsure])
    now = dict(zip(unsure, answers, strict=True))
    found, here = _Found(), []
    for ref, one in latest.items():
        if ref not in now:
            here.extend([one] if is_whole(one) else [])
        elif now[ref].status == 404:
            found.removals.append(ref)
        else:
            item = good(now[ref])
            parent = item.get("parentFolderId")
            if parent in reached.links:
                here.append(item)
            elif parent != reached.roles.get(OUTBOX):  # what waits to go out will come up among the sent mail
                found.removals.append(ref)
    extras = _extras(graph, here, reached)
    for item in here:
        try:
            found.upserts.append(message_of(item, extras.get(item["id"])))
        except NotReadable as fault:
            found.unreadables.append(Unreadable(item["id"], str(fault)))
    return found


def _extras(graph: Graph, here: Sequence[Item], reached: Reached) -> dict[str, Extras]:
    """What must be asked for by itself: the names of files, the files of our own quotes, the whole of a report."""
    since = graph.now() - FILES_SINCE
    found: dict[str, Extras] = {}
    reports = [one["id"] for one in here if wants_mime(one)]
    filed = [one for one in here if one.get("hasAttachments") and one["id"] not in reports and _at(one) >= since]
    parts = [Part("GET", f"/messages/{quote(ref, safe='')}/$value") for ref in reports]
    parts += [Part("GET", f"/messages/{quote(one['id'], safe='')}/attachments{_FILES}") for one in filed]
    answers = graph.ask_all(parts)
    for ref, answer in zip(reports, answers, strict=False):
        if answer.is_good:
            found[ref] = Extras(mime=answer.body)
    for one, answer in zip(filed, answers[len(reports) :], strict=True):
        if answer.is_good:
            own = one.get("parentFolderId") == reached.roles.get(SENT)
            found[one["id"]] = Extras(tuple(_files(graph, one["id"], items(answer.json()), own)))
        elif answer.status != 404:
            raise refusal(answer)
    return found


def _files(graph: Graph, ref: str, listed: Sequence[Mapping[str, Any]], own: bool) -> Iterator[Attachment]:
    """The files of a mail; with their bytes where they are papers that the rep himself sent."""
    fetched = 0
    for one in listed:
        if one.get("isInline"):
            continue
        paper = str(one.get("name", "")).lower().endswith(".pdf") and (one.get("size") or 0) <= MOST_FILE_BYTES
        if own and paper and fetched < MOST_FILES:
            fetched += 1
            path = f"/messages/{quote(ref, safe='')}/attachments/{quote(str(one.get('id')), safe='')}"
            answer = graph.ask(Part("GET", path))
            if answer.is_good:
                yield attachment_of(answer.json())
                continue
            if answer.status != 404:
                raise refusal(answer)
        yield attachment_of(one)


def _at(item: Item) -> dt.datetime:
    at = time_of(item.get("sentDateTime")) or time_of(item.get("receivedDateTime"))
    return at or dt.datetime.min.replace(tzinfo=dt.UTC)
