"""The queues: how much waits in them, how much is dead, and how soon a message comes again."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager

from local import aws
from local.places import AWS_URL

DELIVERY = tuple(f"{name}_QUEUE_URL" for name in ("WHATSAPP", "SMS", "EMAIL"))
FALLBACK = tuple(f"{name}_DLQ_URL" for name in ("WHATSAPP", "SMS", "EMAIL"))
WORKED_OFF = ("REQUESTS_QUEUE_URL", "RECEIPTS_QUEUE_URL", "INBOUND_QUEUE_URL", *FALLBACK)
LAST = ("REQUESTS_DLQ_URL", "RECEIPTS_DLQ_URL", "INBOUND_DLQ_URL", "PARKED_QUEUE_URL")
"""Where messages end that nobody could work off."""

HURRIED = {
    "RECEIPTS_QUEUE_URL": 12,
    "REQUESTS_QUEUE_URL": 32,
    "INBOUND_QUEUE_URL": 32,
    **dict.fromkeys(FALLBACK, 32),
}
"""Seconds after which a message of a worker that died comes again: just more than the worker may
take, where the template waits six times as long. The delivery queues keep their quarter of an hour:
there the clock is who repairs."""

_VISIBLE = "ApproximateNumberOfMessages"
_HIDDEN = ("ApproximateNumberOfMessagesNotVisible", "ApproximateNumberOfMessagesDelayed")


class Queues:
    """The queues of the stack, by the variables that name them."""

    def __init__(self, variables: Mapping[str, str]) -> None:
        self._variables = variables
        self._client = aws.SESSION.client("sqs", endpoint_url=AWS_URL)

    def waiting(self) -> dict[str, int]:
        """Where how much waits; what the delivery queues hide belongs to the clock."""
        counts = {queue: self._count(queue, _VISIBLE, *_HIDDEN) for queue in WORKED_OFF}
        counts |= {queue: self._count(queue, _VISIBLE) for queue in DELIVERY}
        return {queue: count for queue, count in counts.items() if count}

    def dead(self) -> dict[str, int]:
        """How many messages are in each queue of last resort."""
        return {queue: self._count(queue, _VISIBLE, *_HIDDEN) for queue in LAST}

    def put(self, queue: str, entries: list[dict[str, str]]) -> set[str]:
        """Send a batch of at most ten; gives the ids of the entries that were taken."""
        answer = self._client.send_message_batch(
            QueueUrl=self._variables[queue],
            Entries=entries,  # type: ignore[arg-type]
        )
        return {each["Id"] for each in answer.get("Successful", [])}

    @contextmanager
    def hurried(self) -> Iterator[None]:
        """Have messages of workers that died come again soon, and as before in the end."""
        before = {queue: self._attributes(queue)["VisibilityTimeout"] for queue in HURRIED}
        try:
            for queue, seconds in HURRIED.items():
                self._set(queue, str(seconds))
            yield
        finally:
            for queue, was in before.items():
                self._set(queue, was)

    def _count(self, queue: str, *names: str) -> int:
        attributes = self._attributes(queue)
        return sum(int(attributes.get(name, 0)) for name in names)

    def _attributes(self, queue: str) -> dict[str, str]:
        url = self._variables[queue]
        answer = self._client.get_queue_attributes(QueueUrl=url, AttributeNames=["All"])
        return {str(name): value for name, value in answer["Attributes"].items()}

    def _set(self, queue: str, seconds: str) -> None:
        self._client.set_queue_attributes(
            QueueUrl=self._variables[queue], Attributes={"VisibilityTimeout": seconds}
        )
