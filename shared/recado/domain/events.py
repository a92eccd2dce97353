"""What clients ask for: the public contract of the API and of the requests queue."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Annotated

from pydantic import (
    AfterValidator,
    AwareDatetime,
    Field,
    StringConstraints,
    ValidationInfo,
    field_validator,
)

from recado.domain.channels import Channel
from recado.domain.errors import InvalidValueError, UnprocessableError
from recado.domain.model import RequestModel
from recado.domain.notification import Mode
from recado.domain.orchestration import Target

Slug = Annotated[str, StringConstraints(pattern=r"^[a-z0-9]+(-[a-z0-9]+)*$", max_length=80)]
ContextName = Annotated[str, StringConstraints(min_length=1, max_length=60)]
ContextValue = Annotated[str, StringConstraints(max_length=4000)]
CustomerId = Annotated[str, StringConstraints(max_length=128)]

CORRELATION_ID = r"^[A-Za-z0-9._:-]{1,128}$"
"""What a client may call a request in logs: nothing that could forge a line of them."""

FARTHEST_AHEAD = timedelta(days=400)
"""How far ahead a message may be planned: a year, and a month to plan it in."""

LARGEST_CONTEXT = 128 * 1024
"""Bytes of a context as JSON: a third of a row of DynamoDB (400 KB), the route is in it too."""


def _in_utc(moment: datetime) -> datetime:
    try:
        return moment.astimezone(UTC)
    except OverflowError:
        raise ValueError("not a moment between the years 1 and 9999 in UTC") from None


Moment = Annotated[AwareDatetime, AfterValidator(_in_utc)]


class Event(RequestModel):
    """Something that happened and that somebody should hear of.

    `service_type_id` takes a type's or a subtype's slug. The names in `context` fill template
    variables in any case and without accents (`vehiculo` fills `{{Vehículo}}`).
    """

    event_type: str = Field(pattern=r"^[A-Za-z0-9_.-]{1,80}$", examples=["appointment_scheduled"])
    service_type_id: Slug = Field(examples=["mantenimiento-preventivo"])
    phase_id: Slug = Field(examples=["phase-schedule"])
    customer_id: CustomerId = Field(min_length=1, examples=["customer-001"])
    target: Target = Target.CLIENTS
    context: Mapping[ContextName, ContextValue] = Field(default_factory=dict, max_length=100)
    send_at: Moment | None = Field(
        default=None,
        description=(
            "Send at this moment instead of at once (UTC or with offset); at most "
            f"{FARTHEST_AHEAD.days} days ahead."
        ),
    )
    useless_after: Moment | None = Field(
        default=None,
        description=(
            "Do not send after this moment, which is later than `send_at` and at most "
            f"{FARTHEST_AHEAD.days} days later; the default is the tenant's."
        ),
    )

    key: str | None = Field(
        default=None,
        min_length=1,
        max_length=128,
        description=(
            "What the event is about, in the client's words (`order-4711`): all that still waits "
            "under a key can be cancelled at once."
        ),
        examples=["order-4711"],
    )
    urgent: bool = Field(
        default=False,
        description=(
            "Send in the recipient's quiet hours too, and beyond the number of messages that one "
            "person gets on a day."
        ),
    )

    @field_validator("context")
    @classmethod
    def _fits_into_a_row(cls, context: Mapping[str, str]) -> Mapping[str, str]:
        if len(json.dumps(dict(context), ensure_ascii=False).encode()) > LARGEST_CONTEXT:
            raise InvalidValueError("larger than {most} bytes", most=LARGEST_CONTEXT)
        return context

    @field_validator("useless_after")
    @classmethod
    def _is_of_use_when_sent(
        cls, useless_after: datetime | None, info: ValidationInfo
    ) -> datetime | None:
        send_at = info.data.get("send_at")
        if useless_after is not None and send_at is not None and useless_after <= send_at:
            raise ValueError("not later than send_at")
        return useless_after


class EventRequest(Event):
    """An event on the requests queue: there the sender names the tenant.

    For 24 hours two messages with the same `idempotency_key` make one notification, and another
    event with that key is refused; without a key the queue's message id serves, which covers
    redelivery only. By its `correlation_id` the logs of what became of it are found; without one
    it is the message's id too.
    """

    tenant_id: str = Field(min_length=2, max_length=40, examples=["talleres-andinos"])
    idempotency_key: str | None = Field(default=None, min_length=1, max_length=255)
    mode: Mode = Mode.LIVE
    correlation_id: str | None = Field(default=None, pattern=CORRELATION_ID)


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
    customer_id: CustomerId | None = Field(
        default=None,
        description="Whose address `to` is; required for push, and for a key of a division.",
    )
    text: str | None = Field(default=None, min_length=1, max_length=1000)


def refuse_too_far_ahead(event: Event, *, now: datetime) -> None:
    """Refuse moments that nobody plans for.

    Raises
    ------
    UnprocessableError
        `send_at` is more than `FARTHEST_AHEAD` from now, or `useless_after` more than that after
        the message may be sent; names the field.
    """
    if event.send_at is not None and event.send_at - now > FARTHEST_AHEAD:
        raise UnprocessableError(
            "send_at is more than {days} days ahead", field="send_at", days=FARTHEST_AHEAD.days
        )
    from_when = max(event.send_at or now, now)
    if event.useless_after is not None and event.useless_after - from_when > FARTHEST_AHEAD:
        raise UnprocessableError(
            "useless_after is more than {days} days after the message may be sent",
            field="useless_after",
            days=FARTHEST_AHEAD.days,
        )


def deadline_of(event: Event, *, now: datetime, default: datetime) -> datetime:
    """When an event's message becomes worthless; never before it may be sent."""
    return max(event.useless_after or default, now)
