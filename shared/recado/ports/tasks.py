"""Tasks, as services see them: what is kept of them, and the queue that they go through."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import Protocol

from recado.domain.sync import SourceMark, SyncedKind
from recado.domain.tasks import PartResult, Task, TaskMessage, TaskPart


class TaskQueueError(Exception):
    """The queue did not take every part of a task."""


class TaskRepository(Protocol):
    """Tasks and what became of their parts, for a week."""

    def put_task(self, task: Task, results: Sequence[PartResult]) -> None:
        """Store a task, with what is known of it from the beginning."""
        ...

    def forget_task(self, task: Task) -> None:
        """Remove a task that nobody was told of."""
        ...

    def task(self, tenant_id: str, task_id: str) -> tuple[Task, list[PartResult]] | None:
        """A task with the results that are there, as stored now."""
        ...

    def result(self, part: TaskPart) -> PartResult | None:
        """What became of a part so far, as stored now."""
        ...

    def put_result(self, result: PartResult) -> None:
        """Store what became of a part, over what was there: it never counts twice."""
        ...


class TaskQueue(Protocol):
    """The directory tasks queue."""

    def put(self, parts: Sequence[TaskPart]) -> None:
        """Queue the parts of a task.

        Raises
        ------
        TaskQueueError
            It did not take all of them; it may have taken some.
        """
        ...

    def postpone(self, message: TaskMessage, delay: timedelta) -> None:
        """Make a message that stays in the queue visible again after some time.

        Does not raise when the queue refuses: then it comes after the queue's own time.
        """
        ...


class Departures(Protocol):
    """What another system has removed, so that no older change of it brings it back."""

    def departed(self, tenant_id: str, kind: SyncedKind, its_id: str) -> SourceMark | None:
        """The change that removed it, as stored now."""
        ...

    def depart(self, tenant_id: str, kind: SyncedKind, its_id: str, mark: SourceMark) -> None:
        """Remember the change that removed it, unless a newer one is known."""
        ...
