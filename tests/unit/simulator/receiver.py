"""The product's side of webhooks: a server that keeps what it is sent, and a simulator for it."""

from __future__ import annotations

import json
import queue
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qsl

from local.simulator.accounts import Accounts
from local.simulator.app import build_simulator
from tests.unit.simulator.running import ACCOUNTS, HOST, RunningSimulator, running

PATIENCE = 10
"""Seconds after which a webhook that does not come is missing; a test waits no longer than it
takes to come."""

TOPIC = "arn:aws:sns:us-east-1:000000000000:correos"


@dataclass(frozen=True)
class Received:
    """One request, as it came in."""

    path: str
    headers: Mapping[str, str]
    body: bytes

    def json(self) -> Any:
        """The body, which must be JSON."""
        return json.loads(self.body)

    def form(self) -> dict[str, str]:
        """The body, which must be a form; blank fields too."""
        return dict(parse_qsl(self.body.decode(), keep_blank_values=True, strict_parsing=True))


@dataclass
class Receiver:
    """What arrived, and what to answer; without a word of a test every request is taken."""

    url: str = ""
    arrived: queue.Queue[Received] = field(default_factory=queue.Queue)
    answers: queue.Queue[int] = field(default_factory=queue.Queue)

    def next(self) -> Received:
        """The oldest request that no one looked at yet; waits for it."""
        return self.arrived.get(timeout=PATIENCE)

    def several(self, count: int) -> list[Received]:
        """So many requests, in the order in which they came."""
        return [self.next() for _ in range(count)]

    def nothing_else(self) -> bool:
        """True when no request is left."""
        return self.arrived.empty()

    def answer(self, *statuses: int) -> None:
        """What to answer to the next requests."""
        for status in statuses:
            self.answers.put(status)


@contextmanager
def receiving() -> Iterator[Receiver]:
    """Serve on a free port until the block ends."""
    receiver = Receiver()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            headers = {name.lower(): value for name, value in self.headers.items()}
            # Before the answer: whoever waits for it sends the next request, and a slow thread
            # would put this one behind it.
            receiver.arrived.put(Received(self.path, headers, body))
            try:
                status = receiver.answers.get_nowait()
            except queue.Empty:
                status = 200
            self.send_response(status)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    with ThreadingHTTPServer((HOST, 0), Handler) as server:
        receiver.url = f"http://{HOST}:{server.server_port}"
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield receiver
        finally:
            server.shutdown()
            thread.join()


def talkative(receiver: Receiver) -> Accounts:
    """Every account, with its webhooks at the receiver."""
    base = receiver.url
    known = ACCOUNTS.model_dump()
    return Accounts.model_validate(
        {
            **known,
            "meta": {**known["meta"], "webhook_url": f"{base}/whatsapp"},
            "twilio": {**known["twilio"], "webhook_url": f"{base}/twilio?de=consola"},
            "evolution": {
                **known["evolution"],
                "webhook_url": f"{base}/evolution",
                "webhook_secret": "evolution-secret",
            },
            "ses": {**known["ses"], "topic_arn": TOPIC},
            "telegram": {
                "bot_token": "77:telegram-token",
                "secret_token": "telegram-secret",
                "account": "bot",
                "webhook_url": f"{base}/telegram",
            },
            "slack": {
                "bot_token": "xoxb-slack-token",
                "signing_secret": "slack-secret",
                "team_id": "T1",
                "app_id": "A1",
                "webhook_url": f"{base}/slack",
            },
            "messenger": {
                "page_id": "5001",
                "access_token": "page-token",
                "app_secret": "page-secret",
                "webhook_url": f"{base}/messenger",
            },
            "instagram": {
                "instagram_id": "6001",
                "access_token": "instagram-token",
                "app_secret": "instagram-secret",
                "webhook_url": f"{base}/instagram",
            },
        }
    )


@contextmanager
def talking(
    accounts: Accounts, receiver: Receiver, retry_seconds: tuple[float, ...] = ()
) -> Iterator[RunningSimulator]:
    """A simulator that tells the receiver what happens; it plays the laptop cloud too."""
    simulator = build_simulator(
        accounts, aws_endpoint_url=receiver.url, retry_seconds=retry_seconds
    )
    with running(simulator) as started:
        yield started
