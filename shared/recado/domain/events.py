"""What clients ask for: the public contract of the API and of the requests queue."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Annotated

from pydantic import AwareDatetime, Field, StringConstraints

from recado.domain.channels import Channel
from recado.domain.model import RequestModel
from recado.domain.notification import Mode
from recado.domain.orchestration import Target

Slug = Annotated[str, StringConstraints(pattern=r"^[a-z0-9]+(-[a-z0-9]+)*$", max_length=80)]
ContextName = Annotated[str, StringConstraints(min_length=1, max_length=60)]
ContextValue = Annotated[str, StringConstraints(max_length=4000)]


class Event(RequestModel):
    """Something that happened and that somebody should hear of.

    `service_type_id` takes a type's or a subtype's slug. The names in `context` fill template
    variables in any case and without accents (`vehiculo` fills `{{Vehículo}}`).
    """

    event_type: str = Field(pattern=r"^[A-Za-z0-9_.-]{1,80}$", examples=["appointment_scheduled"])
    service_type_id: Slug = Field(examples=["mantenimiento-preventivo"])
    phase_id: Slug = Field(examples=["phase-schedule"])
    customer_id: str = Field(min_length=1, max_length=128, examples=["customer-001"])
    target: Target = Target.CLIENTS
    context: Mapping[ContextName, ContextValue] = Field(default_factory=dict, max_length=100)
    send_at: AwareDatetime | None = Field(
        default=None, description="Send at this moment instead of at once (UTC or with offset)."
    )
    useless_after: AwareDatetime | None = Field(
        default=None, description="Do not send after this moment; the default is the tenant's."
    )


class EventRequest(Event):
    """An event on the requests queue: there the sender names the tenant.

    Two messages with the same `idempotency_key` make one notification; without a key the
    queue's message id serves, which covers redelivery only.
    """

    tenant_id: str = Field(min_length=2, max_length=40, examples=["talleres-andinos"])
    idempotency_key: str | None = Field(default=None, min_length=1, max_length=255)
    mode: Mode = Mode.LIVE


class TestMessage(RequestModel):
    """A `TEST` message to any address, through a given account or the channel's first one."""

    __test__ = False

    channel: Channel
    to: str = Field(
        min_length=3,
        max_length=2048,
        description="Phone number, mail address, or a push endpoint known for `customer_id`.",
    )
    account_id: str | None = None
    customer_id: str | None = Field(
        default=None, description="Whose push subscription `to` is; required for push only."
    )
    text: str | None = Field(default=None, min_length=1, max_length=1000)


def deadline_of(event: Event, *, now: datetime, default: datetime) -> datetime:
    """When an event's message becomes worthless; never before it may be sent."""
    return max(event.useless_after or default, now)
