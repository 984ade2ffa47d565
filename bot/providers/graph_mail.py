"""A rep's mail in Microsoft 365, by Graph.

News comes folder by folder, as changes since a link; a turn without any is one batch. A draft is looked for by our key,
kept in a property that no person sees, before it is made (graph_drafts.py).
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping
from dataclasses import replace

from bot.model import Draft, Message, Shown, Standing
from bot.providers import graph_news as turns
from bot.providers.base import Page, Profile
from bot.providers.graph_api import Graph
from bot.providers.graph_cursor import Reached, decode
from bot.providers.graph_drafts import Drafts
from bot.providers.graph_marks import mark
from bot.providers.graph_profile import profile_of

_LINKS_LAST = dt.timedelta(days=1)  # the service forgets old links: new ones are put into the cursor every day


class GraphMail:
    """bot.providers.base.Mailbox over Graph. `language` is that of the line above a quoted original where it is ours
    to write; `marks`: mails show how their matter stands."""

    def __init__(self, graph: Graph, *, language: str = "en", marks: bool = False) -> None:
        self._graph, self._marks, self.meter = graph, marks, graph.wire.meter
        self._drafts = Drafts(graph, language)
        self._quiet: tuple[str, Reached] | None = None  # a cursor after which nothing came, and its newest links

    def changes(self, since: str | None) -> Iterator[Page[Message]]:
        """News since the cursor, or everything (see base.Mailbox). A listing that was broken off goes on where it
        was."""
        reached = turns.beginning(self._graph) if since is None else decode(since)
        if reached.fresh:
            yield from turns.listing(self._graph, reached, begins=since is None)
            return
        if self._quiet is not None and self._quiet[0] == since:
            reached = self._quiet[1]
        told, behind, made = False, False, reached.made
        for page, after in turns.news(self._graph, reached):
            reached, behind = after, page is None
            if page is not None:
                told = True
                yield page
        today = self._graph.now().date()
        if (told and behind) or today - made >= _LINKS_LAST:
            reached = replace(reached, made=today)
            yield Page(cursor=reached.encode())
        elif not told and since is not None:
            self._quiet = since, reached

    def put(self, draft: Draft, known: Standing | None = None) -> Standing | None:
        """Make the draft stand (see base.Mailbox). What is missing of the Standing is copied from `known`, or left
        empty for the caller."""
        return self._drafts.put(draft, known)

    def withdraw(self, standing: Standing) -> bool:
        """Take the draft away if it still is as we wrote it (see base.Mailbox)."""
        return self._drafts.withdraw(standing)

    @property
    def marks(self) -> bool:
        """Whether mails show how their matter stands (see base.Marker)."""
        return self._marks

    def mark(self, shown: Mapping[str, Shown | None]) -> None:
        """Let mails show this, as a category (see base.Marker)."""
        mark(self._graph, shown)

    def profile(self) -> Profile:
        """The rep's addresses and hours, as far as the sign-in may see them (see base.Profiled)."""
        return profile_of(self._graph)
