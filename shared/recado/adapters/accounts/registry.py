"""Finds who asks about a channel account."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from importlib import import_module
from typing import Protocol, cast

import httpx

from recado.domain.channels import ChannelAccount, Provider
from recado.domain.errors import AccountError
from recado.domain.probes import ProbedAccount, ProviderTemplate
from recado.ports.secrets import SecretSource

PROBES: Mapping[Provider, str] = {
    Provider.WHATSAPP_CLOUD: "whatsapp_cloud:WhatsAppCloudProbe",
    Provider.EVOLUTION: "evolution:EvolutionProbe",
    Provider.TWILIO_WHATSAPP: "twilio:TwilioProbe",
}
"""Module and class of each provider of WhatsApp; a module is imported with its first account."""


class ProviderProbe(Protocol):
    """Asks about the one account that it was made for; see `AccountProbe`."""

    def state(self) -> ProbedAccount:
        """The account as its provider describes it now."""
        ...

    def templates(self) -> list[ProviderTemplate]:
        """All templates that the provider has for the account."""
        ...

    def close(self) -> None:
        """Let the connections go."""
        ...


class AccountProbeRegistry:
    """Implements `ports.AccountProbe`: makes a probe for each question, since few are asked.

    `transport` takes the place of the network.
    """

    def __init__(self, secrets: SecretSource, transport: httpx.BaseTransport | None = None) -> None:
        self._secrets = secrets
        self._transport = transport

    def state(self, account: ChannelAccount) -> ProbedAccount:
        """See `ports.AccountProbe`."""
        with self._probe(account) as probe:
            return probe.state()

    def templates(self, account: ChannelAccount) -> list[ProviderTemplate]:
        """See `ports.AccountProbe`."""
        with self._probe(account) as probe:
            return probe.templates()

    @contextmanager
    def _probe(self, account: ChannelAccount) -> Iterator[ProviderProbe]:
        if account.provider not in PROBES:
            raise AccountError("no_probe", "accounts of this provider cannot be looked at")
        module, _, name = PROBES[account.provider].partition(":")
        make = cast(
            "Callable[[ChannelAccount, Mapping[str, str], httpx.BaseTransport | None], "
            "ProviderProbe]",
            getattr(import_module(f"recado.adapters.accounts.{module}"), name),
        )
        secret = account.secret_name
        probe = make(account, self._secrets.credentials(secret) if secret else {}, self._transport)
        try:
            yield probe
        finally:
            probe.close()
