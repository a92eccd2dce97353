"""Ask the providers how all approved templates are, so that a lost webhook is made up for."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor, wait
from typing import NamedTuple

from recado.domain.channels import WINDOWED, Channel, ChannelAccount
from recado.domain.errors import DeliveryError, without_message
from recado.domain.model import Model
from recado.domain.probes import INTERNAL, TIMED_OUT, AccountProblem, account_problem
from recado.domain.template_looks import Learned, learned_by_looking
from recado.ports.accounts import AccountProbe
from recado.ports.clock import Clock
from recado.ports.configuration import ConfigurationRepository
from recado.ports.inbound import StateKeeper
from recado.ports.internal_secrets import TenantList

logger = logging.getLogger(__name__)

AT_ONCE = 8
"""Accounts that are asked at the same time."""

SYNC_SECONDS = 240.0
"""For all accounts together; the function may run 300 s."""


class FailedLook(Model):
    """An account whose templates could not be listed, and why, as of `AccountProblem`."""

    tenant_id: str
    account_id: str
    code: str


class SyncedTemplates(Model):
    """What came of a run: accounts that were asked, templates of which something was new."""

    accounts: int
    changed: int
    recategorised: int
    failed: tuple[FailedLook, ...] = ()


class _Looked(NamedTuple):
    account: ChannelAccount
    learned: Sequence[Learned] | AccountProblem


class SyncTemplates:
    """Looks at the templates of every enabled account; one that fails costs no other.

    What a provider answers is true when it answers, so a look's time is the clock's and not that
    of the schedule: a run that is replayed must not claim that it was so before.
    """

    def __init__(
        self,
        *,
        tenants: TenantList,
        configuration: ConfigurationRepository,
        states: StateKeeper,
        probe: AccountProbe,
        clock: Clock,
        seconds: float = SYNC_SECONDS,
    ) -> None:
        self._tenants = tenants
        self._configuration = configuration
        self._states = states
        self._probe = probe
        self._clock = clock
        self._seconds = seconds

    def __call__(self) -> SyncedTemplates:
        """Store what is new; a second run in a row stores nothing.

        Where a tenant's accounts cannot be read, that is raised when all others are done with.
        """
        accounts: list[ChannelAccount] = []
        failure: Exception | None = None
        for tenant in self._tenants.tenants():
            try:
                accounts += self._accounts(tenant.tenant_id)
            except Exception as error:
                extra = {"tenant_id": tenant.tenant_id, **without_message(error)}
                logger.error("a tenant's accounts could not be read", extra=extra)
                failure = error
        synced = self._sync(accounts)
        if failure is not None:
            raise failure
        return synced

    def _accounts(self, tenant_id: str) -> list[ChannelAccount]:
        """A tenant's accounts that have approved templates."""
        return [
            account
            for account in self._configuration.accounts(tenant_id)
            if account.enabled
            and account.channel is Channel.WHATSAPP
            and account.provider in WINDOWED
        ]

    def _sync(self, accounts: Sequence[ChannelAccount]) -> SyncedTemplates:
        looked = self._look_at_all(accounts)
        learned = [
            each
            for look in looked
            if not isinstance(look.learned, AccountProblem)
            for each in look.learned
        ]
        return SyncedTemplates(
            accounts=len(accounts),
            changed=len(learned),
            recategorised=sum(each.is_recategorised for each in learned),
            failed=tuple(
                FailedLook(
                    tenant_id=look.account.tenant_id,
                    account_id=look.account.account_id,
                    code=look.learned.code,
                )
                for look in looked
                if isinstance(look.learned, AccountProblem)
            ),
        )

    def _look_at_all(self, accounts: Sequence[ChannelAccount]) -> list[_Looked]:
        if not accounts:
            return []
        pool = ThreadPoolExecutor(min(len(accounts), AT_ONCE), thread_name_prefix="sync")
        try:
            asked = [pool.submit(self._look_safely, account) for account in accounts]
            wait(asked, timeout=self._seconds)
            return [
                _Looked(account, each.result() if each.done() else TIMED_OUT)
                for account, each in zip(accounts, asked, strict=True)
            ]
        finally:
            pool.shutdown(wait=False, cancel_futures=True)

    def _look_safely(self, account: ChannelAccount) -> Sequence[Learned] | AccountProblem:
        """Look at an account; what goes wrong concerns it alone."""
        about = {"tenant_id": account.tenant_id, "account_id": account.account_id}
        try:
            return self._look_at(account)
        except DeliveryError as error:
            problem = account_problem(error)
            extra = {**about, "code": problem.code, "detail": problem.detail}
            logger.warning("an account's templates could not be listed", extra=extra)
            return problem
        except Exception as error:
            extra = {**about, **without_message(error)}
            logger.error("an account's templates could not be synced", extra=extra)
            return INTERNAL

    def _look_at(self, account: ChannelAccount) -> Sequence[Learned]:
        looked_at = self._clock.now()
        listed = self._probe.templates(account)
        known = self._configuration.template_states(account.tenant_id)
        learned = learned_by_looking(account, listed, known=known, looked_at=looked_at)
        for each in learned:
            self._states.learn(each.told)
            _log(each)
        return learned


def _log(learned: Learned) -> None:
    before, told = learned
    extra = {
        "tenant_id": told.tenant_id,
        "account_id": told.account_id,
        "template": told.name,
        "language": told.language,
    }
    if told.status is not None:
        status = before.status if before else None
        logger.info(
            "a template has another status",
            extra={**extra, "before": status, "after": told.status},
        )
    if before is not None and learned.is_recategorised:
        logger.warning(
            "a template is billed as another category",
            extra={**extra, "before": before.category, "after": told.category},
        )
