"""One HTTP call to a provider, with an error that says whether the message can have arrived."""

from __future__ import annotations

import logging
import re
import ssl
import time
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from functools import cache, cached_property
from json import loads

import httpx

from recado.adapters.channels.inputs import is_host_name, is_loopback, setting
from recado.adapters.channels.verdicts import ErrorTable, Verdict, by_http_status, unlisted
from recado.domain.channels import ChannelAccount
from recado.domain.errors import (
    AccountError,
    DeliveryError,
    OutcomeUnknownError,
    RetryableError,
)

CONNECT_SECONDS = 5.0
"""For everything before the answer: a free connection, TCP and TLS, writing the request."""

MAX_BODY_BYTES = 262_144
"""Answers of all providers are a few kilobytes; the rest of a longer one is not read."""

MAX_BODY_SECONDS = 5.0
"""The rest of a body that trickles in is not read: httpx limits the wait for each piece only."""

# httpx logs every URL, and the URL of a push subscription is an address.
logging.getLogger("httpx").setLevel(logging.WARNING)
logging.getLogger("httpcore").setLevel(logging.WARNING)


@dataclass(frozen=True)
class Answer:
    """A provider's answer; `retry_after` is in seconds, None where it named no time."""

    status: int
    headers: httpx.Headers
    content: bytes

    @property
    def is_success(self) -> bool:
        """Whether the status says that the provider took the message."""
        return 200 <= self.status < 300

    @cached_property
    def body(self) -> object:
        """The JSON value of the body; None when it is no JSON."""
        try:
            return loads(self.content)
        except (ValueError, RecursionError):
            return None

    def at(self, *path: str | int) -> object:
        """What the JSON body holds at a path of names and positions; None where there is none."""
        value = self.body
        for part in path:
            if isinstance(part, str) and isinstance(value, dict):
                value = value.get(part)
            elif isinstance(part, int) and isinstance(value, list) and part < len(value):
                value = value[part]
            else:
                return None
        return value

    def message_id(self, *path: str | int) -> str:
        """The provider's id for the message that it took.

        Raises
        ------
        OutcomeUnknownError
            The body is no JSON or has no id there, so the answer may be somebody else's than
            the provider's (a proxy's page) and the message may or may not have arrived.
        """
        found = self.at(*path)
        if not (isinstance(found, str) and found):
            raise OutcomeUnknownError("no_message_id", f"HTTP {self.status} without a message id")
        return found

    def error_number(self, *path: str | int) -> str | None:
        """The provider's numeric error code; None where there is none, or no plausible one."""
        found = self.at(*path)
        return str(found) if type(found) is int and 0 <= found < 10_000_000 else None

    @property
    def retry_after(self) -> float | None:
        """Seconds that the header Retry-After asks for (RFC 9110 section 10.2.3)."""
        value = self.headers.get("retry-after", "").strip()
        if re.fullmatch(r"\d{1,9}", value):
            return float(value)
        try:
            moment = parsedate_to_datetime(value)
        except (ValueError, OverflowError):
            return None
        if moment.tzinfo is None:
            moment = moment.replace(tzinfo=UTC)
        return max((moment - datetime.now(UTC)).total_seconds(), 0.0)


def base_url(account: ChannelAccount, default: str | None = None) -> str:
    """The account's setting `base_url`, without a slash at its end.

    Raises
    ------
    AccountError
        It is missing or no https address; http would show the credentials to everybody on the
        way, so it is for this machine only.
    """
    text = setting(account, "base_url", default)
    try:
        url = httpx.URL(text)
    except httpx.InvalidURL:
        url = httpx.URL("")
    is_safe = url.scheme == "https" or (url.scheme == "http" and is_loopback(url.host))
    if not is_safe or not url.host or not is_host_name(url.host):
        raise AccountError("bad_setting", "the account's setting 'base_url' is no https address")
    return text.rstrip("/")


def new_client(
    account: ChannelAccount,
    *,
    transport: httpx.BaseTransport | None,
    headers: dict[str, str] | None = None,
    auth: httpx.BasicAuth | None = None,
) -> httpx.Client:
    """A client with the account's time-outs; follows no redirects and retries nothing.

    An idle connection is dropped after 5 seconds, which is httpx's default and sooner than any
    provider closes it: on a connection that the other side has closed the outcome is unknown.
    """
    return httpx.Client(
        timeout=httpx.Timeout(CONNECT_SECONDS, read=account.timeout_seconds),
        headers=headers,
        auth=auth,
        transport=transport,
        verify=_trust(),
    )


def exchange(client: httpx.Client, request: httpx.Request) -> Answer:
    """Send a request and read the answer.

    The errors hold neither the address, nor headers, nor a body.

    Raises
    ------
    RetryableError
        No connection, so nothing was sent.
    OutcomeUnknownError
        The request began and no status came back.
    """
    try:
        response = client.send(request, stream=True)
    except (httpx.ConnectError, httpx.ConnectTimeout, httpx.ProxyError) as error:
        raise RetryableError("not_connected", type(error).__name__) from None
    except httpx.PoolTimeout:
        raise RetryableError("no_free_connection", account_fault=False) from None
    except httpx.HTTPError as error:
        raise OutcomeUnknownError("no_answer", type(error).__name__) from None
    try:
        return Answer(response.status_code, response.headers, _read(response))
    finally:
        response.close()


def refusal(
    account: ChannelAccount,
    table: ErrorTable,
    code: str | None,
    answer: Answer,
    *,
    otherwise: Verdict | None = None,
    retry_after: float | None = None,
) -> DeliveryError:
    """The error that an answer means: by its code, else `otherwise`, else by its status.

    `retry_after` is what the answer asks for in another way than by the header Retry-After.
    """
    name = code or f"http_{answer.status}"
    verdict = table.get(name) or unlisted(account, name, otherwise or by_http_status(answer.status))
    wait = answer.retry_after if retry_after is None else retry_after
    return verdict.to_error(name, retry_after=wait)


def _read(response: httpx.Response) -> bytes:
    """The body as far as it came: a status alone already says whether the message was taken."""
    content = b""
    deadline = time.monotonic() + MAX_BODY_SECONDS
    try:
        for chunk in response.iter_bytes():
            content += chunk
            if len(content) > MAX_BODY_BYTES or time.monotonic() > deadline:
                break
    except httpx.HTTPError:
        return b""
    return content


@cache
def _trust() -> ssl.SSLContext:
    """The certificates to trust; read once, since that takes longer than a call."""
    return httpx.create_ssl_context()
