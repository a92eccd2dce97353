"""One HTTP call: what was sent when it failed, and what its answer says."""

from __future__ import annotations

from collections.abc import Iterator

import httpx
import pytest
from freezegun import freeze_time

from recado.adapters.channels.http import MAX_BODY_BYTES, Answer, base_url, exchange, new_client
from recado.domain.channels import ChannelAccount, Provider
from recado.domain.errors import (
    AccountError,
    DeliveryError,
    OutcomeUnknownError,
    RetryableError,
)

ACCOUNT = ChannelAccount(
    tenant_id="andinos", account_id="wa", provider=Provider.EVOLUTION, timeout_seconds=12
)


def call(wire: httpx.MockTransport) -> Answer:
    client = new_client(ACCOUNT, transport=wire)
    return exchange(client, client.build_request("POST", "https://provider.test/send"))


def answer(content: bytes = b"", headers: dict[str, str] | None = None) -> Answer:
    return call(
        httpx.MockTransport(lambda _: httpx.Response(200, content=content, headers=headers))
    )


def failing(error: type[httpx.TransportError]) -> httpx.MockTransport:
    def fail(request: httpx.Request) -> httpx.Response:
        raise error("secret", request=request)

    return httpx.MockTransport(fail)


@pytest.mark.parametrize(
    ("error", "meaning"),
    [
        (httpx.ConnectError, RetryableError),
        (httpx.ConnectTimeout, RetryableError),
        (httpx.ProxyError, RetryableError),
        (httpx.PoolTimeout, RetryableError),
        (httpx.ReadTimeout, OutcomeUnknownError),
        (httpx.ReadError, OutcomeUnknownError),
        (httpx.WriteTimeout, OutcomeUnknownError),
        (httpx.WriteError, OutcomeUnknownError),
        (httpx.CloseError, OutcomeUnknownError),
        (httpx.RemoteProtocolError, OutcomeUnknownError),
        (httpx.LocalProtocolError, OutcomeUnknownError),
    ],
)
def test_only_what_was_surely_not_sent_may_be_sent_again(
    error: type[httpx.TransportError], meaning: type[DeliveryError]
) -> None:
    with pytest.raises(DeliveryError) as raised:
        call(failing(error))
    assert type(raised.value) is meaning
    assert "secret" not in str(raised.value)


def test_waiting_for_a_connection_of_our_own_does_not_count_against_the_account() -> None:
    with pytest.raises(RetryableError) as raised:
        call(failing(httpx.PoolTimeout))
    assert not raised.value.account_fault


def test_the_answer_may_take_as_long_as_the_account_says_and_a_connection_five_seconds() -> None:
    seen: list[httpx.Request] = []

    def keep(request: httpx.Request) -> httpx.Response:
        seen.append(request)
        return httpx.Response(200)

    call(httpx.MockTransport(keep))
    assert seen[0].extensions["timeout"] == {"connect": 5, "pool": 5, "write": 5, "read": 12}


def test_a_redirect_is_not_followed() -> None:
    seen: list[str] = []

    def redirect(request: httpx.Request) -> httpx.Response:
        seen.append(str(request.url))
        return httpx.Response(307, headers={"Location": "https://elsewhere.test"})

    assert call(httpx.MockTransport(redirect)).status == 307
    assert seen == ["https://provider.test/send"]


class Broken(httpx.SyncByteStream):
    """A body that breaks off."""

    def __iter__(self) -> Iterator[bytes]:
        yield b'{"id":'
        raise httpx.ReadError("broken off")


def test_a_status_counts_even_when_the_body_breaks_off() -> None:
    got = call(httpx.MockTransport(lambda _: httpx.Response(503, stream=Broken())))
    assert (got.status, got.body) == (503, None)


class Endless(httpx.SyncByteStream):
    """A body without an end; remembers how much of it was read."""

    chunks = 0

    def __iter__(self) -> Iterator[bytes]:
        while True:
            self.chunks += 1
            yield b"x" * 65_536


def test_an_endless_body_is_not_read_to_its_end() -> None:
    body = Endless()
    got = call(httpx.MockTransport(lambda _: httpx.Response(200, stream=body)))
    assert body.chunks * 65_536 <= MAX_BODY_BYTES + 65_536
    assert got.body is None


class Trickling(httpx.SyncByteStream):
    """A body that comes byte by byte; remembers how much of it was read."""

    read = 0

    def __iter__(self) -> Iterator[bytes]:
        for _ in range(1000):
            self.read += 1
            yield b" "


@freeze_time(auto_tick_seconds=1)
def test_a_body_that_trickles_in_is_not_waited_for() -> None:
    body = Trickling()
    assert call(httpx.MockTransport(lambda _: httpx.Response(503, stream=body))).status == 503
    assert body.read < 10


@pytest.mark.parametrize(
    ("content", "path", "found"),
    [
        (b'{"a": [{"b": 1}]}', ("a", 0, "b"), 1),
        (b'{"a": [{"b": 1}]}', ("a", 1, "b"), None),
        (b'{"a": [{"b": 1}]}', ("a", "b"), None),
        (b'{"a": "text"}', ("a", 0), None),
        (b"[1]", ("a",), None),
        (b"no json", ("a",), None),
        (b"\xff\xfe\x00", ("a",), None),
        (b"[" * 200_000, ("a",), None),
    ],
)
def test_a_body_is_read_at_a_path_whatever_it_holds(
    content: bytes, path: tuple[str | int, ...], found: object
) -> None:
    assert answer(content).at(*path) == found


@pytest.mark.parametrize(
    ("content", "number"),
    [
        (b'{"code": 131026}', "131026"),
        (b'{"code": 0}', "0"),
        (b'{"code": "131026"}', None),
        (b'{"code": true}', None),
        (b'{"code": -1}', None),
        (b'{"code": 593991234567}', None),
        (b"{}", None),
    ],
)
def test_an_error_code_is_a_plausible_number_or_none(content: bytes, number: str | None) -> None:
    assert answer(content).error_number("code") == number


@pytest.mark.parametrize("content", [b"", b"{}", b'{"id": 7}', b'{"id": ""}', b"<html>"])
def test_a_message_without_an_id_has_an_unknown_outcome(content: bytes) -> None:
    with pytest.raises(OutcomeUnknownError):
        answer(content).message_id("id")


@freeze_time("2026-11-20T12:00:00Z")
@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        ("120", 120),
        (" 0 ", 0),
        ("Fri, 20 Nov 2026 12:01:30 GMT", 90),
        ("Fri, 20 Nov 2026 12:01:30 -0000", 90),
        ("Fri, 20 Nov 2026 11:00:00 GMT", 0),
        ("soon", None),
        ("-5", None),
        ("1.5", None),
        ("9" * 400, None),
        ("", None),
    ],
)
def test_retry_after_is_seconds_or_a_date(value: str, seconds: float | None) -> None:
    assert answer(headers={"Retry-After": value}).retry_after == seconds


def test_without_the_header_there_is_no_time_to_wait() -> None:
    assert answer().retry_after is None


@pytest.mark.parametrize(
    "value",
    [
        "ftp://provider.test",
        "provider.test",
        "https://",
        "http://provider.test:port",
        "javascript:1",
    ],
)
def test_a_base_url_is_an_http_address(value: str) -> None:
    account = ACCOUNT.model_copy(update={"settings": {"base_url": value}})
    with pytest.raises(AccountError, match="base_url"):
        base_url(account)


@pytest.mark.parametrize("value", ["https://provider.test/v1", "https://provider.test/v1/"])
def test_a_base_url_may_end_with_a_slash(value: str) -> None:
    account = ACCOUNT.model_copy(update={"settings": {"base_url": value}})
    assert base_url(account) == "https://provider.test/v1"
