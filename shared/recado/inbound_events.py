"""The inbound queue's events of Lambda: what people and providers told, in its order."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pydantic import TypeAdapter, ValidationError

from recado.domain.updates import InboundUpdate
from recado.ports.claims import ClaimNotRedeemedError, Claims
from recado.ports.inbound import InboundDelivery

_INBOUND: TypeAdapter[InboundUpdate] = TypeAdapter(InboundUpdate)


def read_inbound(
    event: Mapping[str, Any], claims: Claims
) -> tuple[list[InboundDelivery], set[str]]:
    """The deliveries of an event in their order, and the ids of those that must come again.

    A claim that cannot be redeemed now keeps its group back; a body that is no update is given
    out without one.
    """
    deliveries: list[InboundDelivery] = []
    again: set[str] = set()
    stopped: set[str] = set()
    for record in event["Records"]:
        group = record["attributes"]["MessageGroupId"]
        try:
            body = claims.redeem(record["body"])
        except ClaimNotRedeemedError:
            stopped.add(group)
        if group in stopped:
            again.add(record["messageId"])
            continue
        deliveries.append(
            InboundDelivery(
                message_id=record["messageId"],
                group=group,
                receives=int(record["attributes"]["ApproximateReceiveCount"]),
                body=record["body"],
                update=_update(body),
            )
        )
    return deliveries, again


def _update(body: str) -> InboundUpdate | None:
    try:
        return _INBOUND.validate_json(body)
    except ValidationError:
        return None
