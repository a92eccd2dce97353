"""Recado's log as it stands: every notification of a tenant with its attempts."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping

from chaos.judgement import Entry
from local import aws
from local.places import AWS_URL
from recado.domain.notification import DUE_SHARDS, Attempt, Notification

FOR_EVER = "9999"


class Log:
    """Reads the notifications' table as no function may: whole."""

    def __init__(self, variables: Mapping[str, str], tenant_id: str) -> None:
        self._client = aws.SESSION.client("dynamodb", endpoint_url=AWS_URL)
        self._table = variables["NOTIFICATIONS_TABLE"]
        self._tenant_id = tenant_id

    def due(self) -> list[str]:
        """When the clock has something to do for this tenant, the earliest first."""
        moments = []
        for shard in range(DUE_SHARDS):
            pages = self._client.get_paginator("query").paginate(
                TableName=self._table,
                IndexName="due",
                KeyConditionExpression="due_shard = :shard AND due_at < :end",
                ExpressionAttributeValues={
                    ":shard": {"S": f"due#{shard}"},
                    ":end": {"S": FOR_EVER},
                },
            )
            moments += [
                item["due_at"]["S"]
                for page in pages
                for item in page["Items"]
                if item["pk"]["S"].startswith(f"{self._tenant_id}#")
            ]
        return sorted(moments)

    def read(self) -> list[Entry]:
        """Every notification with its attempts."""
        notifications: dict[str, Notification] = {}
        attempts: defaultdict[str, list[Attempt]] = defaultdict(list)
        pages = self._client.get_paginator("scan").paginate(
            TableName=self._table,
            FilterExpression="begins_with(pk, :tenant)",
            ExpressionAttributeValues={":tenant": {"S": f"{self._tenant_id}#ntf_"}},
        )
        for item in (item for page in pages for item in page["Items"]):
            partition, document = item["pk"]["S"], item["document"]["S"]
            kind = item["sk"]["S"].partition("#")[0]
            if kind == "META":
                notifications[partition] = Notification.model_validate_json(document)
            elif kind == "ATTEMPT":
                attempts[partition].append(Attempt.model_validate_json(document))
        return [
            Entry(notification, tuple(attempts[partition]))
            for partition, notification in notifications.items()
        ]
