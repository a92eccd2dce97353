"""Settings that no adapter can work with are a fault of the account, before anything is sent."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from recado.adapters.channels.registry import ChannelSenderRegistry
from recado.domain.channels import ChannelAccount, Provider
from recado.domain.errors import AccountError
from recado.domain.notification import Mode
from recado.ports.channels import ChannelSender

MAIL = {"from_address": "avisos@example.com", "from_name": "Andinos"}
SMTP = {**MAIL, "host": "mail.example.com", "port": "587", "security": "starttls"}


class Secrets:
    def credentials(self, name: str) -> Mapping[str, str]:
        return {"username": "u", "password": "p", "api_key": "k"}


def sender(provider: Provider, settings: dict[str, str]) -> ChannelSender:
    registry = ChannelSenderRegistry(Secrets(), lambda _, sender: sender)
    account = ChannelAccount(
        tenant_id="andinos",
        account_id="a",
        provider=provider,
        settings=settings,
        secret_name="s",
    )
    return registry.sender_for(account, Mode.LIVE)


@pytest.mark.parametrize(
    ("provider", "settings"),
    [
        (Provider.SES, {**MAIL, "region": "us-east-1", "endpoint_url": "not a url"}),
        (Provider.SES, {**MAIL, "region": "no region"}),
        (Provider.SMTP, {**SMTP, "host": "mail..example.com"}),
        (Provider.SMTP, {**SMTP, "security": "none"}),
        (Provider.EVOLUTION, {"instance": "i", "base_url": "http://evolution.example.com"}),
        (Provider.EVOLUTION, {"instance": "i", "base_url": "evolution.example.com"}),
        (Provider.EVOLUTION, {"instance": "i", "base_url": "https://evolution..example.com"}),
        (Provider.EVOLUTION, {"instance": "i", "base_url": f"https://{'a' * 64}.example.com"}),
    ],
)
def test_a_setting_that_cannot_work_is_the_accounts_fault(
    provider: Provider, settings: dict[str, str]
) -> None:
    with pytest.raises(AccountError):
        sender(provider, settings)


@pytest.mark.parametrize(
    "base_url",
    ["https://evolution.example.com", "http://127.0.0.1:8100/evolution", "http://localhost:80"],
)
def test_clear_text_is_for_this_machine_only(base_url: str) -> None:
    assert sender(Provider.EVOLUTION, {"instance": "i", "base_url": base_url})
