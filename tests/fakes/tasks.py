"""Tasks, their queue and what has departed, in memory."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

from recado.domain.sync import SourceMark, SyncedKind
from recado.domain.tasks import PartResult, Task, TaskMessage, TaskPart
from recado.ports.tasks import TaskQueueError


class FakeTasks:
    """Implements `ports.TaskRepository`."""

    def __init__(self) -> None:
        self._tasks: dict[tuple[str, str], Task] = {}
        self._results: dict[tuple[str, str, int], PartResult] = {}

    def put_task(self, task: Task, results: Sequence[PartResult]) -> None:
        for result in results:
            self.put_result(result)
        self._tasks[task.tenant_id, task.task_id] = task

    def forget_task(self, task: Task) -> None:
        self._tasks.pop((task.tenant_id, task.task_id), None)

    def task(self, tenant_id: str, task_id: str) -> tuple[Task, list[PartResult]] | None:
        task = self._tasks.get((tenant_id, task_id))
        results = [self._results[key] for key in sorted(self._results)]
        theirs = [r for r in results if (r.tenant_id, r.task_id) == (tenant_id, task_id)]
        return (task, theirs) if task else None

    def result(self, part: TaskPart) -> PartResult | None:
        return self._results.get((part.tenant_id, part.task_id, part.number))

    def put_result(self, result: PartResult) -> None:
        self._results[result.tenant_id, result.task_id, result.number] = result

    def all(self) -> list[Task]:
        """Every task."""
        return list(self._tasks.values())


class FakeTaskQueue:
    """Implements `ports.TaskQueue`; with `down`, it takes nothing."""

    def __init__(self) -> None:
        self.down = False
        self.parts: list[TaskPart] = []
        self.postponed: dict[str, timedelta] = {}

    def put(self, parts: Sequence[TaskPart]) -> None:
        if self.down:
            raise TaskQueueError
        self.parts += parts

    def postpone(self, message: TaskMessage, delay: timedelta) -> None:
        self.postponed[message.message_id] = delay


class FakeDepartures:
    """Implements `ports.Departures`."""

    def __init__(self) -> None:
        self._marks: dict[tuple[str, str, str], SourceMark] = {}

    def departed(self, tenant_id: str, kind: SyncedKind, its_id: str) -> SourceMark | None:
        return self._marks.get((tenant_id, kind, its_id))

    def depart(self, tenant_id: str, kind: SyncedKind, its_id: str, mark: SourceMark) -> None:
        known = self.departed(tenant_id, kind, its_id)
        if known is None or known.is_older_than(mark):
            self._marks[tenant_id, kind, its_id] = mark
