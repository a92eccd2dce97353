"""The inbound queue's events of Lambda: what people and providers told, in its order."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from typing import Any

from pydantic import TypeAdapter, ValidationError

from recado.domain.updates import InboundUpdate
from recado.ports.claims import ClaimNotRedeemedError, Claims
from recado.queue_events import Record

logger = logging.getLogger(__name__)

_INBOUND: TypeAdapter[InboundUpdate] = TypeAdapter(InboundUpdate)


def read_inbound(
    event: Mapping[str, Any], claims: Claims
) -> tuple[list[tuple[str, str, InboundUpdate]], list[Record]]:
    """The updates of an event in their order, with their messages' ids and groups.

    A record that is none stops its group: what follows it there is not given out either.
    """
    updates: list[tuple[str, str, InboundUpdate]] = []
    unreadable: list[Record] = []
    stopped: set[str] = set()
    for record in event["Records"]:
        group = record["attributes"]["MessageGroupId"]
        try:
            update = _INBOUND.validate_json(claims.redeem(record["body"]))
        except (ValidationError, ClaimNotRedeemedError):
            logger.error("unreadable message", extra={"message_id": record["messageId"]})
            stopped.add(group)
        if group in stopped:
            unreadable.append(record)
        else:
            updates.append((record["messageId"], group, update))
    return updates, unreadable
