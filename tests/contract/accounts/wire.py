"""A provider in memory that answers questions about an account, and keeps them."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import httpx

from recado.adapters.accounts.registry import AccountProbeRegistry
from recado.domain.channels import ChannelAccount, Provider

TOKEN = "confidential-token"
CREDENTIALS: Mapping[str, str] = {
    "access_token": TOKEN,
    "auth_token": TOKEN,
    "api_key": TOKEN,
}
WHATSAPP_CLOUD = ChannelAccount(
    tenant_id="andinos",
    account_id="wa",
    provider=Provider.WHATSAPP_CLOUD,
    secret_name="s",
    settings={
        "phone_number_id": "1060",
        "business_account_id": "2060",
        "base_url": "https://graph.test/v25.0",
    },
)
EVOLUTION = ChannelAccount(
    tenant_id="andinos",
    account_id="evo",
    provider=Provider.EVOLUTION,
    secret_name="s",
    settings={"instance": "taller 1", "base_url": "https://evolution.test"},
)
TWILIO = ChannelAccount(
    tenant_id="andinos",
    account_id="tw",
    provider=Provider.TWILIO_WHATSAPP,
    secret_name="s",
    settings={
        "account_sid": "AC1",
        "from": "whatsapp:+15550100300",
        "base_url": "https://api.test",
        "content_base_url": "https://content.test",
    },
)


class OneSecret:
    """Implements `ports.SecretSource`: every secret holds all credentials."""

    def credentials(self, name: str) -> Mapping[str, str]:
        return CREDENTIALS


class Wire:
    """Answers each request by a function, or always alike."""

    def __init__(self, answer: httpx.Response | Callable[[httpx.Request], httpx.Response]) -> None:
        self._answer = answer
        self.requests: list[httpx.Request] = []
        self.probe = AccountProbeRegistry(OneSecret(), httpx.MockTransport(self._handle))

    @property
    def request(self) -> httpx.Request:
        """The only request that came."""
        (request,) = self.requests
        return request

    def _handle(self, request: httpx.Request) -> httpx.Response:
        self.requests.append(request)
        return self._answer if isinstance(self._answer, httpx.Response) else self._answer(request)
