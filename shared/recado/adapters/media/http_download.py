"""Downloads from addresses that a webhook brought, without a way into our own network.

An address is https on its usual port and its host is public, unless it is at the account's own
server: the origin of its setting `base_url`, which people set up and which may be this machine.
Redirects are followed by hand, and each address on the way is judged like the first.
"""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from json import loads
from typing import cast

import httpx

from recado.adapters.public_hosts import (
    PrivateHostError,
    PublicHostTransport,
    UnknownHostError,
    system_lookup,
)
from recado.domain.errors import AccountError
from recado.domain.media import (
    MediaError,
    MediaExpiredError,
    MediaRefusedError,
    MediaUnavailableError,
)

MAX_REDIRECTS = 3

MAX_ANSWER = 262_144
"""Bytes of an answer that is no file: JSON of a few kilobytes, or an error."""

CONNECT_SECONDS = 5.0
READ_SECONDS = 10.0

DOWNLOAD_SECONDS = 45.0
"""For one file with all its calls; the function has 60 seconds, and stores the file in them."""


_HOST = re.compile(rb"[0-9a-z._-]+|[0-9a-f:.]+")


@dataclass(frozen=True)
class Download:
    """An answer, read as a whole.

    `is_own` tells whether the account's own server gave it, and not the address of a file.
    """

    status: int
    content: bytes
    mime_type: str
    is_own: bool

    @cached_property
    def body(self) -> Mapping[str, object]:
        """The JSON object of the answer; empty when it is none."""
        try:
            value = loads(self.content)
        except (ValueError, RecursionError):
            return {}
        return value if isinstance(value, dict) else {}

    def text(self, name: str, *, inside: str | None = None) -> str | None:
        """A text of the JSON object, or of an object inside it; None where there is none."""
        part = self.body if inside is None else self.body.get(inside)
        found = part.get(name) if isinstance(part, dict) else None
        return found if isinstance(found, str) and found else None

    def number(self, name: str, *, inside: str | None = None) -> int | None:
        """A whole number of the JSON object, or the digits of one; None where there is none."""
        part = self.body if inside is None else self.body.get(inside)
        found = part.get(name) if isinstance(part, dict) else None
        if isinstance(found, str) and found.isascii() and found.isdecimal() and len(found) < 16:
            return int(found)
        return found if type(found) is int else None

    def checked(self) -> Download:
        """This answer, if it is a success.

        Raises
        ------
        MediaUnavailableError
            The server fails or throttles: another day it will answer.
        MediaExpiredError
            There is no such file any more. The address of a file that refuses us ran out, since
            such addresses carry their own permission.
        AccountError
            The account's own server refuses its credentials.
        MediaRefusedError
            Any other refusal.
        """
        if 200 <= self.status < 300:
            return self
        code = f"http_{self.status}"
        if self.status in (408, 425, 429) or self.status >= 500:
            raise MediaUnavailableError(code)
        if self.status in (401, 403) and self.is_own:
            raise AccountError(code, "the credentials were refused")
        if self.status in (401, 403, 404, 410):
            raise MediaExpiredError(code)
        raise MediaRefusedError(code)


class MediaHttp:
    """Carries all requests for files. It has no cookies and keeps no connection.

    Parameters
    ----------
    transport
        What carries requests to an address, which was checked unless it is an account's own.
    lookup
        Finds the addresses of a host.
    """

    def __init__(
        self,
        transport: httpx.BaseTransport | None = None,
        *,
        lookup: Callable[[str], Sequence[str]] = system_lookup,
        now: Callable[[], float] = time.monotonic,
    ) -> None:
        unshared = httpx.Limits(max_keepalive_connections=0)
        self._own = transport or httpx.HTTPTransport(limits=unshared, trust_env=False)
        self._public = PublicHostTransport(self._own, lookup=lookup)
        self.now = now

    def transport_to(self, *, is_own: bool) -> httpx.BaseTransport:
        """What carries a request to an account's own server, or to an address of others."""
        return self._own if is_own else self._public


class MediaClient:
    """Calls one account's provider and the addresses that it names, for one file.

    Parameters
    ----------
    own_url
        The account's own server; only its origin counts.
    """

    def __init__(self, http: MediaHttp, own_url: str) -> None:
        self._http = http
        self._own = _origin(httpx.URL(own_url))
        self._deadline = http.now() + DOWNLOAD_SECONDS

    def is_own(self, url: str) -> bool:
        """Whether an address is at the account's own server, so that credentials may go there."""
        try:
            return _origin(httpx.URL(url)) == self._own
        except (httpx.InvalidURL, UnicodeError):
            return False

    def send(
        self,
        method: str,
        url: str,
        *,
        limit: int = MAX_ANSWER,
        headers: Mapping[str, str] | None = None,
        json: object = None,
        hosts: Collection[str] | None = None,
        max_redirects: int = MAX_REDIRECTS,
    ) -> Download:
        """Send a request and read its answer, whatever its status is.

        Parameters
        ----------
        limit
            Bytes of the answer.
        headers
            Credentials; they go to the first address only, not where that one sends us.
        hosts
            Domains of which an address must be, beside the account's own server; None for all.

        Raises
        ------
        MediaUnavailableError
            No connection, no complete answer, or not in time.
        MediaRefusedError
            An address that we do not call, or an answer that is too large or coded.
        """
        target = _checked(url, self._own, hosts)
        request = self._request(method, target, headers=headers, json=json)
        for _ in range(max_redirects + 1):
            is_own = _origin(request.url) == self._own
            response = self._answer(request, is_own=is_own)
            try:
                location = response.headers.get("location")
                if not (response.is_redirect and location and max_redirects):
                    return self._read(response, limit, is_own=is_own)
            finally:
                response.close()
            target = _checked(_joined(request.url, location), self._own, hosts)
            request = self._request("GET", target)
        raise MediaRefusedError("too_many_redirects")

    def _request(
        self,
        method: str,
        url: httpx.URL,
        *,
        headers: Mapping[str, str] | None = None,
        json: object = None,
    ) -> httpx.Request:
        left = max(self._deadline - self._http.now(), 0.001)
        seconds = httpx.Timeout(min(READ_SECONDS, left), connect=min(CONNECT_SECONDS, left))
        return httpx.Request(
            method,
            url,
            # A coded answer may be a thousand times as large as what was counted.
            headers={"accept-encoding": "identity", "user-agent": "Recado", **(headers or {})},
            json=json,
            extensions={"timeout": seconds.as_dict()},
        )

    def _answer(self, request: httpx.Request, *, is_own: bool) -> httpx.Response:
        if self._http.now() > self._deadline:
            raise MediaUnavailableError("too_slow")
        # Nothing of these errors may be told: an address may hold a token.
        try:
            return self._http.transport_to(is_own=is_own).handle_request(request)
        except PrivateHostError:
            raise MediaRefusedError("private_host") from None
        except UnknownHostError:
            raise MediaUnavailableError("unknown_host") from None
        except (httpx.LocalProtocolError, httpx.UnsupportedProtocol):
            raise MediaRefusedError("bad_url") from None
        except httpx.TransportError:
            raise MediaUnavailableError("no_answer") from None

    def _read(self, response: httpx.Response, limit: int, *, is_own: bool) -> Download:
        if not response.is_success:
            limit = min(limit, MAX_ANSWER)
        if response.headers.get("content-encoding", "identity").lower() != "identity":
            raise MediaRefusedError("coded_answer")
        announced = response.headers.get("content-length", "")
        if announced.isdecimal() and int(announced[:20]) > limit:
            raise self._oversized(response)
        content = bytearray()
        try:
            for chunk in cast("httpx.SyncByteStream", response.stream):
                content += chunk
                if len(content) > limit:
                    raise self._oversized(response)
                if self._http.now() > self._deadline:
                    raise MediaUnavailableError("too_slow")
        except httpx.TransportError:
            raise MediaUnavailableError("no_answer") from None
        return Download(
            status=response.status_code,
            content=bytes(content),
            mime_type=response.headers.get("content-type", ""),
            is_own=is_own,
        )

    def _oversized(self, response: httpx.Response) -> MediaError:
        """A file that is too large; an error page that is says nothing about the file."""
        if response.is_success:
            return MediaRefusedError("too_large")
        return MediaUnavailableError(f"http_{response.status_code}")


def _origin(url: httpx.URL) -> tuple[str, str, int | None]:
    return url.scheme, url.host, url.port


def _checked(
    text: str | httpx.URL, own: tuple[str, str, int | None], hosts: Collection[str] | None
) -> httpx.URL:
    """An address that we may call, as far as its text tells."""
    try:
        url = httpx.URL(text)
    except (httpx.InvalidURL, UnicodeError):
        raise MediaRefusedError("bad_url") from None
    if url.userinfo:
        raise MediaRefusedError("userinfo_in_url")
    if _origin(url) == own:
        return url
    if url.scheme != "https":
        raise MediaRefusedError("not_https")
    if url.port is not None:
        raise MediaRefusedError("unusual_port")
    # Signs that no host name has are coded by httpx, and sent to the name service like that.
    if not _HOST.fullmatch(url.raw_host):
        raise MediaRefusedError("bad_url")
    if hosts is not None and not any(
        url.host == domain or url.host.endswith(f".{domain}") for domain in hosts
    ):
        raise MediaRefusedError("foreign_host")
    return url


def _joined(url: httpx.URL, location: str) -> httpx.URL:
    try:
        return url.join(location)
    except (httpx.InvalidURL, UnicodeError):
        raise MediaRefusedError("bad_url") from None
