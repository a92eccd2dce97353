"""Carry providers' receipts over to the notifications that they are about."""

from __future__ import annotations

import logging
import random
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from recado.domain.channels import CHANNEL_OF
from recado.domain.delivery import Conclusion
from recado.domain.directory import Suppression
from recado.domain.erasure import is_erased, without_words
from recado.domain.errors import without_message
from recado.domain.log_names import log_names
from recado.domain.notification import Notification
from recado.domain.receipts import EARLY_LIMIT, Receipt, apply_receipt, comes_too_early
from recado.ports.clock import Clock
from recado.ports.configuration import ConfigurationRepository
from recado.ports.directory import DirectoryRepository
from recado.ports.notifications import NotificationKey, NotificationRepository, OrphanReceipts
from recado.ports.queues import DeliveryQueues

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class _Matched:
    """A receipt with the attempt that it is about."""

    message_id: str
    receipt: Receipt
    key: NotificationKey
    attempt_number: int


class ApplyReceipts:
    """Applies batches of receipts."""

    def __init__(
        self,
        *,
        notifications: NotificationRepository,
        orphans: OrphanReceipts,
        directory: DirectoryRepository,
        configuration: ConfigurationRepository,
        queues: DeliveryQueues,
        clock: Clock,
        draw: Callable[[], float] = random.random,
    ) -> None:
        self._notifications = notifications
        self._orphans = orphans
        self._directory = directory
        self._configuration = configuration
        self._queues = queues
        self._clock = clock
        self._draw = draw

    def __call__(self, receipts: Mapping[str, Receipt]) -> set[str]:
        """Apply receipts by the ids of their messages; gives those that must come again.

        A receipt comes again while its attempt is not recorded yet, for five minutes, or when
        its notification changed meanwhile. Applying one twice changes nothing more.
        """
        now = self._clock.now()
        matched, early = self._match(receipts, now)
        waiting = set(early)
        # Receipts for one notification are applied one after the other, each on what the last
        # one left; those for different ones are stored together.
        while matched:
            one_each = {each.key: each for each in reversed(matched)}
            waiting |= self._apply(list(one_each.values()), now)
            taken = {each.message_id for each in one_each.values()}
            matched = [each for each in matched if each.message_id not in taken]
        return waiting

    def _match(
        self, receipts: Mapping[str, Receipt], now: datetime
    ) -> tuple[list[_Matched], list[str]]:
        """Find the attempts; what is too old to be merely early is kept as an orphan."""
        matched: list[_Matched] = []
        early: list[str] = []
        orphans: list[Receipt] = []
        for message_id, receipt in receipts.items():
            found = self._attempt(receipt)
            if found is not None:
                matched.append(_Matched(message_id, receipt, *found))
            elif now - receipt.received_at < EARLY_LIMIT:
                early.append(message_id)
            else:
                orphans.append(receipt)
        if orphans:
            logger.warning("receipts for no message of ours", extra={"count": len(orphans)})
            self._orphans.keep(orphans)
        return matched, early

    def _attempt(self, receipt: Receipt) -> tuple[NotificationKey, int] | None:
        tagged = receipt.attempt()
        if tagged is not None:
            notification_id, number = tagged
            key = NotificationKey(tenant_id=receipt.tenant_id, notification_id=notification_id)
            return key, number
        return self._notifications.attempt_of(
            receipt.tenant_id, receipt.account_id, receipt.provider_message_id
        )

    def _apply(self, matched: Sequence[_Matched], now: datetime) -> set[str]:
        """Apply at most one receipt for each notification; gives the messages to come again."""
        found = self._notifications.get_many([each.key for each in matched])
        concluded: dict[str, tuple[_Matched, Notification, Conclusion]] = {}
        waiting: set[str] = set()
        orphans: list[Receipt] = []
        for each in matched:
            notification = found.get(each.key.notification_id)
            # Our tag comes back from outside: it may name a notification of another tenant.
            if notification is not None and notification.tenant_id != each.key.tenant_id:
                notification = None
            is_old = now - each.receipt.received_at >= EARLY_LIMIT
            if notification is None and is_old:
                orphans.append(each.receipt)
            elif notification is None or (
                comes_too_early(notification, each.attempt_number) and not is_old
            ):
                waiting.add(each.message_id)
            else:
                conclusion = self._conclude(notification, each, now)
                if conclusion is not None:
                    concluded[notification.notification_id] = (each, notification, conclusion)
        if orphans:
            self._orphans.keep(orphans)
        return waiting | self._store(concluded)

    def _conclude(
        self, notification: Notification, each: _Matched, now: datetime
    ) -> Conclusion | None:
        tenant = self._configuration.tenant(notification.tenant_id)
        if tenant is None:
            extra = {"notification_id": notification.notification_id}
            logger.error("a receipt is for a tenant that was removed", extra=extra)
            return None
        return apply_receipt(
            notification,
            each.attempt_number,
            each.receipt,
            tenant=tenant,
            now=now,
            draw=self._draw,
        )

    def _store(
        self, concluded: Mapping[str, tuple[_Matched, Notification, Conclusion]]
    ) -> set[str]:
        saved = self._notifications.save(
            [without_words(c.change) for _, _, c in concluded.values()]
        )
        stored = [concluded[notification_id] for notification_id in saved.stored]
        for each, _, conclusion in stored:
            _log_applied(each, conclusion.change.notification)
        self._queues.give_up([c.change.notification for _, _, c in stored if c.gives_up])
        self._queues.enqueue([c.change.notification for _, _, c in stored if c.is_deferred])
        unlearned = {each.message_id for each, n, _ in stored if not self._learns(each, n)}
        lost = concluded.keys() - saved.stored.keys()
        return unlearned | {concluded[notification_id][0].message_id for notification_id in lost}

    def _learns(self, each: _Matched, notification: Notification) -> bool:
        """Put an address on the suppression list that a receipt speaks against.

        It holds whatever became of the message: a complaint comes from somebody who got it. False
        when it could not be stored, so that the receipt must come again. Of an erased person no
        address is known any more.
        """
        failure = each.receipt.failure
        if failure is None or failure.suppression is None or is_erased(notification):
            return True
        # By channel: the account that sent it may have been left for another one since.
        channel = CHANNEL_OF[each.receipt.provider]
        step = next((s for s in notification.route if s.channel is channel), None)
        if step is None:
            return True
        try:
            self._directory.suppress(
                Suppression(
                    tenant_id=notification.tenant_id,
                    channel=step.channel,
                    address=step.address.value,
                    reason=failure.suppression,
                    evidence=f"{each.receipt.provider} {failure.code}",
                    created_at=each.receipt.at,
                )
            )
        except Exception as error:
            extra = {"notification_id": notification.notification_id, **without_message(error)}
            logger.error("what a receipt says of an address could not be stored", extra=extra)
            return False
        return True


def _log_applied(matched: _Matched, notification: Notification) -> None:
    failure = matched.receipt.failure
    extra = {
        **log_names(notification),
        "provider": matched.receipt.provider,
        "account_id": matched.receipt.account_id,
        "attempt": matched.attempt_number,
        "status": matched.receipt.status,
        "code": failure.code if failure else None,
        "state": notification.state,
    }
    logger.info("receipt applied", extra=extra)
