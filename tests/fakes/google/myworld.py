"""Gmail and Calendar as the test tool `myworld` (PyPI) plays them: servers that none of us wrote.

Between it and the program stands a small server that takes batches apart, which myworld does not know. The rep's own deeds
go past the program's door, straight to myworld.
"""

from __future__ import annotations

import base64
import json
import re
import subprocess
import threading
import time
from email import message_from_bytes, policy
from email.message import EmailMessage
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import requests

from bot.providers.base import Mailbox
from bot.providers.gmail import Gmail
from bot.providers.google_api import gmail_wire
from bot.providers.wire import Meter
from tests.contract.mailbox import MailWorld

HOSTS = ("gmail.googleapis.com", "www.googleapis.com")
SEED = """
name: kiln
servers:
  gmail: {seed: {user: {email: nora@kiln.example, name: Nora Falk}, emails: []}}
"""


class MyWorld:
    """The running tool and the server before it."""

    def __init__(self, program: str, folder: Path, port: int) -> None:
        (folder / "seed.yaml").write_text(SEED)
        self.base = f"http://127.0.0.1:{port}"
        command = [program, "serve", "--host", "127.0.0.1", "--port", str(port), "--env", str(folder / "seed.yaml")]
        self._process = subprocess.Popen(
            [*command, "--time", "realtime", "--no-passthrough"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        self.session = requests.Session()
        self.session.trust_env = False
        self.token = self._token()
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), _Handler)
        self._server.daemon_threads = True
        self._server.world = self  # type: ignore[attr-defined]
        self._thread = threading.Thread(target=self._server.serve_forever, daemon=True)
        self._thread.start()

    @property
    def stand_ins(self) -> dict[str, str]:
        return dict.fromkeys(HOSTS, f"http://127.0.0.1:{self._server.server_address[1]}")

    def reset(self) -> None:
        self.session.post(f"{self.base}/envs/kiln/reset", timeout=20).raise_for_status()

    def call(self, verb: str, path: str, body: bytes | None = None) -> requests.Response:
        """A call as it is, with the token of the tool."""
        headers = {"Authorization": f"Bearer {self.token}", "Content-Type": "application/json"}
        return self.session.request(
            verb, f"{self.base}/gw/gmail.googleapis.com{path}", data=body, headers=headers, timeout=20
        )

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._process.terminate()
        self._process.wait(20)
        self.session.close()

    def _token(self) -> str:
        for _ in range(100):
            try:
                envs = self.session.get(f"{self.base}/envs", timeout=5).json()["envs"]
                return str(envs[0]["credentials"]["agent"]["google_access_token"])
            except (requests.RequestException, IndexError, KeyError):
                time.sleep(0.2)
        raise RuntimeError("myworld does not start")


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    wbufsize = -1

    def do_GET(self) -> None:
        world: MyWorld = self.server.world  # type: ignore[attr-defined]
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        if self.path.startswith("/batch"):
            content, kind, status = (
                _batch(world, body.decode(), self.headers["Content-Type"]),
                "multipart/mixed; boundary=b",
                200,
            )
        else:
            answer = world.call(self.command, self.path, body or None)
            content, kind, status = (
                answer.content,
                answer.headers.get("Content-Type", "application/json"),
                answer.status_code,
            )
        self.send_response(status)
        self.send_header("Content-Type", kind)
        if status != 204:
            self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        if status != 204:
            self.wfile.write(content)

    do_POST = do_PUT = do_PATCH = do_DELETE = do_GET

    def log_message(self, *arguments: Any) -> None:
        """Silent."""


def _batch(world: MyWorld, body: str, kind: str) -> bytes:
    found = re.search(r'boundary="([^"]+)"', kind)
    assert found is not None
    parts = []
    for piece in body.split("--" + found[1])[1:-1]:
        content_id = re.search(r"(?im)^Content-ID:\s*<([^>]+)>", piece)
        line = re.search(r"(?m)^(GET) (\S+)", piece)
        assert content_id is not None and line is not None
        answer = world.call(line[1], line[2])
        parts.append(
            f"--b\r\nContent-Type: application/http\r\nContent-ID: <response-{content_id[1]}>\r\n\r\n"
            f"HTTP/1.1 {answer.status_code} X\r\nContent-Type: application/json\r\n\r\n{answer.text}\r\n"
        )
    return ("".join(parts) + "--b--\r\n").encode()


class MyWorldMail(MailWorld):
    """The contract's mailbox at myworld."""

    def __init__(self, tool: MyWorld) -> None:
        self.tool = tool

    def open(self) -> Mailbox:
        return Gmail(gmail_wire(lambda: "unused", Meter(), stand_ins=self.tool.stand_ins), me=("nora@kiln.example",))

    def ask(self, verb: str, path: str, body: Any = None) -> Any:
        answer = self.tool.call(verb, f"/gmail/v1/users/me/{path}", None if body is None else json.dumps(body).encode())
        answer.raise_for_status()
        return answer.json() if answer.content else None

    def insert(self, data: bytes, *labels: str) -> None:
        self.ask("POST", "messages?internalDateSource=dateHeader", {"raw": _encoded(data), "labelIds": list(labels)})

    def receive(self, data: bytes) -> None:
        self.insert(data, "INBOX", "UNREAD")

    def send(self, data: bytes) -> None:
        self.insert(data, "SENT")

    def receive_broken(self) -> None:
        self.insert(b"\x00\x01\x02 not a mail at all \xff" * 20, "INBOX")

    def delete(self, message_id: str) -> None:
        for row in self.ask("GET", f"messages?q=rfc822msgid:{message_id}").get("messages", ()):
            self.ask("POST", f"messages/{row['id']}/trash")

    def all_drafts(self) -> list[tuple[str, bytes]]:
        rows = self.ask("GET", "drafts").get("drafts", ())
        found = [self.ask("GET", f"drafts/{row['id']}?format=raw") for row in rows]
        return [(one["id"], base64.urlsafe_b64decode(one["message"]["raw"] + "==")) for one in found]

    def drafts(self) -> list[bytes]:
        return [data for _, data in self.all_drafts()]

    def draft(self, key: str) -> tuple[str, bytes]:
        found = [(one, data) for one, data in self.all_drafts() if f"X-Followup-Key: {key}".encode() in data]
        return found[0] if found else self.all_drafts()[0]  # the tool drops our header: then it is the only one

    def edit_draft(self, key: str, text: str) -> None:
        one, data = self.draft(key)
        edited = message_from_bytes(data, policy=policy.SMTP)
        assert isinstance(edited, EmailMessage)
        for part in edited.walk():
            if part.get_content_type() == "text/plain":
                part.set_content(text)
        self.ask("PUT", f"drafts/{one}", {"message": {"raw": _encoded(edited.as_bytes())}})

    def delete_draft(self, key: str) -> None:
        self.ask("DELETE", f"drafts/{self.draft(key)[0]}")

    def send_draft(self, key: str) -> None:
        self.ask("POST", "drafts/send", {"id": self.draft(key)[0]})

    def expired(self, cursor: str) -> str:
        return cursor.replace("gmail1:", "gmail0:")


def _encoded(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).decode()
