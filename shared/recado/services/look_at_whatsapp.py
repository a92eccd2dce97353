"""Ask the providers of a tenant's WhatsApp accounts how the accounts and their templates are."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor, wait
from typing import NamedTuple

from recado.domain.account_states import TemplateState
from recado.domain.channels import WINDOWED, Channel, ChannelAccount
from recado.domain.errors import AccountError, DeliveryError, without_message
from recado.domain.probes import (
    INTERNAL,
    MISSING,
    TIMED_OUT,
    AccountProblem,
    AccountReport,
    ProbedAccount,
    ProviderTemplate,
    TemplateReport,
    TemplateReports,
    UnlistedAccount,
    account_problem,
)
from recado.domain.templates import ApprovedTemplate, approved_template
from recado.ports.accounts import AccountProbe, TemplatesInForce
from recado.ports.clock import Clock
from recado.ports.configuration import ConfigurationRepository
from recado.ports.inbound import StateReader

logger = logging.getLogger(__name__)

AT_ONCE = 8
"""Accounts that are asked at the same time."""

CALL_SECONDS = 8.0
"""The longest wait for one answer: somebody looks at a screen meanwhile."""

LOOK_SECONDS = 20.0
"""For all accounts together; the function may run 29 s."""


class _Ours(NamedTuple):
    """A template of ours and the approved one that it names."""

    template_id: str
    approved: ApprovedTemplate


class LookAtWhatsApp:
    """Looks at all enabled WhatsApp accounts of a tenant; one that fails costs no other."""

    def __init__(
        self,
        *,
        configuration: ConfigurationRepository,
        templates: TemplatesInForce,
        states: StateReader,
        probe: AccountProbe,
        clock: Clock,
        seconds: float = LOOK_SECONDS,
    ) -> None:
        self._configuration = configuration
        self._templates = templates
        self._states = states
        self._probe = probe
        self._clock = clock
        self._seconds = seconds

    def accounts(self, tenant_id: str) -> list[AccountReport]:
        """Every account as its provider describes it, the preferred one first.

        What could not be asked is not connected and says why.
        """
        accounts = self._accounts(tenant_id)
        told = {state.account_id: state for state in self._states.account_states(tenant_id)}
        answers = self._ask(accounts, self._state)
        checked_at = self._clock.now()
        return [
            AccountReport(
                account_id=account.account_id,
                provider=account.provider,
                found=found if isinstance(found, ProbedAccount) else _unknown(found),
                checked_at=checked_at,
                last_told=told.get(account.account_id),
            )
            for account, found in zip(accounts, answers, strict=True)
        ]

    def templates(
        self,
        tenant_id: str,
        *,
        name: str | None = None,
        status: str | None = None,
        language: str | None = None,
    ) -> TemplateReports:
        """Every template of every account, with ours that name it.

        What ours name and a provider does not have is listed as missing, of those accounts only
        that could be asked. `name`, `status` (in any case) and `language` narrow the list.
        """
        accounts = self._accounts(tenant_id)
        ours = [
            _Ours(template.template_id, approved)
            for template in self._templates.in_force(tenant_id)
            if (approved := approved_template(template.content))
        ]
        told = {
            (state.account_id, state.name, state.language): state
            for state in self._states.template_states(tenant_id)
        }
        reports: list[TemplateReport] = []
        unlisted: list[UnlistedAccount] = []
        for account, found in zip(
            accounts, self._ask(accounts, self._probe.templates), strict=True
        ):
            if isinstance(found, AccountProblem):
                unlisted.append(
                    UnlistedAccount(
                        account_id=account.account_id, provider=account.provider, problem=found
                    )
                )
                continue
            listed = [
                _with_quality(each, told.get((account.account_id, each.name, each.language)))
                for each in found
            ]
            reports += [_report(account, each, ours) for each in listed]
            if account.provider in WINDOWED:
                reports += _missing(account, listed, ours)
        return TemplateReports(
            templates=tuple(
                report
                for report in reports
                if name in (None, report.template.name)
                and language in (None, report.template.language)
                and (status is None or status.upper() == report.template.status.upper())
            ),
            unlisted=tuple(unlisted),
        )

    def _accounts(self, tenant_id: str) -> list[ChannelAccount]:
        enabled = (
            account
            for account in self._configuration.accounts(tenant_id)
            if account.enabled and account.channel is Channel.WHATSAPP
        )
        return sorted(enabled, key=lambda account: (account.priority, account.account_id))

    def _state(self, account: ChannelAccount) -> ProbedAccount:
        try:
            return self._probe.state(account)
        except AccountError as error:
            return ProbedAccount(connected=False, status="refused", problem=account_problem(error))

    def _ask[T](
        self, accounts: Sequence[ChannelAccount], question: Callable[[ChannelAccount], T]
    ) -> list[T | AccountProblem]:
        """The answer for each account, in their order."""
        if not accounts:
            return []
        pool = ThreadPoolExecutor(min(len(accounts), AT_ONCE), thread_name_prefix="probe")
        try:
            asked = [pool.submit(_answer, question, _hurried(account)) for account in accounts]
            wait(asked, timeout=self._seconds)
            return [each.result() if each.done() else TIMED_OUT for each in asked]
        finally:
            # Who takes longer than the screen waits is not waited for.
            pool.shutdown(wait=False, cancel_futures=True)


def _hurried(account: ChannelAccount) -> ChannelAccount:
    seconds = min(account.timeout_seconds, CALL_SECONDS)
    return account.model_copy(update={"timeout_seconds": seconds})


def _answer[T](
    question: Callable[[ChannelAccount], T], account: ChannelAccount
) -> T | AccountProblem:
    try:
        return question(account)
    except DeliveryError as error:
        return account_problem(error)
    except Exception as error:
        logger.error(
            "an account could not be looked at",
            extra={"account_id": account.account_id, **without_message(error)},
        )
        return INTERNAL


def _unknown(problem: AccountProblem) -> ProbedAccount:
    return ProbedAccount(connected=False, status="unreachable", problem=problem)


def _with_quality(template: ProviderTemplate, told: TemplateState | None) -> ProviderTemplate:
    """With what a webhook said of its quality, where the list says nothing."""
    if template.quality is not None or told is None:
        return template
    return template.model_copy(update={"quality": told.quality})


def _report(
    account: ChannelAccount, template: ProviderTemplate, ours: Iterable[_Ours]
) -> TemplateReport:
    return TemplateReport(
        account_id=account.account_id,
        template=template,
        used_by=tuple(
            sorted(each.template_id for each in ours if template.is_named_by(each.approved))
        ),
    )


def _missing(
    account: ChannelAccount, listed: Sequence[ProviderTemplate], ours: Iterable[_Ours]
) -> list[TemplateReport]:
    """What ours name and the account does not have."""
    lacking: dict[tuple[str, str], list[_Ours]] = {}
    for each in ours:
        if not any(template.is_named_by(each.approved) for template in listed):
            lacking.setdefault((each.approved.name, each.approved.language), []).append(each)
    return [
        TemplateReport(
            account_id=account.account_id,
            template=ProviderTemplate(
                name=name,
                language=language,
                status=MISSING,
                parameters=max(len(each.approved.parameters) for each in using),
            ),
            used_by=tuple(sorted(each.template_id for each in using)),
        )
        for (name, language), using in lacking.items()
    ]
