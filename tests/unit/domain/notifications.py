"""Made-up notifications for the tests of their rules."""

from __future__ import annotations

from datetime import datetime, timedelta

from recado.domain.channels import Channel, Provider
from recado.domain.directory import Address
from recado.domain.notification import Notification, RouteStep
from recado.domain.orchestration import Target
from tests.fakes.clock import NOON

DEADLINE = NOON + timedelta(hours=24)

STEPS = (
    RouteStep(
        channel=Channel.WHATSAPP,
        provider=Provider.WHATSAPP_CLOUD,
        account_id="wa",
        address=Address(channel=Channel.WHATSAPP, value="+593991234567"),
    ),
    RouteStep(
        channel=Channel.EMAIL,
        provider=Provider.SES,
        account_id="mail",
        address=Address(channel=Channel.EMAIL, value="carlos@example.com"),
    ),
    RouteStep(
        channel=Channel.SMS,
        provider=Provider.TWILIO_SMS,
        account_id="sms",
        address=Address(channel=Channel.SMS, value="+593991234567"),
    ),
)


def new_notification(*, channels: int = 2, deadline: datetime = DEADLINE) -> Notification:
    """A notification for so many channels that was planned at noon and not queued yet."""
    return Notification(
        notification_id="ntf_1",
        tenant_id="andinos",
        event_type="appointment_scheduled",
        target=Target.CLIENTS,
        recipient_id="customer-001",
        locale="es",
        route=STEPS[:channels],
        created_at=NOON,
        updated_at=NOON,
        deadline=deadline,
        expires_at=NOON + timedelta(days=365),
    )


def claimed_notification(*, channels: int = 2, tries: int = 1) -> Notification:
    """A notification that a worker took at noon for its attempt number `tries`."""
    notification = new_notification(channels=channels).queued(NOON)
    for _ in range(tries):
        notification = notification.claimed(NOON, timeout_seconds=10)
    return notification
