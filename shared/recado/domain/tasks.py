"""Tasks: work on many people or vehicles that goes on after the request was answered."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Literal, Self
from uuid import uuid4

from pydantic import Field, JsonValue, ValidationError

from recado.domain.model import Model

KEPT = timedelta(days=7)
"""How long what became of a task can be asked for."""

AGAIN_AFTER = timedelta(minutes=1)
"""What fails comes again after this, and each time this much later."""

STALLED_AFTER = timedelta(hours=1)
"""A task that is not done by then waits for people: what fails five times is in the dead-letter
queue after a quarter of an hour."""

MOST_RECORDS = 1_000
"""Records of one request."""

RECORDS_AT_ONCE = 25
LARGEST_PART = 100_000
"""Bytes of the records of one part: ten parts go into one call of SQS, which takes 1 MiB, and
each has room for what stands around its records."""

MOST_FAULTS_OF_A_RECORD = 5
FAULTY_AT_ONCE = 20
"""Faulty records in one row: a row of DynamoDB takes 400 KB."""

LONGEST_FIELD = 100
"""Characters of a field's name that are told: a client may have called it anything."""


class TaskKind(StrEnum):
    """What is done."""

    CUSTOMERS_SYNC = "customers_sync"
    VEHICLES_SYNC = "vehicles_sync"
    CUSTOMERS_IMPORT = "customers_import"
    CUSTOMER_ERASURE = "customer_erasure"


class TaskState(StrEnum):
    """How far a task is.

    `failed` when none of its records could be carried out, `stalled` when it is not done an hour
    after it was asked for.
    """

    QUEUED = "queued"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"
    STALLED = "stalled"


class RecordOutcome(StrEnum):
    """What became of a record that could be carried out."""

    APPLIED = "applied"
    UNCHANGED = "unchanged"
    STALE = "stale"


class Fault(Model):
    """Why a record cannot be carried out.

    Parameters
    ----------
    index
        Which record of the request it is, from 0.
    id
        Whose record it is, where it says so.
    field
        What of the record is wrong.
    """

    index: int
    id: str | None = None
    field: str | None = None
    code: str
    message: str

    @classmethod
    def of_invalid(cls, index: int, its_id: str | None, error: ValidationError) -> tuple[Self, ...]:
        """What is wrong with a record, as pydantic found it."""
        found = error.errors(include_url=False, include_input=False)
        return tuple(
            cls(
                index=index,
                id=its_id,
                field=".".join(map(str, each["loc"]))[:LONGEST_FIELD] or None,
                code=each["type"],
                message=each["msg"].removeprefix("Value error, "),
            )
            for each in found[:MOST_FAULTS_OF_A_RECORD]
        )


class NumberedRecord(Model):
    """A record with its place in the request."""

    index: int
    record: Mapping[str, JsonValue]

    @property
    def its_id(self) -> str | None:
        """Whose record it is, where it says so."""
        named = (self.record.get(name) for name in ("vehicle_id", "customer_id"))
        return next((each for each in named if isinstance(each, str)), None)

    @property
    def size(self) -> int:
        """Bytes on the queue, where every sign beyond ASCII is written as an escape."""
        return len(json.dumps(self.model_dump(mode="json")))


class Task(Model):
    """What was asked for.

    Parameters
    ----------
    division
        The part of the tenant that asked; None for the whole tenant and for other services.
    total
        Records in the request.
    parts
        Messages on the queue: the task is done when each has its result.
    """

    tenant_id: str
    task_id: str
    kind: TaskKind
    division: str | None = None
    total: int
    parts: int
    created_at: datetime
    expires_at: datetime


class TaskPart(Model):
    """Some records of a task: one message of the directory tasks queue."""

    v: Literal[1] = 1
    tenant_id: str
    task_id: str
    kind: TaskKind
    division: str | None = None
    number: int = Field(ge=0)
    accepted_at: datetime
    expires_at: datetime
    records: tuple[NumberedRecord, ...]


class TaskMessage(Model):
    """A part as the queue hands it out.

    Parameters
    ----------
    receipt
        The queue's own name of this time of handing it out.
    tries
        How often it was handed out, this time included.
    """

    message_id: str
    receipt: str
    tries: int
    part: TaskPart


class PartResult(Model):
    """What became of some records of a task.

    Parameters
    ----------
    number
        Of the part. What could not even be queued has the numbers after the last part.
    left
        The records that are still to be carried out.
    """

    tenant_id: str
    task_id: str
    number: int
    left: tuple[int, ...] = ()
    applied: int = 0
    unchanged: int = 0
    stale: int = 0
    failed: int = 0
    faults: tuple[Fault, ...] = ()
    finished_at: datetime
    expires_at: datetime

    @classmethod
    def begun(cls, part: TaskPart, now: datetime) -> Self:
        """A part of which nothing is done."""
        return cls(
            tenant_id=part.tenant_id,
            task_id=part.task_id,
            number=part.number,
            left=tuple(each.index for each in part.records),
            finished_at=now,
            expires_at=part.expires_at,
        )

    def with_outcome(self, index: int, outcome: RecordOutcome, now: datetime) -> Self:
        """After one more record was carried out."""
        return self._without(index, now, {outcome.value: getattr(self, outcome.value) + 1})

    def with_fault(self, fault: Fault, now: datetime) -> Self:
        """After one more record turned out to be wrong."""
        changes = {"failed": self.failed + 1, "faults": (*self.faults, fault)}
        return self._without(fault.index, now, changes)

    def _without(self, index: int, now: datetime, changes: Mapping[str, object]) -> Self:
        left = tuple(other for other in self.left if other != index)
        return self.model_copy(update={**changes, "left": left, "finished_at": now})


class TaskReport(Model):
    """How a task stands; counts are of records."""

    task: Task
    state: TaskState
    applied: int
    unchanged: int
    stale: int
    failed: int
    faults: tuple[Fault, ...]
    finished_at: datetime | None


def report_of(task: Task, results: Sequence[PartResult], now: datetime) -> TaskReport:
    """How a task stands, from the results that are there."""
    failed = sum(result.failed for result in results)
    of_parts = [result for result in results if result.number < task.parts]
    is_done = sum(not result.left for result in of_parts) == task.parts
    if is_done:
        state = TaskState.FAILED if failed == task.total > 0 else TaskState.DONE
    elif now - task.created_at >= STALLED_AFTER:
        state = TaskState.STALLED
    else:
        state = TaskState.RUNNING if of_parts else TaskState.QUEUED
    faults = (fault for result in results for fault in result.faults)
    last = max((result.finished_at for result in results), default=task.created_at)
    return TaskReport(
        task=task,
        state=state,
        applied=sum(result.applied for result in results),
        unchanged=sum(result.unchanged for result in results),
        stale=sum(result.stale for result in results),
        failed=failed,
        faults=tuple(sorted(faults, key=lambda fault: fault.index)),
        finished_at=last if is_done else None,
    )


def parts_of(
    records: Iterable[NumberedRecord], *, at_once: int = RECORDS_AT_ONCE
) -> Iterator[tuple[NumberedRecord, ...]]:
    """Records in their order, as many together as one message carries."""
    group: list[NumberedRecord] = []
    size = 0
    for each in records:
        if group and (len(group) == at_once or size + each.size > LARGEST_PART):
            yield tuple(group)
            group, size = [], 0
        group.append(each)
        size += each.size
    if group:
        yield tuple(group)


def new_task_id() -> str:
    """A fresh task id."""
    return f"tsk_{uuid4().hex}"
