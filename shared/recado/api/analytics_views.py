"""What the API answers about what became of notifications."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import Self

from pydantic import Field

from recado.api.views import masked
from recado.domain.account_states import AccountStatus
from recado.domain.channel_health import AccountHealth, ChannelHealth, HealthState
from recado.domain.channels import Channel, Provider
from recado.domain.circuits import CircuitState
from recado.domain.model import Model
from recado.domain.notification import Mode, Notification, State
from recado.domain.tallies import Tally
from recado.services.read_statistics import Cost, Summary

MOST_LISTED = 50
"""Events and templates that a summary lists."""

RATE = "null where nothing was sent."


class TallyView(Model):
    """Notifications, counted, with their rates."""

    total: int = Field(description="Notifications that stand here now.", examples=[120])
    sent: int = Field(
        description="Those that a provider took at least once, also where it failed later.",
        examples=[118],
    )
    delivered: int = Field(description="Those that arrived, were read or answered.", examples=[110])
    read: int = Field(description="Those that were read or answered.", examples=[80])
    replied: int = Field(description="Those that were answered.", examples=[12])
    not_carried: int = Field(
        description="Those that failed or expired, and those whose outcome is unknown.",
        examples=[2],
    )
    given_up: int = Field(
        description="How often a channel was left for the next one of the route.", examples=[5]
    )
    delivery_rate: float | None = Field(description=f"delivered / sent; {RATE}", examples=[0.9322])
    read_rate: float | None = Field(description=f"read / sent; {RATE}", examples=[0.678])
    reply_rate: float | None = Field(description=f"replied / sent; {RATE}", examples=[0.1017])
    p50_seconds: float | None = Field(
        description="Median time until a provider took it, counted from when it was accepted, or "
        "from `send_at`; at most 19 % beside the true one.",
        examples=[1.2],
    )
    p95_seconds: float | None = Field(
        description="Within so many seconds a provider took 95 % of them.", examples=[4.8]
    )


class ChannelTally(TallyView):
    """Notifications by the channel that they take now, or took last; `sent` and the durations are
    of the one whose provider took them last."""

    channel: Channel | None = Field(description="null where no channel could carry them.")


class EventTally(TallyView):
    """Notifications by what happened."""

    event_type: str = Field(examples=["appointment_scheduled"])


class TemplateTally(TallyView):
    """Notifications by the template that they take now, or took last; `sent` and the durations are
    of the one that a provider took last."""

    template_id: str = Field(
        examples=["mantenimiento-preventivo.phase-schedule.clients.whatsapp.es"]
    )


class DayTally(TallyView):
    """Notifications by the day on which they were made, in the tenant's time zone."""

    day: date = Field(examples=["2026-01-20"])


class CostView(Model):
    """Messages of a provider and category, and what they cost by the tenant's prices."""

    provider: Provider
    category: str | None = Field(
        description="As what the provider bills it; null while no receipt named it.",
        examples=["utility"],
    )
    messages: int = Field(
        description="Notifications that the provider took, and no other after it.", examples=[95]
    )
    price: Decimal | None = Field(
        description="Of one message; null where the tenant has none.", examples=["0.0113"]
    )
    amount: Decimal | None = Field(description="messages x price", examples=["1.0735"])

    @classmethod
    def of(cls, cost: Cost) -> Self:
        """The view of a cost."""
        return cls(
            provider=cost.provider,
            category=cost.category,
            messages=cost.messages,
            price=cost.price,
            amount=cost.amount,
        )


class CostsView(Model):
    """An estimate from the tenant's own prices, not a provider's bill."""

    currency: str = Field(examples=["USD"])
    amount: Decimal | None = Field(
        description="Of the messages that have a price; null where none has.", examples=["1.0735"]
    )
    unpriced_messages: int = Field(description="Messages that have no price.", examples=[23])
    by_category: list[CostView]

    @classmethod
    def of(cls, currency: str, costs: tuple[Cost, ...]) -> Self:
        """The view of a period's costs."""
        known = [cost.amount for cost in costs if cost.amount is not None]
        return cls(
            currency=currency,
            amount=sum(known, Decimal()) if known else None,
            unpriced_messages=sum(cost.messages for cost in costs if cost.amount is None),
            by_category=[CostView.of(cost) for cost in costs],
        )


class SummaryView(TallyView):
    """What became of the notifications of some days."""

    first_day: date = Field(examples=["2025-12-22"])
    last_day: date = Field(description="Today in the tenant's time zone.", examples=["2026-01-20"])
    time_zone: str = Field(examples=["America/Guayaquil"])
    mode: Mode = Field(description="Live and test notifications are counted apart.")
    by_status: Mapping[State, int] = Field(
        description="Notifications by state; all that are on their way are `pending`."
    )
    by_channel: list[ChannelTally]
    by_event: list[EventTally] = Field(
        description=f"The {MOST_LISTED} event types of the most notifications."
    )
    by_template: list[TemplateTally] = Field(
        description=f"The {MOST_LISTED} templates of the most notifications."
    )
    by_day: list[DayTally] = Field(description="Every day of the period, the first one first.")
    costs: CostsView

    @classmethod
    def of(cls, summary: Summary, mode: Mode) -> Self:
        """The view of a summary."""
        events = list(summary.by_event.items())[:MOST_LISTED]
        templates = list(summary.by_template.items())[:MOST_LISTED]
        return cls(
            **_counted(summary.all),
            first_day=summary.first,
            last_day=summary.last,
            time_zone=summary.time_zone,
            mode=mode,
            by_status=summary.all.by_status,
            by_channel=[
                ChannelTally(channel=channel, **_counted(tally))
                for channel, tally in summary.by_channel.items()
            ],
            by_event=[EventTally(event_type=name, **_counted(tally)) for name, tally in events],
            by_template=[
                TemplateTally(template_id=name, **_counted(tally)) for name, tally in templates
            ],
            by_day=[DayTally(day=day, **_counted(tally)) for day, tally in summary.by_day.items()],
            costs=CostsView.of(summary.currency, summary.costs),
        )


class AccountHealthView(Model):
    """A channel account that is enabled."""

    account_id: str = Field(examples=["whatsapp-main"])
    provider: Provider
    state: HealthState = Field(description="`down` while nothing is sent by it.")
    circuit: CircuitState = Field(
        description="`open` while it rests after failures in a row, `half_open` while one message "
        "tries whether it works again."
    )
    failures_in_a_row: int
    rests_since: datetime | None
    status: AccountStatus | None = Field(description="What its provider said last, if anything.")
    status_event: str | None = Field(description="The provider's own word for it.")
    status_at: datetime | None

    @classmethod
    def of(cls, health: AccountHealth) -> Self:
        """The view of an account."""
        told = health.told
        return cls(
            account_id=health.account.account_id,
            provider=health.account.provider,
            state=health.state,
            circuit=health.circuit.state,
            failures_in_a_row=health.circuit.failures,
            rests_since=health.circuit.opened_at,
            status=told.status if told else None,
            status_event=told.event if told else None,
            status_at=told.at if told else None,
        )


class ChannelHealthView(Model):
    """A channel in the last 24 hours."""

    channel: Channel
    state: HealthState = Field(
        description="`down`: all its accounts are, or less than half succeeded. `degraded`: an "
        "account is not well, or less than 95 % succeeded. Rates are judged from five on."
    )
    accepted: int = Field(description="Notifications that it was tried for.", examples=[120])
    sent: int = Field(description="Those that a provider has.", examples=[113])
    given_up: int = Field(description="Those that left it for the next channel.", examples=[5])
    failed: int = Field(
        description="Those that failed or expired on it, or whose outcome is unknown.",
        examples=[2],
    )
    success_rate: float | None = Field(
        description="sent / (sent + given_up + failed); null where there is nothing to judge by.",
        examples=[0.9417],
    )
    failure_rate: float | None = Field(description="1 - success_rate", examples=[0.0583])
    p95_seconds: float | None = Field(
        description="Within so many seconds a provider took 95 % of them.", examples=[4.8]
    )
    accounts: list[AccountHealthView]

    @classmethod
    def of(cls, health: ChannelHealth) -> Self:
        """The view of a channel."""
        tally = health.tally
        return cls(
            channel=health.channel,
            state=health.state,
            accepted=tally.total + tally.given_up,
            sent=tally.carried,
            given_up=tally.given_up,
            failed=tally.not_carried,
            success_rate=health.success_rate,
            failure_rate=health.failure_rate,
            p95_seconds=tally.seconds(0.95),
            accounts=[AccountHealthView.of(account) for account in health.accounts],
        )


class ChannelsHealthView(Model):
    """The channels that have an enabled account, or were tried in the last 24 hours."""

    mode: Mode = Field(description="Live and test notifications are counted apart.")
    channels: list[ChannelHealthView]


class RecentStep(Model):
    """A channel of a notification's route; the address is masked."""

    channel: Channel
    account_id: str
    to: str = Field(examples=["…4567"])


class RecentNotification(Model):
    """A notification as the log lists it."""

    id: str = Field(examples=["ntf_0c4f0b1d5cf14c0ab3c0fd8ba4ae23b5"])
    event_type: str = Field(examples=["appointment_scheduled"])
    recipient_id: str = Field(examples=["customer-001"])
    channel: Channel | None = Field(description="The one it takes now, or took last.")
    template_id: str | None
    state: State
    reason: str | None
    created_at: datetime
    send_at: datetime | None
    sent_at: datetime | None
    delivered_at: datetime | None
    read_at: datetime | None
    route: list[RecentStep]

    @classmethod
    def of(cls, notification: Notification) -> Self:
        """The view of a notification."""
        step = notification.current_step if notification.route else None
        return cls(
            id=notification.notification_id,
            event_type=notification.event_type,
            recipient_id=notification.recipient_id,
            channel=step.channel if step else None,
            template_id=step.template_id if step else None,
            state=notification.state,
            reason=notification.reason,
            created_at=notification.created_at,
            send_at=notification.send_at,
            sent_at=notification.sent_at,
            delivered_at=notification.delivered_at,
            read_at=notification.read_at,
            route=[
                RecentStep(channel=s.channel, account_id=s.account_id, to=masked(s.address))
                for s in notification.route
            ],
        )


class RecentPage(Model):
    """Notifications, newest first; `next_cursor` leads to those before them."""

    notifications: list[RecentNotification]
    next_cursor: str | None


def _counted(tally: Tally) -> dict[str, int | float | None]:
    return {
        "total": tally.total,
        "sent": tally.sent,
        "delivered": tally.delivered,
        "read": tally.read,
        "replied": tally.replied,
        "not_carried": tally.not_carried,
        "given_up": tally.given_up,
        "delivery_rate": Tally.rate(tally.delivered, of=tally.sent),
        "read_rate": Tally.rate(tally.read, of=tally.sent),
        "reply_rate": Tally.rate(tally.replied, of=tally.sent),
        "p50_seconds": tally.seconds(0.5),
        "p95_seconds": tally.seconds(0.95),
    }
