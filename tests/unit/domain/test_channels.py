"""Channels, the providers that serve them, and a tenant's accounts."""

from __future__ import annotations

import pytest
from pydantic import ValidationError

from recado.domain.channels import (
    CHANNEL_OF,
    QUEUE_OF,
    Channel,
    ChannelAccount,
    DeliveryQueueName,
    Provider,
)


def test_every_provider_serves_a_channel_and_every_channel_has_a_provider() -> None:
    assert CHANNEL_OF.keys() == set(Provider)
    assert set(CHANNEL_OF.values()) == set(Channel)


def test_every_channel_has_a_delivery_queue_and_chats_share_one() -> None:
    assert QUEUE_OF.keys() == set(Channel)
    assert set(QUEUE_OF.values()) == set(DeliveryQueueName)
    chats = [channel for channel, queue in QUEUE_OF.items() if queue is DeliveryQueueName.CHAT]
    assert len(QUEUE_OF) == len(set(QUEUE_OF.values())) - 1 + len(chats)


@pytest.mark.parametrize(
    ("provider", "channel"),
    [
        (Provider.WHATSAPP_CLOUD, Channel.WHATSAPP),
        (Provider.EVOLUTION, Channel.WHATSAPP),
        (Provider.TWILIO_WHATSAPP, Channel.WHATSAPP),
        (Provider.TWILIO_SMS, Channel.SMS),
        (Provider.SMTP, Channel.EMAIL),
        (Provider.SES, Channel.EMAIL),
        (Provider.WEB_PUSH, Channel.PUSH),
    ],
)
def test_an_account_serves_its_providers_channel(provider: Provider, channel: Channel) -> None:
    account = ChannelAccount(tenant_id="t", account_id="a", provider=provider)

    assert account.channel is channel


@pytest.mark.parametrize("seconds", [0, -1, 100.1])
def test_an_accounts_timeout_is_positive_and_at_most_100_seconds(seconds: float) -> None:
    with pytest.raises(ValidationError, match="timeout_seconds"):
        ChannelAccount(
            tenant_id="t", account_id="a", provider=Provider.SES, timeout_seconds=seconds
        )


@pytest.mark.parametrize(
    ("provider", "seconds"), [(Provider.EVOLUTION, 100), (Provider.WHATSAPP_CLOUD, 10)]
)
def test_a_call_may_take_as_long_as_suits_the_provider(provider: Provider, seconds: float) -> None:
    account = ChannelAccount(tenant_id="andinos", account_id="a", provider=provider)

    assert account.timeout_seconds == seconds


def test_an_accounts_own_time_out_wins() -> None:
    account = ChannelAccount(
        tenant_id="andinos", account_id="a", provider=Provider.EVOLUTION, timeout_seconds=5
    )

    assert account.timeout_seconds == 5
