"""Calls to hosts that others chose: which addresses are public, and where a connection goes."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from ipaddress import IPv4Address, IPv6Address, ip_address

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from recado.adapters import public_hosts
from recado.adapters.public_hosts import (
    PrivateHostError,
    PublicHostTransport,
    UnknownHostError,
    is_public,
    resolve_public,
    system_lookup,
)

PRIVATE = (
    "0.0.0.0",  # noqa: S104
    "10.1.2.3",
    "100.64.0.1",
    "100.100.100.200",
    "127.0.0.1",
    "127.255.255.254",
    "169.254.169.254",
    "169.254.170.2",
    "172.16.0.1",
    "192.0.0.8",
    "192.0.2.1",
    "192.88.99.1",
    "192.168.1.1",
    "198.18.0.1",
    "198.51.100.7",
    "203.0.113.9",
    "224.0.0.1",
    "239.255.255.250",
    "240.0.0.1",
    "255.255.255.255",
    "::",
    "::1",
    "::127.0.0.1",
    "::ffff:127.0.0.1",
    "::ffff:169.254.169.254",
    "::ffff:8.8.8.8",
    "64:ff9b::a9fe:a9fe",
    "64:ff9b:1::7f00:1",
    "100::1",
    "2001::1",
    "2001:0:a9fe:a9fe::1",
    "2001:db8::1",
    "2002:a9fe:a9fe::",
    "2002:7f00:1::",
    "3fff::1",
    "5f00::1",
    "fc00::1",
    "fd00:ec2::254",
    "fe80::1",
    "fe80::1%1",
    "fec0::1",
    "ff02::1",
    "2606:4700::1111%1",
)
PUBLIC = ("8.8.8.8", "1.1.1.1", "52.95.110.1", "2606:4700:4700::1111", "2a03:2880:f003::1")


def answering(*addresses: str) -> Callable[[str], Sequence[str]]:
    return lambda _: addresses


@pytest.mark.parametrize("address", PRIVATE)
def test_an_address_outside_the_public_internet_is_refused(address: str) -> None:
    assert not is_public(address)
    with pytest.raises(PrivateHostError):
        resolve_public("files.example.com", lookup=answering(address))


@pytest.mark.parametrize("address", PUBLIC)
def test_an_address_of_the_public_internet_is_given(address: str) -> None:
    assert resolve_public("files.example.com", lookup=answering(address)) == (address,)


def test_a_name_with_one_private_address_is_not_trusted_at_all() -> None:
    with pytest.raises(PrivateHostError):
        resolve_public("rebind.example.com", lookup=answering("8.8.8.8", "169.254.169.254"))


def test_addresses_keep_their_order_and_come_once() -> None:
    lookup = answering("8.8.8.8", "1.1.1.1", "8.8.8.8")
    assert resolve_public("files.example.com", lookup=lookup) == ("8.8.8.8", "1.1.1.1")


def test_a_name_without_addresses_is_unknown() -> None:
    with pytest.raises(UnknownHostError):
        resolve_public("files.example.com", lookup=answering())


@pytest.mark.enable_socket
@pytest.mark.parametrize(
    "host", ["127.1", "2130706433", "0x7f.1", "0177.0.0.1", "0", "127.0.0.1", "::1", "localhost"]
)
def test_every_spelling_of_this_machine_is_refused(host: str) -> None:
    """The system itself reads these: nothing is asked of a name service."""
    with pytest.raises(PrivateHostError):
        resolve_public(host)


@pytest.mark.enable_socket
@pytest.mark.parametrize("host", ["x..y", "a" * 64])
def test_what_is_no_host_name_is_unknown(host: str) -> None:
    with pytest.raises(UnknownHostError):
        system_lookup(host)


@pytest.mark.parametrize("text", ["", "localhost", "1.2.3", "8.8.8.8/32", "example.com"])
def test_what_is_no_address_is_not_public(text: str) -> None:
    assert not is_public(text)


@given(st.ip_addresses(v=4))
def test_no_public_address_is_one_that_python_calls_private(ip: IPv4Address) -> None:
    if is_public(str(ip)):
        assert not (ip.is_private or ip.is_loopback or ip.is_link_local or ip.is_multicast)


@given(st.ip_addresses(v=4), st.sampled_from(["::ffff:0:0", "64:ff9b::", "::", "2002::"]))
def test_no_ipv4_address_gets_in_inside_of_ipv6(ip: IPv4Address, prefix: str) -> None:
    shift = 80 if prefix == "2002::" else 0
    hidden = IPv6Address(int(IPv6Address(prefix)) | int(ip) << shift)
    assert not is_public(str(hidden))


def sent(
    *addresses: str, url: str = "https://files.example.com/a?b=c", refusing: Sequence[str] = ()
) -> tuple[list[httpx.Request], httpx.Response | None]:
    """A request through the transport; gives what reached the wire."""
    seen: list[httpx.Request] = []

    def wire(request: httpx.Request) -> httpx.Response:
        seen.append(request)
        if request.url.host in refusing:
            raise httpx.ConnectError("refused", request=request)
        return httpx.Response(200)

    transport = PublicHostTransport(httpx.MockTransport(wire), lookup=answering(*addresses))
    with httpx.Client(transport=transport) as client:
        try:
            return seen, client.get(url)
        except httpx.ConnectError:
            return seen, None


@pytest.mark.parametrize("address", PUBLIC)
def test_the_connection_goes_to_the_checked_address_under_the_hosts_name(address: str) -> None:
    [request], response = sent(address)
    assert ip_address(request.url.host) == ip_address(address)
    assert request.headers["host"] == "files.example.com"
    assert request.extensions["sni_hostname"] == "files.example.com"
    assert request.url.raw_path == b"/a?b=c"
    assert response is not None


def test_a_name_in_another_script_is_looked_up_as_certificates_have_it() -> None:
    [request], _ = sent("8.8.8.8", url="https://müller.example/")
    assert request.extensions["sni_hostname"] == "xn--mller-kva.example"


def test_the_next_address_is_tried_where_one_takes_no_connection() -> None:
    seen, response = sent("8.8.8.8", "1.1.1.1", refusing=["8.8.8.8"])
    assert [request.url.host for request in seen] == ["8.8.8.8", "1.1.1.1"]
    assert response is not None


def test_a_host_that_takes_no_connection_at_all_fails() -> None:
    seen, response = sent("8.8.8.8", "1.1.1.1", refusing=["8.8.8.8", "1.1.1.1"])
    assert len(seen) == 2
    assert response is None


def test_no_more_than_a_few_addresses_are_tried() -> None:
    addresses = [f"8.8.8.{number}" for number in range(20)]
    seen, _ = sent(*addresses, refusing=addresses)
    assert len(seen) == public_hosts.MAX_ADDRESSES


def test_nothing_is_sent_to_a_private_host() -> None:
    seen: list[httpx.Request] = []
    wire = httpx.MockTransport(lambda request: seen.append(request) or httpx.Response(200))  # type: ignore[func-returns-value]
    transport = PublicHostTransport(wire, lookup=answering("10.0.0.1"))
    with httpx.Client(transport=transport) as client, pytest.raises(PrivateHostError):
        client.get("https://files.example.com/")
    assert seen == []


def test_the_name_is_looked_up_once_for_a_connection() -> None:
    """A second answer may be another one: that is how names are rebound."""
    answers = iter([["8.8.8.8"], ["127.0.0.1"]])
    seen: list[str] = []

    def wire(request: httpx.Request) -> httpx.Response:
        seen.append(request.url.host)
        return httpx.Response(200)

    transport = PublicHostTransport(httpx.MockTransport(wire), lookup=lambda _: next(answers))
    with httpx.Client(transport=transport) as client:
        client.get("https://rebind.example.com/")
        with pytest.raises(PrivateHostError):
            client.get("https://rebind.example.com/")
    assert seen == ["8.8.8.8"]
