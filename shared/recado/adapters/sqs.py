"""The queues in Amazon SQS."""

from __future__ import annotations

import hashlib
import logging
import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import timedelta
from itertools import batched
from typing import TYPE_CHECKING, Any

from botocore.exceptions import BotoCoreError, ClientError

from recado.domain.channels import QUEUE_OF, DeliveryQueueName
from recado.domain.notification import Notification
from recado.domain.receipts import Receipt
from recado.domain.retry import MAX_VISIBILITY_SECONDS
from recado.domain.updates import InboundUpdate
from recado.ports.queues import Delivery, DeliveryMessage

if TYPE_CHECKING:
    from mypy_boto3_sqs import SQSClient

    from recado.adapters.claims import S3Claims

logger = logging.getLogger(__name__)

ENTRIES_AT_ONCE = 10
LARGEST_CALL = 1024 * 1024
"""Bytes of all the messages that one call sends."""
MAX_DELAY_SECONDS = 900
"""SQS delays a message by 15 minutes at most."""

REASON = "reason"
MESSAGE_ID = "message_id"
"""Attributes of a refused request: why, and the id that its message had, by which what it may have
made already is found."""


class QueueRefusedError(Exception):
    """A queue did not take a message that nothing else holds; the caller's caller comes again."""


class SqsDeliveryQueues:
    """Implements `ports.DeliveryQueues`.

    The tenant is the message group: on a standard queue that makes SQS share it out fairly, so
    that one tenant's flood does not delay the others.
    """

    def __init__(
        self,
        client: SQSClient,
        *,
        urls: Mapping[DeliveryQueueName, str],
        dead_letter_urls: Mapping[DeliveryQueueName, str],
        parked_url: str = "",
    ) -> None:
        self._client = client
        self._urls = urls
        self._url_by_name = {url.rpartition("/")[2]: url for url in urls.values()}
        self._dead_letter_urls = dead_letter_urls
        self._parked_url = parked_url

    def enqueue(self, notifications: Sequence[Notification]) -> None:
        """See `ports.DeliveryQueues`."""
        self._put(self._urls, [(each, _whole_seconds(each.delay)) for each in notifications])

    def give_up(self, notifications: Sequence[Notification]) -> None:
        """See `ports.DeliveryQueues`."""
        self._put(self._dead_letter_urls, [(each, 0) for each in notifications])

    def park(self, bodies: Sequence[str]) -> None:
        """See `ports.DeliveryQueues`."""
        for body in bodies:
            self._client.send_message(QueueUrl=self._parked_url, MessageBody=body)

    def postpone(self, deliveries: Sequence[tuple[Delivery, timedelta]]) -> None:
        """See `ports.DeliveryQueues`."""
        by_source = _grouped((delivery.source, (delivery, time)) for delivery, time in deliveries)
        for queue, group in by_source:
            entries: list[Any] = [
                {
                    "Id": str(number),
                    "ReceiptHandle": delivery.receipt,
                    "VisibilityTimeout": min(_whole_seconds(time), MAX_VISIBILITY_SECONDS),
                }
                for number, (delivery, time) in enumerate(group)
            ]
            for chunk in batched(entries, ENTRIES_AT_ONCE, strict=False):
                try:
                    answer = self._client.change_message_visibility_batch(
                        QueueUrl=self._url_by_name[queue], Entries=chunk
                    )
                except (ClientError, BotoCoreError) as error:
                    _log_refused(queue, len(chunk), type(error).__name__)
                else:
                    _log_failed(queue, answer.get("Failed", []))

    def _put(
        self,
        urls: Mapping[DeliveryQueueName, str],
        delayed: Sequence[tuple[Notification, int]],
    ) -> None:
        """Put notifications on queues, each visible after its seconds."""
        by_queue = _grouped((QUEUE_OF[n.current_step.channel], (n, wait)) for n, wait in delayed)
        for queue, group in by_queue:
            entries: list[Any] = [
                {
                    "Id": str(number),
                    "MessageBody": DeliveryMessage.of(notification).model_dump_json(),
                    "DelaySeconds": min(seconds, MAX_DELAY_SECONDS),
                    "MessageGroupId": notification.tenant_id,
                }
                for number, (notification, seconds) in enumerate(group)
            ]
            for chunk in batched(entries, ENTRIES_AT_ONCE, strict=False):
                try:
                    answer = self._client.send_message_batch(QueueUrl=urls[queue], Entries=chunk)
                except (ClientError, BotoCoreError) as error:
                    _log_refused(queue, len(chunk), type(error).__name__)
                else:
                    _log_failed(queue, answer.get("Failed", []))


class SqsUpdateQueues:
    """Implements `ports.UpdateQueues`.

    The inbound queue is first in, first out for each person, so that their messages are worked
    on in the order in which they came. What is too large for a queue goes to S3, and the queue
    carries a claim to it.
    """

    def __init__(
        self,
        client: SQSClient,
        *,
        receipts_url: str,
        inbound_url: str,
        parked_url: str,
        claims: S3Claims,
    ) -> None:
        self._client = client
        self._claims = claims
        self._receipts_url = receipts_url
        self._inbound_url = inbound_url
        self._parked_url = parked_url

    def put_receipts(self, receipts: Sequence[Receipt]) -> None:
        """See `ports.UpdateQueues`."""
        entries = [
            {
                "MessageBody": self._claims.body(receipt.model_dump_json(exclude_none=True)),
                "MessageGroupId": receipt.tenant_id,
            }
            for receipt in receipts
        ]
        self._put(self._receipts_url, entries)

    def put_inbound(self, updates: Sequence[InboundUpdate]) -> None:
        """See `ports.UpdateQueues`."""
        entries = [
            {
                "MessageBody": self._claims.body(update.model_dump_json(exclude_none=True)),
                "MessageGroupId": _digest(update.tenant_id, update.account_id, update.subject_id),
                "MessageDeduplicationId": _digest(*update.key),
            }
            for update in updates
        ]
        self._put(self._inbound_url, entries)

    def _put(self, url: str, entries: Sequence[Mapping[str, str]]) -> None:
        for group in _calls(entries):
            numbered: list[Any] = [{"Id": str(n), **entry} for n, entry in enumerate(group)]
            answer = self._client.send_message_batch(QueueUrl=url, Entries=numbered)
            if failed := answer.get("Failed"):
                raise QueueRefusedError(failed[0].get("Code", ""))

    def park(self, bodies: Sequence[str]) -> None:
        """See `ports.UpdateQueues`."""
        entries = [{"MessageBody": self._claims.body(body)} for body in bodies]
        self._put(self._parked_url, entries)


class SqsRefusedRequests:
    """Implements `ports.RefusedRequests` by the requests queue's own dead-letter queue."""

    def __init__(self, client: SQSClient, url: str) -> None:
        self._client = client
        self._url = url

    def put(self, message_id: str, body: str, *, reason: str) -> None:
        """See `ports.RefusedRequests`."""
        self._client.send_message(
            QueueUrl=self._url,
            MessageBody=body,
            MessageAttributes={
                REASON: {"DataType": "String", "StringValue": reason[:1000]},
                MESSAGE_ID: {"DataType": "String", "StringValue": message_id},
            },
        )


def _calls(entries: Iterable[Mapping[str, str]]) -> Iterator[list[Mapping[str, str]]]:
    """Entries in their order, as many together as one call may send."""
    group: list[Mapping[str, str]] = []
    size = 0
    for entry in entries:
        more = len(entry["MessageBody"].encode())
        if group and (len(group) == ENTRIES_AT_ONCE or size + more > LARGEST_CALL):
            yield group
            group, size = [], 0
        group.append(entry)
        size += more
    if group:
        yield group


def _digest(*names: str) -> str:
    """Names as a queue takes them: no personal data, 128 characters at most."""
    return hashlib.sha256("\x1f".join(names).encode()).hexdigest()


def _whole_seconds(time: timedelta) -> int:
    """Never less than asked for: too early costs a receive."""
    return math.ceil(time.total_seconds())


def _grouped[K, V](pairs: Iterable[tuple[K, V]]) -> Iterable[tuple[K, list[V]]]:
    groups: dict[K, list[V]] = {}
    for key, value in pairs:
        groups.setdefault(key, []).append(value)
    return groups.items()


def _log_failed(queue: str, failed: Sequence[Mapping[str, Any]]) -> None:
    """SQS answers 200 even where it took only some entries of a batch."""
    if failed:
        _log_refused(queue, len(failed), failed[0].get("Code", ""))


def _log_refused(queue: str, count: int, reason: str) -> None:
    extra = {"queue": queue, "count": count, "reason": reason}
    logger.warning("a queue refused messages; the clock will repair it", extra=extra)
