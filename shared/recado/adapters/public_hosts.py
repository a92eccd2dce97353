"""Calls to addresses that others chose, which must not reach into our own network.

A name is looked up once, every address of it is checked, and the connection goes to a checked
address: a second look-up could give another answer. Certificates are still checked against the
name. Address blocks: IANA's special-purpose registries (RFC 6890) as Python's `ipaddress` has
them, and what `ipaddress` calls global although it leads to an IPv4 address or to no single host.
"""

from __future__ import annotations

import socket
from collections.abc import Callable, Sequence
from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address, ip_network

import httpx

GLOBAL_UNICAST = IPv6Network("2000::/3")
"""All that is handed out to hosts (RFC 4291 section 2.4); IPv4 inside IPv6 and NAT64 are not."""

NOT_PUBLIC = (
    ip_network("192.88.99.0/24"),  # 6to4 relays, RFC 7526
    ip_network("2002::/16"),  # 6to4: holds an IPv4 address, RFC 3056
    ip_network("2001::/32"),  # Teredo: holds an IPv4 address, RFC 4380
    ip_network("3fff::/20"),  # documentation, RFC 9637
)

MAX_ADDRESSES = 4
"""Addresses of one name that are tried before the connection counts as failed."""


class PrivateHostError(Exception):
    """A host that is, or leads to, an address outside the public internet; it stays so."""


class UnknownHostError(Exception):
    """A host that cannot be looked up, now or ever: the name service tells them apart badly."""


def system_lookup(host: str) -> Sequence[str]:
    """The addresses of a host in the system's order of preference.

    Raises
    ------
    UnknownHostError
        There is no such host, or the name service did not answer.
    """
    try:
        found = socket.getaddrinfo(host, None, type=socket.SOCK_STREAM)
    # A label that is empty or too long ends in a UnicodeError, a NUL in a ValueError.
    except (OSError, ValueError) as error:
        raise UnknownHostError(type(error).__name__) from None
    return [str(address[0]) for *_, address in found]


def is_public(address: str) -> bool:
    """Whether an IP address belongs to one host of the public internet."""
    try:
        ip = ip_address(address)
    except ValueError:
        return False
    if isinstance(ip, IPv6Address) and (ip.scope_id is not None or ip not in GLOBAL_UNICAST):
        return False
    return ip.is_global and not _is_special(ip)


def resolve_public(
    host: str, *, lookup: Callable[[str], Sequence[str]] = system_lookup
) -> tuple[str, ...]:
    """The addresses of a host, in order and each once, all of them public.

    Spellings such as `127.1` or `2130706433` are judged by what the system takes them for.

    Raises
    ------
    PrivateHostError
        One address at least is not public, so that the name is not trusted at all.
    UnknownHostError
        The host has no address, or cannot be looked up now.
    """
    addresses = tuple(dict.fromkeys(lookup(host)))
    if not addresses:
        raise UnknownHostError("no address")
    if not all(is_public(address) for address in addresses):
        raise PrivateHostError("the host is not public")
    return addresses


class PublicHostTransport(httpx.BaseTransport):
    """Carries requests to public hosts only; give it to an `httpx.Client`.

    Parameters
    ----------
    transport
        What carries a request to a checked address. It must not keep connections: they belong to
        an address, and another name may have the same one.
    lookup
        Finds the addresses of a host.

    Raises
    ------
    PrivateHostError, UnknownHostError
        From any request, before a connection is opened; see `resolve_public`.
    """

    def __init__(
        self,
        transport: httpx.BaseTransport | None = None,
        *,
        lookup: Callable[[str], Sequence[str]] = system_lookup,
    ) -> None:
        unshared = httpx.Limits(max_keepalive_connections=0)
        self._transport = transport or httpx.HTTPTransport(limits=unshared, trust_env=False)
        self._lookup = lookup

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Send a request to the first address of its host that takes the connection."""
        # As it is looked up and as certificates have it: names in other scripts are coded.
        host = request.url.raw_host.decode("ascii")
        addresses = resolve_public(host, lookup=self._lookup)[:MAX_ADDRESSES]
        failure: httpx.TransportError | None = None
        for address in addresses:
            pinned = httpx.Request(
                method=request.method,
                url=request.url.copy_with(host=address),
                # Host stays the name: httpx set it when the request was built.
                headers=request.headers,
                stream=request.stream,
                extensions={**request.extensions, "sni_hostname": host},
            )
            try:
                return self._transport.handle_request(pinned)
            except (httpx.ConnectError, httpx.ConnectTimeout) as error:
                failure = error
        raise failure or httpx.ConnectError("no address")

    def close(self) -> None:
        """Close what carries the requests."""
        self._transport.close()


def _is_special(ip: IPv4Address | IPv6Address) -> bool:
    return (
        ip.is_multicast
        or ip.is_reserved
        or ip.is_unspecified
        or any(ip in block for block in NOT_PUBLIC)
    )
