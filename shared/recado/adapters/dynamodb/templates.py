"""Templates with their versions in DynamoDB."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from recado.adapters.dynamodb import keys
from recado.adapters.dynamodb.table import ATTEMPTS, StoreBusyError, Table, back_off, row
from recado.adapters.dynamodb.transaction import Transaction
from recado.domain.template_versions import LATEST_VERSION, TemplateHead, first_head
from recado.domain.templates import Template
from recado.ports.templates import VersionsPage

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

    from recado.adapters.dynamodb.table import Item


class DynamoDBTemplateRepository:
    """Implements `ports.TemplateRepository` over the configuration table.

    A template has a head, a row for each version, and a row of its own for the version in force,
    which is the only one that is read while notifications are planned.
    """

    def __init__(self, client: DynamoDBClient, table_name: str) -> None:
        self._table = Table(client, table_name)

    def head(self, tenant_id: str, template_id: str) -> TemplateHead | None:
        """See `ports.TemplateRepository`."""
        item = self._table.get(tenant_id, keys.template_head(template_id), consistent=True)
        return _head(item) if item else None

    def heads(self, tenant_id: str) -> list[TemplateHead]:
        """See `ports.TemplateRepository`."""
        items = self._table.query(tenant_id, prefix=keys.TEMPLATE_HEAD_PREFIX, consistent=True)
        return [_head(item) for item in items]

    def heads_of(self, tenant_id: str, template_ids: Iterable[str]) -> dict[str, TemplateHead]:
        """See `ports.TemplateRepository`."""
        wanted = [(tenant_id, keys.template_head(name)) for name in template_ids]
        found = (_head(item) for item in self._table.get_many(wanted, consistent=True))
        return {head.template_id: head for head in found}

    def version(self, tenant_id: str, template_id: str, version: int) -> Template | None:
        """See `ports.TemplateRepository`."""
        sort = keys.template_version(template_id, version)
        item = self._table.get(tenant_id, sort, consistent=True)
        return _template(item) if item else None

    def versions(
        self, tenant_id: str, template_id: str, *, before: int | None, limit: int
    ) -> VersionsPage:
        """See `ports.TemplateRepository`."""
        last = LATEST_VERSION if before is None else before - 1
        answer = self._table.client.query(
            TableName=self._table.name,
            KeyConditionExpression="pk = :pk AND sk BETWEEN :first AND :last",
            ExpressionAttributeValues={
                ":pk": {"S": tenant_id},
                ":first": {"S": keys.template_version(template_id, 0)},
                ":last": {"S": keys.template_version(template_id, last)},
            },
            ScanIndexForward=False,
            ConsistentRead=True,
            Limit=limit,
        )
        versions = tuple(_template(item) for item in answer["Items"])
        more = bool(versions) and versions[-1].version > 1
        return VersionsPage(versions=versions, next=versions[-1].version if more else None)

    def in_force(self, tenant_id: str, template_ids: Iterable[str]) -> dict[str, Template]:
        """See `ports.TemplateRepository`."""
        wanted = [(tenant_id, keys.template(name)) for name in template_ids]
        found = (_template(item) for item in self._table.get_many(wanted, consistent=True))
        return {template.template_id: template for template in found}

    def which_in_force(self, tenant_id: str, template_ids: Iterable[str]) -> set[str]:
        """See `ports.TemplateRepository`."""
        ids = {keys.template(name): name for name in template_ids}
        wanted = [(tenant_id, sort) for sort in ids]
        found = self._table.get_many(wanted, consistent=True, keys_only=True)
        return {ids[item["sk"]["S"]] for item in found}

    def save(
        self,
        head: TemplateHead,
        *,
        added: Template | None = None,
        in_force: Template | None = None,
        needed: Collection[str] = (),
    ) -> bool:
        """See `ports.TemplateRepository`."""
        transaction = Transaction(self._table)
        transaction.put_version(_head_item(head, head.version + 1), over=_read(head))
        for name in needed:
            transaction.demand(head.tenant_id, keys.template(name))
        if added is not None:
            transaction.put_version(_version_item(added), over=None)
        if head.published is None:
            transaction.delete(head.tenant_id, keys.template(head.template_id))
        elif in_force is not None:
            transaction.put(_in_force_item(in_force))
        return transaction.commit()

    def put(self, template: Template) -> None:
        """Store a version whose number somebody else chose, and put it in force.

        Doing it again changes nothing, and restores what was lost of it.

        Raises
        ------
        StoreBusyError
            The template is changed by others all the time.
        """
        for attempt in range(ATTEMPTS):
            known = self.head(template.tenant_id, template.template_id)
            now = template.created_at or datetime.now(UTC)
            head = known.holding(template, now) if known else first_head(template, now)
            version = head.version if head == known else head.version + 1
            transaction = Transaction(self._table)
            transaction.put_version(_head_item(head, version), over=_read(head))
            transaction.put(_version_item(template))
            transaction.put(_in_force_item(template))
            if transaction.commit():
                return
            back_off(attempt)
        raise StoreBusyError(self._table.name)


def _read(head: TemplateHead) -> Item | None:
    """What a head's row must still be: of the version that was read, or not there."""
    return {"version": {"N": str(head.version)}} if head.version else None


def _head_item(head: TemplateHead, version: int) -> dict[str, Any]:
    document = head.model_dump_json(exclude_none=True, exclude={"version"})
    return row(head.tenant_id, keys.template_head(head.template_id), document, version=version)


def _version_item(template: Template) -> dict[str, Any]:
    return _item(template, keys.template_version(template.template_id, template.version))


def _in_force_item(template: Template) -> dict[str, Any]:
    return _item(template, keys.template(template.template_id))


def _item(template: Template, sort: str) -> dict[str, Any]:
    return row(template.tenant_id, sort, template.model_dump_json(exclude_none=True))


def _template(item: Item) -> Template:
    return Template.model_validate_json(item["document"]["S"])


def _head(item: Item) -> TemplateHead:
    stored = TemplateHead.model_validate_json(item["document"]["S"])
    return stored.model_copy(update={"version": int(item["version"]["N"])})
