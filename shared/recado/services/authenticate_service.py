"""Find out for which tenant another service of the installation calls."""

from __future__ import annotations

import hmac
from collections.abc import Mapping, Sequence

from recado.domain.access import Caller
from recado.domain.api_keys import Role, Scope
from recado.domain.errors import (
    AuthenticationError,
    ForbiddenError,
    NotFoundError,
    UnprocessableError,
)
from recado.domain.notification import Mode
from recado.ports.configuration import ConfigurationRepository
from recado.ports.internal_secrets import EVERY_TENANT, InternalSecrets, TenantList

LONGEST_TENANT_ID = 128
"""DynamoDB refuses a key of more than 2048 bytes as a fault of ours."""


class AuthenticateService:
    """Checks internal secrets. A secret that was taken away ends within five minutes."""

    def __init__(
        self,
        *,
        secrets: InternalSecrets,
        configuration: ConfigurationRepository,
        tenants: TenantList,
    ) -> None:
        self._secrets = secrets
        self._configuration = configuration
        self._tenants = tenants

    def __call__(self, text: str | None, *, tenant_id: str | None = None) -> Caller:
        """Who calls with a secret; `tenant_id` is the tenant that they name, if any.

        A tenant's own secret serves that tenant. One for every tenant serves the tenant that is
        named, or the only one that there is.

        Raises
        ------
        AuthenticationError
            No secret, or none of ours.
        ForbiddenError
            The secret is another tenant's.
        UnprocessableError
            There are several tenants, and none is named.
        NotFoundError
            There is no such tenant.
        """
        serves = _served(self._secrets.active(), text or "")
        if not serves:
            raise AuthenticationError("a valid X-Internal-Secret is required")
        return Caller(
            key_id="internal",
            tenant_id=self._tenant_meant(serves, tenant_id),
            mode=Mode.LIVE,
            role=Role.TENANT,
            scopes=frozenset({Scope.CUSTOMERS_READ, Scope.CUSTOMERS_WRITE}),
        )

    def _tenant_meant(self, serves: Sequence[str], tenant_id: str | None) -> str:
        if not tenant_id:
            known = serves
            if EVERY_TENANT in serves:
                known = [tenant.tenant_id for tenant in self._tenants.tenants()]
            if len(known) != 1:
                raise UnprocessableError("name the tenant", field="X-Tenant-Id")
            return known[0]
        if tenant_id not in serves and EVERY_TENANT not in serves:
            raise ForbiddenError("the secret is another tenant's", field="X-Tenant-Id")
        may_exist = len(tenant_id) <= LONGEST_TENANT_ID
        if not may_exist or self._configuration.tenant(tenant_id) is None:
            raise NotFoundError("there is no such tenant", field="X-Tenant-Id")
        return tenant_id


def _served(active: Mapping[str, Sequence[str]], text: str) -> list[str]:
    """Whom a secret serves; every secret is compared, each in constant time."""
    shown = text.encode(errors="replace")
    return [
        tenant_id
        for tenant_id, secrets in active.items()
        if sum([hmac.compare_digest(secret.encode(), shown) for secret in secrets if secret])
    ]
