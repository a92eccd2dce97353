"""Move messages that went wrong back to where they came from, once what was wrong is mended."""

from __future__ import annotations

from collections import Counter
from collections.abc import Generator
from dataclasses import dataclass, field

from recado.ports.dead_letters import DELIVERY_QUEUES, DeadLetter, DeadLetters, Move, QueueName
from recado.services.judge_dead_letter import JudgeDeadLetter, Refusal


@dataclass(frozen=True)
class Waiting:
    """What waits in a queue: about how many, and why some of them do."""

    queue: QueueName
    count: int
    reasons: Counter[str] = field(default_factory=Counter)


@dataclass(frozen=True)
class Handled:
    """What became of a message: it went `to` a queue, or stays for a `refusal`.

    Neither: it lies there for another reason than was asked for.
    """

    reason: str
    to: QueueName | None = None
    refusal: Refusal | None = None


class Redrive:
    """Looks at the queues of what went wrong, and empties them as far as that is safe."""

    def __init__(self, *, letters: DeadLetters, judge: JudgeDeadLetter) -> None:
        self._letters = letters
        self._judge = judge

    def look(self) -> list[Waiting]:
        """What waits in each queue, with the reasons of a few messages.

        Of those that `channel_fallback` reads nothing is taken out: SQS parks what was handed out
        five times.
        """
        return [self._look(queue) for queue in QueueName]

    def _look(self, queue: QueueName) -> Waiting:
        count = self._letters.waiting(queue)
        if not count or queue in DELIVERY_QUEUES:
            return Waiting(queue, count)
        letters = self._letters.take(queue)
        try:
            reasons = Counter(self._judge(queue, letter).reason for letter in letters)
        finally:
            self._letters.put_back(queue, [letter.receipt for letter in letters])
        return Waiting(queue, count, reasons)

    def __call__(
        self,
        queue: QueueName,
        *,
        reason: str | None = None,
        limit: int | None = None,
        dry_run: bool = False,
    ) -> Generator[Handled]:
        """Move the messages of a queue, one with each step of the iteration.

        Parameters
        ----------
        reason
            Only those that lie there for it: all of it, or its code before the colon.
        limit
            At most so many; those that stay do not count.
        dry_run
            Move nothing, and tell what would become of each.

        Whatever stays can be seen again when the iteration ends or is closed. A message that was
        moved while this broke off may be in both places: working on it twice does no harm.
        """
        held: dict[str, str] = {}
        moved = 0
        try:
            while letters := self._letters.take(queue):
                new = [letter for letter in letters if letter.message_id not in held]
                held |= {letter.message_id: letter.receipt for letter in letters}
                for letter in new:
                    if moved == limit:
                        return
                    handled = self._handle(queue, letter, reason, dry_run=dry_run)
                    if handled.to is not None:
                        moved += 1
                        if not dry_run:
                            del held[letter.message_id]
                    yield handled
        finally:
            self._letters.put_back(queue, list(held.values()))

    def _handle(
        self, queue: QueueName, letter: DeadLetter, reason: str | None, *, dry_run: bool
    ) -> Handled:
        judged = self._judge(queue, letter)
        if reason is not None and reason not in (judged.reason, judged.reason.partition(":")[0]):
            return Handled(judged.reason)
        if not isinstance(judged.next, Move):
            return Handled(judged.reason, refusal=judged.next)
        if not dry_run:
            self._letters.move(queue, letter, judged.next)
        return Handled(judged.reason, to=judged.next.to)
