"""The queue of events for clients' endpoints, in Amazon SQS."""

from __future__ import annotations

import logging
import math
from collections.abc import Sequence
from datetime import timedelta
from itertools import batched
from typing import TYPE_CHECKING, Any

from botocore.exceptions import BotoCoreError, ClientError

from recado.adapters.sqs import ENTRIES_AT_ONCE
from recado.domain.client_endpoints import ClientWebhookMessage, ClientWebhookTask

if TYPE_CHECKING:
    from mypy_boto3_sqs import SQSClient

logger = logging.getLogger(__name__)


class SqsClientWebhookQueue:
    """Implements `ports.ClientWebhookQueue`.

    The tenant is the message group: on a standard queue that makes SQS share it out fairly, so
    that one tenant's slow endpoint does not delay the others.
    """

    def __init__(self, client: SQSClient, url: str) -> None:
        self._client = client
        self._url = url

    def put(self, messages: Sequence[ClientWebhookMessage]) -> list[ClientWebhookMessage]:
        """See `ports.ClientWebhookQueue`."""
        refused: list[ClientWebhookMessage] = []
        for group in batched(messages, ENTRIES_AT_ONCE, strict=False):
            entries: list[Any] = [
                {
                    "Id": str(number),
                    "MessageBody": message.model_dump_json(),
                    "MessageGroupId": message.tenant_id,
                }
                for number, message in enumerate(group)
            ]
            answer = self._client.send_message_batch(QueueUrl=self._url, Entries=entries)
            refused += [group[int(failed["Id"])] for failed in answer.get("Failed", [])]
        return refused

    def postpone(self, tasks: Sequence[tuple[ClientWebhookTask, timedelta]]) -> None:
        """See `ports.ClientWebhookQueue`."""
        entries: list[Any] = [
            {
                "Id": str(number),
                "ReceiptHandle": task.receipt,
                "VisibilityTimeout": math.ceil(delay.total_seconds()),
            }
            for number, (task, delay) in enumerate(tasks)
        ]
        for chunk in batched(entries, ENTRIES_AT_ONCE, strict=False):
            try:
                answer = self._client.change_message_visibility_batch(
                    QueueUrl=self._url, Entries=chunk
                )
            except (ClientError, BotoCoreError) as error:
                _log_refused(len(chunk), type(error).__name__)
            else:
                if failed := answer.get("Failed"):
                    _log_refused(len(failed), failed[0].get("Code", ""))


def _log_refused(count: int, reason: str) -> None:
    extra = {"count": count, "reason": reason}
    logger.warning("webhooks come again after the queue's own time", extra=extra)
