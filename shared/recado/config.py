"""The environment variables of the functions, each read when it is first needed.

A function has only the variables that its own work needs; asking for another one is a mistake
in `template.yaml` or here, and says so.
"""

from __future__ import annotations

import os
from collections.abc import Mapping

from recado.domain.channels import DeliveryQueueName
from recado.domain.media import MediaLimits


class MissingSettingError(RuntimeError):
    """An environment variable that this function needs is not set."""

    def __init__(self, name: str) -> None:
        super().__init__(
            f"environment variable {name} is not set; give it to this function in template.yaml"
        )


class Config:
    """Names of tables, queues and secrets, by the environment."""

    def __init__(self, environment: Mapping[str, str] = os.environ) -> None:
        self.environment = environment

    def _get(self, name: str) -> str:
        try:
            return self.environment[name]
        except KeyError:
            raise MissingSettingError(name) from None

    @property
    def notifications_table(self) -> str:
        """The log."""
        return self._get("NOTIFICATIONS_TABLE")

    @property
    def directory_table(self) -> str:
        """People and suppressions."""
        return self._get("DIRECTORY_TABLE")

    @property
    def configuration_table(self) -> str:
        """What tenants have set up."""
        return self._get("CONFIGURATION_TABLE")

    @property
    def idempotency_table(self) -> str:
        """Answers kept for an Idempotency-Key."""
        return self._get("IDEMPOTENCY_TABLE")

    @property
    def statistics_table(self) -> str:
        """The counters of the log."""
        return self._get("STATISTICS_TABLE")

    @property
    def rate_limits_table(self) -> str:
        """What each API key may still ask, and when it was last used."""
        return self._get("RATE_LIMITS_TABLE")

    @property
    def circuit_breakers_table(self) -> str:
        """The state of channel accounts' circuit breakers."""
        return self._get("CIRCUIT_BREAKERS_TABLE")

    @property
    def delivery_queue_urls(self) -> dict[DeliveryQueueName, str]:
        """The delivery queues."""
        return {
            DeliveryQueueName.WHATSAPP: self._get("WHATSAPP_QUEUE_URL"),
            DeliveryQueueName.SMS: self._get("SMS_QUEUE_URL"),
            DeliveryQueueName.EMAIL: self._get("EMAIL_QUEUE_URL"),
            DeliveryQueueName.PUSH: self._get("PUSH_QUEUE_URL"),
            DeliveryQueueName.CHAT: self._get("CHAT_QUEUE_URL"),
        }

    @property
    def delivery_dead_letter_urls(self) -> dict[DeliveryQueueName, str]:
        """The delivery queues' dead-letter queues."""
        return {
            DeliveryQueueName.WHATSAPP: self._get("WHATSAPP_DLQ_URL"),
            DeliveryQueueName.SMS: self._get("SMS_DLQ_URL"),
            DeliveryQueueName.EMAIL: self._get("EMAIL_DLQ_URL"),
            DeliveryQueueName.PUSH: self._get("PUSH_DLQ_URL"),
            DeliveryQueueName.CHAT: self._get("CHAT_DLQ_URL"),
        }

    @property
    def requests_dead_letter_url(self) -> str:
        """Where refused requests of the requests queue end."""
        return self._get("REQUESTS_DLQ_URL")

    @property
    def receipts_queue_url(self) -> str:
        """Receipts on their way to the receipt processor."""
        return self._get("RECEIPTS_QUEUE_URL")

    @property
    def inbound_queue_url(self) -> str:
        """What people sent, on its way to the inbound processor."""
        return self._get("INBOUND_QUEUE_URL")

    @property
    def inbound_dead_letter_url(self) -> str:
        """Where updates end that could not be worked on."""
        return self._get("INBOUND_DLQ_URL")

    @property
    def dead_letter_urls(self) -> dict[str, str]:
        """Where what could not be worked on waits for people, by the names that they use.

        The delivery queues' are not among them: from there messages go on to the next channel.
        """
        return {
            "requests": self.requests_dead_letter_url,
            "receipts": self._get("RECEIPTS_DLQ_URL"),
            "inbound": self.inbound_dead_letter_url,
            "media": self._get("MEDIA_DLQ_URL"),
            "client-webhooks": self._get("CLIENT_WEBHOOKS_DLQ_URL"),
            "directory-tasks": self._get("DIRECTORY_TASKS_DLQ_URL"),
            "parked": self.parked_url,
        }

    @property
    def operations_tenant(self) -> str:
        """Whose team is told of what concerns the whole deployment; empty for nobody's."""
        return self._get("OPERATIONS_TENANT")

    @property
    def media_queue_url(self) -> str:
        """Files that people sent, on their way to the media fetcher."""
        return self._get("MEDIA_QUEUE_URL")

    @property
    def directory_tasks_queue_url(self) -> str:
        """Syncs, imports and erasures on their way to the directory task processor."""
        return self._get("DIRECTORY_TASKS_QUEUE_URL")

    @property
    def internal_secret_name(self) -> str:
        """Name of the secret that internal services show us."""
        return self._get("INTERNAL_SECRET_NAME")

    @property
    def media_bucket(self) -> str:
        """Where people's files are kept."""
        return self._get("MEDIA_BUCKET")

    @property
    def media_limits(self) -> MediaLimits:
        """The largest files that are kept; the variable need not be there."""
        overall = self.environment.get("MEDIA_MAX_BYTES")
        return MediaLimits(overall=int(overall)) if overall else MediaLimits()

    @property
    def conversations_table(self) -> str:
        """Conversations and under which names people are known in them."""
        return self._get("CONVERSATIONS_TABLE")

    @property
    def meta_webhook_secret_name(self) -> str:
        """Name of the secret with the secrets of Meta's apps."""
        return self._get("META_WEBHOOK_SECRET_NAME")

    @property
    def twilio_webhook_secret_name(self) -> str:
        """Name of the secret with the auth tokens of Twilio's accounts."""
        return self._get("TWILIO_WEBHOOK_SECRET_NAME")

    @property
    def evolution_webhook_secret_name(self) -> str:
        """Name of the secret with what Evolution API servers show us."""
        return self._get("EVOLUTION_WEBHOOK_SECRET_NAME")

    @property
    def telegram_webhook_secret_name(self) -> str:
        """Name of the secret with what Telegram shows us."""
        return self._get("TELEGRAM_WEBHOOK_SECRET_NAME")

    @property
    def slack_webhook_secret_name(self) -> str:
        """Name of the secret with the signing secrets of Slack's apps."""
        return self._get("SLACK_WEBHOOK_SECRET_NAME")

    @property
    def parked_url(self) -> str:
        """Where messages end that nobody can read."""
        return self._get("PARKED_QUEUE_URL")

    @property
    def public_url(self) -> str:
        """Where people's browsers reach us."""
        return self._get("PUBLIC_URL")

    @property
    def unsubscribe_secret_name(self) -> str:
        """Name of the secret that signs unsubscribe links."""
        return self._get("UNSUBSCRIBE_SECRET_NAME")

    @property
    def events_table(self) -> str:
        """What happened in the last 30 days, as others are told."""
        return self._get("EVENTS_TABLE")

    @property
    def event_bus_name(self) -> str:
        """The bus from which other systems of the installation take events."""
        return self._get("EVENT_BUS_NAME")

    @property
    def client_webhooks_queue_url(self) -> str:
        """Events on their way to clients' endpoints."""
        return self._get("CLIENT_WEBHOOKS_QUEUE_URL")

    @property
    def allows_loopback_webhooks(self) -> bool:
        """Whether clients' endpoints may be on this machine: on a laptop, never in the cloud."""
        return self.environment.get("ALLOW_LOOPBACK_WEBHOOKS") == "true"
