"""Parts of tasks: each record on its own, none counted twice."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from recado.domain.errors import LostRaceError, UnavailableError, UnprocessableError
from recado.domain.sync import SyncedKind
from recado.domain.tasks import (
    NumberedRecord,
    RecordOutcome,
    TaskKind,
    TaskPart,
    TaskState,
    report_of,
)
from recado.services.accept_sync import AcceptSync
from recado.services.accept_task import AcceptTask
from recado.services.carry_out_task import TRIES, CarryOutTask
from tests.fakes.clock import NOON, FakeClock
from tests.fakes.tasks import FakeTaskQueue, FakeTasks


class Work:
    """The services over fakes; `script` says what happens to each record, by its id."""

    def __init__(self) -> None:
        self.tasks = FakeTasks()
        self.queue = FakeTaskQueue()
        self.script: dict[str, list[Exception | RecordOutcome]] = {}
        self.tried: list[str] = []
        self.accept = AcceptTask(tasks=self.tasks, queue=self.queue, clock=FakeClock())
        handlers = {TaskKind.CUSTOMERS_SYNC: self._carry_out}
        self.work = CarryOutTask(tasks=self.tasks, handlers=handlers, clock=FakeClock())

    def _carry_out(self, part: TaskPart, document: Mapping[str, Any]) -> RecordOutcome:
        name = document["customer_id"]
        self.tried.append(name)
        happens = self.script.get(name, [])
        result = happens.pop(0) if happens else RecordOutcome.APPLIED
        if isinstance(result, Exception):
            raise result
        return result

    def __call__(self, *names: str) -> None:
        records = [
            NumberedRecord(index=index, record={"customer_id": name})
            for index, name in enumerate(names)
        ]
        self.accept("andinos", TaskKind.CUSTOMERS_SYNC, records)

    def run(self) -> set[str]:
        return self.work({str(part.number): part for part in self.queue.parts})

    def report(self) -> Any:
        [task] = self.tasks.all()
        found = self.tasks.task("andinos", task.task_id)
        assert found is not None
        return report_of(*found, NOON)


def test_a_record_that_others_change_at_the_same_time_is_tried_again() -> None:
    work = Work()
    work.script["a"] = [LostRaceError() for _ in range(TRIES - 1)]
    work("a", "b")

    assert work.run() == set()

    assert (work.report().applied, work.tried.count("a")) == (2, TRIES)


def test_a_record_that_never_wins_is_left_for_the_next_time_and_costs_no_other() -> None:
    work = Work()
    work.script["a"] = [LostRaceError() for _ in range(TRIES)]
    work("a", "b")

    assert work.run() == {"0"}
    assert (work.report().state, work.report().applied) == (TaskState.RUNNING, 1)
    assert work.run() == set()
    assert (work.report().state, work.report().applied) == (TaskState.DONE, 2)
    assert work.tried.count("b") == 1


def test_a_record_that_cannot_be_carried_out_is_told_and_not_tried_again() -> None:
    work = Work()
    work.script["b"] = [UnprocessableError("a new customer needs a name", field="name")]
    work("a", "b")

    assert work.run() == set()
    assert work.run() == set()

    [fault] = work.report().faults
    assert (fault.index, fault.id, fault.field, fault.code) == (1, "b", "name", "unprocessable")
    assert work.tried == ["a", "b"]


def test_a_fault_of_ours_is_not_the_records() -> None:
    work = Work()
    work.script["a"] = [RuntimeError("carlos@example.com")]
    work("a")

    assert work.run() == {"0"}
    assert work.report().faults == ()


def test_of_a_task_that_no_queue_takes_nothing_is_kept() -> None:
    work = Work()
    work.queue.down = True

    with pytest.raises(UnavailableError):
        work("a")

    assert work.tasks.all() == []


def test_records_that_are_wrong_do_not_reach_the_queue() -> None:
    work = Work()
    accept = AcceptSync(accept=work.accept)
    wrong = [{"customer_id": f"c-{number}", "email": number} for number in range(45)]

    task = accept("andinos", SyncedKind.CUSTOMER, wrong)

    assert (task.total, task.parts, work.queue.parts) == (45, 0, [])
    assert (work.report().state, work.report().failed) == (TaskState.FAILED, 45)
    assert [fault.index for fault in work.report().faults] == list(range(45))
