"""Categories in Outlook by which a mail shows how its matter stands."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from urllib.parse import quote

from bot.model import Shown
from bot.providers.base import LABELS
from bot.providers.graph_api import Graph, Part, good, query, refusal
from bot.providers.graph_message import categories_of

_OURS = frozenset(name.casefold() for name in LABELS.values())
_GONE = (400, 404)  # 400: an id that this mailbox cannot have given


def mark(graph: Graph, shown: Mapping[str, Shown | None]) -> None:
    """Let these messages show this (see base.Marker). A message's categories are one list, the rep's own among them: so they
    are read first, and written only where they differ and only as they were read (If-Match). Raises TryLater."""
    paths = {ref: f"/messages/{quote(ref, safe='')}" for ref in shown}
    answers = graph.ask_all([Part("GET", path + query(select="id,categories,changeKey")) for path in paths.values()])
    writes = []
    for (ref, path), answer in zip(paths.items(), answers, strict=True):
        if answer.status in _GONE:
            continue
        item = good(answer)
        wanted = _with(categories_of(item), shown[ref])
        if wanted != categories_of(item):
            etag = str(item.get("@odata.etag") or f'W/"{item.get("changeKey")}"')
            writes.append(Part("PATCH", path, {"categories": wanted}, if_match=etag))
    for answer in graph.ask_all(writes):
        if not answer.is_good and answer.status not in _GONE:
            raise refusal(answer)


def _with(categories: Sequence[str], state: Shown | None) -> list[str]:
    """The rep's own categories in their order, and ours behind them."""
    own = [one for one in categories if one.casefold() not in _OURS]
    return [*own, *([LABELS[state]] if state is not None else [])]
