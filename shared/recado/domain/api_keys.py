"""API keys: `rk_<env>_<id>_<secret>`, of which only a hash of the secret is stored."""

from __future__ import annotations

import hashlib
import hmac
import re
import secrets
from datetime import datetime
from enum import StrEnum

from recado.domain.model import Model
from recado.domain.notification import Mode

_FORMAT = re.compile(r"rk_(live|test)_([a-z0-9]{12})_([A-Za-z0-9_-]{43})")


class Scope(StrEnum):
    """What a key may do."""

    NOTIFICATIONS_SEND = "notifications:send"
    NOTIFICATIONS_READ = "notifications:read"
    TEMPLATES_READ = "templates:read"
    TEMPLATES_WRITE = "templates:write"
    ORCHESTRATION_READ = "orchestration:read"
    ORCHESTRATION_WRITE = "orchestration:write"
    CUSTOMERS_READ = "customers:read"
    CUSTOMERS_WRITE = "customers:write"
    ANALYTICS_READ = "analytics:read"


class Role(StrEnum):
    """How far a key reaches: every tenant, one tenant, or one division of a tenant.

    A key of a division sees the people and notifications of that division alone, and changes no
    configuration, whatever its scopes are.
    """

    SUPER_ADMINISTRATOR = "super_administrator"
    TENANT = "tenant"
    DIVISION = "division"


class ApiKey(Model):
    """A key as it is stored; the secret itself is shown once and never kept.

    The secret has 256 random bits, so a plain SHA-256 is as good as a slow hash.
    """

    key_id: str
    tenant_id: str
    mode: Mode
    name: str
    role: Role = Role.TENANT
    scopes: frozenset[Scope] = frozenset(Scope)
    division: str | None = None
    secret_sha256: str
    created_at: datetime
    revoked_at: datetime | None = None

    def opens_with(self, secret: str) -> bool:
        """Whether the secret is this key's, compared in constant time."""
        return hmac.compare_digest(_digest(secret).encode(), self.secret_sha256.encode())


class PresentedKey(Model):
    """A key as a client shows it."""

    mode: Mode
    key_id: str
    secret: str


def read_key(text: str) -> PresentedKey | None:
    """Take a key apart; None when it has not the form of one."""
    match = _FORMAT.fullmatch(text)
    if match is None:
        return None
    mode, key_id, secret = match.groups()
    return PresentedKey(mode=Mode(mode), key_id=key_id, secret=secret)


def new_key(*, tenant_id: str, mode: Mode, name: str, now: datetime) -> tuple[ApiKey, str]:
    """Make a key; gives what to store and the text to show once."""
    key_id = secrets.token_hex(6)
    secret = secrets.token_urlsafe(32)
    key = ApiKey(
        key_id=key_id,
        tenant_id=tenant_id,
        mode=mode,
        name=name,
        secret_sha256=_digest(secret),
        created_at=now,
    )
    return key, f"rk_{mode}_{key_id}_{secret}"


def _digest(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()
