"""Word to the service manager: sd_notify(3), a line to the socket that NOTIFY_SOCKET names. Without one nothing is said."""

from __future__ import annotations

import contextlib
import os
import socket
import time


class Notifier:
    """Tells systemd how the service is."""

    def __init__(self, address: str | None = None, watchdog_seconds: float = 0.0) -> None:
        self._address = address
        self.watchdog_seconds = watchdog_seconds  # 0: nobody watches

    @classmethod
    def of_environment(cls) -> Notifier:
        """The manager that started this process. What it left for us is taken out of the environment, so that no child
        takes it for its own; WATCHDOG_PID says whom it is meant for (sd_watchdog_enabled(3))."""
        address = os.environ.pop("NOTIFY_SOCKET", None)
        microseconds, process = os.environ.pop("WATCHDOG_USEC", ""), os.environ.pop("WATCHDOG_PID", "")
        mine = process in ("", str(os.getpid()))
        return cls(address, int(microseconds) / 1e6 if mine and microseconds.isdigit() else 0.0)

    def ready(self, status: str) -> None:
        """The service is up, or has taken over a new config."""
        self._tell(f"READY=1\nSTATUS={status}\nMAINPID={os.getpid()}")

    def status(self, status: str) -> None:
        """How it is, in a line for a person."""
        self._tell(f"STATUS={status}")

    def alive(self) -> None:
        """Feed the watchdog."""
        self._tell("WATCHDOG=1")

    def reloading(self) -> None:
        """A new config is being looked at."""
        self._tell(f"RELOADING=1\nMONOTONIC_USEC={time.monotonic_ns() // 1000}")

    def stopping(self) -> None:
        """The service ends."""
        self._tell("STOPPING=1")

    def _tell(self, lines: str) -> None:
        """One datagram; a manager that does not listen is no reason to stop working."""
        if not self._address or not hasattr(socket, "AF_UNIX"):
            return
        path = "\0" + self._address[1:] if self._address.startswith("@") else self._address
        with contextlib.suppress(OSError), socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as channel:
            channel.connect(path)
            channel.sendall(lines.encode())
