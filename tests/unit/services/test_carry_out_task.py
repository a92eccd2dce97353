"""Parts of tasks: each record on its own, none counted twice."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from recado.domain.errors import LostRaceError, UnavailableError, UnprocessableError
from recado.domain.sync import CustomerRecord, SourceMark, SyncedKind
from recado.domain.tasks import (
    NumberedRecord,
    RecordOutcome,
    TaskKind,
    TaskMessage,
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
        self.work = CarryOutTask(
            tasks=self.tasks, queue=self.queue, handlers=handlers, clock=FakeClock()
        )

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

    def run(self, *, tries: int = 1) -> set[str]:
        return self.work(
            [
                TaskMessage(message_id=str(part.number), receipt="r", tries=tries, part=part)
                for part in self.queue.parts
            ]
        )

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


def test_a_part_that_fails_comes_again_in_a_minute_and_each_time_a_minute_later() -> None:
    work = Work()
    work.script["a"] = [RuntimeError(), RuntimeError()]
    work("a")

    work.run()
    assert work.queue.postponed == {"0": timedelta(minutes=1)}
    work.run(tries=2)
    assert work.queue.postponed == {"0": timedelta(minutes=2)}


def test_a_part_that_is_done_is_not_postponed() -> None:
    work = Work()
    work("a")

    work.run()

    assert work.queue.postponed == {}


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


def test_of_two_records_of_one_list_the_second_is_the_newer_change() -> None:
    work = Work()
    accept = AcceptSync(accept=work.accept, clock=FakeClock())
    dated = {"updated_at": "2026-01-01T00:00:00Z"}

    accept("andinos", SyncedKind.CUSTOMER, [{"customer_id": "c"}, {"customer_id": "c"}])
    accept("andinos", SyncedKind.CUSTOMER, [{"customer_id": "c", **dated}])
    accept("andinos", SyncedKind.CUSTOMER, [{"customer_id": "c", "source_version": 1}])

    [one, other], [told], [counted] = (
        [CustomerRecord.model_validate(each.record).mark(part.accepted_at) for each in part.records]
        for part in work.queue.parts
    )
    assert one.is_older_than(other)
    assert other.source_at - one.source_at < timedelta(milliseconds=1)
    assert told.source_at == datetime(2026, 1, 1, tzinfo=UTC)
    assert counted == SourceMark(source_version=1, source_at=NOON)


def test_records_that_are_wrong_do_not_reach_the_queue() -> None:
    work = Work()
    accept = AcceptSync(accept=work.accept, clock=FakeClock())
    wrong = [{"customer_id": f"c-{number}", "email": number} for number in range(45)]

    task = accept("andinos", SyncedKind.CUSTOMER, wrong)

    assert (task.total, task.parts, work.queue.parts) == (45, 0, [])
    assert (work.report().state, work.report().failed) == (TaskState.FAILED, 45)
    assert [fault.index for fault in work.report().faults] == list(range(45))
