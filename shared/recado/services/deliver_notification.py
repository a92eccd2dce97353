"""Send what the delivery queues hand out: claim, render, call the provider, record.

A batch is claimed in one write before anything is sent, sent in parallel, and recorded in as
few writes as the sends' ends allow: what has ended by the time the last write returned is
recorded together, and a slow send never holds the others' records back.
"""

from __future__ import annotations

import logging
import random
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import FIRST_COMPLETED, ThreadPoolExecutor, wait
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from recado.domain.channels import Channel, ChannelAccount
from recado.domain.delivery import Change, Conclusion, conclude, expire, recover, refuse
from recado.domain.directory import Suppression, SuppressionReason
from recado.domain.errors import (
    AccountError,
    AddressGoneError,
    DeliveryError,
    MissingVariablesError,
    OutcomeUnknownError,
    PermanentMessageError,
    PermanentRecipientError,
    without_message,
)
from recado.domain.messages import Message
from recado.domain.notification import Notification, State
from recado.domain.orchestration import Target
from recado.domain.templates import render, variables_of
from recado.domain.tenants import Tenant
from recado.domain.unsubscribe import Subscription, UnsubscribeLinks
from recado.domain.variables import fill
from recado.ports import (
    ChannelSender,
    ChannelSenders,
    Clock,
    ConfigurationRepository,
    Delivery,
    DeliveryQueues,
    DirectoryRepository,
    NotificationKey,
    NotificationRepository,
    OutboundMessage,
)

logger = logging.getLogger(__name__)

SENDS_IN_PARALLEL = 10
"""The size of a batch, so that a batch takes about as long as its slowest send."""

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


class DeliverNotifications:
    """Carries out batches of deliveries."""

    def __init__(
        self,
        *,
        notifications: NotificationRepository,
        directory: DirectoryRepository,
        configuration: ConfigurationRepository,
        queues: DeliveryQueues,
        senders: ChannelSenders,
        unsubscribe_links: UnsubscribeLinks,
        clock: Clock,
        draw: Callable[[], float] = random.random,
    ) -> None:
        self._notifications = notifications
        self._directory = directory
        self._configuration = configuration
        self._queues = queues
        self._senders = senders
        self._unsubscribe_links = unsubscribe_links
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
        running = {self._pool.submit(self._send, job) for job in self._claim(jobs)}
        while running:
            done, running = wait(running, return_when=FIRST_COMPLETED)
            kept |= self._record([future.result() for future in done])
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
            match self._examine(delivery, notification, suppressed, now):
                case _Job() as job:
                    jobs[notification.notification_id] = job
                case Conclusion() as conclusion:
                    settled[notification.notification_id] = (delivery, conclusion)
                case timedelta() as too_early:
                    early.append((delivery, too_early))
                    kept.add(delivery.message_id)
        self._queues.postpone(early)
        self._store(list(settled.values()))
        return list(jobs.values()), kept

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
            return Conclusion(self._recover(notification, now))
        if notification.state is not State.QUEUED:
            return None
        if notification.is_past_deadline(now):
            return Conclusion(expire(notification, now))
        if notification.not_before and notification.not_before - now > EARLY:
            return notification.not_before - now
        address = notification.current_step.address
        if (notification.tenant_id, address.channel, address.value) in suppressed:
            return refuse(notification, reason="suppressed", detail="", now=now)
        try:
            return self._job(delivery, notification)
        except DeliveryError as error:
            return refuse(notification, reason=error.code, detail=error.detail, now=now)

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

    def _job(self, delivery: Delivery, notification: Notification) -> _Job:
        """Look up and render what a send needs; a DeliveryError gives the channel up."""
        tenant = self._tenant(notification.tenant_id)
        account = self._account(notification)
        return _Job(
            delivery=delivery,
            notification=notification,
            tenant=tenant,
            account=account,
            sender=self._senders.sender_for(account, notification.mode),
            content=self._render(notification),
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

    def _render(self, notification: Notification) -> Message:
        step = notification.current_step
        if step.message is not None:
            return step.message
        template = self._configuration.template_version(
            notification.tenant_id, step.template_id or "", step.template_version or 0
        )
        if template is None:
            raise PermanentMessageError("no_template", "the planned template was removed")
        values = fill(variables_of(template.content), notification.context)
        try:
            return render(template.content, values, locale=notification.locale)
        except MissingVariablesError as error:
            raise PermanentMessageError("missing_variables", ", ".join(error.names)) from None

    def _claim(self, jobs: Sequence[_Job]) -> list[_Job]:
        """Take the notifications for this worker alone; drops those that another one took."""
        now = self._clock.now()
        claims = [
            job.notification.claimed(now, timeout_seconds=job.account.timeout_seconds)
            for job in jobs
        ]
        won = self._notifications.save([Change(notification=claim) for claim in claims])
        return [
            replace(job, notification=won[job.notification.notification_id])
            for job in jobs
            if job.notification.notification_id in won
        ]

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

    def _record(self, ended: Sequence[_Ended]) -> set[str]:
        """Store how sends ended and act on it; gives the messages to keep for a retry."""
        for end in ended:
            self._learn(end)
        concluded = [(end.job.delivery, self._conclude(end, end.job.notification)) for end in ended]
        lost = self._store(concluded)
        late = [end for end in ended if end.job.notification.notification_id in lost]
        if late:
            self._record_late(late)
        return {
            delivery.message_id
            for delivery, conclusion in concluded
            if conclusion.retry_in is not None and delivery.message.notification_id not in lost
        }

    def _conclude(self, end: _Ended, notification: Notification) -> Conclusion:
        return conclude(
            notification,
            tenant=end.job.tenant,
            result=end.result,
            now=end.at,
            draw=self._draw,
        )

    def _record_late(self, ended: Sequence[_Ended]) -> None:
        """Record sends that outlived their lease, so that the clock had already given them up.

        What the provider said is the better truth while the notification still waits for it.
        """
        current = self._notifications.get_many([end.job.delivery.key for end in ended])
        late = []
        for end in ended:
            notification = current.get(end.job.notification.notification_id)
            if (
                notification is not None
                and notification.state is State.UNKNOWN
                and notification.attempts == end.job.notification.attempts
            ):
                late.append((end.job.delivery, self._conclude(end, notification)))
        self._store(late)

    def _store(self, concluded: Sequence[tuple[Delivery, Conclusion]]) -> set[str]:
        """Store conclusions, then move the messages; gives the ids that lost a race."""
        if not concluded:
            return set()
        stored = self._notifications.save([conclusion.change for _, conclusion in concluded])
        won = [(d, c) for d, c in concluded if d.message.notification_id in stored]
        self._queues.postpone([(d, c.retry_in) for d, c in won if c.retry_in is not None])
        self._queues.give_up([c.change.notification for _, c in won if c.gives_up])
        for _, conclusion in won:
            if conclusion.defer_in is not None:
                notification = conclusion.change.notification
                self._queues.enqueue([notification], delay=conclusion.defer_in)
        return {delivery.message.notification_id for delivery, _ in concluded} - stored.keys()

    def _learn(self, end: _Ended) -> None:
        """Remember what a refusal says of the address."""
        notification = end.job.notification
        address = notification.current_step.address
        if isinstance(end.result, AddressGoneError):
            self._directory.remove_address(
                notification.tenant_id, notification.recipient_id, address
            )
        elif isinstance(end.result, PermanentRecipientError) and end.result.suppress:
            self._directory.suppress(
                Suppression(
                    tenant_id=notification.tenant_id,
                    channel=address.channel,
                    address=address.value,
                    reason=SuppressionReason.INVALID_ADDRESS,
                    evidence=f"{end.job.account.provider} {end.result.code}",
                    created_at=end.at,
                )
            )

    def _recover(self, notification: Notification, now: datetime) -> Change:
        key = NotificationKey(
            tenant_id=notification.tenant_id, notification_id=notification.notification_id
        )
        attempt = self._notifications.attempt(key, notification.attempts)
        return recover(notification, attempt, self._tenant(notification.tenant_id), now)
