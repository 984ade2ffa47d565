"""Deltas: tokens, pages, replays, and the forms in which the service tells a change."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable, Sequence
from typing import Any

from tests.fakes.graph.odata import Item, Refused
from tests.fakes.graph.store import Store


def seal(state: dict[str, Any]) -> str:
    return base64.urlsafe_b64encode(json.dumps(state).encode()).decode()


def unseal(store: Store, token: str) -> dict[str, Any]:
    try:
        state: dict[str, Any] = json.loads(base64.urlsafe_b64decode(token))
    except ValueError:
        raise Refused(400, "BadRequest", "badly formed token") from None
    if state["generation"] != store.generation:
        raise Refused(410, "SyncStateNotFound", "The sync state generation is not found.")
    return state


class Deltas:
    """How the fake tells changes. `replays`: every round brings again what was told in the round before. `disorder`:
    pages come in another order than things happened."""

    def __init__(self, store: Store) -> None:
        self.store = store
        self.replays = False
        self.disorder = False
        self.calls = 0
        self.rounds: list[list[list[Any]]] = []

    def round(
        self,
        scope: str,
        state: dict[str, Any],
        numbers: Callable[[], Sequence[int]],
        show: Callable[[int, str, dict[str, Any]], list[Item]],
        base: str,
        size: int,
    ) -> Item:
        """One page. `state` is that of the token, or that of a first request; `numbers` tells what is there now,
        `show` the item as it is told after a change of that kind."""
        self.calls += 1
        store = self.store
        state.setdefault("generation", store.generation)
        if "todo" not in state:
            since = state.get("since")
            now = len(store.log)
            if since is None:
                todo = [[n, "upsert"] for n in numbers()]
            else:
                latest: dict[int, str] = {}
                begin = max(0, since - 3) if self.replays else since
                for change in store.log[begin:now]:
                    if change.folder == scope:
                        before = latest.pop(change.number, None)
                        kind = "upsert" if change.kind == "read" and before == "upsert" else change.kind
                        latest[change.number] = kind
                todo = [[n, kind] for n, kind in latest.items()]
            if self.disorder:
                todo = todo[::-1] + todo[:1]
            self.rounds.append(todo)  # what is left lies with the service: a token stays short
            state = {**state, "todo": len(self.rounds) - 1, "from_page": 0, "until": now}
        page = self.rounds[state["todo"]][state["from_page"] : state["from_page"] + size]
        left = len(self.rounds[state["todo"]]) > state["from_page"] + size
        value = [item for number, kind in page for item in show(number, kind, state)]
        link = base + ("&" if "?" in base else "?")
        if left:
            token = seal({**state, "from_page": state["from_page"] + size})
            return {"@odata.nextLink": f"{link}$skiptoken={token}", "value": value}
        plain = {k: v for k, v in state.items() if k not in ("todo", "until", "from_page")}
        token = seal({**plain, "since": state["until"]})
        return {"@odata.deltaLink": f"{link}$deltatoken={token}", "value": value}
