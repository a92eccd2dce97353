"""SQS events of Lambda: read their records, answer which ones must come again."""

from __future__ import annotations

import logging
from collections.abc import Collection, Mapping, Sequence
from typing import Any

from pydantic import ValidationError

from recado.domain.receipts import Receipt
from recado.ports.claims import ClaimNotRedeemedError, Claims
from recado.ports.queues import Delivery, DeliveryMessage

logger = logging.getLogger(__name__)

Record = Mapping[str, Any]


def read_deliveries(event: Mapping[str, Any]) -> tuple[list[Delivery], list[Record]]:
    """The deliveries of an event, and the records that are none."""
    deliveries: list[Delivery] = []
    unreadable: list[Record] = []
    for record in event["Records"]:
        try:
            message = DeliveryMessage.model_validate_json(record["body"])
        except ValidationError:
            logger.error("unreadable message", extra={"message_id": record["messageId"]})
            unreadable.append(record)
        else:
            deliveries.append(
                Delivery(
                    message_id=record["messageId"],
                    source=record["eventSourceARN"].rpartition(":")[2],
                    receipt=record["receiptHandle"],
                    message=message,
                )
            )
    return deliveries, unreadable


def read_receipts(
    event: Mapping[str, Any], claims: Claims
) -> tuple[dict[str, Receipt], list[Record]]:
    """The receipts of an event by their messages' ids, and the records that are none."""
    receipts: dict[str, Receipt] = {}
    unreadable: list[Record] = []
    for record in event["Records"]:
        try:
            body = claims.redeem(record["body"])
            receipts[record["messageId"]] = Receipt.model_validate_json(body)
        except (ValidationError, ClaimNotRedeemedError):
            logger.error("unreadable message", extra={"message_id": record["messageId"]})
            unreadable.append(record)
    return receipts, unreadable


def message_ids(records: Sequence[Record]) -> set[str]:
    """The ids of some records."""
    return {record["messageId"] for record in records}


def partial_batch_response(kept: Collection[str]) -> dict[str, Any]:
    """Tell Lambda which messages must stay in their queue; it deletes all others."""
    return {"batchItemFailures": [{"itemIdentifier": message_id} for message_id in sorted(kept)]}
