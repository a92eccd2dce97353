"""Find out whose API key a client shows, and for which tenant it calls."""

from __future__ import annotations

from recado.domain.access import Caller, caller_of
from recado.domain.api_keys import ApiKey, read_key
from recado.domain.errors import AuthenticationError, NotFoundError
from recado.ports.clock import Clock
from recado.ports.configuration import ConfigurationRepository
from recado.services.limit_requests import LimitRequests

LONGEST_TENANT_ID = 128
"""DynamoDB refuses a key of more than 2048 bytes as a fault of ours."""


class Authenticate:
    """Checks API keys. A revocation takes effect within the configuration's cache time."""

    def __init__(
        self, *, configuration: ConfigurationRepository, clock: Clock, limit: LimitRequests
    ) -> None:
        self._configuration = configuration
        self._clock = clock
        self._limit = limit

    def __call__(self, text: str | None, *, tenant_id: str | None = None) -> Caller:
        """Who calls with a key; `tenant_id` is the tenant that they name, if any.

        Raises
        ------
        AuthenticationError
            No key, or none of ours, or one that is revoked or has expired. The message never says
            which of them.
        TooManyRequestsError
            The key asks more often than it may.
        ForbiddenError
            The tenant named is not the key's, which does not serve every tenant.
        NotFoundError
            There is no such tenant.
        """
        key = self._key(text)
        self._limit(key)
        caller = caller_of(key, tenant_id=tenant_id)
        if caller.tenant_id != key.tenant_id:
            self._refuse_unknown(caller.tenant_id)
        return caller

    def _key(self, text: str | None) -> ApiKey:
        presented = read_key(text or "")
        if presented is None:
            raise AuthenticationError("an API key is required")
        key = self._configuration.api_key(presented.key_id)
        if (
            key is None
            or not key.opens_with(presented.secret)
            or key.mode is not presented.mode
            or not key.is_valid(self._clock.now())
        ):
            raise AuthenticationError("the API key is not valid")
        return key

    def _refuse_unknown(self, tenant_id: str) -> None:
        may_exist = len(tenant_id) <= LONGEST_TENANT_ID
        if not may_exist or self._configuration.tenant(tenant_id) is None:
            raise NotFoundError("there is no such tenant", field="X-Tenant-Id")
