"""Word to a webhook that a person must act. It names accounts as the log does, by their hashes: nothing of a customer, a mail or a
rep leaves, whoever reads what arrives there."""

from __future__ import annotations

import logging
import re
import threading
import time
from collections.abc import Callable, Iterable
from urllib.parse import urlsplit

from bot.errors import OutsideFault, UserMustAct
from bot.providers.wire import Allow, Forbidden, Wire

log = logging.getLogger(__name__)

_SECONDS = 10.0  # a receiver that is slower than that is tried again later
_AGAIN_AFTER = 300.0  # seconds
_LOOPBACK = ("127.0.0.1", "localhost")


class Webhook:
    """`url` is https, or plain http on this machine. Raises UserMustAct for any other."""

    def __init__(self, url: str, monotonic: Callable[[], float] = time.monotonic) -> None:
        split = urlsplit(url)
        host, path = split.hostname or "", split.path or "/"
        here = split.scheme == "http" and host in _LOOPBACK and split.port is not None
        if not here and (split.scheme != "https" or not host or split.port or split.username):
            raise UserMustAct(
                f"service.alert_url {split.scheme}://{host} is not taken", "name an https address, or http://127.0.0.1:PORT/..."
            )  # fmt: skip
        stand_ins = {host: f"http://127.0.0.1:{split.port}"} if here else None
        self._url = f"https://{host}{path}" + (f"?{split.query}" if split.query else "")
        self._wire = Wire(
            [Allow("POST", host, re.escape(path))], stand_ins=stand_ins, read_seconds=_SECONDS, most_bytes=100_000
        )
        self._monotonic = monotonic
        self._one = threading.Lock()
        self._told: frozenset[str] = frozenset()
        self._tried = -_AGAIN_AFTER

    def tell(self, waiting: Iterable[str]) -> None:
        """These accounts wait for a person now. Told where that has changed; what does not arrive is told again in five minutes,
        and never keeps a turn from being taken."""
        now = frozenset(waiting)
        if now == self._told or self._monotonic() - self._tried < _AGAIN_AFTER or not self._one.acquire(blocking=False):
            return
        try:
            self._tried = self._monotonic()
            if self._wire.json("POST", self._url, _words(now)).is_good:
                self._told, self._tried = now, -_AGAIN_AFTER
            else:
                log.warning("the webhook did not take the alert")
        except (OutsideFault, Forbidden):
            log.warning("the webhook cannot be reached")
        finally:
            self._one.release()


def _words(waiting: frozenset[str]) -> dict[str, object]:
    """`text` is what chat programs show of it."""
    names = sorted(waiting)
    told = (
        f"{len(names)} waiting for a person: {', '.join(names)}. `followup status` says why."
        if names
        else "all is well again."
    )
    return {"text": f"followup: {told}", "waiting": names}
