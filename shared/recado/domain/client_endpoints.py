"""Clients' own systems that are called when something happened: which, how often, signed how.

Signatures and retries follow Standard Webhooks 1.0.0.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import json
import re
import secrets as random_secrets
from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, date, datetime, timedelta
from enum import StrEnum
from ipaddress import ip_address
from typing import TYPE_CHECKING, Annotated, Self
from urllib.parse import urlsplit

from pydantic import AfterValidator, Field

from recado.domain.model import Model
from recado.domain.retry import MAX_VISIBILITY_SECONDS

if TYPE_CHECKING:
    from recado.domain.domain_events import DomainEvent

RETRY_DELAYS = (
    timedelta(seconds=5),
    timedelta(minutes=5),
    timedelta(minutes=30),
    timedelta(hours=2),
    timedelta(hours=5),
    timedelta(hours=10),
    timedelta(hours=10),
)
"""Waits after the tries that failed: those of the specification, as far as a queue can wait."""

TRIES = len(RETRY_DELAYS) + 1
"""How often an event is sent to an endpoint; the queue moves it on after as many receives."""

JITTER = 0.2
"""Each wait is drawn from so much less to so much more, so that a crowd does not come at once."""

DISABLED_AFTER = timedelta(days=5)
"""An endpoint that fails so long without a success is called no longer."""

LONGEST_QUIET = timedelta(hours=14)
"""Failures that lie farther apart are no single failure; the tries of one event never do."""

NOTED_EVERY = timedelta(hours=1)
"""How often a failure that goes on is noted, so that it costs no write for each event."""

MAX_URL = 2048
TEST_EVENT = "webhook.test"
"""The type of events for trying an endpoint out."""

_SECRET_PREFIX = "whsec_"  # noqa: S105
_SECRET_BYTES = range(24, 65)
"""Lengths of a key that the specification allows; new ones have 32 bytes."""

_PATTERN = re.compile(r"\*|[a-z_]+(\.[a-z_]+)*(\.\*)?")


class DisabledReason(StrEnum):
    """Why an endpoint is called no longer."""

    GONE = "gone"
    FAILING = "failing"
    OPERATOR = "operator"


class ClientEndpoint(Model):
    """An address of a client's that events are posted to.

    Parameters
    ----------
    event_types
        Types that it wants: `notification.sent`, all under a name (`notification.*`), or all (`*`).
    secret_name
        Name of the secret that holds its `SigningSecrets`.
    failing_since, last_failed_at
        When tries began to fail, and failed last, since the last success.
    version
        Counts stored changes; one is stored only over the version that it was made from.
    """

    tenant_id: str
    endpoint_id: str
    url: str = Field(max_length=MAX_URL, repr=False)
    event_types: tuple[str, ...] = ("*",)
    secret_name: str
    enabled: bool = True
    disabled_reason: DisabledReason | None = None
    created_at: datetime
    failing_since: datetime | None = None
    last_failed_at: datetime | None = None
    version: int = 0

    def wants(self, event_type: str) -> bool:
        """Whether events of a type are for it; a test always is."""
        return event_type == TEST_EVENT or any(
            matches(pattern, event_type) for pattern in self.event_types
        )

    def after_success(self) -> Self:
        """It works."""
        return self.model_copy(update={"failing_since": None, "last_failed_at": None})

    def after_failure(self, now: datetime) -> Self:
        """It does not work, or has not for so long that it is disabled."""
        # After a quiet time nobody knows whether it has failed all along.
        last, since = self.last_failed_at, self.failing_since
        if last is None or since is None or now - last > LONGEST_QUIET:
            return self.model_copy(update={"failing_since": now, "last_failed_at": now})
        noted = now if now - last >= NOTED_EVERY else last
        failing = self.model_copy(update={"last_failed_at": noted})
        if not self.enabled or now - since < DISABLED_AFTER:
            return failing
        return failing.disabled(DisabledReason.FAILING)

    def disabled(self, reason: DisabledReason) -> Self:
        """Not called from now on; the first reason stays."""
        if not self.enabled:
            return self
        return self.model_copy(update={"enabled": False, "disabled_reason": reason})

    def enabled_again(self) -> Self:
        """Called from now on, with nothing held against it."""
        changes = {"enabled": True, "disabled_reason": None}
        return self.after_success().model_copy(update=changes)


class ClientWebhookMessage(Model):
    """What the client webhooks queue carries: the names of an endpoint and an event."""

    v: int = 1
    tenant_id: str
    endpoint_id: str
    event_id: str
    day: date


class ClientWebhookTask(Model):
    """A message that the queue handed out.

    `tries` counts how often it did so, this time included; `receipt` is its proof that we hold
    the message, opaque here.
    """

    message_id: str
    receipt: str
    tries: int = Field(ge=1)
    message: ClientWebhookMessage


class PostOutcome(Model):
    """How a call of an endpoint ended.

    Parameters
    ----------
    status
        The HTTP status; None when no answer came.
    fault
        Why none came: a stable code, without addresses.
    retry_after
        Seconds that the endpoint asked us to wait.
    """

    status: int | None = None
    fault: str = ""
    retry_after: float | None = None

    @property
    def is_success(self) -> bool:
        """Whether the endpoint has the event."""
        return self.status is not None and 200 <= self.status < 300

    @property
    def is_gone(self) -> bool:
        """Whether the endpoint wants no more events."""
        return self.status == 410

    @property
    def told(self) -> str:
        """The outcome in a word."""
        return self.fault or f"http_{self.status}"


def _signing_key(secret: str) -> bytes:
    return base64.b64decode(secret.removeprefix(_SECRET_PREFIX), validate=True)


def _checked(secret: str) -> str:
    if not secret.startswith(_SECRET_PREFIX):
        raise ValueError(f"a signing secret begins with {_SECRET_PREFIX}")
    try:
        size = len(_signing_key(secret))
    except binascii.Error:
        raise ValueError("a signing secret is base64") from None
    if size not in _SECRET_BYTES:
        raise ValueError("a signing secret has 24 to 64 bytes")
    return secret


class SigningSecret(Model):
    """What an endpoint's events are signed with, until a moment when it was replaced."""

    secret: Annotated[str, AfterValidator(_checked)] = Field(repr=False)
    until: datetime | None = None


class SigningSecrets(Model):
    """An endpoint's secrets, the newest first: while one is replaced, both sign."""

    secrets: tuple[SigningSecret, ...] = Field(min_length=1)

    def active(self, now: datetime) -> list[str]:
        """The secrets that sign at this moment."""
        return [each.secret for each in self.secrets if each.until is None or now < each.until]

    def rotated(self, now: datetime, *, keep: timedelta) -> Self:
        """With a new secret first; those before it go on signing for a while."""
        end = now + keep
        kept = [
            SigningSecret(secret=each.secret, until=min(each.until or end, end))
            for each in self.secrets
            if now < min(each.until or end, end)
        ]
        return self.model_copy(update={"secrets": (new_signing_secret(), *kept)})


def new_signing_secret() -> SigningSecret:
    """A fresh secret of 32 random bytes."""
    key = base64.b64encode(random_secrets.token_bytes(32)).decode()
    return SigningSecret(secret=f"{_SECRET_PREFIX}{key}")


def new_endpoint_id() -> str:
    """A fresh endpoint id."""
    return f"ep_{random_secrets.token_hex(8)}"


def is_pattern(text: str) -> bool:
    """Whether a text has the form of `ClientEndpoint.event_types`."""
    return _PATTERN.fullmatch(text) is not None


def matches(pattern: str, event_type: str) -> bool:
    """Whether a pattern covers a type."""
    if pattern.endswith("*"):
        return event_type.startswith(pattern[:-1])
    return event_type == pattern


def is_loopback(url: str) -> bool:
    """Whether an address is one of this machine."""
    host = urlsplit(url).hostname or ""
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def url_fault(url: str, *, allow_loopback: bool) -> str | None:
    """What is wrong with an endpoint's address, in a sentence's end; None when nothing is.

    Without encryption everybody on the way would read along, so http is for this machine only,
    and this machine only where it is allowed: in the cloud it is the function's own.
    """
    if len(url) > MAX_URL or not (url.isascii() and url.isprintable()) or " " in url:
        return f"is no address of at most {MAX_URL} printable ASCII characters"
    try:
        parts = urlsplit(url)
        host, _ = parts.hostname, parts.port
    except ValueError:
        return "is no address"
    if not host:
        return "has no host"
    if parts.username is not None or parts.password is not None:
        return "has a user or password in it"
    if parts.fragment:
        return "has a fragment, which is never sent"
    if is_loopback(url):
        is_http = parts.scheme in ("http", "https")
        return None if allow_loopback and is_http else "is this machine's own"
    return None if parts.scheme == "https" else "is no https address"


def body_of(event: DomainEvent) -> bytes:
    """The body of an event's webhook: the same bytes at every try."""
    at = event.at.astimezone(UTC).isoformat().replace("+00:00", "Z")
    document = {"type": event.type, "timestamp": at, "data": event.data}
    return json.dumps(document, ensure_ascii=False, separators=(",", ":")).encode()


def signed_headers(
    event_id: str, body: bytes, *, secrets: Iterable[str], now: datetime
) -> dict[str, str]:
    """The headers that prove a webhook's origin: one signature for each secret.

    `now` is the time of this try, not of the event.
    """
    seconds = str(int(now.timestamp()))
    content = b".".join((event_id.encode(), seconds.encode(), body))
    digests = [hmac.digest(_signing_key(secret), content, hashlib.sha256) for secret in secrets]
    signatures = [f"v1,{base64.b64encode(digest).decode()}" for digest in digests]
    return {
        "webhook-id": event_id,
        "webhook-timestamp": seconds,
        "webhook-signature": " ".join(signatures),
    }


def retry_delay(
    tries: int, *, retry_after: float | None, draw: Callable[[], float]
) -> timedelta | None:
    """How long to wait after so many tries that failed; None after the last.

    The endpoint's own `retry_after` wins where it is longer, up to what the queue can wait.
    `draw` gives a number from 0 to 1.
    """
    if tries >= TRIES:
        return None
    wait = RETRY_DELAYS[tries - 1].total_seconds() * (1 - JITTER + 2 * JITTER * draw())
    return timedelta(seconds=min(max(wait, retry_after or 0.0), MAX_VISIBILITY_SECONDS))


def wanted_by(endpoints: Sequence[ClientEndpoint], event_type: str) -> list[ClientEndpoint]:
    """The endpoints that are to be told of an event."""
    return [each for each in endpoints if each.enabled and each.wants(event_type)]
