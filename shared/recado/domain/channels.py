"""Channels, the providers that serve them and the delivery queue that each one uses."""

from __future__ import annotations

from enum import StrEnum

from pydantic import Field

from recado.domain.model import Model
from recado.domain.rate_limits import RateLimit


class Channel(StrEnum):
    """A way to reach a person."""

    WHATSAPP = "whatsapp"
    SMS = "sms"
    EMAIL = "email"
    PUSH = "push"
    TELEGRAM = "telegram"
    MESSENGER = "messenger"
    INSTAGRAM = "instagram"
    SLACK = "slack"


class Provider(StrEnum):
    """A company's protocol that carries messages of one channel."""

    WHATSAPP_CLOUD = "whatsapp_cloud"
    EVOLUTION = "evolution"
    TWILIO_WHATSAPP = "twilio_whatsapp"
    TWILIO_SMS = "twilio_sms"
    SMTP = "smtp"
    SES = "ses"
    WEB_PUSH = "web_push"
    TELEGRAM = "telegram"
    MESSENGER = "messenger"
    INSTAGRAM = "instagram"
    SLACK = "slack"


CHANNEL_OF: dict[Provider, Channel] = {
    Provider.WHATSAPP_CLOUD: Channel.WHATSAPP,
    Provider.EVOLUTION: Channel.WHATSAPP,
    Provider.TWILIO_WHATSAPP: Channel.WHATSAPP,
    Provider.TWILIO_SMS: Channel.SMS,
    Provider.SMTP: Channel.EMAIL,
    Provider.SES: Channel.EMAIL,
    Provider.WEB_PUSH: Channel.PUSH,
    Provider.TELEGRAM: Channel.TELEGRAM,
    Provider.MESSENGER: Channel.MESSENGER,
    Provider.INSTAGRAM: Channel.INSTAGRAM,
    Provider.SLACK: Channel.SLACK,
}


class DeliveryQueueName(StrEnum):
    """The delivery queues; each has a dead-letter queue of its own.

    A queue isolates a kind of provider: a slow e-mail server never holds WhatsApp back.
    """

    WHATSAPP = "whatsapp"
    SMS = "sms"
    EMAIL = "email"
    PUSH = "push"
    CHAT = "chat"


QUEUE_OF: dict[Channel, DeliveryQueueName] = {
    Channel.WHATSAPP: DeliveryQueueName.WHATSAPP,
    Channel.SMS: DeliveryQueueName.SMS,
    Channel.EMAIL: DeliveryQueueName.EMAIL,
    Channel.PUSH: DeliveryQueueName.PUSH,
    Channel.TELEGRAM: DeliveryQueueName.CHAT,
    Channel.MESSENGER: DeliveryQueueName.CHAT,
    Channel.INSTAGRAM: DeliveryQueueName.CHAT,
    Channel.SLACK: DeliveryQueueName.CHAT,
}

WINDOWED = frozenset(
    {
        Provider.WHATSAPP_CLOUD,
        Provider.TWILIO_WHATSAPP,
        Provider.MESSENGER,
        Provider.INSTAGRAM,
    }
)
"""Providers that carry free text only to people who wrote in the last 24 hours."""


REPORT_DELIVERY = frozenset(
    {
        Provider.WHATSAPP_CLOUD,
        Provider.EVOLUTION,
        Provider.TWILIO_WHATSAPP,
        Provider.TWILIO_SMS,
        Provider.SES,
        Provider.MESSENGER,
    }
)
"""Providers that tell when a message arrived. Of the others silence says nothing."""

REPORT_READING = frozenset(
    {
        Provider.WHATSAPP_CLOUD,
        Provider.EVOLUTION,
        Provider.TWILIO_WHATSAPP,
        Provider.MESSENGER,
    }
)
"""Providers that tell that a message arrived, and then that it was read.

Instagram tells only of the reading, so that nobody knows since when it is waited for.
"""

EXTERNAL_IDS: dict[Provider, dict[str, str]] = {
    Provider.WHATSAPP_CLOUD: {"phone_number_id": "", "business_account_id": "waba:"},
    Provider.TWILIO_SMS: {"from": "", "messaging_service_sid": ""},
    Provider.TWILIO_WHATSAPP: {"from": "", "messaging_service_sid": ""},
    Provider.SES: {"from_address": "", "configuration_set": "configuration_set:"},
    Provider.MESSENGER: {"page_id": ""},
    Provider.INSTAGRAM: {"instagram_id": ""},
    Provider.SLACK: {"team_id": ""},
}
"""Settings by which a webhook names an account, each with a prefix that keeps kinds apart."""


def default_timeout(provider: Provider) -> float:
    """Seconds that one call may take.

    Evolution waits for the phone behind it, up to 100 s in the systems that use it today.
    """
    return 100.0 if provider is Provider.EVOLUTION else 10.0


class SendLimits(Model):
    """How fast an account sends, in all and to one recipient; None takes the provider's limit."""

    account: RateLimit | None = None
    recipient: RateLimit | None = None


class ChannelAccount(Model):
    """A tenant's account at a provider. Its secrets stay in the secret store.

    Parameters
    ----------
    settings
        What the provider's adapter needs and is no secret (sender, phone number id, base URL).
        The adapter names the keys; a base URL that points at a simulator makes a mock account.
    secret_name
        Name of the secret that holds the credentials as a JSON object of texts; None where the
        function's own role is enough (Amazon SES).
    timeout_seconds
        How long one call may take before its outcome is unknown; without one, what suits the
        provider (`default_timeout`).
    priority
        Lower comes first among the accounts of one channel.
    weight
        Its share of the messages among the accounts of that priority, as far as it does well; 0
        carries only what the others could not (`domain.weights`).
    limits
        How fast it sends, where that is not as fast as its provider lets it (`domain.send_limits`).
    """

    tenant_id: str
    account_id: str
    provider: Provider
    settings: dict[str, str] = Field(default_factory=dict)
    secret_name: str | None = None
    timeout_seconds: float = Field(
        default_factory=lambda data: default_timeout(data["provider"]), gt=0, le=100
    )
    priority: int = 1
    weight: int = Field(default=100, ge=0, le=1000)
    enabled: bool = True
    limits: SendLimits = Field(default_factory=SendLimits)

    @property
    def external_ids(self) -> tuple[str, ...]:
        """Under which ids the provider's webhooks know this account."""
        known = [
            f"{prefix}{self.settings[name]}"
            for name, prefix in EXTERNAL_IDS.get(self.provider, {}).items()
            if name in self.settings
        ]
        return (*known, f"account:{self.account_id}")

    @property
    def channel(self) -> Channel:
        """The channel that this account serves."""
        return CHANNEL_OF[self.provider]
