"""Providers that are asked about accounts, and what is known of them already."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from recado.domain.account_states import AccountState, TemplateState
from recado.domain.channels import ChannelAccount
from recado.domain.probes import ProbedAccount, ProviderTemplate
from recado.domain.templates import Template


class FakeProbe:
    """Implements `ports.AccountProbe`: an answer, an error or something to do for each account."""

    def __init__(
        self, answers: Mapping[str, object], templates: Mapping[str, object] | None = None
    ) -> None:
        self._answers = answers
        self._templates = templates or {}
        self.asked: list[ChannelAccount] = []

    def state(self, account: ChannelAccount) -> ProbedAccount:
        found = self._carried_out(account, self._answers[account.account_id])
        assert isinstance(found, ProbedAccount)
        return found

    def templates(self, account: ChannelAccount) -> list[ProviderTemplate]:
        found = self._carried_out(account, self._templates[account.account_id])
        assert isinstance(found, list)
        return found

    def _carried_out(self, account: ChannelAccount, answer: object) -> object:
        self.asked.append(account)
        if isinstance(answer, Exception):
            raise answer
        return answer() if isinstance(answer, Callable) else answer


class FakeTemplatesInForce:
    """Implements `ports.TemplatesInForce`."""

    def __init__(self, *templates: Template) -> None:
        self._templates = templates

    def in_force(self, tenant_id: str) -> list[Template]:
        return [template for template in self._templates if template.tenant_id == tenant_id]


class FakeStates:
    """Implements `ports.StateReader`."""

    def __init__(self, *states: AccountState | TemplateState) -> None:
        self._states: Sequence[AccountState | TemplateState] = states

    def account_states(self, tenant_id: str) -> list[AccountState]:
        return [
            state
            for state in self._states
            if isinstance(state, AccountState) and state.tenant_id == tenant_id
        ]

    def template_states(self, tenant_id: str) -> list[TemplateState]:
        return [
            state
            for state in self._states
            if isinstance(state, TemplateState) and state.tenant_id == tenant_id
        ]
