"""Move weights away from accounts that err or are slow, and back."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from datetime import datetime

from recado.domain.account_performance import minute_of
from recado.domain.channels import ChannelAccount
from recado.domain.errors import without_message
from recado.domain.model import Model
from recado.domain.weights import AccountWeight, judge, sharing
from recado.ports.account_performance import AccountPerformance, AccountWeights
from recado.ports.configuration import ConfigurationRepository
from recado.ports.internal_secrets import TenantList

logger = logging.getLogger(__name__)


class Balanced(Model):
    """What one run did: how many accounts it looked at, and how many weights it changed."""

    looked_at: int = 0
    changed: int = 0

    def __add__(self, other: Balanced) -> Balanced:
        return Balanced(
            looked_at=self.looked_at + other.looked_at, changed=self.changed + other.changed
        )


class BalanceAccounts:
    """Judges every account that shares a channel's messages with others."""

    def __init__(
        self,
        *,
        tenants: TenantList,
        configuration: ConfigurationRepository,
        weights: AccountWeights,
        performance: AccountPerformance,
    ) -> None:
        self._tenants = tenants
        self._configuration = configuration
        self._weights = weights
        self._performance = performance

    def __call__(self, now: datetime) -> Balanced:
        """Judge by the whole minutes before `now`, the time for which the run was scheduled.

        Running twice for the same time changes nothing more. What fails for one tenant is raised
        when all others are done with.
        """
        balanced = Balanced()
        failure: Exception | None = None
        for tenant in self._tenants.tenants():
            try:
                groups = sharing(self._configuration.accounts(tenant.tenant_id))
                for group in groups:
                    balanced += self._balance(tenant.tenant_id, group, now)
            except Exception as error:
                extra = {"tenant_id": tenant.tenant_id, **without_message(error)}
                logger.error("a tenant's accounts could not be balanced", extra=extra)
                failure = error
        if failure is not None:
            raise failure
        return balanced

    def _balance(self, tenant_id: str, group: Sequence[ChannelAccount], now: datetime) -> Balanced:
        counts = {
            account.account_id: self._performance.latest(
                tenant_id, account.account_id, before=minute_of(now)
            )
            for account in group
        }
        changes = judge(group, self._weights.weights(tenant_id), counts, now)
        # One that lost a race is judged again in a minute.
        stored = [weight for weight in changes if self._weights.save_weight(weight)]
        for weight in stored:
            _tell(weight)
        return Balanced(looked_at=len(group), changed=len(stored))


def _tell(weight: AccountWeight) -> None:
    change = weight.changes[-1]
    extra = {
        "tenant_id": weight.tenant_id,
        "account_id": weight.account_id,
        "before": change.before,
        "after": change.after,
        "reason": change.reason,
        "detail": change.detail,
    }
    logger.warning("an account's weight changed", extra=extra)
