"""Move messages that went wrong back to where they came from, once what was wrong is mended."""

from __future__ import annotations

from collections import Counter
from collections.abc import Generator
from dataclasses import dataclass, field

from recado.ports.clock import Clock
from recado.ports.dead_letters import DELIVERY_QUEUES, DeadLetters, Move, QueueName
from recado.services.judge_dead_letter import JudgeDeadLetter, Judgement, Refusal

FRUITLESS = 10
"""After so many looks in a row that brought nothing from before its start a run ends: others may
go on sending what is refused. A single look finds some of what waits, and not always the oldest.
"""


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

    def __init__(self, *, letters: DeadLetters, judge: JudgeDeadLetter, clock: Clock) -> None:
        self._letters = letters
        self._judge = judge
        self._clock = clock

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

    def waiting(self, queue: QueueName) -> int:
        """About how many messages wait in a queue, those of a run included that stay."""
        return self._letters.waiting(queue)

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

        What comes while it runs is left for the next one: where the cause still stands, a message
        is back within milliseconds, and would go round for ever.

        Whatever stays can be seen again when the iteration ends or is closed. A message that was
        moved while this broke off may be in both places: working on it twice does no harm.
        """
        begun = self._clock.now()
        held: dict[str, str] = {}
        gone: set[str] = set()
        moved = fruitless = 0
        try:
            while fruitless < FRUITLESS and (letters := self._letters.take(queue)):
                new = [
                    letter
                    for letter in letters
                    if letter.message_id not in held and letter.sent_at <= begun
                ]
                fruitless = 0 if new else fruitless + 1
                held |= {letter.message_id: letter.receipt for letter in letters}
                for letter in new:
                    # Where our clock is ahead, what came back looks older than the run.
                    if letter.body in gone:
                        continue
                    if moved == limit:
                        return
                    judged = self._judge(queue, letter)
                    goes = _what_next(judged, reason)
                    if not isinstance(goes, Move):
                        yield Handled(judged.reason, refusal=goes)
                        continue
                    moved += 1
                    if not dry_run:
                        self._letters.move(queue, letter, goes)
                        del held[letter.message_id]
                        gone.add(goes.body)
                    yield Handled(judged.reason, to=goes.to)
        finally:
            self._letters.put_back(queue, list(held.values()))


def _what_next(judged: Judgement, reason: str | None) -> Move | Refusal | None:
    """What may become of a message; None when it lies there for another reason than asked for."""
    if reason is None or reason in (judged.reason, judged.reason.partition(":")[0]):
        return judged.next
    return None
