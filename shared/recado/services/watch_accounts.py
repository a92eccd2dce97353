"""Note how accounts do that share a channel's messages with others."""

from __future__ import annotations

import logging
from collections.abc import Iterable
from datetime import datetime

from recado.domain.account_performance import AccountTry, MinuteCounts
from recado.domain.errors import without_message
from recado.domain.weights import sharing
from recado.ports.account_performance import AccountPerformance
from recado.ports.configuration import ConfigurationRepository

logger = logging.getLogger(__name__)


class WatchAccounts:
    """Counts tries, with one write for each account and minute of a batch.

    Where an account is alone there is nothing to choose, so nothing is written.
    """

    def __init__(
        self, *, performance: AccountPerformance, configuration: ConfigurationRepository
    ) -> None:
        self._performance = performance
        self._configuration = configuration

    def __call__(self, tries: Iterable[AccountTry]) -> None:
        """Count tries; never raises: it is only knowledge for later sends."""
        sums: dict[tuple[str, str, datetime], MinuteCounts] = {}
        for each in tries:
            counts, account = each.counts(), each.account
            key = (account.tenant_id, account.account_id, counts.minute)
            sums[key] = sums[key] + counts if key in sums else counts
        try:
            shared = {
                (tenant_id, account.account_id)
                for tenant_id in {tenant_id for tenant_id, _, _ in sums}
                for group in sharing(self._configuration.accounts(tenant_id))
                for account in group
            }
            for (tenant_id, account_id, _), counts in sums.items():
                if (tenant_id, account_id) in shared:
                    self._performance.add(tenant_id, account_id, counts)
        except Exception as error:
            logger.error("how accounts do could not be stored", extra=without_message(error))
