"""The queues of what went wrong, in Amazon SQS.

SQS could move messages back by itself (StartMessageMoveTask): all of them, also those that are too
late or whose person opted out meanwhile.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import UTC, datetime
from itertools import batched
from typing import TYPE_CHECKING, Any

from recado.adapters.sqs import ENTRIES_AT_ONCE, MESSAGE_ID, REASON
from recado.ports.dead_letters import DeadLetter, Move, QueueName

if TYPE_CHECKING:
    from mypy_boto3_sqs import SQSClient
    from mypy_boto3_sqs.type_defs import MessageTypeDef

HELD_SECONDS = 900

WAIT_SECONDS = 1
"""So long a queue may look for messages: at once it looks in some of its parts only."""


class SqsDeadLetters:
    """Implements `ports.DeadLetters`.

    Parameters
    ----------
    urls
        The queues; the parked queue is none of them.
    dead_letter_urls
        Where their messages end, and the parked queue.
    """

    def __init__(
        self,
        client: SQSClient,
        *,
        urls: Mapping[QueueName, str],
        dead_letter_urls: Mapping[QueueName, str],
    ) -> None:
        self._client = client
        self._urls = urls
        self._dead_letter_urls = dead_letter_urls

    def waiting(self, queue: QueueName) -> int:
        """See `ports.DeadLetters`."""
        answer = self._client.get_queue_attributes(
            QueueUrl=self._dead_letter_urls[queue], AttributeNames=["ApproximateNumberOfMessages"]
        )
        return int(answer["Attributes"]["ApproximateNumberOfMessages"])

    def take(self, queue: QueueName) -> list[DeadLetter]:
        """See `ports.DeadLetters`."""
        answer = self._client.receive_message(
            QueueUrl=self._dead_letter_urls[queue],
            MaxNumberOfMessages=ENTRIES_AT_ONCE,
            VisibilityTimeout=HELD_SECONDS,
            WaitTimeSeconds=WAIT_SECONDS,
            MessageAttributeNames=["All"],
            MessageSystemAttributeNames=["SentTimestamp", "MessageGroupId"],
        )
        return [_letter(message) for message in answer.get("Messages", [])]

    def put_back(self, queue: QueueName, receipts: Collection[str]) -> None:
        """See `ports.DeadLetters`."""
        entries: list[Any] = [
            {"Id": str(number), "ReceiptHandle": receipt, "VisibilityTimeout": 0}
            for number, receipt in enumerate(receipts)
        ]
        for chunk in batched(entries, ENTRIES_AT_ONCE, strict=False):
            # What it refuses is seen again by itself, after `HELD_SECONDS`.
            self._client.change_message_visibility_batch(
                QueueUrl=self._dead_letter_urls[queue], Entries=chunk
            )

    def move(self, queue: QueueName, letter: DeadLetter, move: Move) -> None:
        """See `ports.DeadLetters`."""
        url = self._urls[move.to]
        extra: Any = {"MessageGroupId": move.group} if move.group else {}
        if url.endswith(".fifo"):
            # Moved again after a crash it is the same message.
            extra["MessageDeduplicationId"] = letter.message_id
        attributes: Any = {
            name: {"DataType": "String", "StringValue": value}
            for name, value in letter.attributes.items()
            if name not in (REASON, MESSAGE_ID)
        }
        self._client.send_message(
            QueueUrl=url, MessageBody=move.body, MessageAttributes=attributes, **extra
        )
        self._client.delete_message(
            QueueUrl=self._dead_letter_urls[queue], ReceiptHandle=letter.receipt
        )


def _letter(message: MessageTypeDef) -> DeadLetter:
    told = message["Attributes"]
    sent_at = datetime.fromtimestamp(int(told["SentTimestamp"]) / 1000, UTC)
    return DeadLetter(
        message_id=message["MessageId"],
        receipt=message["ReceiptHandle"],
        body=message["Body"],
        sent_at=sent_at,
        group=told.get("MessageGroupId"),
        attributes={
            name: value["StringValue"]
            for name, value in message.get("MessageAttributes", {}).items()
            if "StringValue" in value
        },
    )
