"""A tenant and its rules."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, time
from decimal import Decimal
from enum import StrEnum
from typing import Annotated

from pydantic import Field

from recado.domain.alert_rules import AlertRules
from recado.domain.channels import Channel, Provider
from recado.domain.model import Model
from recado.domain.quiet_hours import QuietHours
from recado.domain.retry import RetryPolicy
from recado.domain.time_zones import zone_of


class UnknownOutcomePolicy(StrEnum):
    """What to do when no receipt settled an unknown outcome in time.

    `stop` ends the notification as unknown: nobody is ever told twice. `next_channel` goes on
    with the route: nobody is left out, at the price of a possible second message.
    """

    STOP = "stop"
    NEXT_CHANNEL = "next_channel"


class Tenant(Model):
    """A company, brand or business unit with its own accounts, templates and rules.

    Parameters
    ----------
    channel_priority
        Order of channels for a recipient without preferences; `default_channel` goes first,
        channels that it does not name go last.
    team_recipient_id
        Who receives events for `staff`.
    max_age_hours
        Deadline of a notification that does not set its own.
    unknown_wait_seconds
        How long an unknown outcome waits for a receipt before the policy decides.
    prices
        What a message costs in `currency`, by provider, or by provider and the category as which
        the provider bills it: `twilio_sms`, `whatsapp_cloud/utility`.
    quiet_hours
        When nobody is written to unless it is urgent, by the recipient's own clock.
    reminders_at
        When the day's maintenance reminders go out, by the tenant's clock.
    kilometres_a_day
        What a vehicle runs of which only one odometer reading is known.
    most_per_person_a_day
        How many notifications one person gets on a day at most, urgent ones aside.
    monthly_budget
        What may be spent on messages in a month, in `currency`.
    """

    tenant_id: str = Field(pattern=r"^[a-z0-9-]{2,40}$")
    name: str
    time_zone: str
    locale: str = "es"
    default_channel: Channel = Channel.WHATSAPP
    channel_priority: tuple[Channel, ...] = tuple(Channel)
    team_recipient_id: str | None = None
    retry: RetryPolicy = Field(default_factory=RetryPolicy)
    max_age_hours: int = Field(default=24, ge=1, le=24 * 30)
    unknown_wait_seconds: int = Field(default=600, ge=1)
    unknown_outcome: UnknownOutcomePolicy = UnknownOutcomePolicy.STOP
    retention_days: int = Field(default=365, ge=1)
    prices: Mapping[str, Annotated[Decimal, Field(ge=0)]] = Field(default_factory=dict)
    currency: str = Field(default="USD", pattern=r"^[A-Z]{3}$")
    quiet_hours: QuietHours | None = None
    reminders_at: time = time(8)
    kilometres_a_day: int = Field(default=40, ge=1)
    most_per_person_a_day: int | None = Field(default=None, ge=1)
    monthly_budget: Decimal | None = Field(default=None, ge=0)
    alerts: AlertRules = Field(default_factory=AlertRules)

    def price_of(self, provider: Provider, category: str | None) -> Decimal | None:
        """What a message costs; None where nobody said."""
        return self.prices.get(f"{provider}/{category}", self.prices.get(provider))

    def quiet_until(self, now: datetime, zone: str | None) -> datetime | None:
        """Until when somebody in a zone, or in the tenant's own, is not written to."""
        if self.quiet_hours is None:
            return None
        return self.quiet_hours.until(now, zone_of(zone or self.time_zone))

    def channel_order(self) -> tuple[Channel, ...]:
        """Every channel once, the default one first."""
        return tuple(dict.fromkeys((self.default_channel, *self.channel_priority, *Channel)))
