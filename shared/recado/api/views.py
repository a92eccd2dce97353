"""What the API answers: the public shapes of notifications."""

from __future__ import annotations

from datetime import datetime

from pydantic import BaseModel

from recado.domain.channels import Channel, Provider
from recado.domain.directory import Address
from recado.domain.notification import (
    Attempt,
    HistoryEntry,
    Mode,
    Notification,
    Outcome,
    State,
    Timeline,
)
from recado.domain.orchestration import Target


class RouteStepView(BaseModel):
    """A step of the planned route; addresses are masked."""

    position: int
    channel: Channel
    provider: Provider
    account_id: str
    to: str
    template_id: str | None
    template_version: int | None


class DecisionView(BaseModel):
    """Why a channel is in the route or not."""

    channel: Channel
    chosen: bool
    reason: str
    detail: str


class NotificationAccepted(BaseModel):
    """A stored notification with its planned route.

    `state` is `queued`, or `pending` for a later `send_at`; `failed` or `suppressed` when no
    channel can carry it, with the `reason`.
    """

    notification_id: str
    state: State
    reason: str | None
    detail: str
    route: list[RouteStepView]
    decisions: list[DecisionView]

    @classmethod
    def of(cls, notification: Notification) -> NotificationAccepted:
        """The answer for a notification."""
        return cls(
            notification_id=notification.notification_id,
            state=notification.state,
            reason=notification.reason,
            detail=notification.detail,
            route=route_view(notification),
            decisions=[DecisionView(**d.model_dump()) for d in notification.decisions],
        )


class AttemptView(BaseModel):
    """One try on one channel."""

    number: int
    step: int
    channel: Channel
    provider: Provider
    account_id: str
    started_at: datetime
    ended_at: datetime
    outcome: Outcome
    code: str | None
    detail: str
    provider_message_id: str | None
    retry_in_seconds: float | None


class TimelineEntry(BaseModel):
    """Something that happened, for a person who reads from top to bottom."""

    at: datetime
    kind: str
    channel: Channel | None = None
    detail: str = ""


class NotificationView(BaseModel):
    """A notification with everything that happened to it, oldest first.

    `is_final` says that nothing more happens by itself; a receipt may still raise the state.
    """

    notification_id: str
    event_type: str
    mode: Mode
    target: Target
    recipient_id: str
    service_type_id: str | None
    phase_id: str | None
    state: State
    is_final: bool
    reason: str | None
    detail: str
    created_at: datetime
    send_at: datetime | None
    deadline: datetime
    sent_at: datetime | None
    delivered_at: datetime | None = None
    read_at: datetime | None = None
    updated_at: datetime
    current_step: int
    route: list[RouteStepView]
    decisions: list[DecisionView]
    attempts: list[AttemptView]
    timeline: list[TimelineEntry]

    @classmethod
    def of(cls, timeline: Timeline) -> NotificationView:
        """The view of a notification and its rows."""
        notification = timeline.notification
        return cls(
            notification_id=notification.notification_id,
            event_type=notification.event_type,
            mode=notification.mode,
            target=notification.target,
            recipient_id=notification.recipient_id,
            service_type_id=notification.service_type,
            phase_id=notification.phase,
            state=notification.state,
            is_final=notification.is_final,
            reason=notification.reason,
            detail=notification.detail,
            created_at=notification.created_at,
            send_at=notification.send_at,
            deadline=notification.deadline,
            sent_at=notification.sent_at,
            delivered_at=notification.delivered_at,
            read_at=notification.read_at,
            updated_at=notification.updated_at,
            current_step=notification.step,
            route=route_view(notification),
            decisions=[DecisionView(**d.model_dump()) for d in notification.decisions],
            attempts=[AttemptView(**a.model_dump()) for a in timeline.attempts],
            timeline=_entries(timeline),
        )


def route_view(notification: Notification) -> list[RouteStepView]:
    """The planned route with masked addresses."""
    return [
        RouteStepView(
            position=position,
            channel=step.channel,
            provider=step.provider,
            account_id=step.account_id,
            to=masked(step.address),
            template_id=step.template_id,
            template_version=step.template_version,
        )
        for position, step in enumerate(notification.route)
    ]


def masked(address: Address) -> str:
    """An address as logs and screens may show it: enough to recognise, too little to use."""
    match address.channel:
        case Channel.EMAIL:
            name, _, domain = address.value.partition("@")
            return f"{name[:1]}***@{domain}"
        case Channel.PUSH:
            return "/".join(address.value.split("/")[:3]) + "/…"
        case _:
            return f"…{address.value[-4:]}"


def _entries(timeline: Timeline) -> list[TimelineEntry]:
    planned = TimelineEntry(
        at=timeline.notification.created_at,
        kind="planned",
        detail=" -> ".join(step.channel for step in timeline.notification.route) or "no channel",
    )
    happened = [
        *(_entry_of_attempt(attempt) for attempt in timeline.attempts),
        *(_entry_of_history(entry) for entry in timeline.history),
    ]
    return [planned, *sorted(happened, key=lambda entry: entry.at)]


def _entry_of_attempt(attempt: Attempt) -> TimelineEntry:
    said = " ".join(filter(None, [attempt.code, attempt.detail])) or attempt.provider_message_id
    detail = f"attempt {attempt.number} through {attempt.account_id}: {said}"
    if attempt.retry_in_seconds is not None:
        detail += f"; again in {attempt.retry_in_seconds:.0f} s"
    return TimelineEntry(
        at=attempt.ended_at, kind=attempt.outcome, channel=attempt.channel, detail=detail
    )


def _entry_of_history(entry: HistoryEntry) -> TimelineEntry:
    return TimelineEntry(at=entry.at, kind=entry.kind, detail=entry.detail)
