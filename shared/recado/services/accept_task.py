"""Keep and queue a task: what is asked for and cannot be done at once."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import batched

from recado.domain.errors import UnavailableError
from recado.domain.tasks import (
    FAULTY_AT_ONCE,
    KEPT,
    RECORDS_AT_ONCE,
    Fault,
    NumberedRecord,
    PartResult,
    Task,
    TaskKind,
    TaskPart,
    new_task_id,
    parts_of,
)
from recado.ports.clock import Clock
from recado.ports.tasks import TaskQueue, TaskQueueError, TaskRepository


class AcceptTask:
    """Accepts tasks. What a returned one is to do stands on the queue and is not lost."""

    def __init__(self, *, tasks: TaskRepository, queue: TaskQueue, clock: Clock) -> None:
        self._tasks = tasks
        self._queue = queue
        self._clock = clock

    def __call__(
        self,
        tenant_id: str,
        kind: TaskKind,
        records: Sequence[NumberedRecord],
        *,
        faulty: Sequence[tuple[Fault, ...]] = (),
        division: str | None = None,
        records_at_once: int = RECORDS_AT_ONCE,
    ) -> Task:
        """Keep a task and queue its records; `faulty` are those that are wrong already.

        Raises
        ------
        UnavailableError
            The queue did not take all of it. The same request may be sent again: what it took is
            carried out, and then found to be there already.
        """
        now = self._clock.now()
        groups = list(parts_of(records, at_once=records_at_once))
        task = Task(
            tenant_id=tenant_id,
            task_id=new_task_id(),
            kind=kind,
            division=division,
            total=len(records) + len(faulty),
            parts=len(groups),
            created_at=now,
            expires_at=now + KEPT,
        )
        refused = [
            PartResult(
                tenant_id=tenant_id,
                task_id=task.task_id,
                number=number,
                failed=len(group),
                faults=tuple(fault for faults in group for fault in faults),
                finished_at=now,
                expires_at=task.expires_at,
            )
            for number, group in enumerate(
                batched(faulty, FAULTY_AT_ONCE, strict=False), start=task.parts
            )
        ]
        parts = [
            TaskPart(
                tenant_id=tenant_id,
                task_id=task.task_id,
                kind=kind,
                division=division,
                number=number,
                accepted_at=now,
                expires_at=task.expires_at,
                records=group,
            )
            for number, group in enumerate(groups)
        ]
        self._tasks.put_task(task, refused)
        try:
            self._queue.put(parts)
        except TaskQueueError:
            self._tasks.forget_task(task)
            raise UnavailableError("the queue does not take this now; send it again") from None
        return task
