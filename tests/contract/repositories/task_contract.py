"""What every implementation of `ports.TaskRepository` and `ports.Departures` must do."""

from __future__ import annotations

from datetime import timedelta

from recado.domain.sync import SourceMark, SyncedKind
from recado.domain.tasks import (
    KEPT,
    Fault,
    NumberedRecord,
    PartResult,
    RecordOutcome,
    Task,
    TaskKind,
    TaskPart,
)
from recado.ports.tasks import Departures, TaskRepository
from tests.fakes.clock import NOON

TASK = Task(
    tenant_id="andinos",
    task_id="tsk_1",
    kind=TaskKind.CUSTOMERS_SYNC,
    total=2,
    parts=1,
    created_at=NOON,
    expires_at=NOON + KEPT,
)
PART = TaskPart(
    tenant_id="andinos",
    task_id="tsk_1",
    kind=TaskKind.CUSTOMERS_SYNC,
    number=0,
    accepted_at=NOON,
    expires_at=NOON + KEPT,
    records=(NumberedRecord(index=0, record={"customer_id": "customer-001"}),),
)
FAULT = Fault(index=1, id="c2", field="email", code="value_error", message="not an address")
REFUSED = PartResult(
    tenant_id="andinos",
    task_id="tsk_1",
    number=1,
    failed=1,
    faults=(FAULT,),
    finished_at=NOON,
    expires_at=NOON + KEPT,
)


class TaskRepositoryContract:
    """Inherit and give a fixture `tasks` that is empty."""

    def test_a_task_is_found_with_what_was_refused_at_once(self, tasks: TaskRepository) -> None:
        tasks.put_task(TASK, [REFUSED])

        assert tasks.task("andinos", "tsk_1") == (TASK, [REFUSED])

    def test_another_tenants_task_is_not_found(self, tasks: TaskRepository) -> None:
        tasks.put_task(TASK, [])

        assert tasks.task("other", "tsk_1") is None

    def test_a_forgotten_task_is_not_found(self, tasks: TaskRepository) -> None:
        tasks.put_task(TASK, [REFUSED])

        tasks.forget_task(TASK)
        tasks.forget_task(TASK)

        assert tasks.task("andinos", "tsk_1") is None

    def test_a_result_takes_the_place_of_the_one_before(self, tasks: TaskRepository) -> None:
        tasks.put_task(TASK, [])
        begun = PartResult.begun(PART, NOON)
        done = begun.with_outcome(0, RecordOutcome.APPLIED, NOON)

        assert tasks.result(PART) is None
        tasks.put_result(begun)
        tasks.put_result(done)

        assert tasks.result(PART) == done
        assert tasks.task("andinos", "tsk_1") == (TASK, [done])


class DeparturesContract:
    """Inherit and give a fixture `departures` that is empty."""

    def test_what_departed_is_remembered_by_its_newest_change(self, departures: Departures) -> None:
        marks = [
            SourceMark(source_at=NOON),
            SourceMark(source_at=NOON + timedelta(hours=2)),
            SourceMark(source_at=NOON + timedelta(hours=1)),
        ]

        for mark in marks:
            departures.depart("andinos", SyncedKind.CUSTOMER, "customer-001", mark)

        assert departures.departed("andinos", SyncedKind.CUSTOMER, "customer-001") == marks[1]

    def test_a_departure_is_of_one_tenant_and_one_kind(self, departures: Departures) -> None:
        mark = SourceMark(source_version=3, source_at=NOON)

        departures.depart("andinos", SyncedKind.CUSTOMER, "x", mark)

        assert departures.departed("andinos", SyncedKind.VEHICLE, "x") is None
        assert departures.departed("other", SyncedKind.CUSTOMER, "x") is None
