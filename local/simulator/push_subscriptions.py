"""The browsers that subscribed to web push: their keys, and reading what is sent to them."""

import base64
import secrets
from dataclasses import dataclass, field

import http_ece
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat


class UndecryptableError(Exception):
    """The body was not encrypted for this subscription (RFC 8291)."""


@dataclass(frozen=True)
class PushSubscription:
    """One browser's subscription: a P-256 key pair and the authentication secret of RFC 8291."""

    customer: str
    id: str = field(default_factory=lambda: secrets.token_urlsafe(24))
    private_key: ec.EllipticCurvePrivateKey = field(
        default_factory=lambda: ec.generate_private_key(ec.SECP256R1())
    )
    auth_secret: bytes = field(default_factory=lambda: secrets.token_bytes(16))

    def endpoint(self, origin: str) -> str:
        """The URL to which pushes for this browser are posted."""
        return f"{origin}/push/{self.id}"

    def keys(self) -> dict[str, str]:
        """What the browser tells the application: p256dh and auth, base64url without padding."""
        point = self.private_key.public_key().public_bytes(
            Encoding.X962, PublicFormat.UncompressedPoint
        )
        return {"p256dh": _base64url(point), "auth": _base64url(self.auth_secret)}

    def decrypt(self, body: bytes) -> bytes:
        """The clear payload; raises UndecryptableError when the browser could not read it."""
        try:
            clear: bytes = http_ece.decrypt(
                body,
                private_key=self.private_key,
                auth_secret=self.auth_secret,
                version="aes128gcm",
            )
        except (http_ece.ECEException, InvalidTag, ValueError, IndexError) as error:
            raise UndecryptableError from error
        return clear


class PushSubscriptions:
    """The subscriptions in force, in memory."""

    def __init__(self) -> None:
        self._subscriptions: dict[str, PushSubscription] = {}

    def add(self, customer: str) -> PushSubscription:
        """Subscribe a browser; `customer` is a label for people."""
        subscription = PushSubscription(customer)
        self._subscriptions[subscription.id] = subscription
        return subscription

    def get(self, subscription_id: str) -> PushSubscription | None:
        """The subscription, unless it never existed or expired."""
        return self._subscriptions.get(subscription_id)

    def expire(self, subscription_id: str) -> bool:
        """End a subscription, as a browser does that is uninstalled; False if there is none."""
        return self._subscriptions.pop(subscription_id, None) is not None


def _base64url(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()
