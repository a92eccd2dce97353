"""Where the simulated provider's webhooks arrive, and wait until somebody takes them."""

from __future__ import annotations

import threading
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from queue import SimpleQueue

from local.places import HOST

PATH = "/webhook/whatsapp"


@dataclass(frozen=True)
class Letter:
    """A request: its headers, with small names, and its exact body."""

    headers: dict[str, str]
    body: str


class Mailbox:
    """Answers each request with 200 and keeps it."""

    def __init__(self) -> None:
        kept: SimpleQueue[Letter] = SimpleQueue()

        class Keeper(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"])).decode()
                kept.put(Letter({name.lower(): each for name, each in self.headers.items()}, body))
                self.send_response(200)
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, *_: object) -> None:
                """Nobody reads it."""

        self._kept = kept
        self._server = ThreadingHTTPServer((HOST, 0), Keeper)
        self.url = f"http://{HOST}:{self._server.server_port}{PATH}"
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def take(self, count: int) -> list[Letter]:
        """The next requests; raises `queue.Empty` when one does not come within ten seconds."""
        return [self._kept.get(timeout=10) for _ in range(count)]

    def close(self) -> None:
        """Listen no more."""
        self._server.shutdown()
        self._server.server_close()
