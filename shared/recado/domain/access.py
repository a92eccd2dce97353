"""On whose behalf a request is carried out, and how far it reaches."""

from __future__ import annotations

from recado.domain.api_keys import ApiKey, Role, Scope
from recado.domain.errors import ForbiddenError
from recado.domain.model import Model
from recado.domain.notification import Mode


def reaches(division: str | None, other: str | None) -> bool:
    """Whether a division sees what belongs to another one, or to none; None sees everything."""
    return division is None or division == other


class Caller(Model):
    """Who calls: the tenant that the request is for, and what the key may do there.

    `division` is None for callers that see the whole tenant.
    """

    key_id: str
    tenant_id: str
    mode: Mode
    role: Role
    scopes: frozenset[Scope]
    division: str | None = None

    def sees(self, division: str | None) -> bool:
        """Whether what belongs to a division (or to none) is this caller's to see."""
        return reaches(self.division, division)


def caller_of(key: ApiKey, *, tenant_id: str | None) -> Caller:
    """Who calls with a key, for a tenant that the request names or for the key's own.

    Raises
    ------
    ForbiddenError
        The key is another tenant's. Only a super administrator's key serves every tenant.
    """
    tenant_id = tenant_id or key.tenant_id
    if tenant_id != key.tenant_id and key.role is not Role.SUPER_ADMINISTRATOR:
        raise ForbiddenError("the API key is another tenant's", field="X-Tenant-Id")
    return Caller(
        key_id=key.key_id,
        tenant_id=tenant_id,
        mode=key.mode,
        role=key.role,
        scopes=key.scopes,
        division=key.division if key.role is Role.DIVISION else None,
    )


def refuse_division(caller: Caller) -> None:
    """Refuse a key of a division: what it asks for is the whole tenant's.

    Raises
    ------
    ForbiddenError
        The key is a division's.
    """
    if caller.role is Role.DIVISION:
        raise ForbiddenError("a key of a division cannot change what is the whole tenant's")
