"""Look at how a task stands."""

from __future__ import annotations

from recado.domain.errors import NotFoundError
from recado.domain.tasks import TaskReport, report_of
from recado.ports.clock import Clock
from recado.ports.tasks import TaskRepository

LONGEST_ID = 128
"""Of a task; DynamoDB refuses a key of more than 2048 bytes as a fault of ours."""


class LookAtTask:
    """Tells how tasks stand."""

    def __init__(self, *, tasks: TaskRepository, clock: Clock) -> None:
        self._tasks = tasks
        self._clock = clock

    def __call__(self, tenant_id: str, task_id: str, *, division: str | None) -> TaskReport:
        """How a task stands; for a division only what the division asked for.

        Raises
        ------
        NotFoundError
            There is no such task, or it is over for a week.
        """
        found = self._tasks.task(tenant_id, task_id) if len(task_id) <= LONGEST_ID else None
        if found is None or division not in (None, found[0].division):
            raise NotFoundError("no such task", field="task_id")
        task, results = found
        return report_of(task, results, self._clock.now())
