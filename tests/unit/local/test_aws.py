"""Tools of this machine reach the laptop cloud, and neither a real account nor a proxy."""

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest

from local import aws

pytestmark = pytest.mark.enable_socket

NOBODY = "http://127.0.0.1:9"
"""The port of the discard service, on which nothing listens."""


class _Buckets(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        body = b"<ListAllMyBucketsResult><Buckets/></ListAllMyBucketsResult>"
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:
        """Tests print nothing."""


@pytest.fixture
def storage() -> Iterator[str]:
    """The address of an S3 without buckets."""
    with HTTPServer(("127.0.0.1", 0), _Buckets) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()


def test_a_proxy_is_not_asked_for_this_machine(
    storage: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HTTP_PROXY", NOBODY)
    monkeypatch.setenv("http_proxy", NOBODY)
    monkeypatch.setenv("no_proxy", "intranet.example")
    client = aws.SESSION.client("s3", endpoint_url=storage)
    assert client.list_buckets()["Buckets"] == []


def test_programs_get_nothing_that_leads_elsewhere(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_PROFILE", "prod")
    monkeypatch.setenv("AWS_SESSION_TOKEN", "s3cret")
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "AKIAREAL")
    for name in ("HTTP_PROXY", "https_proxy", "ALL_PROXY", "no_proxy", "NO_PROXY"):
        monkeypatch.setenv(name, NOBODY)
    monkeypatch.setenv("LANG", "C.UTF-8")

    environment = aws.environment()

    assert environment["LANG"] == "C.UTF-8"
    assert environment["AWS_ACCESS_KEY_ID"] == aws.ACCESS_KEY
    assert not {"AWS_PROFILE", "AWS_SESSION_TOKEN"} & environment.keys()
    assert [name for name in environment if name.lower().endswith("_proxy")] == []
    assert {
        "HTTP_PROXY",
        "https_proxy",
        "ALL_PROXY",
        "no_proxy",
        "NO_PROXY",
    } <= aws.proxies().keys()
