"""The queues of what went wrong, in memory and in SQS, keep one contract."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

import boto3
import pytest

from recado.adapters import dead_letters
from recado.adapters.dead_letters import SqsDeadLetters
from recado.adapters.sqs import SqsRefusedRequests
from recado.ports.dead_letters import DeadLetter, DeadLetters, Move, QueueName
from tests.cloud import create_queues
from tests.contract.repositories.dead_letter_contract import DeadLettersContract
from tests.fakes.clock import NOON
from tests.fakes.dead_letters import FakeDeadLetters


class TestFakeDeadLetters(DeadLettersContract):
    @pytest.fixture
    def letters(self) -> DeadLetters:
        return FakeDeadLetters()

    def put(self, letters: DeadLetters, queue: QueueName, body: str) -> None:
        assert isinstance(letters, FakeDeadLetters)
        letters.letters[queue].append(
            DeadLetter(message_id=uuid4().hex, receipt="", body=body, sent_at=NOON)
        )

    def moved(self, letters: DeadLetters, queue: QueueName) -> list[str]:
        assert isinstance(letters, FakeDeadLetters)
        return [move.body for move in letters.moved if move.to is queue]


def variable(queue: QueueName, kind: str) -> str:
    return f"{queue.upper().replace('-', '_')}_{kind}_URL"


class TestSqsDeadLetters(DeadLettersContract):
    @pytest.fixture
    def environment(self, aws: None) -> dict[str, str]:
        return create_queues(boto3.client("sqs"))

    @pytest.fixture
    def sqs(self, environment: dict[str, str]) -> Any:
        return boto3.client("sqs")

    @pytest.fixture
    def urls(self, environment: dict[str, str]) -> dict[QueueName, str]:
        return {
            queue: environment[variable(queue, "QUEUE" if queue is QueueName.PARKED else "DLQ")]
            for queue in QueueName
        }

    @pytest.fixture
    def letters(
        self,
        sqs: Any,
        environment: dict[str, str],
        urls: dict[QueueName, str],
        monkeypatch: pytest.MonkeyPatch,
    ) -> DeadLetters:
        monkeypatch.setattr(dead_letters, "WAIT_SECONDS", 0)
        self._sqs, self._urls, self._environment = sqs, urls, environment
        queues = {
            queue: environment[variable(queue, "QUEUE")]
            for queue in QueueName
            if queue is not QueueName.PARKED
        }
        return SqsDeadLetters(sqs, urls=queues, dead_letter_urls=urls)

    def put(self, letters: DeadLetters, queue: QueueName, body: str) -> None:
        order = {"MessageGroupId": "g", "MessageDeduplicationId": uuid4().hex}
        url = self._urls[queue]
        self._sqs.send_message(
            QueueUrl=url, MessageBody=body, **(order if url.endswith(".fifo") else {})
        )

    def moved(self, letters: DeadLetters, queue: QueueName) -> list[str]:
        return [message["Body"] for message in self.received(queue)]

    def received(self, queue: QueueName) -> list[Any]:
        answer = self._sqs.receive_message(
            QueueUrl=self._environment[variable(queue, "QUEUE")],
            MaxNumberOfMessages=10,
            MessageAttributeNames=["All"],
            MessageSystemAttributeNames=["All"],
        )
        messages: list[Any] = answer.get("Messages", [])
        return messages

    def test_a_refused_request_says_why_and_which_message_it_was(
        self, letters: DeadLetters, sqs: Any, urls: dict[QueueName, str]
    ) -> None:
        SqsRefusedRequests(sqs, urls[QueueName.REQUESTS]).put("m1", "body", reason="invalid: x")

        [letter] = letters.take(QueueName.REQUESTS)

        assert letter.attributes == {"reason": "invalid: x", "message_id": "m1"}

    def test_a_moved_message_keeps_its_senders_attributes_and_loses_ours(
        self, letters: DeadLetters, sqs: Any, urls: dict[QueueName, str]
    ) -> None:
        names = ("reason", "message_id", "theirs")
        sqs.send_message(
            QueueUrl=urls[QueueName.REQUESTS],
            MessageBody="body",
            MessageAttributes={n: {"DataType": "String", "StringValue": n} for n in names},
        )
        [letter] = letters.take(QueueName.REQUESTS)
        letters.move(QueueName.REQUESTS, letter, Move(to=QueueName.REQUESTS, body="body"))

        [message] = self.received(QueueName.REQUESTS)
        assert list(message["MessageAttributes"]) == ["theirs"]

    def test_a_persons_messages_stay_in_their_group_and_order(self, letters: DeadLetters) -> None:
        for body in ("a", "b", "c"):
            self.put(letters, QueueName.INBOUND, body)
        for letter in letters.take(QueueName.INBOUND):
            move = Move(to=QueueName.INBOUND, body=letter.body, group=letter.group)
            letters.move(QueueName.INBOUND, letter, move)

        messages = self.received(QueueName.INBOUND)
        assert [message["Body"] for message in messages] == ["a", "b", "c"]
        assert {message["Attributes"]["MessageGroupId"] for message in messages} == {"g"}

    def test_a_message_that_its_new_queue_refuses_stays(
        self, letters: DeadLetters, sqs: Any
    ) -> None:
        self.put(letters, QueueName.SMS, "a")
        [letter] = letters.take(QueueName.SMS)
        sqs.delete_queue(QueueUrl=self._environment["SMS_QUEUE_URL"])

        with pytest.raises(sqs.exceptions.QueueDoesNotExist):
            letters.move(QueueName.SMS, letter, Move(to=QueueName.SMS, body="a"))
        letters.put_back(QueueName.SMS, [letter.receipt])

        assert [each.body for each in letters.take(QueueName.SMS)] == ["a"]
