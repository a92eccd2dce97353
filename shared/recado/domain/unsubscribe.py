"""Signed links by which a recipient stops mail without logging in (RFC 8058)."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json

from recado.domain.channels import Channel
from recado.domain.model import Model


class Subscription(Model):
    """Who would stop hearing from a tenant on a channel.

    Names the recipient, not the address: links end up in access logs.
    """

    tenant_id: str
    recipient_id: str
    channel: Channel


class UnsubscribeLinks:
    """Makes and reads the links. A link has no expiry: a mail may be read years later."""

    def __init__(self, public_url: str, secret: bytes) -> None:
        self._public_url = public_url.rstrip("/")
        self._secret = secret

    def link(self, subscription: Subscription) -> str:
        """The link for a recipient."""
        fields = [subscription.tenant_id, subscription.recipient_id, subscription.channel]
        payload = _encode(json.dumps(fields, separators=(",", ":")).encode())
        return f"{self._public_url}/u/{payload}.{self._signature(payload)}"

    def read(self, token: str) -> Subscription | None:
        """What a link's token stands for; None when we did not sign it."""
        payload, _, signature = token.partition(".")
        if not token.isascii() or not hmac.compare_digest(signature, self._signature(payload)):
            return None
        tenant_id, recipient_id, channel = json.loads(_decode(payload))
        return Subscription(tenant_id=tenant_id, recipient_id=recipient_id, channel=channel)

    def _signature(self, payload: str) -> str:
        return _encode(hmac.digest(self._secret, payload.encode(), hashlib.sha256))


def _encode(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def _decode(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
