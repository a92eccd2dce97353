"""The proxy that misbehaves as AWS does, between an SDK and a service that counts."""

from __future__ import annotations

import json
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any

import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError, ConnectionClosedError

from chaos import aws_proxy
from chaos.aws_faults import AwsFaults, Fault

pytestmark = pytest.mark.enable_socket


class Scripted(AwsFaults):
    """Faults in a given order, then none."""

    def __init__(self, *faults: Fault) -> None:
        super().__init__(rate=0, seed=0)
        self._script = list(faults)

    def of(self, operation: str, call_id: str) -> Fault | None:
        return self._script.pop(0) if self._script else None


@pytest.fixture
def service() -> Iterator[tuple[str, list[dict[str, Any]]]]:
    """A queue service that takes everything; gives its address and what it was asked."""
    asked: list[dict[str, Any]] = []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            request = json.loads(self.rfile.read(int(self.headers["content-length"])))
            asked.append(request)
            taken = [{"Id": e["Id"], "MessageId": "m"} for e in request.get("Entries", [])]
            body = json.dumps({"Successful": taken} if taken else {"MessageId": "m"}).encode()
            self.send_response(200)
            self.send_header("content-type", "application/x-amz-json-1.0")
            self.send_header("content-length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            """Nothing: the test tells what matters."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}", asked
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def client(address: str, *, tries: int = 1) -> Any:
    return boto3.client(
        "sqs",
        endpoint_url=address,
        region_name="us-east-1",
        aws_access_key_id="x",
        aws_secret_access_key="x",
        config=Config(retries={"total_max_attempts": tries}, proxies={}),
    )


def test_a_call_without_a_fault_is_forwarded(service: tuple[str, list[dict[str, Any]]]) -> None:
    upstream, asked = service
    with aws_proxy.running(upstream, Scripted()) as address:
        client(address).send_message(QueueUrl="u", MessageBody="hola")
    assert asked == [{"QueueUrl": "u", "MessageBody": "hola"}]


@pytest.mark.parametrize(
    ("fault", "raised", "arrived"),
    [
        (Fault.THROTTLED, ClientError, 0),
        (Fault.INTERNAL_ERROR, ClientError, 0),
        (Fault.LOST_BEFORE, ConnectionClosedError, 0),
        (Fault.LOST_AFTER, ConnectionClosedError, 1),
    ],
)
def test_a_fault_is_seen_and_has_its_effect(
    service: tuple[str, list[dict[str, Any]]],
    fault: Fault,
    raised: type[Exception],
    arrived: int,
) -> None:
    upstream, asked = service
    with aws_proxy.running(upstream, Scripted(fault)) as address, pytest.raises(raised):
        client(address).send_message(QueueUrl="u", MessageBody="hola")
    assert len(asked) == arrived


def test_the_sdk_tries_again_and_does_not_notice(
    service: tuple[str, list[dict[str, Any]]],
) -> None:
    upstream, asked = service
    with aws_proxy.running(upstream, Scripted(Fault.LOST_AFTER)) as address:
        client(address, tries=2).send_message(QueueUrl="u", MessageBody="hola")
    assert len(asked) == 2


@pytest.mark.parametrize("entries", [1, 3])
def test_a_batch_is_taken_without_one_of_its_entries(
    service: tuple[str, list[dict[str, Any]]], entries: int
) -> None:
    upstream, asked = service
    with aws_proxy.running(upstream, Scripted(Fault.IN_PART)) as address:
        answer = client(address).send_message_batch(
            QueueUrl="u",
            Entries=[{"Id": str(number), "MessageBody": "hola"} for number in range(entries)],
        )
    assert len(answer["Failed"]) == 1
    assert sum(len(request["Entries"]) for request in asked) == entries - 1
