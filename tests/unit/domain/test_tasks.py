"""How a task stands, and how its records are shared out."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from recado.domain.sync import CustomerRecord
from recado.domain.tasks import (
    LARGEST_PART,
    MOST_FAULTS_OF_A_RECORD,
    RECORDS_AT_ONCE,
    STALLED_AFTER,
    Fault,
    NumberedRecord,
    PartResult,
    RecordOutcome,
    TaskState,
    parts_of,
    report_of,
)
from tests.contract.repositories.task_contract import FAULT, PART, REFUSED, TASK
from tests.fakes.clock import NOON

BEGUN = PartResult.begun(PART, NOON)
DONE = BEGUN.with_outcome(0, RecordOutcome.APPLIED, NOON + timedelta(minutes=1))


def test_a_task_is_queued_until_a_part_was_begun() -> None:
    report = report_of(TASK, [REFUSED], NOON)

    assert (report.state, report.failed, report.finished_at) == (TaskState.QUEUED, 1, None)


def test_a_task_runs_while_a_record_is_left() -> None:
    assert report_of(TASK, [BEGUN], NOON).state is TaskState.RUNNING


def test_a_task_is_done_when_each_part_has_its_result() -> None:
    report = report_of(TASK, [REFUSED, DONE], NOON)

    assert report.state is TaskState.DONE
    assert (report.applied, report.failed, report.faults) == (1, 1, (FAULT,))
    assert report.finished_at == DONE.finished_at


def test_a_task_that_is_not_done_after_an_hour_is_stalled() -> None:
    assert report_of(TASK, [BEGUN], NOON + STALLED_AFTER).state is TaskState.STALLED
    assert report_of(TASK, [DONE], NOON + STALLED_AFTER).state is TaskState.DONE


def test_a_task_fails_when_none_of_its_records_could_be_carried_out() -> None:
    failed = BEGUN.with_fault(FAULT.model_copy(update={"index": 0}), NOON)

    assert report_of(TASK, [REFUSED, failed], NOON).state is TaskState.FAILED


def test_a_task_without_records_is_done() -> None:
    empty = TASK.model_copy(update={"total": 0, "parts": 0})

    assert report_of(empty, [], NOON).state is TaskState.DONE


@given(st.lists(st.text(max_size=30_000), max_size=60))
def test_parts_hold_all_records_in_order_and_are_small(texts: list[str]) -> None:
    records = [NumberedRecord(index=i, record={"t": text}) for i, text in enumerate(texts)]

    parts = list(parts_of(records))

    assert [each for part in parts for each in part] == records
    for part in parts:
        assert len(part) <= RECORDS_AT_ONCE
        assert len(part) == 1 or sum(each.size for each in part) <= LARGEST_PART


@pytest.mark.parametrize("sign", ["x", '"', "\\", "\x01", "é", "🚗"])
def test_ten_parts_fit_into_one_call_whatever_their_records_are_made_of(sign: str) -> None:
    records = [NumberedRecord(index=i, record={"t": sign * 3_000}) for i in range(250)]
    parts = [PART.model_copy(update={"records": each}) for each in parts_of(records)]

    bodies = [json.dumps(part.model_dump(mode="json", exclude_none=True)) for part in parts]

    assert sum(sorted(map(len, bodies))[-10:]) <= 1024 * 1024


def test_a_record_tells_of_a_few_faults_and_no_endless_names() -> None:
    try:
        CustomerRecord.model_validate(
            {"customer_id": "c", **{f"{i}{'x' * 999}": 1 for i in range(9)}}
        )
    except ValidationError as error:
        faults = Fault.of_invalid(3, "c", error)

    assert len(faults) == MOST_FAULTS_OF_A_RECORD
    assert {(fault.index, fault.code) for fault in faults} == {(3, "extra_forbidden")}
    assert all(len(fault.model_dump_json()) < 400 for fault in faults)
