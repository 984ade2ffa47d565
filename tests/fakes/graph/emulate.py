"""Microsoft Graph as the test tool `@inbox-zero/emulate` (npm) plays it: a server that none of us wrote.

Between it and the program stands a small server that takes batches apart, of which the tool knows a few parts alone. The tool
would listen to the whole network; here it is made to listen to this machine.
"""

from __future__ import annotations

import json
import subprocess
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import requests

ME, TOKEN = "nora@kiln.example", "a-token"
_START = """
import net from "node:net";
const listen = net.Server.prototype.listen;
net.Server.prototype.listen = function (port, ...rest) {
  const options = { ...(typeof port === "object" ? port : { port }), host: "127.0.0.1" };
  return listen.call(this, options, ...rest.filter((one) => typeof one === "function"));
};
const { createEmulator } = await import("@inbox-zero/emulate");
const { port, seed } = JSON.parse(process.argv[1]);
const tool = await createEmulator({ service: "microsoft", port, seed });
console.log("ready " + tool.url);
"""


class Emulate:
    """The running tool, installed in `folder` (npm install), and the server before it."""

    def __init__(self, folder: Path, port: int) -> None:
        mail = {
            "user_email": ME, "subject": "Kiln shelves", "from": {"address": "ivo@harbour.example", "name": "Ivo Brandt"},
            "to_recipients": [{"address": ME}], "body_content": "Is May still free?", "parent_folder_id": "inbox",
        }  # fmt: skip
        seed = {
            "tokens": {TOKEN: {"login": ME, "scopes": []}},
            "microsoft": {"users": [{"email": ME, "name": "Nora Falk"}], "messages": [mail]},
        }
        asked = json.dumps({"port": port, "seed": seed})
        self._process = subprocess.Popen(
            ["node", "--input-type=module", "-e", _START, "--", asked], cwd=folder, stdout=subprocess.PIPE, text=True
        )
        assert self._process.stdout is not None and self._process.stdout.readline().startswith("ready")
        self._tool = f"http://127.0.0.1:{port}"
        self.session = requests.Session()
        self.session.trust_env = False
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), _Handler)
        self._server.daemon_threads = True
        self._server.tool = self  # type: ignore[attr-defined]
        self._thread = threading.Thread(target=self._server.serve_forever, daemon=True)
        self._thread.start()

    @property
    def base(self) -> str:
        return f"http://127.0.0.1:{self._server.server_address[1]}"

    def call(
        self, method: str, path: str, body: Any = None, headers: dict[str, str] | None = None
    ) -> requests.Response:
        """A call as it is."""
        named = {"Authorization": f"Bearer {TOKEN}", **(headers or {})}
        return self.session.request(method, self._tool + path, json=body, headers=named, timeout=20)

    def batch(self, body: Any) -> dict[str, Any]:
        """The parts of a batch, one after the other."""
        done: dict[str, int] = {}
        answers = []
        for one in body["requests"]:
            if any(done[before] >= 300 for before in one.get("dependsOn", [])):
                done[one["id"]], given = 424, {}
            else:
                answer = self.call(one["method"], "/v1.0" + one["url"], one.get("body"), one.get("headers"))
                done[one["id"]] = answer.status_code
                given = answer.json() if answer.content else {}
            answers.append({"id": one["id"], "status": done[one["id"]], "headers": {}, "body": given})
        return {"responses": answers}

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._process.terminate()
        self._process.communicate(timeout=20)
        self.session.close()


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def do_GET(self) -> None:
        tool: Emulate = self.server.tool  # type: ignore[attr-defined]
        data = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        body = json.loads(data) if data else None
        if self.path == "/v1.0/$batch":
            status, content = 200, json.dumps(tool.batch(body)).encode()
        else:
            answer = tool.call(self.command, self.path, body, {"Prefer": self.headers.get("Prefer", "")})
            status, content = answer.status_code, answer.content
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    do_POST = do_PATCH = do_DELETE = do_GET

    def log_message(self, *arguments: Any) -> None:
        """Silent."""
