"""Where webhooks wait until somebody takes them."""

from __future__ import annotations

import http.client
from collections.abc import Iterator
from contextlib import closing
from urllib.parse import urlsplit

import pytest

from bench.whole_way.mailbox import Mailbox

pytestmark = pytest.mark.enable_socket


@pytest.fixture
def mailbox() -> Iterator[Mailbox]:
    with closing(Mailbox()) as opened:
        yield opened


def post(mailbox: Mailbox, body: str) -> int:
    address = urlsplit(mailbox.url)
    with closing(http.client.HTTPConnection(str(address.hostname), address.port)) as connection:
        connection.request("POST", address.path, body.encode(), {"X-Hub-Signature-256": "sha256=1"})
        return connection.getresponse().status


def test_a_request_is_answered_and_kept_as_it_came(mailbox: Mailbox) -> None:
    assert post(mailbox, '{"a":  "ñ"}') == 200

    [letter] = mailbox.take(1)
    assert letter.body == '{"a":  "ñ"}'
    assert letter.headers["x-hub-signature-256"] == "sha256=1"


def test_requests_are_taken_in_their_order(mailbox: Mailbox) -> None:
    for body in ("1", "2", "3"):
        post(mailbox, body)

    assert [letter.body for letter in mailbox.take(2)] == ["1", "2"]
    assert [letter.body for letter in mailbox.take(1)] == ["3"]
