"""Queues of what went wrong, in memory."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection

from recado.ports.dead_letters import DeadLetter, Move, QueueName

AT_ONCE = 10


class FakeDeadLetters:
    """Implements `ports.DeadLetters`; what is moved lies in `moved`, by its new queue.

    After `crash_after` moves the next one puts the message on its queue and fails before it is
    deleted. `before_take` is called each time before messages are handed out.
    """

    def __init__(self) -> None:
        self.letters: dict[QueueName, list[DeadLetter]] = defaultdict(list)
        self.moved: list[Move] = []
        self.crash_after: int | None = None
        self.before_take: Callable[[], None] = lambda: None
        self._held: dict[str, str] = {}

    def waiting(self, queue: QueueName) -> int:
        return len([each for each in self.letters[queue] if each.message_id not in self._held])

    def take(self, queue: QueueName) -> list[DeadLetter]:
        self.before_take()
        free = [each for each in self.letters[queue] if each.message_id not in self._held]
        taken = [
            letter.model_copy(update={"receipt": f"receipt-{letter.message_id}"})
            for letter in free[:AT_ONCE]
        ]
        self._held |= {letter.message_id: letter.receipt for letter in taken}
        return taken

    def put_back(self, queue: QueueName, receipts: Collection[str]) -> None:
        self._held = {name: held for name, held in self._held.items() if held not in receipts}

    def move(self, queue: QueueName, letter: DeadLetter, move: Move) -> None:
        self.moved.append(move)
        if self.crash_after is not None and len(self.moved) > self.crash_after:
            raise ConnectionError
        self.letters[queue] = [
            each for each in self.letters[queue] if each.message_id != letter.message_id
        ]
        del self._held[letter.message_id]
