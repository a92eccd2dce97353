"""A tenant's templates, all at once."""

from __future__ import annotations

from typing import TYPE_CHECKING

from recado.adapters.dynamodb import keys
from recado.adapters.dynamodb.table import Table
from recado.domain.templates import Template

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient


class DynamoDBTemplatesInForce:
    """Implements `ports.TemplatesInForce` over the configuration table."""

    def __init__(self, client: DynamoDBClient, table_name: str) -> None:
        self._table = Table(client, table_name)

    def in_force(self, tenant_id: str) -> list[Template]:
        """See `ports.TemplatesInForce`."""
        items = self._table.query(tenant_id, prefix=keys.template(""))
        return [Template.model_validate_json(item["document"]["S"]) for item in items]
