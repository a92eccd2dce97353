"""Tasks and departures in DynamoDB, in the directory's table."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from recado.adapters.dynamodb import keys
from recado.adapters.dynamodb.table import ATTEMPTS, StoreBusyError, Table, row
from recado.domain.sync import SourceMark, SyncedKind
from recado.domain.tasks import PartResult, Task, TaskPart

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

    from recado.adapters.dynamodb.table import Item


class DynamoDBTaskRepository:
    """Implements `ports.TaskRepository`: a row for the task, and one for each part's result."""

    def __init__(self, client: DynamoDBClient, table_name: str) -> None:
        self._table = Table(client, table_name)

    def put_task(self, task: Task, results: Sequence[PartResult]) -> None:
        """See `ports.TaskRepository`. The task comes last: whoever finds it finds it whole."""
        self._table.put_many([_result_row(result) for result in results])
        self._table.put(
            row(
                keys.task(task.tenant_id, task.task_id),
                keys.TASK,
                task.model_dump_json(exclude_none=True),
                expires_at=int(task.expires_at.timestamp()),
            )
        )

    def forget_task(self, task: Task) -> None:
        """See `ports.TaskRepository`; results expire by themselves."""
        self._table.delete(keys.task(task.tenant_id, task.task_id), keys.TASK)

    def task(self, tenant_id: str, task_id: str) -> tuple[Task, list[PartResult]] | None:
        """See `ports.TaskRepository`."""
        task: Task | None = None
        results: list[PartResult] = []
        for item in self._table.query(keys.task(tenant_id, task_id), consistent=True):
            if item["sk"]["S"] == keys.TASK:
                task = Task.model_validate_json(item["document"]["S"])
            else:
                results.append(_result(item))
        return (task, results) if task else None

    def result(self, part: TaskPart) -> PartResult | None:
        """See `ports.TaskRepository`."""
        item = self._table.get(
            keys.task(part.tenant_id, part.task_id), keys.part_result(part.number), consistent=True
        )
        return _result(item) if item else None

    def put_result(self, result: PartResult) -> None:
        """See `ports.TaskRepository`."""
        self._table.put(_result_row(result))


class DynamoDBDepartures:
    """Implements `ports.Departures`. What has departed is never forgotten: it is a digest."""

    def __init__(self, client: DynamoDBClient, table_name: str) -> None:
        self._table = Table(client, table_name)

    def departed(self, tenant_id: str, kind: SyncedKind, its_id: str) -> SourceMark | None:
        """See `ports.Departures`."""
        partition = keys.departure(tenant_id, kind, its_id)
        item = self._table.get(partition, keys.DEPARTURE, consistent=True)
        return _mark(item) if item else None

    def depart(self, tenant_id: str, kind: SyncedKind, its_id: str, mark: SourceMark) -> None:
        """See `ports.Departures`."""
        partition = keys.departure(tenant_id, kind, its_id)
        item = row(partition, keys.DEPARTURE, mark.model_dump_json(exclude_none=True))
        for _ in range(ATTEMPTS):
            known = self._table.get(partition, keys.DEPARTURE, consistent=True)
            if known is not None and not _mark(known).is_older_than(mark):
                return
            if self._table.replace(item, over=known) if known else self._table.put_new(item):
                return
        raise StoreBusyError(partition)


def _result_row(result: PartResult) -> Item:
    return row(
        keys.task(result.tenant_id, result.task_id),
        keys.part_result(result.number),
        result.model_dump_json(exclude_none=True),
        expires_at=int(result.expires_at.timestamp()),
    )


def _result(item: Item) -> PartResult:
    return PartResult.model_validate_json(item["document"]["S"])


def _mark(item: Item) -> SourceMark:
    return SourceMark.model_validate_json(item["document"]["S"])
