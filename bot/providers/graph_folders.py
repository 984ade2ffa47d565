"""Which folders of a Graph mailbox are read: all but what was thrown away, junk, and what waits to go out.

Rules file mail into folders of their own, and people file answers away: a mailbox of which only the inbox is read would
chase a customer who has answered long ago.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from bot.errors import TryLater
from bot.providers.graph_api import Graph, Part, error_code, good, items, query, refusal

SENT, DRAFTS, OUTBOX, DELETED = "sentitems", "drafts", "outbox", "deleteditems"
_READ_FIRST = (SENT, "inbox", "archive")
_NOT_READ = (DELETED, "junkemail", OUTBOX, "conversationhistory", "syncissues", "recoverableitemsdeletions")
_WELL_KNOWN = (*_READ_FIRST, DRAFTS, *_NOT_READ)
_NEEDED = frozenset((SENT, "inbox", DRAFTS, DELETED))
_DEEP = 100
TREE = "/mailFolders/delta" + query(select="id,displayName,parentFolderId")


def roles_of(graph: Graph) -> dict[str, str]:
    """The ids of the well-known folders by their names (Graph reference, "mailFolder"). Not every mailbox has them
    all."""
    answers = graph.ask_all([Part("GET", f"/mailFolders/{name}" + query(select="id")) for name in _WELL_KNOWN])
    found = {}
    for name, answer in zip(_WELL_KNOWN, answers, strict=True):
        if answer.is_good:
            found[name] = str(answer.json().get("id"))
        elif answer.status != 404 and error_code(answer) != "errorinvalididmalformed":
            raise refusal(answer)
    if missing := _NEEDED - found.keys():
        raise TryLater(f"Microsoft 365 shows no folder {', '.join(sorted(missing))}")
    return found


def tree_pages(graph: Graph, link: str) -> Iterator[tuple[list[Mapping[str, Any]], str]]:
    """The changes of the folder tree since the link, page by page, each with the link that comes after it."""
    more = True
    while more:
        page = good(graph.ask(Part("GET", link)))
        more = "@odata.nextLink" in page
        link = link_after(graph, page)[0]
        yield items(page), link


def link_after(graph: Graph, page: Mapping[str, Any]) -> tuple[str, bool]:
    """The link that a page of changes ends with, as a path, and whether it ends the round. Raises TryLater where there
    is none."""
    for name, ends in (("@odata.nextLink", False), ("@odata.deltaLink", True)):
        if isinstance(page.get(name), str):
            return graph.below(page[name]), ends
    raise TryLater("Microsoft 365 gave a page of changes that leads nowhere")


def with_changes(parents: Mapping[str, str], changes: list[Mapping[str, Any]]) -> dict[str, str]:
    """The tree after some changes: every folder's parent. A search folder holds no mail of its own."""
    found = dict(parents)
    for one in changes:
        folder = str(one.get("id"))
        if "@removed" in one or str(one.get("@odata.type", "")).endswith(".mailSearchFolder"):
            found.pop(folder, None)
        else:
            found[folder] = str(one.get("parentFolderId") or found.get(folder, ""))
    return found


def read_folders(parents: Mapping[str, str], roles: Mapping[str, str]) -> list[str]:
    """The folders to read, in order: sent mail first and drafts last, so that a draft that was sent is seen among the
    sent mail before it is missed among the drafts."""
    never = {roles[name] for name in _NOT_READ if name in roles}
    first = [roles[name] for name in _READ_FIRST if name in roles]
    others = [one for one in parents if one not in first and one != roles[DRAFTS] and not _below(one, parents, never)]
    return [*first, *sorted(others), roles[DRAFTS]]


def _below(folder: str, parents: Mapping[str, str], tops: set[str]) -> bool:
    for _ in range(_DEEP):
        if folder in tops:
            return True
        if folder not in parents:
            return False
        folder = parents[folder]
    return True
