"""Downloads from addresses that others chose: what is called, how far, and how much is read."""

from __future__ import annotations

import gzip
from collections.abc import Iterator
from contextlib import suppress

import httpx
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from recado.adapters.media.http_download import Download, MediaClient
from recado.domain.errors import AccountError
from recado.domain.media import (
    MediaError,
    MediaExpiredError,
    MediaRefusedError,
    MediaUnavailableError,
)
from tests.contract.media.provider import PNG, PUBLIC_ADDRESS, Answer, FakeWire, png, redirect

OWN = "http://127.0.0.1:8025"
FILE = "https://cdn.example.com/file"


class Pieces(httpx.SyncByteStream):
    """A body in pieces; each of them takes some seconds of the wire's clock."""

    def __init__(self, wire: FakeWire, count: int, *, seconds: float = 0.0) -> None:
        self._wire = wire
        self._count = count
        self._seconds = seconds
        self.given = 0

    def __iter__(self) -> Iterator[bytes]:
        for _ in range(self._count):
            self.given += 1
            self._wire.seconds.append(self._wire.seconds[-1] + self._seconds)
            yield b"x" * 1000


def client(wire: FakeWire) -> MediaClient:
    return MediaClient(wire.http, OWN)


def wired(answer: Answer, **more: Answer) -> FakeWire:
    return FakeWire({FILE: answer, **more})


@pytest.mark.parametrize(
    ("url", "reason"),
    [
        ("http://cdn.example.com/file", "not_https"),
        ("ftp://cdn.example.com/file", "not_https"),
        ("file:///etc/passwd", "not_https"),
        ("//cdn.example.com/file", "not_https"),
        ("", "not_https"),
        ("https:///file", "bad_url"),
        ("https://exa mple.com/", "bad_url"),
        ("https://x" + "y" * 70 + ".com/", None),
        ("https://cdn.example.com:22/file", "unusual_port"),
        ("https://cdn.example.com:8443/file", "unusual_port"),
        ("https://ana@cdn.example.com/file", "userinfo_in_url"),
        ("https://cdn.example.com@169.254.169.254/", "userinfo_in_url"),
        ("https://cdn.example.com:443@10.0.0.1/", "userinfo_in_url"),
        ("http://127.0.0.1:8026/", "not_https"),
        ("https://127.0.0.1:8025/", "unusual_port"),
        ("http://localhost:8025/", "not_https"),
        ("http://x@127.0.0.1:8025/", "userinfo_in_url"),
        ("http://169.254.169.254/latest/meta-data/", "not_https"),
    ],
)
def test_an_address_of_another_kind_is_not_called(url: str, reason: str | None) -> None:
    wire = FakeWire({}, hosts={"x" + "y" * 70 + ".com": ()})
    with pytest.raises(MediaError) as caught:
        client(wire).send("GET", url)
    assert wire.requests == []
    assert caught.value.reason == (reason or "unknown_host")


@pytest.mark.parametrize(
    "address",
    [
        "10.0.0.5",
        "127.0.0.1",
        "169.254.169.254",
        "192.168.0.1",
        "::1",
        "::ffff:10.0.0.5",
        "64:ff9b::a9fe:a9fe",
        "fd00:ec2::254",
    ],
)
def test_a_name_that_leads_into_a_private_network_is_not_called(address: str) -> None:
    wire = FakeWire({}, hosts={"cdn.example.com": (PUBLIC_ADDRESS, address)})
    with pytest.raises(MediaRefusedError, match="private_host"):
        client(wire).send("GET", FILE)
    assert wire.requests == []


def test_the_connection_goes_to_the_checked_address() -> None:
    wire = wired(png())
    client(wire).send("GET", FILE)
    [request] = wire.requests
    assert request.url.host == PUBLIC_ADDRESS
    assert request.headers["host"] == "cdn.example.com"
    assert request.extensions["sni_hostname"] == "cdn.example.com"


def test_the_accounts_own_server_may_be_this_machine() -> None:
    wire = FakeWire({f"{OWN}/file": png()})
    assert client(wire).send("GET", f"{OWN}/file").content == PNG


@pytest.mark.parametrize(
    "target",
    [
        "http://169.254.169.254/latest/meta-data/",
        "https://169.254.169.254/",
        "https://metadata.example.com/",
        "http://cdn.example.com/file",
        "https://user:password@cdn.example.com/",
        "https://cdn.example.com:6379/",
        "gopher://cdn.example.com/",
    ],
)
@pytest.mark.parametrize("start", [FILE, f"{OWN}/file"])
def test_a_redirect_is_judged_like_the_first_address(start: str, target: str) -> None:
    private = {
        "metadata.example.com": ("169.254.169.254",),
        "169.254.169.254": ("169.254.169.254",),
    }
    wire = FakeWire({start: redirect(target)}, hosts=private)
    with pytest.raises(MediaRefusedError):
        client(wire).send("GET", start)
    assert wire.asked == [start]


def test_three_redirects_are_followed_and_no_fourth() -> None:
    hops = {
        f"https://h{n}.example.com/": redirect(f"https://h{n + 1}.example.com/") for n in range(9)
    }
    wire = FakeWire(hops)
    with pytest.raises(MediaRefusedError, match="too_many_redirects"):
        client(wire).send("GET", "https://h0.example.com/")
    assert len(wire.requests) == 4
    wire = FakeWire({**hops, "https://h4.example.com/": png()})
    assert client(wire).send("GET", "https://h1.example.com/").content == PNG


def test_a_relative_redirect_stays_at_its_host() -> None:
    wire = FakeWire({FILE: redirect("/other"), "https://cdn.example.com/other": png()})
    assert client(wire).send("GET", FILE).content == PNG


def test_credentials_go_to_the_first_address_only() -> None:
    wire = FakeWire(
        {FILE: redirect("https://cdn2.example.com/x"), "https://cdn2.example.com/x": png()}
    )
    client(wire).send("GET", FILE, headers={"authorization": "Bearer s3cret"})
    assert wire.sent("authorization") == ["Bearer s3cret", None]


@pytest.mark.parametrize(
    ("host", "is_called"),
    [
        ("fbcdn.net", True),
        ("scontent.xx.fbcdn.net", True),
        ("evilfbcdn.net", False),
        ("fbcdn.net.example.com", False),
        ("fbcdn.net.", False),
        ("example.com", False),
    ],
)
def test_a_list_of_hosts_holds_for_whole_labels(host: str, is_called: bool) -> None:
    wire = FakeWire({f"https://{host}/f": png()})
    try:
        client(wire).send("GET", f"https://{host}/f", hosts=["fbcdn.net"])
    except MediaRefusedError as error:
        assert error.reason == "foreign_host"
    assert bool(wire.requests) is is_called


def test_a_redirect_out_of_the_list_of_hosts_is_not_followed() -> None:
    wire = FakeWire({"https://fbcdn.net/f": redirect("https://example.com/f")})
    with pytest.raises(MediaRefusedError, match="foreign_host"):
        client(wire).send("GET", "https://fbcdn.net/f", hosts=["fbcdn.net"])


def test_a_file_of_just_the_limit_is_read() -> None:
    assert client(wired(png())).send("GET", FILE, limit=len(PNG)).content == PNG


@pytest.mark.parametrize("headers", [{}, {"content-length": "10"}])
def test_reading_stops_at_the_limit_whatever_was_announced(headers: dict[str, str]) -> None:
    wire = FakeWire({})
    body = Pieces(wire, 1000)
    wire.answers = {FILE: httpx.Response(200, stream=body, headers=headers)}
    with pytest.raises(MediaRefusedError, match="too_large"):
        client(wire).send("GET", FILE, limit=5000)
    assert body.given == 6


def test_a_file_that_is_announced_as_too_large_is_not_read() -> None:
    wire = FakeWire({})
    body = Pieces(wire, 1)
    headers = {"content-length": "99999999999999999999999999"}
    wire.answers = {FILE: httpx.Response(200, stream=body, headers=headers)}
    with pytest.raises(MediaRefusedError, match="too_large"):
        client(wire).send("GET", FILE, limit=5000)
    assert body.given == 0


def test_a_compressed_answer_is_not_unpacked() -> None:
    body = gzip.compress(b"0" * 10**6)
    wire = wired(
        httpx.Response(200, stream=httpx.ByteStream(body), headers={"content-encoding": "gzip"})
    )
    with pytest.raises(MediaRefusedError, match="coded_answer"):
        client(wire).send("GET", FILE, limit=10**7)
    assert wire.sent("accept-encoding") == ["identity"]


def test_a_file_that_trickles_in_is_given_up_in_time() -> None:
    wire = FakeWire({})
    body = Pieces(wire, 1000, seconds=4.0)
    wire.answers = {FILE: httpx.Response(200, stream=body)}
    with pytest.raises(MediaUnavailableError, match="too_slow"):
        client(wire).send("GET", FILE, limit=10**7)
    assert body.given == 12


def test_no_other_call_begins_when_the_time_is_over() -> None:
    wire = FakeWire({FILE: png()})
    slow = client(wire)
    wire.seconds.append(46.0)
    with pytest.raises(MediaUnavailableError, match="too_slow"):
        slow.send("GET", FILE)
    assert wire.requests == []


@pytest.mark.parametrize(
    "error",
    [
        httpx.ConnectError("no route to s3cret"),
        httpx.ConnectTimeout("s3cret"),
        httpx.ReadTimeout("s3cret"),
        httpx.RemoteProtocolError("s3cret"),
    ],
)
def test_a_host_that_does_not_answer_may_answer_later(error: Exception) -> None:
    with pytest.raises(MediaUnavailableError) as caught:
        client(wired(error)).send("GET", FILE)
    assert "s3cret" not in str(caught.value)
    assert caught.value.__suppress_context__


@pytest.mark.parametrize(
    ("status", "is_own", "expected"),
    [
        (400, False, MediaRefusedError),
        (401, False, MediaExpiredError),
        (401, True, AccountError),
        (403, False, MediaExpiredError),
        (403, True, AccountError),
        (404, False, MediaExpiredError),
        (404, True, MediaExpiredError),
        (410, False, MediaExpiredError),
        (408, False, MediaUnavailableError),
        (425, True, MediaUnavailableError),
        (429, False, MediaUnavailableError),
        (302, True, MediaRefusedError),
        (500, False, MediaUnavailableError),
        (503, True, MediaUnavailableError),
    ],
)
def test_a_status_says_whether_another_try_helps(
    status: int, is_own: bool, expected: type[Exception]
) -> None:
    answer = Download(status=status, content=b"", mime_type="", is_own=is_own)
    with pytest.raises(expected):
        answer.checked()


def test_a_huge_error_page_says_nothing_of_the_file() -> None:
    wire = wired(httpx.Response(503, content=b"x" * 300_000))
    with pytest.raises(MediaUnavailableError, match="http_503"):
        client(wire).send("GET", FILE, limit=10**7)


@pytest.mark.parametrize("body", [b"", b"[]", b"null", b"{", b"[" * 100_000, b'{"a": 1, "b": ""}'])
def test_an_answer_without_the_text_has_none(body: bytes) -> None:
    answer = Download(status=200, content=body, mime_type="", is_own=True)
    assert answer.text("a") is None
    assert answer.text("b") is None
    assert answer.text("a", inside="a") is None


@pytest.mark.parametrize(
    ("value", "number"), [("5", 5), ('"5"', 5), ('"five"', None), ("true", None), ("1.5", None)]
)
def test_a_number_may_come_as_its_digits(value: str, number: int | None) -> None:
    answer = Download(200, f'{{"a": {value}}}'.encode(), "", is_own=True)
    assert answer.number("a") == number


ADDRESSES = st.one_of(
    st.text(max_size=60),
    st.from_regex(r"(https?|ftp|HTTPS)://[\w.:@\[\]%-]{0,30}(:[0-9]{0,6})?(/[\x00-\xff]{0,10})?"),
)


@given(ADDRESSES)
@example("https://[::1]/")
@example("https://[fe80::1%25eth0]/")
@example("https://127.0.0.1:99999/")
@example("https://cdn.example.com\\@127.0.0.1/")
@example("https:\\\\127.0.0.1/")
@example("\thttps://cdn.example.com/")
def test_no_text_gets_a_call_to_anything_but_a_checked_address(text: str) -> None:
    wire = FakeWire(Anything(httpx.Response(302, headers=[(b"location", text.encode())])))
    for start in (text, FILE):
        with suppress(MediaError):
            client(wire).send("GET", start)
    assert FILE in wire.asked
    for request in wire.requests:
        assert request.url.host == PUBLIC_ADDRESS
        assert request.url.scheme == "https"
        assert request.url.port is None
        assert not request.url.userinfo


class Anything(dict[str, Answer]):
    """The same answer at every address."""

    def __init__(self, answer: Answer) -> None:
        self._answer = answer

    def __missing__(self, _: str) -> Answer:
        return self._answer
