"""What reads the tables' streams, and tells others."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

import boto3

from recado.adapters.clock import SystemClock
from recado.bootstrap.deployment import CLIENT_CONFIG, Stack, stack

if TYPE_CHECKING:
    from recado.services.count_notifications import CountNotifications
    from recado.services.publish_events import PublishEvents
    from recado.services.send_client_webhooks import SendClientWebhooks


@cache
def count_notifications() -> CountNotifications:
    """The counter of the log."""
    from recado.adapters.metrics import EmfMetrics
    from recado.services.count_notifications import CountNotifications
    from recado.services.measure_flow import MeasureFlow

    here = stack()
    return CountNotifications(
        statistics=here.statistics,
        configuration=here.configuration,
        measure=MeasureFlow(metrics=EmfMetrics(), configuration=here.configuration),
    )


@cache
def publish_events() -> PublishEvents:
    """The publisher of what happened."""
    from recado.adapters.eventbridge import EventBridgeBus
    from recado.services.publish_events import PublishEvents

    here = stack()
    bus = boto3.client("events", config=CLIENT_CONFIG)
    return PublishEvents(
        events=here.events,
        bus=EventBridgeBus(bus, here.config.event_bus_name),
        endpoints=here.configuration,
        queue=here.client_webhook_queue,
    )


@cache
def send_client_webhooks() -> SendClientWebhooks:
    """The sender of events to clients' endpoints."""
    return client_webhook_sender(stack())


def client_webhook_sender(here: Stack) -> SendClientWebhooks:
    """What calls clients' endpoints; the command tries them out with it."""
    from recado.adapters.client_webhooks import HttpWebhookPoster, SecretsManagerSigningSecrets
    from recado.services.send_client_webhooks import SendClientWebhooks

    return SendClientWebhooks(
        events=here.events,
        endpoints=here.configuration,
        secrets=SecretsManagerSigningSecrets(here.secrets),
        poster=HttpWebhookPoster(allow_loopback=here.config.allows_loopback_webhooks),
        queue=here.client_webhook_queue,
        clock=SystemClock(),
    )
