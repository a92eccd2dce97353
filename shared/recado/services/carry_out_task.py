"""Carry out the parts of tasks: record by record, each on its own."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from recado.domain.errors import LostRaceError, RequestError, without_message
from recado.domain.tasks import (
    AGAIN_AFTER,
    Fault,
    NumberedRecord,
    PartResult,
    RecordOutcome,
    TaskKind,
    TaskMessage,
    TaskPart,
)
from recado.ports.clock import Clock
from recado.ports.tasks import TaskQueue, TaskRepository

logger = logging.getLogger(__name__)

TRIES = 5
"""How often a record is tried that others change at the same time."""

Handler = Callable[[TaskPart, Mapping[str, Any]], RecordOutcome]
"""Carries one record out; twice changes nothing more.

Raises
------
RequestError
    The record cannot be carried out, and never could.
LostRaceError
    Something changed meanwhile: try again at once.
"""


class CarryOutTask:
    """Works on messages of the directory tasks queue."""

    def __init__(
        self,
        *,
        tasks: TaskRepository,
        queue: TaskQueue,
        handlers: Mapping[TaskKind, Handler],
        clock: Clock,
    ) -> None:
        self._tasks = tasks
        self._queue = queue
        self._handlers = handlers
        self._clock = clock

    def __call__(self, messages: Sequence[TaskMessage]) -> set[str]:
        """Work on parts; gives the ids of the messages that come again, in a minute or more."""
        kept: set[str] = set()
        for message in messages:
            if not self._is_done(message.part):
                kept.add(message.message_id)
                self._queue.postpone(message, message.tries * AGAIN_AFTER)
        return kept

    def _is_done(self, part: TaskPart) -> bool:
        """Carry out what is left of a part; a record that fails costs the others nothing."""
        about = {"tenant_id": part.tenant_id, "task_id": part.task_id, "part": part.number}
        try:
            result = self._tasks.result(part) or PartResult.begun(part, self._clock.now())
            for each in part.records:
                if each.index in result.left:
                    result = self._after(part, each, result)
            self._tasks.put_result(result)
        except Exception as error:
            logger.error("a part could not be worked on", extra={**about, **without_message(error)})
            return False
        if result.left:
            logger.error("records are left", extra={**about, "count": len(result.left)})
        return not result.left

    def _after(self, part: TaskPart, each: NumberedRecord, result: PartResult) -> PartResult:
        try:
            outcome = self._outcome(part, each)
        except RequestError as error:
            return result.with_fault(
                Fault(
                    index=each.index,
                    id=each.its_id,
                    field=error.field,
                    code=error.code,
                    message=str(error),
                ),
                self._clock.now(),
            )
        except Exception as error:
            extra = {"tenant_id": part.tenant_id, "task_id": part.task_id, "index": each.index}
            logger.error("a record failed", extra={**extra, **without_message(error)})
            return result
        return result.with_outcome(each.index, outcome, self._clock.now())

    def _outcome(self, part: TaskPart, each: NumberedRecord) -> RecordOutcome:
        handler = self._handlers[part.kind]
        for _ in range(TRIES - 1):
            try:
                return handler(part, each.record)
            except LostRaceError:
                continue
        return handler(part, each.record)
