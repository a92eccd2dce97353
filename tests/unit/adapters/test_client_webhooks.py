"""Calls of clients' endpoints: where they go, what is sent, what an answer means."""

from __future__ import annotations

from collections.abc import Callable

import httpx
import pytest

from recado.adapters.client_webhooks import HttpWebhookPoster
from recado.domain.client_endpoints import PostOutcome

PUBLIC = "93.184.215.14"


class Network:
    """Every host, as one function; remembers the requests."""

    def __init__(self, answer: Callable[[httpx.Request], httpx.Response] | None = None) -> None:
        self._answer = answer or (lambda _: httpx.Response(204))
        self.requests: list[httpx.Request] = []

    def poster(self, *, address: str = PUBLIC, allow_loopback: bool = False) -> HttpWebhookPoster:
        return HttpWebhookPoster(
            allow_loopback=allow_loopback,
            transport=httpx.MockTransport(self._handle),
            lookup=lambda host: [address],
        )

    def _handle(self, request: httpx.Request) -> httpx.Response:
        self.requests.append(request)
        return self._answer(request)


def post(network: Network, url: str = "https://crm.example.com/hook?a=b") -> PostOutcome:
    return network.poster().post(url, headers={"webhook-id": "evt_1"}, body=b'{"a":1}')


def test_a_body_is_posted_to_the_checked_address_under_the_hosts_name() -> None:
    network = Network()

    assert post(network) == PostOutcome(status=204)

    [request] = network.requests
    assert request.method == "POST"
    assert request.url == f"https://{PUBLIC}/hook?a=b"
    assert request.headers["host"] == "crm.example.com"
    assert request.extensions["sni_hostname"] == "crm.example.com"
    assert request.headers["content-type"] == "application/json"
    assert request.headers["webhook-id"] == "evt_1"
    assert request.content == b'{"a":1}'


def test_a_call_has_ten_seconds_for_an_answer_and_five_for_a_connection() -> None:
    network = Network()

    post(network)

    assert network.requests[0].extensions["timeout"] == {
        "connect": 5.0,
        "read": 10.0,
        "write": 10.0,
        "pool": 10.0,
    }


@pytest.mark.parametrize(
    "address", ["127.0.0.1", "10.0.0.1", "169.254.169.254", "224.0.0.1", "::1", "fe80::1"]
)
def test_a_name_that_leads_into_a_private_network_is_not_called(address: str) -> None:
    network = Network()

    outcome = network.poster(address=address).post("https://crm.example.com", headers={}, body=b"")

    assert outcome == PostOutcome(fault="private_host")
    assert network.requests == []


def test_a_name_that_leads_nowhere_is_not_called() -> None:
    network = Network()
    poster = HttpWebhookPoster(
        allow_loopback=False, transport=httpx.MockTransport(network._handle), lookup=lambda _: []
    )

    outcome = poster.post("https://crm.example.com", headers={}, body=b"")

    assert outcome == PostOutcome(fault="unknown_host")


@pytest.mark.parametrize("url", ["http://crm.example.com/", "http://127.0.0.1:1/", "https://[::1]"])
def test_an_address_that_should_not_have_been_stored_is_not_called(url: str) -> None:
    network = Network()

    assert post(network, url) == PostOutcome(fault="bad_url")
    assert network.requests == []


def test_this_machine_is_called_where_that_is_allowed() -> None:
    network = Network()
    poster = network.poster(allow_loopback=True)

    outcome = poster.post("http://127.0.0.1:9000/hook", headers={}, body=b"")

    assert outcome.is_success
    assert network.requests[0].url == "http://127.0.0.1:9000/hook"


def test_allowing_this_machine_opens_no_other_private_address() -> None:
    network = Network()
    poster = network.poster(address="127.0.0.1", allow_loopback=True)

    outcome = poster.post("https://crm.example.com/", headers={}, body=b"")

    assert outcome == PostOutcome(fault="private_host")


def test_a_redirect_is_an_answer_and_not_followed() -> None:
    network = Network(lambda _: httpx.Response(302, headers={"location": "https://other.example"}))

    assert post(network) == PostOutcome(status=302)
    assert len(network.requests) == 1


def test_no_cookie_is_kept_from_one_call_to_the_next() -> None:
    network = Network(lambda _: httpx.Response(200, headers={"set-cookie": "tenant=andinos"}))
    poster = network.poster()

    for _ in range(2):
        poster.post("https://crm.example.com/", headers={}, body=b"")

    assert all("cookie" not in request.headers for request in network.requests)


def test_the_time_that_an_endpoint_asks_for_is_told() -> None:
    network = Network(lambda _: httpx.Response(503, headers={"retry-after": "120"}))

    assert post(network) == PostOutcome(status=503, retry_after=120)


@pytest.mark.parametrize(
    ("error", "fault"),
    [
        (httpx.ConnectTimeout("x"), "timeout"),
        (httpx.ReadTimeout("x"), "timeout"),
        (httpx.ConnectError("x"), "not_connected"),
        (httpx.RemoteProtocolError("x"), "no_answer"),
        (httpx.ReadError("x"), "no_answer"),
    ],
)
def test_a_call_without_an_answer_says_why(error: httpx.TransportError, fault: str) -> None:
    def fail(_: httpx.Request) -> httpx.Response:
        raise error

    assert post(Network(fail)) == PostOutcome(fault=fault)


def test_a_body_of_an_answer_is_not_read() -> None:
    read: list[bytes] = []

    class Endless(httpx.SyncByteStream):
        def __iter__(self):  # type: ignore[no-untyped-def]
            while True:
                read.append(b"x")
                yield b"x"

    network = Network(lambda _: httpx.Response(200, stream=Endless()))

    assert post(network).is_success
    assert read == []
