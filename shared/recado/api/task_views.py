"""What the API answers about tasks."""

from __future__ import annotations

from datetime import datetime

from pydantic import Field

from recado.domain.model import Model
from recado.domain.tasks import Fault, TaskKind, TaskReport, TaskState


class TaskAcceptedView(Model):
    """A task that was accepted; `status_url` tells how it stands."""

    task_id: str = Field(examples=["tsk_0123456789abcdef0123456789abcdef"])
    kind: TaskKind
    state: TaskState
    total: int = Field(description="Records in the request.")
    status_url: str


class FaultView(Model):
    """Why a record was not carried out: `index` is its place in the request, from 0."""

    index: int
    id: str | None
    field: str | None
    code: str
    message: str

    @classmethod
    def of(cls, fault: Fault) -> FaultView:
        """The view of a fault."""
        return cls.model_validate(fault.model_dump())


class TaskView(Model):
    """How a task stands. Counts are of records.

    `state` is `queued`, `running`, `done`, `failed` (no record could be carried out) or `stalled`
    (not done an hour after it was asked for: people look at it).
    """

    task_id: str
    kind: TaskKind
    state: TaskState
    total: int
    applied: int
    unchanged: int = Field(description="Records that say what is there already.")
    stale: int = Field(description="Records that are older than what is there.")
    failed: int
    errors: list[FaultView]
    created_at: datetime
    finished_at: datetime | None

    @classmethod
    def of(cls, report: TaskReport) -> TaskView:
        """The view of a report."""
        task = report.task
        return cls(
            task_id=task.task_id,
            kind=task.kind,
            state=report.state,
            total=task.total,
            applied=report.applied,
            unchanged=report.unchanged,
            stale=report.stale,
            failed=report.failed,
            errors=[FaultView.of(fault) for fault in report.faults],
            created_at=task.created_at,
            finished_at=report.finished_at,
        )
