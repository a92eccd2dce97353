"""What the inbound processor puts on queues, in Amazon SQS: files to fetch, and what failed."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from recado.domain.media import MediaTask
from recado.domain.received import Received
from recado.ports.inbound import InboundDelivery

if TYPE_CHECKING:
    from mypy_boto3_sqs import SQSClient


class SqsMediaTasks:
    """Implements `ports.MediaTasks`."""

    def __init__(self, client: SQSClient, url: str) -> None:
        self._client = client
        self._url = url

    def put_media(self, received: Received) -> None:
        """See `ports.MediaTasks`."""
        for index, media in enumerate(received.media):
            task = MediaTask(
                tenant_id=received.tenant_id,
                message_id=received.message_id,
                index=index,
                account_id=received.account_id,
                provider=received.provider,
                media=media,
            )
            # In ASCII: SQS refuses U+FFFE and U+FFFF, which a file's name may hold.
            body = json.dumps(task.model_dump(mode="json", exclude_none=True))
            self._client.send_message(QueueUrl=self._url, MessageBody=body)


class SqsInboundDeadLetters:
    """Implements `ports.InboundDeadLetters` by the inbound queue's own dead-letter queue."""

    def __init__(self, client: SQSClient, url: str) -> None:
        self._client = client
        self._url = url

    def put(self, delivery: InboundDelivery) -> None:
        """See `ports.InboundDeadLetters`."""
        self._client.send_message(
            QueueUrl=self._url,
            MessageBody=delivery.body,
            MessageGroupId=delivery.group,
            MessageDeduplicationId=delivery.message_id,
        )
