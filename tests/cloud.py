"""The tables and queues of `template.yaml` inside moto, with the names that functions expect."""

from __future__ import annotations

from typing import Any

import boto3

QUEUES = ("WHATSAPP", "SMS", "EMAIL", "PUSH", "CHAT")
INDEXES = {
    "by_provider_message": ("provider_message", None),
    "by_day": ("day_shard", "created_at"),
    "by_recipient": ("recipient_key", "created_at"),
    "due": ("due_shard", "due_at"),
}
TABLES = {
    "NOTIFICATIONS_TABLE": "notifications",
    "DIRECTORY_TABLE": "directory",
    "CONFIGURATION_TABLE": "configuration",
}
KEYED_BY_ID = {"IDEMPOTENCY_TABLE": "idempotency", "CIRCUIT_BREAKERS_TABLE": "circuit-breakers"}


def create_tables(dynamodb: Any) -> dict[str, str]:
    """Create all tables; gives the environment variables that name them."""
    for name in TABLES.values():
        indexes = INDEXES if name == "notifications" else {}
        attributes = {"pk", "sk"} | {a for keys in indexes.values() for a in keys if a}
        dynamodb.create_table(
            TableName=name,
            KeySchema=_schema("pk", "sk"),
            AttributeDefinitions=_definitions(attributes),
            BillingMode="PAY_PER_REQUEST",
            **(
                {
                    "GlobalSecondaryIndexes": [
                        {
                            "IndexName": index,
                            "KeySchema": _schema(*keys),
                            "Projection": {"ProjectionType": "KEYS_ONLY"},
                        }
                        for index, keys in indexes.items()
                    ]
                }
                if indexes
                else {}
            ),
        )
    for name in KEYED_BY_ID.values():
        dynamodb.create_table(
            TableName=name,
            KeySchema=_schema("id", None),
            AttributeDefinitions=_definitions({"id"}),
            BillingMode="PAY_PER_REQUEST",
        )
    return {**TABLES, **KEYED_BY_ID}


def create_queues(sqs: Any) -> dict[str, str]:
    """Create all queues; gives the environment variables with their URLs."""
    environment = {}
    for queue in QUEUES:
        for kind in ("QUEUE", "DLQ"):
            name = f"recado-{queue.lower()}-{kind.lower()}"
            environment[f"{queue}_{kind}_URL"] = sqs.create_queue(QueueName=name)["QueueUrl"]
    for variable in ("REQUESTS_DLQ_URL", "PARKED_QUEUE_URL"):
        name = f"recado-{variable.removesuffix('_URL').lower().replace('_', '-')}"
        environment[variable] = sqs.create_queue(QueueName=name)["QueueUrl"]
    return environment


def create_secrets() -> dict[str, str]:
    """Create the secrets that the stack itself brings."""
    client = boto3.client("secretsmanager")
    client.create_secret(Name="recado/test/unsubscribe-secret", SecretString="s3cret")
    return {"UNSUBSCRIBE_SECRET_NAME": "recado/test/unsubscribe-secret"}


def _schema(partition: str, sort: str | None) -> list[Any]:
    schema = [{"AttributeName": partition, "KeyType": "HASH"}]
    return [*schema, {"AttributeName": sort, "KeyType": "RANGE"}] if sort else schema


def _definitions(names: set[str]) -> list[Any]:
    return [{"AttributeName": name, "AttributeType": "S"} for name in sorted(names)]
