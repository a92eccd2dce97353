"""The channel matrices of a tenant for who edits them, in DynamoDB."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

from botocore.exceptions import ClientError

from recado.adapters.dynamodb import keys
from recado.adapters.dynamodb.table import Table, row
from recado.domain.orchestration import Orchestration, OrchestrationName
from recado.ports.orchestration import OrchestrationQuery

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

    from recado.adapters.dynamodb.table import Item

_CONDITION_FAILED = "ConditionalCheckFailedException"


class DynamoDBOrchestrations:
    """Implements `ports.OrchestrationRepository` over the configuration table."""

    def __init__(self, client: DynamoDBClient, table_name: str) -> None:
        self._table = Table(client, table_name)

    def find(self, tenant_id: str, name: OrchestrationName) -> Orchestration | None:
        """See `ports.OrchestrationRepository`."""
        sort = keys.orchestration(name.service_type, name.target)
        item = self._table.get(tenant_id, sort, consistent=True)
        return _orchestration(item) if item else None

    def page(self, tenant_id: str, query: OrchestrationQuery) -> list[Orchestration]:
        """See `ports.OrchestrationRepository`."""
        first = keys.orchestrations(query.service_type)
        last = keys.end_of(first)
        after = None
        if query.after is not None:
            after = keys.orchestration(query.after.service_type, query.after.target)
            first, last = (
                (first, min(last, after)) if query.descending else (max(first, after), last)
            )
        if first > last:
            return []
        found: list[Orchestration] = []
        for item in self._between(tenant_id, first, last, query):
            orchestration = _orchestration(item)
            if item["sk"]["S"] == after or query.target not in (None, orchestration.target):
                continue
            found.append(orchestration)
            if len(found) == query.limit:
                break
        return found

    def save(self, orchestration: Orchestration) -> bool:
        """See `ports.OrchestrationRepository`."""
        item = row(
            orchestration.tenant_id,
            keys.orchestration(orchestration.service_type, orchestration.target),
            orchestration.model_dump_json(exclude_none=True, exclude={"version"}),
            version=orchestration.version + 1,
        )
        return self._if_unchanged(self._table.client.put_item, orchestration, Item=item)

    def delete(self, orchestration: Orchestration) -> bool:
        """See `ports.OrchestrationRepository`."""
        sort = keys.orchestration(orchestration.service_type, orchestration.target)
        key = {"pk": {"S": orchestration.tenant_id}, "sk": {"S": sort}}
        return self._if_unchanged(self._table.client.delete_item, orchestration, Key=key)

    def _if_unchanged(
        self, call: Callable[..., object], read: Orchestration, **arguments: object
    ) -> bool:
        # Rows of earlier releases have no version: they count as version 0 and are changed as such.
        condition: dict[str, object] = {"ConditionExpression": "attribute_not_exists(version)"}
        if read.version > 0:
            condition = {
                "ConditionExpression": "version = :read",
                "ExpressionAttributeValues": {":read": {"N": str(read.version)}},
            }
        try:
            call(TableName=self._table.name, **condition, **arguments)
        except ClientError as error:
            if error.response["Error"]["Code"] == _CONDITION_FAILED:
                return False
            raise
        return True

    def _between(
        self, tenant_id: str, first: str, last: str, query: OrchestrationQuery
    ) -> Iterator[Item]:
        pages = self._table.client.get_paginator("query").paginate(
            TableName=self._table.name,
            KeyConditionExpression="pk = :pk AND sk BETWEEN :first AND :last",
            ExpressionAttributeValues={
                ":pk": {"S": tenant_id},
                ":first": {"S": first},
                ":last": {"S": last},
            },
            ScanIndexForward=not query.descending,
            ConsistentRead=True,
            # One more: where a page goes on, the last row of the page before comes again.
            PaginationConfig={"PageSize": query.limit + 1},
        )
        for page in pages:
            yield from page["Items"]


def _orchestration(item: Item) -> Orchestration:
    stored = Orchestration.model_validate_json(item["document"]["S"])
    version = int(item["version"]["N"]) if "version" in item else 0
    return stored.model_copy(update={"version": version})
