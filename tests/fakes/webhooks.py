"""Webhooks' secrets and accounts, given whole."""

from __future__ import annotations

from collections.abc import Mapping

from recado.domain.channels import ChannelAccount, Provider


class FakeWebhookSecrets:
    """Implements `ports.WebhookSecrets`: by provider, then by name."""

    def __init__(self, **secrets: Mapping[str, Mapping[str, str]]) -> None:
        self._secrets = secrets

    def of(self, provider: str) -> Mapping[str, Mapping[str, str]]:
        return self._secrets.get(provider, {})


class FakeWebhookAccounts:
    """Implements `ports.WebhookAccounts`: each account with the id that its provider knows."""

    def __init__(self, *known: tuple[str, ChannelAccount]) -> None:
        self._known = known

    def by_external_id(self, provider: Provider, external_id: str) -> ChannelAccount | None:
        for known_id, account in self._known:
            if (account.provider, known_id) == (provider, external_id):
                return account
        return None

    def by_id(self, provider: Provider, account_id: str) -> ChannelAccount | None:
        for _, account in self._known:
            if (account.provider, account.account_id) == (provider, account_id):
                return account
        return None
