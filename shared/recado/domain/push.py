"""Web push subscriptions as browsers make them (W3C Push API, RFC 8291)."""

from __future__ import annotations

import hashlib
import re
from base64 import b64decode
from typing import Annotated
from urllib.parse import urlsplit

from pydantic import Field, StringConstraints

from recado.domain.channels import Channel
from recado.domain.directory import Address, PushKeys
from recado.domain.errors import UnprocessableError
from recado.domain.model import RequestModel

POINT_BYTES = 65
"""Length of a P-256 public key, uncompressed (RFC 8291 section 3.1)."""

UNCOMPRESSED = 4
"""First byte of such a key."""

AUTH_BYTES = 16
"""Length of a subscription's authentication secret (RFC 8291 section 3.2)."""

MOST_SUBSCRIPTIONS = 20
"""Of a customer; push services tell which ones have ended, and those are forgotten."""

ALLOWED_ORIGINS = (
    "https://fcm.googleapis.com https://*.push.apple.com"
    " https://updates.push.services.mozilla.com https://*.notify.windows.com"
)
"""The push services of Chrome, Safari, Firefox and Edge. Endpoints come from browsers, that is
from strangers: without this list they could make us call any host."""

LOOPBACK = ("localhost", "127.0.0.1", "::1")

Endpoint = Annotated[str, StringConstraints(min_length=1, max_length=2048)]
Key = Annotated[str, StringConstraints(min_length=1, max_length=200)]
KnownId = Annotated[str, StringConstraints(min_length=1, max_length=128)]


class BrowserKeys(RequestModel):
    """A subscription's keys, base64url."""

    p256dh: Key = Field(description="65 bytes in base64url: a point of P-256.")
    auth: Key = Field(description="16 bytes in base64url.")


class BrowserSubscription(RequestModel):
    """What a browser's `PushSubscription.toJSON()` gives."""

    endpoint: Endpoint = Field(examples=["https://fcm.googleapis.com/fcm/send/dQw4w9WgXcQ"])
    expirationTime: float | None = Field(default=None, description="Is not looked at.")
    keys: BrowserKeys


class Subscribe(RequestModel):
    """A customer's browser wants to be told."""

    customer_id: KnownId = Field(examples=["customer-001"])
    subscription: BrowserSubscription = Field(
        examples=[
            {
                "endpoint": "https://fcm.googleapis.com/fcm/send/dQw4w9WgXcQ",
                "expirationTime": None,
                "keys": {
                    "p256dh": "BCVxsr7N_eNgVRqvHtD0zTZsEc6-VV-JvLexhqUzORcxaOzi6-AYWXvTBHm4bjyPjs7"
                    "Vd8pZGH6SRpkNtoIAiw4",
                    "auth": "BTBZMqHH6r4Tts7J_aSIgg",
                },
            }
        ]
    )


class Unsubscribe(RequestModel):
    """A customer's browser is not to be told any more."""

    customer_id: KnownId = Field(examples=["customer-001"])
    endpoint: Endpoint = Field(examples=["https://fcm.googleapis.com/fcm/send/dQw4w9WgXcQ"])


def push_address(endpoint: str, *, p256dh: str, auth: str) -> Address:
    """The address that a subscription is.

    Raises
    ------
    UnprocessableError
        The endpoint is no https address (http is for this machine alone), or a key has not the
        form that RFC 8291 asks for; `field` is `endpoint`, `keys.p256dh` or `keys.auth`.
    """
    if not _is_endpoint(endpoint):
        raise UnprocessableError("the endpoint is no https address", field="endpoint")
    point = _bytes(p256dh)
    if len(point) != POINT_BYTES or point[0] != UNCOMPRESSED:
        raise UnprocessableError(
            "the key is not {length} bytes in base64url that are a point of P-256",
            field="keys.p256dh",
            length=POINT_BYTES,
        )
    if len(_bytes(auth)) != AUTH_BYTES:
        raise UnprocessableError(
            "the secret is not {length} bytes in base64url", field="keys.auth", length=AUTH_BYTES
        )
    return Address(
        channel=Channel.PUSH, value=endpoint, push_keys=PushKeys(p256dh=p256dh, auth=auth)
    )


def origins_pattern(origins: str) -> re.Pattern[str]:
    """One pattern for all allowed origins; `*.` stands for one or more labels of a host name."""
    return re.compile(
        "|".join(
            re.escape(origin).replace(r"\*\.", r"(?:[a-z0-9-]{1,63}\.)+")
            for origin in origins.split()
        )
    )


def is_at(endpoint: str, origins: str) -> bool:
    """Whether an endpoint is at one of some origins, so that a message can go to it."""
    parts = urlsplit(endpoint)
    usual = parts.port is None or (parts.scheme, parts.port) == ("https", 443)
    origin = f"{parts.scheme}://{parts.hostname}" + ("" if usual else f":{parts.port}")
    return parts.username is None and bool(origins_pattern(origins).fullmatch(origin))


def host_of(endpoint: str) -> str:
    """The push service that an endpoint is at; the rest of it is a secret."""
    return urlsplit(endpoint).hostname or ""


def subscription_id(endpoint: str) -> str:
    """By what a subscription may be named where its endpoint may not be shown."""
    return hashlib.sha256(endpoint.encode()).hexdigest()[:16]


def _is_endpoint(text: str) -> bool:
    if not text.isascii() or not text.isprintable() or " " in text:
        return False
    try:
        parts = urlsplit(text)
        host, _ = parts.hostname, parts.port
    except ValueError:
        return False
    return bool(host) and (parts.scheme == "https" or (parts.scheme == "http" and host in LOOPBACK))


def _bytes(text: str) -> bytes:
    """What base64url stands for, with or without its padding; nothing where it is none."""
    plain = text.rstrip("=")
    try:
        return b64decode(plain + "=" * (-len(plain) % 4), b"-_", validate=True)
    except ValueError:
        return b""
