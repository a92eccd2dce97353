"""Invitations to WhatsApp: a code in a person's first message says who they are."""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import re
import secrets
import struct
from collections.abc import Callable, Iterable
from datetime import UTC, datetime, timedelta
from itertools import islice
from urllib.parse import quote

from pydantic import Field

from recado.domain.channels import Channel, ChannelAccount
from recado.domain.directory import Address, Preference, Recipient
from recado.domain.model import Model
from recado.domain.notification import Mode

EVENT_TYPE = "WHATSAPP_ACTIVATION"
"""Of the notification that invites."""

LIFE = timedelta(days=30)
"""How long an invitation holds, rounded up to the full hour."""

NUMBER_SETTING = "display_phone_number"
"""Of a WhatsApp account: the number that people write to. At Twilio `from` serves too."""

MOST_CANDIDATES = 5
"""How many words of a message are looked at that could be a code."""

NONCE_BYTES = 6
"""What tells a person's invitations apart."""

_HEAD = struct.Struct(f">I?{NONCE_BYTES}s")
"""When the invitation ends, in seconds since 1970, whether it is a test, and its nonce."""

_SIGNATURE_BYTES = 10
"""80 bits: each guess takes a message of a person, or a request."""

_PURPOSE = b"activation:"
"""Keeps these signatures apart from all others that are made with the same secret."""

_CANDIDATE = re.compile(r"(?<![\w-])[A-Za-z0-9_-]{20,800}(?![\w-])")


class Activation(Model):
    """Whom a code stands for, and until when. Names the customer and no address of theirs.

    Parameters
    ----------
    nonce
        `NONCE_BYTES` that no other invitation of the same hour has: one that the wrong person took
        up can be replaced at once.
    """

    tenant_id: str
    mode: Mode
    recipient_id: str
    expires_at: datetime
    nonce: bytes = Field(min_length=NONCE_BYTES, max_length=NONCE_BYTES)

    @property
    def digest(self) -> str:
        """The same for the same invitation, and nothing that leads back to the person."""
        names = (
            *(self.tenant_id, self.mode, self.recipient_id),
            *(self.expires_at.isoformat(), self.nonce.hex()),
        )
        return hashlib.sha256("\x1f".join(names).encode()).hexdigest()[:32]


class ActivationCodes:
    """Makes and reads the codes.

    `secret` is asked for when there is something to sign or to check: most messages hold nothing
    that could be a code.
    """

    def __init__(self, secret: Callable[[], bytes]) -> None:
        self._secret = secret

    def code(self, activation: Activation) -> str:
        """The code for an invitation: letters, digits, hyphens and underscores."""
        seconds, is_test = int(activation.expires_at.timestamp()), activation.mode is Mode.TEST
        names = f"{activation.tenant_id}\0{activation.recipient_id}".encode()
        payload = _HEAD.pack(seconds, is_test, activation.nonce) + names
        return _encode(payload + self._signature(payload))

    def read(self, code: str, *, now: datetime) -> Activation | None:
        """What a code stands for; None when we did not sign it, or when it has expired."""
        if not code.isascii():
            return None
        try:
            signed = base64.urlsafe_b64decode(code + "=" * (-len(code) % 4))
        except binascii.Error:
            return None
        # Several texts stand for the same bytes; only one of them is the code.
        if _encode(signed) != code:
            return None
        payload, signature = signed[:-_SIGNATURE_BYTES], signed[-_SIGNATURE_BYTES:]
        if not hmac.compare_digest(signature, self._signature(payload)):
            return None
        seconds, is_test, nonce = _HEAD.unpack_from(payload)
        expires_at = datetime.fromtimestamp(seconds, UTC)
        tenant_id, _, recipient_id = payload[_HEAD.size :].decode().partition("\0")
        if now >= expires_at:
            return None
        return Activation(
            tenant_id=tenant_id,
            mode=Mode.TEST if is_test else Mode.LIVE,
            recipient_id=recipient_id,
            expires_at=expires_at,
            nonce=nonce,
        )

    def found_in(self, text: str, *, now: datetime) -> Activation | None:
        """What the first code in a person's message stands for, whatever else they wrote."""
        candidates = islice(_CANDIDATE.finditer(text), MOST_CANDIDATES)
        read = (self.read(candidate[0], now=now) for candidate in candidates)
        return next((activation for activation in read if activation), None)

    def _signature(self, payload: bytes) -> bytes:
        return hmac.digest(self._secret(), _PURPOSE + payload, hashlib.sha256)[:_SIGNATURE_BYTES]


def nonce_for(idempotency_key: str | None) -> bytes:
    """What tells an invitation from the person's others; the same for the same key."""
    if idempotency_key is None:
        return secrets.token_bytes(NONCE_BYTES)
    return hashlib.sha256(idempotency_key.encode()).digest()[:NONCE_BYTES]


def ends_at(now: datetime) -> datetime:
    """Until when an invitation of this moment holds.

    The same for a whole hour: what is asked for again under the same key is the same invitation.
    """
    return now.replace(minute=0, second=0, microsecond=0) + LIFE + timedelta(hours=1)


def chat_number(accounts: Iterable[ChannelAccount]) -> str | None:
    """The number, in digits, of the first of a tenant's WhatsApp accounts that says its own."""
    numbers = (_number(account) for account in whatsapp_accounts(accounts))
    return next((number for number in numbers if number), None)


def whatsapp_accounts(accounts: Iterable[ChannelAccount]) -> list[ChannelAccount]:
    """The enabled accounts that serve WhatsApp, the preferred one first."""
    able = [each for each in accounts if each.enabled and each.channel is Channel.WHATSAPP]
    return sorted(able, key=lambda account: (account.priority, account.account_id))


def chat_link(number: str, code: str, *, locale: str) -> str:
    """What opens WhatsApp with the message ready to be sent."""
    word = "Activate" if locale.startswith("en") else "Activar"
    return f"https://wa.me/{number}?text={quote(f'{word} {code}', safe='')}"


def activated(person: Recipient, address: Address) -> Recipient:
    """A person whom a channel reaches first from now on, at the address that they wrote from."""
    others = tuple(
        each
        for each in person.addresses
        if (each.channel, each.value) != (address.channel, address.value)
    )
    wanted = sorted(person.preferences, key=lambda preference: preference.priority)
    following = [each for each in wanted if each.channel is not address.channel]
    first = Preference(channel=address.channel, priority=1)
    moved = [
        each.model_copy(update={"priority": priority}) for priority, each in enumerate(following, 2)
    ]
    return person.model_copy(
        update={"addresses": (address, *others), "preferences": (first, *moved)}
    )


def _number(account: ChannelAccount) -> str | None:
    said = account.settings.get(NUMBER_SETTING) or account.settings.get("from") or ""
    digits = "".join(char for char in said if char in "0123456789")
    return digits if 7 <= len(digits) <= 15 else None


def _encode(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()
