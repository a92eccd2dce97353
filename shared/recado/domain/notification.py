"""A notification, its attempts and its states: the rules by which it moves.

A notification is one message to one recipient with an ordered route of channels. Every method
that moves it returns a new notification; the repository stores it only where the version that
it was made from is still the current one, so two workers can never both win.
"""

from __future__ import annotations

import zlib
from collections.abc import Mapping
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Self
from uuid import uuid4

from pydantic import Field

from recado.domain.channels import Channel, ChannelAccount, Provider
from recado.domain.directory import Address
from recado.domain.messages import Message
from recado.domain.model import Model
from recado.domain.orchestration import Patience, Target
from recado.domain.replies import Reply

STUCK_AFTER = timedelta(minutes=5)
"""A message that no worker took for this long is taken for lost and queued again.

Twice as long each time, up to `STUCK_AFTER_AT_MOST`: where the queue is merely long, copies
would make it longer.
"""

STUCK_AFTER_AT_MOST = timedelta(hours=1)

TAKE_UP_AFTER = timedelta(minutes=15)
"""What failed for a passing reason is taken up again after so long."""

MOST_TAKE_UPS = 3
"""How often. With the retries on each channel that is most of an hour, in which providers mend
what they mend at all; after it people look."""

RATE_LIMITED = "rate_limited"
"""Why it waits whose account, or recipient, takes only so many at once."""

FALLBACK_GRACE = timedelta(minutes=1)
"""How long the dead-letter queue has to move a notification on before the clock does it."""

LEASE_MARGIN = timedelta(seconds=20)
"""Added to the provider's time-out: render, record and the slack of a busy worker."""

LEFT_STANDING = "left_standing"
"""The reason of an end that an earlier channel had brought about."""

DUE_SHARDS = 4
"""The clock's index is spread over so many partitions, so that none runs hot."""


class State(StrEnum):
    """Where a notification stands."""

    PENDING = "pending"
    QUEUED = "queued"
    SENDING = "sending"
    SENT = "sent"
    DELIVERED = "delivered"
    READ = "read"
    REPLIED = "replied"
    FAILED = "failed"
    UNKNOWN = "unknown"
    EXPIRED = "expired"
    CANCELLED = "cancelled"
    SUPPRESSED = "suppressed"


RANK: dict[State, int] = {
    State.PENDING: 0,
    State.QUEUED: 1,
    State.SENDING: 2,
    State.SENT: 3,
    State.DELIVERED: 4,
    State.READ: 5,
    State.REPLIED: 6,
}
"""Receipts only ever raise a rank; states without a rank are ends of another kind."""


class Mode(StrEnum):
    """A test notification takes the whole way but never reaches a provider."""

    LIVE = "live"
    TEST = "test"


class Outcome(StrEnum):
    """How an attempt ended."""

    ACCEPTED = "accepted"
    RETRYABLE = "retryable"
    PERMANENT = "permanent"
    SUPPRESSED = "suppressed"
    UNKNOWN = "unknown"


class RouteStep(Model):
    """One channel of a route: through which account, to which address, with which template.

    Parameters
    ----------
    message
        Content that no template writes (a test message).
    free_text_until
        Until when free text may go, because the person wrote lately; None where it may not, or
        where the provider knows no such window.
    has_approved_template
        Whether the template may go without that.
    undelivered_after, unread_after
        After how many minutes without a receipt that says so the next channel is tried; None
        where nobody said. Its provider may not report it: `patience` is what holds.
    """

    channel: Channel
    provider: Provider
    account_id: str
    address: Address
    template_id: str | None = None
    template_version: int | None = None
    message: Message | None = None
    free_text_until: datetime | None = None
    has_approved_template: bool = False
    undelivered_after: int | None = None
    unread_after: int | None = None

    @property
    def patience(self) -> Patience:
        """How long silence is borne; without end where the provider never reports."""
        said = Patience(undelivered_after=self.undelivered_after, unread_after=self.unread_after)
        return said.reported_by([self.provider])

    def takes_free_text(self, now: datetime) -> bool:
        """Whether free text may go at this moment."""
        return self.free_text_until is not None and now < self.free_text_until


class Carrier(Model):
    """A provider that took a notification, and the template that wrote it."""

    provider: Provider
    template_id: str | None = None


class ChannelDecision(Model):
    """Why a channel is in the route or not; `reason` is a stable code."""

    channel: Channel
    chosen: bool
    reason: str
    detail: str = ""


class Attempt(Model):
    """One try on one channel, as it ended."""

    number: int = Field(ge=1)
    step: int
    channel: Channel
    provider: Provider
    account_id: str
    started_at: datetime
    ended_at: datetime
    outcome: Outcome
    code: str | None = None
    detail: str = ""
    provider_message_id: str | None = None
    retry_in_seconds: float | None = None


class MessageType(StrEnum):
    """What a communication is for, as those who ask for it sort them."""

    INITIAL = "initial"
    FOLLOW_UP = "follow_up"
    REMINDER = "reminder"
    REPLY = "reply"


class CommunicationDetails(Model):
    """What a client said of a message that it asked for itself."""

    application_id: str | None = None
    message_type: MessageType = MessageType.INITIAL
    metadata: Mapping[str, str] = Field(default_factory=dict)


class AppointmentMark(Model):
    """Which appointment, and when it was to be when this was planned."""

    appointment_id: str
    starts_at: datetime


class HistoryEntry(Model):
    """Something that happened to a notification and is no attempt."""

    at: datetime
    kind: str
    detail: str = ""


class Notification(Model):
    """One message to one recipient.

    Parameters
    ----------
    step
        Position in `route` of the channel that is being tried.
    tries, attempts
        Attempts on this step, and in all; an attempt's number is `attempts` when it starts.
    not_before
        The earliest moment for a retry; None means at once.
    claimed_at, lease_until
        When a worker took it, and until when nobody else may.
    held_since
        Since when it waits for a resting account on this step.
    turn_at
        When it is its turn at an account that takes only so many at once.
    requeues
        How often the clock put it on its queue again since a worker last took it.
    deadline
        After it the message is worth nothing any more and is not sent.
    key
        What it is about, as the client names it: what waits under one key is cancelled together.
    only_channel
        The one channel that it may go by, where whoever planned it said so.
    urgent
        It goes in quiet hours too, and whatever else the person got today.
    time_zone
        The zone by whose clock its recipient has quiet hours.
    correlation_id
        By which the client's and our logs of this event are found.
    appointment
        The appointment that it reminds of.
    communication
        What a client said of it beside the message itself, where it asked for this very message.
    retries
        How often a person had it tried again after it had failed.
    refused_steps
        Steps of the route that would not work however often they were tried.
    accounts_left
        Accounts that could not take it on this step, so that another one of the channel did.
    take_ups
        How often the clock took it up again after all channels had failed for passing reasons.
    standing
        How far it had come on a channel that was left because nothing more was heard; it keeps
        that, whatever becomes of the channels after it.
    sent_by
        Who took it at `sent_at`, where its channel was left since; None while that is the current
        step.
    provider_message_id
        The provider's id of the attempt that it took last.
    confirms_choice
        It is the one confirmation of an opt-out, which the suppression itself does not stop.
    reply
        The latest answer to it.
    about_id
        The customer whom it tells the tenant's team of.
    division
        The part of the tenant whose notification it is: its recipient's, or its sender's.
    pricing_category
        As what the provider bills it, as a receipt said.
    due_at
        When the clock must look at it next; None when nothing can be overdue.
    version
        Counts stored changes; see the module's docstring.
    """

    notification_id: str
    tenant_id: str
    mode: Mode = Mode.LIVE
    event_type: str
    service_type: str | None = None
    phase: str | None = None
    target: Target
    recipient_id: str
    about_id: str | None = None
    division: str | None = None
    locale: str
    context: Mapping[str, str] = Field(default_factory=dict)
    route: tuple[RouteStep, ...] = ()
    decisions: tuple[ChannelDecision, ...] = ()
    created_at: datetime
    send_at: datetime | None = None
    deadline: datetime
    expires_at: datetime
    confirms_choice: bool = False
    communication: CommunicationDetails | None = None
    key: str | None = None
    only_channel: Channel | None = None
    urgent: bool = False
    time_zone: str | None = None
    correlation_id: str | None = None
    appointment: AppointmentMark | None = None

    state: State = State.PENDING
    reason: str | None = None
    detail: str = ""
    step: int = 0
    tries: int = 0
    attempts: int = 0
    not_before: datetime | None = None
    claimed_at: datetime | None = None
    lease_until: datetime | None = None
    held_since: datetime | None = None
    turn_at: datetime | None = None
    requeues: int = 0
    sent_at: datetime | None = None
    sent_by: Carrier | None = None
    delivered_at: datetime | None = None
    read_at: datetime | None = None
    reply: Reply | None = None
    provider_message_id: str | None = None
    pricing_category: str | None = None
    retries: int = 0
    refused_steps: tuple[int, ...] = ()
    accounts_left: tuple[str, ...] = ()
    take_ups: int = 0
    standing: State | None = None
    updated_at: datetime
    due_at: datetime | None = None
    version: int = 0

    @property
    def current_step(self) -> RouteStep:
        """The step that is being tried."""
        return self.route[self.step]

    @property
    def is_final(self) -> bool:
        """Whether nothing is left to do by itself: sent, or ended for another reason."""
        return self.due_at is None and self.state not in (
            State.PENDING,
            State.QUEUED,
            State.SENDING,
        )

    @property
    def due_shard(self) -> str:
        """The partition of the clock's index in which this notification stands."""
        return f"due#{zlib.crc32(self.notification_id.encode()) % DUE_SHARDS}"

    @property
    def begun(self) -> int:
        """How often its route was begun again, by the clock or by a person."""
        return self.take_ups + self.retries

    @property
    def delay(self) -> timedelta:
        """How long its queue is to hold it back, as of its last change."""
        return self.not_before - self.updated_at if self.not_before else timedelta()

    def tag(self) -> str:
        """What the provider echoes in its receipts: the notification and the attempt."""
        return f"{self.notification_id}.{self.attempts}"

    def lease_is_live(self, now: datetime) -> bool:
        """Whether a worker may be in the middle of a send."""
        return (
            self.state is State.SENDING and self.lease_until is not None and self.lease_until > now
        )

    def is_past_deadline(self, now: datetime) -> bool:
        """Whether the message is worth nothing any more."""
        return now >= self.deadline

    def queued(self, now: datetime, *, delay: timedelta = timedelta()) -> Self:
        """On its way to a worker, who may send it after `delay`."""
        return self._moved(
            now,
            state=State.QUEUED,
            not_before=now + delay if delay else None,
            lease_until=None,
            due_at=min(now + delay + self._patience(), self.deadline),
        )

    def queued_again(self, now: datetime) -> Self:
        """Put on its queue once more, because no worker took it in time."""
        return self._moved(now, requeues=self.requeues + 1).queued(now)

    def _patience(self) -> timedelta:
        return min(STUCK_AFTER * (1 << self.requeues), STUCK_AFTER_AT_MOST)

    def scheduled(self, now: datetime, send_at: datetime) -> Self:
        """Waiting for its moment."""
        return self._moved(
            now,
            state=State.PENDING,
            reason=None,
            detail="",
            not_before=None,
            held_since=None,
            turn_at=None,
            due_at=min(send_at, self.deadline),
        )

    def replanned(
        self,
        now: datetime,
        *,
        route: tuple[RouteStep, ...],
        decisions: tuple[ChannelDecision, ...],
        locale: str,
        time_zone: str | None,
    ) -> Self:
        """Planned anew from its first channel on, before anything was tried."""
        return self._moved(
            now,
            route=route,
            decisions=decisions,
            locale=locale,
            time_zone=time_zone,
            step=0,
            tries=0,
            requeues=0,
            refused_steps=(),
            accounts_left=(),
        )

    def claimed(self, now: datetime, *, timeout_seconds: float) -> Self:
        """Taken by one worker, who alone may send until the lease ends."""
        lease_until = now + timedelta(seconds=timeout_seconds) + LEASE_MARGIN
        return self._moved(
            now,
            state=State.SENDING,
            tries=self.tries + 1,
            attempts=self.attempts + 1,
            requeues=0,
            turn_at=None,
            claimed_at=now,
            lease_until=lease_until,
            due_at=lease_until,
        )

    def accepted(self, now: datetime, *, provider_message_id: str | None) -> Self:
        """The provider has it, and calls it so.

        Where nothing more is heard, the clock takes the next channel. A person who has it already,
        by a channel that was left, still has it.
        """
        delivered = self.delivered_at is not None
        patience = self.current_step.patience
        wait = patience.unread_after if delivered else patience.undelivered_after
        return self._moved(
            now,
            state=State.DELIVERED if delivered else State.SENT,
            provider_message_id=provider_message_id,
            reason=None,
            detail="",
            sent_at=now,
            sent_by=None,
            lease_until=None,
            due_at=self._silence_ends(now, wait),
        )

    def reached(self, now: datetime, state: State, *, at: datetime) -> Self:
        """Farther than before, as a receipt says; whatever else was planned is off.

        Who read a message has it, so `read` sets both times where only it came. After a channel
        was left it came by the current one, if that one may have sent it at all. What is
        delivered and not read may still be for the clock.
        """
        may_be_sent = self.state in (State.SENDING, State.UNKNOWN)
        is_sent = self.sent_at is not None and (self.sent_by is None or not may_be_sent)
        return self._moved(
            now,
            state=state,
            reason=None,
            detail="",
            not_before=None,
            lease_until=None,
            due_at=(
                self._silence_ends(at, self.current_step.patience.unread_after)
                if state is State.DELIVERED and self.state is State.SENT
                else None
            ),
            sent_at=self.sent_at if is_sent else at,
            sent_by=self.sent_by if is_sent else None,
            delivered_at=self.delivered_at or at,
            read_at=self.read_at or (None if state is State.DELIVERED else at),
        )

    def replied(self, now: datetime, reply: Reply) -> Self:
        """Answered: as far as it can get. Of several answers the latest is kept."""
        latest = reply if self.reply is None or reply.at >= self.reply.at else self.reply
        return self.reached(now, State.REPLIED, at=reply.at)._moved(now, reply=latest)

    def without_free_text(self) -> Self:
        """With its current step as it is when the person's window is closed."""
        step = self.current_step.model_copy(update={"free_text_until": None})
        route = (*self.route[: self.step], step, *self.route[self.step + 1 :])
        return self.model_copy(update={"route": route})

    def with_account(self, account: ChannelAccount) -> Self:
        """With its current step by another account of the channel.

        A window is open for the account to which the person wrote, so free text goes no more.
        """
        left = self.current_step
        step = left.model_copy(
            update={
                "provider": account.provider,
                "account_id": account.account_id,
                "free_text_until": None,
            }
        )
        return self.model_copy(
            update={
                "route": (*self.route[: self.step], step, *self.route[self.step + 1 :]),
                "accounts_left": (*self.accounts_left, left.account_id),
                "sent_by": self._sent_by(),
            }
        )

    def to_retry(self, now: datetime, *, delay: timedelta, reason: str) -> Self:
        """Back in the queue for another attempt on the same channel."""
        return self.queued(now, delay=delay)._moved(now, reason=reason, held_since=None)

    def released(self, now: datetime) -> Self:
        """The claim taken back: nothing was sent, so nothing counts as an attempt."""
        return self._moved(now, tries=self.tries - 1, attempts=self.attempts - 1)

    def deferred(self, now: datetime, *, delay: timedelta) -> Self:
        """Back in the queue without an attempt, because the account rests."""
        waiting = self.released(now).queued(now, delay=delay)
        return waiting._moved(now, held_since=self.held_since or now)

    def in_line(self, now: datetime, *, wait: timedelta, has_turn: bool) -> Self:
        """Back in the queue before an attempt, because the account sends no faster.

        The first turn that it was given stays its own until it is taken. What it waited for a
        resting account does not grow by this wait.
        """
        waiting = self.queued(now, delay=wait)
        return waiting._moved(
            now,
            requeues=0,
            reason=RATE_LIMITED,
            detail="",
            turn_at=(self.turn_at or now + wait) if has_turn else None,
            held_since=self.held_since and self.held_since + wait,
        )

    def given_up(
        self, now: datetime, *, reason: str, detail: str = "", refused: bool = False
    ) -> Self:
        """Done with this channel; the dead-letter queue moves it on.

        With `refused` the channel would not work however often it was tried.
        """
        given_up = self.with_step_refused() if refused else self
        return given_up._moved(
            now,
            state=State.PENDING,
            reason=reason,
            detail=detail,
            lease_until=None,
            turn_at=None,
            due_at=min(now + FALLBACK_GRACE, self.deadline),
        )

    def with_step_refused(self) -> Self:
        """With its current step never to be tried again."""
        steps = tuple(dict.fromkeys((*self.refused_steps, self.step)))
        return self.model_copy(update={"refused_steps": steps})

    def advanced(self, now: datetime) -> Self:
        """On to the next channel, or at the end when the route has none left.

        An end for a passing reason is not the last word: the clock takes it up again.
        """
        following = self._step_after(self.step)
        if following is not None:
            return self._moved(
                now,
                step=following,
                tries=0,
                held_since=None,
                accounts_left=(),
                sent_by=self._sent_by(),
            ).queued(now)
        only_refusals = self.attempts == 0 and self.reason == "suppressed"
        ended = self.ended(
            now,
            State.SUPPRESSED if only_refusals else State.FAILED,
            reason=self.reason or "route_exhausted",
            detail=self.detail,
        )
        again_at = now + TAKE_UP_AFTER
        has_passed = ended.state is State.FAILED and self._step_after(-1) is not None
        if has_passed and self.take_ups < MOST_TAKE_UPS and again_at < self.deadline:
            return ended._moved(now, due_at=again_at)
        return ended

    def taken_up(self, now: datetime) -> Self:
        """From the first channel on that may work, after all had failed for passing reasons."""
        return self._moved(
            now,
            step=self._step_after(-1) or 0,
            tries=0,
            take_ups=self.take_ups + 1,
            requeues=0,
            held_since=None,
            accounts_left=(),
            sent_by=self._sent_by(),
        ).queued(now)

    def waiting_no_more(self, now: datetime) -> Self:
        """As it is, with nothing left for the clock to do."""
        return self._moved(now, due_at=None)

    def left_in_silence(self, now: datetime, *, reason: str) -> Self:
        """On to the next channel, because nothing more was heard; what was sent stands."""
        return self._moved(now, standing=self.state, reason=reason).advanced(now)

    def _step_after(self, step: int) -> int | None:
        """The next step that may work."""
        following = range(step + 1, len(self.route))
        return next((each for each in following if each not in self.refused_steps), None)

    def _silence_ends(self, since: datetime, minutes: int | None) -> datetime | None:
        """When the next channel is tried, if there is one and it is still of use then."""
        if minutes is None or self._step_after(self.step) is None:
            return None
        ends = since + timedelta(minutes=minutes)
        return ends if ends < self.deadline else None

    def outcome_unknown(self, now: datetime, *, wait: timedelta) -> Self:
        """The provider may have it: wait for a receipt that says so."""
        return self._moved(
            now,
            state=State.UNKNOWN,
            reason="outcome_unknown",
            lease_until=None,
            due_at=now + wait,
        )

    def ended(self, now: datetime, state: State, *, reason: str, detail: str = "") -> Self:
        """At an end that only a receipt can change.

        Where an earlier channel was left in silence, it ends no lower than that one had come.
        """
        if self.standing is not None and state not in RANK:
            state, reason, detail = self.standing, LEFT_STANDING, reason
        return self._moved(
            now, state=state, reason=reason, detail=detail, lease_until=None, due_at=None
        )

    def tried_again(
        self,
        now: datetime,
        *,
        route: tuple[RouteStep, ...],
        deadline: datetime,
        expires_at: datetime,
    ) -> Self:
        """From the first channel on, because a person wants it after it had failed."""
        return self._moved(
            now,
            route=route,
            step=0,
            tries=0,
            retries=self.retries + 1,
            sent_by=self._sent_by(),
            requeues=0,
            held_since=None,
            refused_steps=(),
            accounts_left=(),
            take_ups=0,
            standing=None,
            reason=None,
            detail="",
            deadline=deadline,
            expires_at=expires_at,
        ).queued(now)

    def _sent_by(self) -> Carrier | None:
        """Who took it at `sent_at`, for when the current step is left."""
        if self.sent_at is None or self.sent_by is not None:
            return self.sent_by
        step = self.current_step
        return Carrier(provider=step.provider, template_id=step.template_id)

    def stored_again(self) -> Self:
        """This notification as it stands once its change is stored."""
        return self.model_copy(update={"version": self.version + 1})

    def _moved(self, now: datetime, **changes: object) -> Self:
        return self.model_copy(update={**changes, "updated_at": now})


class Timeline(Model):
    """A notification with everything that happened to it, oldest first."""

    notification: Notification
    attempts: tuple[Attempt, ...] = ()
    history: tuple[HistoryEntry, ...] = ()


def new_notification_id() -> str:
    """A fresh notification id."""
    return f"ntf_{uuid4().hex}"
