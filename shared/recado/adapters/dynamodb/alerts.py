"""Alerts and rhythms in DynamoDB, in the configuration table."""

from __future__ import annotations

from typing import TYPE_CHECKING

from recado.adapters.dynamodb import keys
from recado.adapters.dynamodb.table import Table, row
from recado.domain.alerts import Alert
from recado.domain.sending_rhythm import SendingRhythm

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient


class DynamoDBAlerts:
    """Implements `ports.AlertRepository`."""

    def __init__(self, client: DynamoDBClient, table_name: str) -> None:
        self._table = Table(client, table_name)

    def alerts(self, tenant_id: str) -> list[Alert]:
        """See `ports.AlertRepository`."""
        items = self._table.query(tenant_id, prefix=keys.ALERT_PREFIX, consistent=True)
        return [
            Alert.model_validate_json(item["document"]["S"]).model_copy(
                update={"version": int(item["version"]["N"])}
            )
            for item in items
        ]

    def save_alert(self, alert: Alert) -> bool:
        """See `ports.AlertRepository`."""
        expires_at = alert.expires_at
        expiry = {"expires_at": int(expires_at.timestamp())} if expires_at else {}
        item = row(
            alert.tenant_id,
            keys.alert(alert.kind, alert.subject),
            alert.model_dump_json(exclude_none=True, exclude={"version"}),
            version=alert.version + 1,
            **expiry,
        )
        return self._table.put_version(item, over=alert.version)

    def rhythm(self, tenant_id: str) -> SendingRhythm:
        """See `ports.AlertRepository`."""
        item = self._table.get(tenant_id, keys.SENDING_RHYTHM, consistent=True)
        if item is None:
            return SendingRhythm(tenant_id=tenant_id)
        stored = SendingRhythm.model_validate_json(item["document"]["S"])
        return stored.model_copy(update={"version": int(item["version"]["N"])})

    def save_rhythm(self, rhythm: SendingRhythm) -> bool:
        """See `ports.AlertRepository`."""
        item = row(
            rhythm.tenant_id,
            keys.SENDING_RHYTHM,
            rhythm.model_dump_json(exclude={"version"}),
            version=rhythm.version + 1,
        )
        return self._table.put_version(item, over=rhythm.version)
