"""API keys: `rk_<env>_<id>_<secret>`, of which only a hash of the secret is stored."""

from __future__ import annotations

import hashlib
import hmac
import re
import secrets
from collections.abc import Collection
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Self

from pydantic import Field, model_validator

from recado.domain.model import Model
from recado.domain.names import Division
from recado.domain.notification import Mode
from recado.domain.rate_limits import DEFAULT_PER_SECOND, MOST_PER_SECOND, RateLimit

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

    Parameters
    ----------
    division
        The one that the key is for, and None for every other role.
    requests_per_second
        How often it may ask, if not as often as any key.
    expires_at
        From when on it opens nothing any more.
    """

    key_id: str
    tenant_id: str
    mode: Mode
    name: str
    role: Role = Role.TENANT
    scopes: frozenset[Scope] = frozenset(Scope)
    division: Division | None = None
    requests_per_second: int | None = Field(default=None, ge=1, le=MOST_PER_SECOND)
    secret_sha256: str
    created_at: datetime
    expires_at: datetime | None = None
    revoked_at: datetime | None = None

    @model_validator(mode="after")
    def _check_reach(self) -> Self:
        # Without its division such a key would see the whole tenant.
        if (self.role is Role.DIVISION) != (self.division is not None):
            raise ValueError("a key of a division names it, and no other key does")
        return self

    @property
    def rate_limit(self) -> RateLimit:
        """How often the key may ask; after a rest as often at once as in two seconds."""
        per_second = self.requests_per_second or DEFAULT_PER_SECOND
        return RateLimit(most=per_second, burst=2 * per_second)

    def is_valid(self, now: datetime) -> bool:
        """Whether the key is neither revoked nor expired."""
        return self.revoked_at is None and (self.expires_at is None or now < self.expires_at)

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


def new_key(
    *,
    tenant_id: str,
    mode: Mode,
    name: str,
    now: datetime,
    role: Role = Role.TENANT,
    scopes: Collection[Scope] = frozenset(Scope),
    division: str | None = None,
    requests_per_second: int | None = None,
    expires_at: datetime | None = None,
) -> tuple[ApiKey, str]:
    """Make a key; gives what to store and the text to show once."""
    key_id = secrets.token_hex(6)
    secret = secrets.token_urlsafe(32)
    key = ApiKey(
        key_id=key_id,
        tenant_id=tenant_id,
        mode=mode,
        name=name,
        role=role,
        scopes=frozenset(scopes),
        division=division,
        requests_per_second=requests_per_second,
        secret_sha256=_digest(secret),
        created_at=now,
        expires_at=expires_at,
    )
    return key, f"rk_{mode}_{key_id}_{secret}"


def rotated(key: ApiKey, *, now: datetime, grace: timedelta) -> tuple[ApiKey, ApiKey, str]:
    """A key with the same rights and end in the place of one that ends after a grace.

    Gives the new key, the old one as it is to be stored, and the text to show once. A key that
    would end sooner anyway does not live longer for it.
    """
    successor, text = new_key(
        tenant_id=key.tenant_id,
        mode=key.mode,
        name=key.name,
        now=now,
        role=key.role,
        scopes=key.scopes,
        division=key.division,
        requests_per_second=key.requests_per_second,
        expires_at=key.expires_at,
    )
    end = min(now + grace, key.expires_at or now + grace)
    return successor, key.model_copy(update={"expires_at": end}), text


def _digest(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()
