"""The directory tasks queue in Amazon SQS."""

from __future__ import annotations

import json
import logging
import math
from collections.abc import Sequence
from datetime import timedelta
from itertools import batched
from typing import TYPE_CHECKING, Any

from botocore.exceptions import BotoCoreError, ClientError

from recado.domain.tasks import TaskMessage, TaskPart
from recado.ports.tasks import TaskQueueError

if TYPE_CHECKING:
    from mypy_boto3_sqs import SQSClient

logger = logging.getLogger(__name__)

ENTRIES_AT_ONCE = 10


class SqsTaskQueue:
    """Implements `ports.TaskQueue`.

    The tenant is the message group: on a standard queue that makes SQS share it out fairly.
    """

    def __init__(self, client: SQSClient, url: str) -> None:
        self._client = client
        self._url = url

    def put(self, parts: Sequence[TaskPart]) -> None:
        """See `ports.TaskQueue`."""
        for group in batched(parts, ENTRIES_AT_ONCE, strict=False):
            entries: list[Any] = [
                {
                    "Id": str(part.number),
                    # In ASCII: SQS refuses U+FFFE and U+FFFF, which a name may hold.
                    "MessageBody": json.dumps(part.model_dump(mode="json", exclude_none=True)),
                    "MessageGroupId": part.tenant_id,
                }
                for part in group
            ]
            try:
                answer = self._client.send_message_batch(QueueUrl=self._url, Entries=entries)
            except (ClientError, BotoCoreError) as error:
                raise TaskQueueError(type(error).__name__) from None
            if failed := answer.get("Failed"):
                raise TaskQueueError(failed[0].get("Code", ""))

    def postpone(self, message: TaskMessage, delay: timedelta) -> None:
        """See `ports.TaskQueue`."""
        try:
            self._client.change_message_visibility(
                QueueUrl=self._url,
                ReceiptHandle=message.receipt,
                VisibilityTimeout=math.ceil(delay.total_seconds()),
            )
        except (ClientError, BotoCoreError) as error:
            extra = {"message_id": message.message_id, "reason": type(error).__name__}
            logger.warning("a part comes again after the queue's own time", extra=extra)
