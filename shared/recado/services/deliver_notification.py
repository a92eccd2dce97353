"""Send what the delivery queues hand out: claim, render, call the provider, record.

A batch is claimed in one write before anything is sent, sent in parallel, and recorded in as
few writes as the sends' ends allow: what has ended by the time the last write returned is
recorded together, and a slow send never holds the others' records back.
"""

from __future__ import annotations

import logging
import random
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import FIRST_COMPLETED, ThreadPoolExecutor, wait
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from recado.domain.account_performance import AccountTry
from recado.domain.appointments import Appointment, still_stands
from recado.domain.channels import Channel, ChannelAccount
from recado.domain.delivery import (
    Change,
    Conclusion,
    call_off,
    conclude,
    expire,
    go_by,
    is_refusal,
    keep_quiet,
    recover,
    refuse,
)
from recado.domain.erasure import is_erased, without_words
from recado.domain.errors import (
    AccountError,
    DeliveryError,
    NotAttemptedError,
    OutcomeUnknownError,
    without_message,
)
from recado.domain.log_names import log_names
from recado.domain.messages import Message
from recado.domain.notification import Mode, Notification, State
from recado.domain.orchestration import Target
from recado.domain.tenants import Tenant
from recado.domain.unsubscribe import Subscription, UnsubscribeLinks
from recado.ports.appointments import AppointmentRepository
from recado.ports.channels import ChannelSender, ChannelSenders, OutboundMessage
from recado.ports.clock import Clock
from recado.ports.configuration import ConfigurationRepository
from recado.ports.directory import DirectoryRepository
from recado.ports.notifications import NotificationKey, NotificationRepository
from recado.ports.queues import Delivery, DeliveryQueues
from recado.services.find_another_account import FindAnotherAccount
from recado.services.hold_to_limits import HoldToLimits, Outgoing, Reservation
from recado.services.learn_from_refusal import LearnFromRefusal
from recado.services.render_message import RenderMessage
from recado.services.watch_accounts import WatchAccounts

logger = logging.getLogger(__name__)

SENDS_IN_PARALLEL = 10
"""The size of a batch, so that a batch takes about as long as its slowest send."""

GATHER_SECONDS = 0.01
"""After the first send of a batch has ended, the others get so long to be recorded with it: about
as long as a write takes, so that sends of equal length share one."""

EARLY = timedelta(seconds=1)
"""A message that comes earlier than its time by more than this goes back to wait."""


@dataclass(frozen=True)
class _Job:
    """A notification that is ready to be sent, with all that the send needs."""

    delivery: Delivery
    notification: Notification
    tenant: Tenant
    account: ChannelAccount
    sender: ChannelSender
    content: Message


@dataclass(frozen=True)
class _Ended:
    """A send that ended: with the provider's message id, or with why there is none."""

    job: _Job
    at: datetime
    result: str | DeliveryError

    @property
    def may_cost(self) -> bool:
        """Whether the provider has the message, as far as is known."""
        return isinstance(self.result, str | OutcomeUnknownError)

    def as_try(self) -> AccountTry:
        """What it says of the account."""
        return AccountTry(
            account=self.job.account,
            at=self.at,
            took=self.at - (self.job.notification.claimed_at or self.at),
            error=None if isinstance(self.result, str) else self.result,
        )


@dataclass(frozen=True)
class _Stored:
    """What became of conclusions: messages that stay, and notifications that were not stored."""

    kept: set[str] = field(default_factory=set)
    lost: set[str] = field(default_factory=set)
    failed: set[str] = field(default_factory=set)


class DeliverNotifications:
    """Carries out batches of deliveries."""

    def __init__(
        self,
        *,
        notifications: NotificationRepository,
        directory: DirectoryRepository,
        appointments: AppointmentRepository,
        configuration: ConfigurationRepository,
        queues: DeliveryQueues,
        senders: ChannelSenders,
        unsubscribe_links: UnsubscribeLinks,
        hold_to_limits: HoldToLimits,
        watch_accounts: WatchAccounts,
        clock: Clock,
        draw: Callable[[], float] = random.random,
    ) -> None:
        self._notifications = notifications
        self._directory = directory
        self._appointments = appointments
        self._configuration = configuration
        self._queues = queues
        self._senders = senders
        self._unsubscribe_links = unsubscribe_links
        self._hold_to_limits = hold_to_limits
        self._watch_accounts = watch_accounts
        self._find_another_account = FindAnotherAccount(configuration=configuration, draw=draw)
        self._render = RenderMessage(configuration=configuration)
        self._learn = LearnFromRefusal(directory=directory)
        self._clock = clock
        self._draw = draw
        self._pool = ThreadPoolExecutor(SENDS_IN_PARALLEL, thread_name_prefix="send")

    def __call__(self, deliveries: Sequence[Delivery]) -> set[str]:
        """Deliver a batch; gives the ids of the messages that must stay in their queue.

        A message stays when its notification is to be tried again later on the same channel, or
        is not stored. All others are done with, whatever became of them: what is left to do for
        a notification stands in its row, and the clock finds it there.
        """
        jobs, kept = self._prepare(deliveries)
        held = self._hold_to_limits(
            [Outgoing(job.notification, job.tenant, job.account) for job in jobs]
        )
        unspent = dict(held.reserved)
        tries: list[AccountTry] = []
        try:
            free = self._stop(jobs, held.concluded)
            return kept | self._carry_out(free, unspent, tries)
        finally:
            self._hold_to_limits.give_back(unspent.values())
            self._watch_accounts(tries)

    def _carry_out(
        self, jobs: Sequence[_Job], unspent: dict[str, Reservation], tries: list[AccountTry]
    ) -> set[str]:
        """Claim, send and record; gives the ids of the messages to keep.

        Leaves in `unspent` what is held for messages that no provider has, and notes in `tries`
        what was sent, both also where it fails half-way.
        """
        claimed, kept = self._claim(jobs)
        in_flight = {
            job.notification.notification_id: unspent.pop(job.notification.notification_id, None)
            for job in claimed
        }
        running = {self._pool.submit(self._send, job) for job in claimed}
        unrecorded: list[_Ended] = []
        while running:
            done, running = wait(running, return_when=FIRST_COMPLETED)
            more, running = wait(running, timeout=GATHER_SECONDS)
            done |= more
            ended = [future.result() for future in done]
            for end in ended:
                reservation = in_flight[end.job.notification.notification_id]
                if reservation is not None and not end.may_cost:
                    unspent[end.job.notification.notification_id] = reservation
            tries += [end.as_try() for end in ended if end.job.notification.mode is Mode.LIVE]
            stay, failed = self._record(ended)
            kept |= stay
            unrecorded += failed
        if unrecorded:
            stay, failed = self._record(unrecorded)
            kept |= stay
            for end in failed:
                extra = {"notification_id": end.job.notification.notification_id}
                logger.error("an attempt could not be recorded", extra=extra)
        return kept

    def _prepare(self, deliveries: Sequence[Delivery]) -> tuple[list[_Job], set[str]]:
        """Sort out what can be sent now, and settle at once what cannot."""
        now = self._clock.now()
        found = self._notifications.get_many([delivery.key for delivery in deliveries])
        suppressed = self._suppressed(found.values())
        jobs: dict[str, _Job] = {}
        settled: dict[str, tuple[Delivery, Conclusion]] = {}
        early: list[tuple[Delivery, timedelta]] = []
        kept: set[str] = set()
        for delivery in deliveries:
            notification = found.get(delivery.message.notification_id)
            if notification is None:
                extra = {"notification_id": delivery.message.notification_id}
                logger.error("a queued notification is not stored", extra=extra)
                kept.add(delivery.message_id)
                continue
            match self._examine_safely(delivery, notification, suppressed, now):
                case _Job() as job:
                    jobs[notification.notification_id] = job
                case Conclusion() as conclusion:
                    settled[notification.notification_id] = (delivery, conclusion)
                case timedelta() as too_early:
                    early.append((delivery, too_early))
                    kept.add(delivery.message_id)
                case Exception():
                    kept.add(delivery.message_id)
        self._queues.postpone(early)
        kept |= self._store(list(settled.values())).kept
        return list(jobs.values()), kept

    def _examine_safely(
        self,
        delivery: Delivery,
        notification: Notification,
        suppressed: set[tuple[str, Channel, str]],
        now: datetime,
    ) -> _Job | Conclusion | timedelta | Exception | None:
        """Examine a delivery; what goes wrong unexpectedly concerns it alone."""
        try:
            return self._examine(delivery, notification, suppressed, now)
        except Exception as error:
            extra = {"notification_id": notification.notification_id, **without_message(error)}
            logger.error("a notification could not be examined", extra=extra)
            return error

    def _examine(
        self,
        delivery: Delivery,
        notification: Notification,
        suppressed: set[tuple[str, Channel, str]],
        now: datetime,
    ) -> _Job | Conclusion | timedelta | None:
        """What to do with a delivery; None when there is nothing to do any more."""
        if notification.step != delivery.message.step:
            return None
        if notification.state is State.SENDING and not notification.lease_is_live(now):
            return self._recover(notification, now)
        if notification.state is not State.QUEUED:
            return None
        if notification.is_past_deadline(now):
            return Conclusion(expire(notification, now))
        if notification.not_before and notification.not_before - now > EARLY:
            return notification.not_before - now
        address = notification.current_step.address
        is_suppressed = (notification.tenant_id, address.channel, address.value) in suppressed
        if is_suppressed and not notification.confirms_choice:
            return refuse(notification, reason="suppressed", detail="", now=now)
        if not still_stands(notification, self._appointment(notification)):
            return Conclusion(call_off(notification, "appointment_changed", now))
        try:
            tenant = self._tenant(notification.tenant_id)
            quiet = keep_quiet(notification, tenant, now)
            if quiet is not None:
                return Conclusion(quiet)
            return self._job(delivery, notification, tenant, now)
        except DeliveryError as error:
            another = self._by_another_account(notification, error, now)
            return another or refuse(
                notification,
                reason=error.code,
                detail=error.detail,
                now=now,
                for_good=is_refusal(error),
            )

    def _suppressed(self, notifications: Iterable[Notification]) -> set[tuple[str, Channel, str]]:
        by_tenant: dict[str, list[Notification]] = {}
        for notification in notifications:
            if notification.state is State.QUEUED:
                by_tenant.setdefault(notification.tenant_id, []).append(notification)
        return {
            (tenant_id, channel, address)
            for tenant_id, group in by_tenant.items()
            for channel, address in self._directory.suppressed(
                tenant_id, [notification.current_step.address for notification in group]
            )
        }

    def _appointment(self, notification: Notification) -> Appointment | None:
        """Before each attempt, for it may have been moved while the one before was under way."""
        if notification.appointment is None:
            return None
        return self._appointments.appointment(
            notification.tenant_id, notification.mode, notification.appointment.appointment_id
        )

    def _job(
        self, delivery: Delivery, notification: Notification, tenant: Tenant, now: datetime
    ) -> _Job:
        """Look up and render what a send needs; a DeliveryError gives the channel up."""
        account = self._account(notification)
        return _Job(
            delivery=delivery,
            notification=notification,
            tenant=tenant,
            account=account,
            sender=self._senders.sender_for(account, notification.mode),
            content=self._render(notification, account, now),
        )

    def _tenant(self, tenant_id: str) -> Tenant:
        tenant = self._configuration.tenant(tenant_id)
        if tenant is None:
            raise AccountError("unknown_tenant", "the tenant was removed")
        return tenant

    def _account(self, notification: Notification) -> ChannelAccount:
        wanted = notification.current_step.account_id
        for account in self._configuration.accounts(notification.tenant_id):
            if account.account_id == wanted and account.enabled:
                return account
        raise AccountError("no_account", "the channel account was removed or disabled")

    def _stop(self, jobs: Sequence[_Job], concluded: Mapping[str, Conclusion]) -> list[_Job]:
        """Store what becomes of those that the limits hold back; gives those that may go."""
        free: list[_Job] = []
        stopped: list[tuple[Delivery, Conclusion]] = []
        for job in jobs:
            conclusion = concluded.get(job.notification.notification_id)
            if conclusion is None:
                free.append(job)
            else:
                stopped.append((job.delivery, conclusion))
        self._store(stopped)
        return free

    def _claim(self, jobs: Sequence[_Job]) -> tuple[list[_Job], set[str]]:
        """Take the notifications for this worker alone.

        Gives those that it took, and the messages of those that the store could not take;
        those that another worker took are neither.
        """
        now = self._clock.now()
        claims = [
            job.notification.claimed(now, timeout_seconds=job.account.timeout_seconds)
            for job in jobs
        ]
        saved = self._notifications.save([Change(notification=claim) for claim in claims])
        claimed = [
            replace(job, notification=saved.stored[job.notification.notification_id])
            for job in jobs
            if job.notification.notification_id in saved.stored
        ]
        unclaimed = {
            job.delivery.message_id
            for job in jobs
            if job.notification.notification_id in saved.failed
        }
        return claimed, unclaimed

    def _send(self, job: _Job) -> _Ended:
        """Call the provider; every way in which that can end is a result, never an exception."""
        message = OutboundMessage(
            to=job.notification.current_step.address,
            content=job.content,
            tag=job.notification.tag(),
            unsubscribe_url=self._unsubscribe_url(job.notification),
        )
        result: str | DeliveryError
        try:
            result = job.sender.send(message).provider_message_id
        except DeliveryError as error:
            result = error
        except Exception as error:
            extra = {"notification_id": job.notification.notification_id, **without_message(error)}
            logger.error("a channel adapter failed unexpectedly", extra=extra)
            result = OutcomeUnknownError("adapter_failed", type(error).__name__)
        return _Ended(job, self._clock.now(), result)

    def _unsubscribe_url(self, notification: Notification) -> str | None:
        step = notification.current_step
        if step.channel is not Channel.EMAIL or notification.target is not Target.CLIENTS:
            return None
        if step.message is not None:
            return None
        return self._unsubscribe_links.link(
            Subscription(
                tenant_id=notification.tenant_id,
                recipient_id=notification.recipient_id,
                channel=step.channel,
            )
        )

    def _record(self, ended: Sequence[_Ended]) -> tuple[set[str], list[_Ended]]:
        """Store how sends ended and act on it.

        Gives the messages to keep for a retry, and the sends whose end could not be stored.
        """
        stored = self._store(
            [(end.job.delivery, self._conclude(end, end.job.notification)) for end in ended]
        )
        late = [end for end in ended if end.job.notification.notification_id in stored.lost]
        failed = [end for end in ended if end.job.notification.notification_id in stored.failed]
        current: Mapping[str, Notification] = {}
        try:
            current = self._notifications.get_many([end.job.delivery.key for end in late])
        except Exception as error:
            extra = {"count": len(late), **without_message(error)}
            logger.error("late sends could not be looked up", extra=extra)
            failed += late
        kept = stored.kept | self._record_late(late, current)
        erased = {notification_id for notification_id, n in current.items() if is_erased(n)}
        for end in ended:
            if end not in failed and end.job.notification.notification_id not in erased:
                self._learn(end.job.notification, end.result, end.at)
        return kept, failed

    def _conclude(self, end: _Ended, notification: Notification) -> Conclusion:
        is_attempt = not isinstance(end.result, NotAttemptedError)
        is_last = is_attempt and end.job.tenant.retry.exhausted(notification.tries)
        if isinstance(end.result, DeliveryError) and not is_last:
            try:
                another = self._by_another_account(notification, end.result, end.at)
            except Exception as error:
                # How it ended is to be recorded, whatever cannot be read about other accounts.
                extra = {**log_names(notification), **without_message(error)}
                logger.error("no other account could be looked for", extra=extra)
                another = None
            if another is not None:
                return another
        return conclude(
            notification,
            tenant=end.job.tenant,
            result=end.result,
            now=end.at,
            draw=self._draw,
        )

    def _by_another_account(
        self, notification: Notification, error: DeliveryError, now: datetime
    ) -> Conclusion | None:
        account = self._find_another_account(notification, error)
        return go_by(notification, account, error=error, now=now) if account else None

    def _record_late(
        self, ended: Sequence[_Ended], current: Mapping[str, Notification]
    ) -> set[str]:
        """Record sends that outlived their lease, so that the clock had already given them up.

        What the provider said is the better truth while the notification still waits for it.
        Gives the messages to keep for a retry.
        """
        late = []
        for end in ended:
            notification = current.get(end.job.notification.notification_id)
            if notification is None or notification.attempts != end.job.notification.attempts:
                continue
            conclusion = self._conclude(end, notification)
            if notification.state is State.UNKNOWN:
                late.append((end.job.delivery, conclusion))
            elif is_erased(notification):
                # The attempt is stored already, with the provider's words: store it without them.
                change = Change(notification=notification, attempt=conclusion.change.attempt)
                late.append((end.job.delivery, Conclusion(change)))
        return self._store(late).kept

    def _store(self, concluded: Sequence[tuple[Delivery, Conclusion]]) -> _Stored:
        """Store conclusions, then move the messages of those that were stored."""
        if not concluded:
            return _Stored()
        saved = self._notifications.save([without_words(c.change) for _, c in concluded])
        won = [(d, c) for d, c in concluded if d.message.notification_id in saved.stored]
        retried = [(d, c.retry_in) for d, c in won if c.retry_in is not None]
        _log_attempts([c.change for _, c in won])
        self._queues.postpone(retried)
        self._queues.give_up([c.change.notification for _, c in won if c.gives_up])
        self._queues.enqueue([c.change.notification for _, c in won if c.is_deferred])
        ids = {delivery.message.notification_id for delivery, _ in concluded}
        return _Stored(
            kept={delivery.message_id for delivery, _ in retried},
            lost=ids - saved.stored.keys() - saved.failed,
            failed=set(saved.failed),
        )

    def _recover(self, notification: Notification, now: datetime) -> Conclusion:
        key = NotificationKey(
            tenant_id=notification.tenant_id, notification_id=notification.notification_id
        )
        attempt = self._notifications.attempt(key, notification.attempts)
        return recover(notification, attempt, self._tenant(notification.tenant_id), now)


def _log_attempts(changes: Iterable[Change]) -> None:
    for change in changes:
        if change.attempt is None:
            continue
        took = change.attempt.ended_at - change.attempt.started_at
        extra = {
            **log_names(change.notification),
            "channel": change.attempt.channel,
            "provider": change.attempt.provider,
            "account_id": change.attempt.account_id,
            "attempt": change.attempt.number,
            "outcome": change.attempt.outcome,
            "code": change.attempt.code,
            "milliseconds": round(took.total_seconds() * 1000),
        }
        logger.info("attempt ended", extra=extra)
