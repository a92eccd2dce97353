"""What every implementation of `ports.DeadLetters` keeps."""

from __future__ import annotations

from abc import abstractmethod

import pytest

from recado.ports.dead_letters import DeadLetters, Move, QueueName

QUEUE = QueueName.REQUESTS


class DeadLettersContract:
    """The suite; implementations give `letters`, and say how messages come and what was moved."""

    @abstractmethod
    def put(self, letters: DeadLetters, queue: QueueName, body: str) -> None:
        """Let a message end in the dead-letter queue of a queue."""

    @abstractmethod
    def moved(self, letters: DeadLetters, queue: QueueName) -> list[str]:
        """The bodies that were put on a queue."""

    def test_what_is_taken_nobody_else_gets(self, letters: DeadLetters) -> None:
        self.put(letters, QUEUE, "a")
        self.put(letters, QUEUE, "b")

        taken = letters.take(QUEUE)

        assert sorted(letter.body for letter in taken) == ["a", "b"]
        assert letters.take(QUEUE) == []
        assert letters.waiting(QUEUE) == 0

    def test_what_is_put_back_comes_again_as_the_same_message(self, letters: DeadLetters) -> None:
        self.put(letters, QUEUE, "a")
        [first] = letters.take(QUEUE)

        letters.put_back(QUEUE, [first.receipt])

        assert letters.waiting(QUEUE) == 1
        [again] = letters.take(QUEUE)
        assert (again.message_id, again.body) == (first.message_id, "a")
        assert again.sent_at == first.sent_at

    @pytest.mark.parametrize("queue", list(QueueName))
    def test_the_queues_are_apart(self, letters: DeadLetters, queue: QueueName) -> None:
        self.put(letters, queue, "a")

        assert {each for each in QueueName if letters.waiting(each)} == {queue}

    @pytest.mark.parametrize("to", [QueueName.REQUESTS, QueueName.INBOUND, QueueName.SMS])
    def test_what_is_moved_is_on_its_new_queue_and_gone_here(
        self, letters: DeadLetters, to: QueueName
    ) -> None:
        self.put(letters, QUEUE, "a")
        [letter] = letters.take(QUEUE)

        letters.move(QUEUE, letter, Move(to=to, body="a, as it is now", group="g"))

        assert self.moved(letters, to) == ["a, as it is now"]
        assert letters.waiting(QUEUE) == 0
        assert letters.take(QUEUE) == []

    def test_nothing_is_put_back_without_receipts(self, letters: DeadLetters) -> None:
        letters.put_back(QUEUE, [])

        assert letters.waiting(QUEUE) == 0
