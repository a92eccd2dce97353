"""DynamoDB streams' events of Lambda: what each changed row means to others."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from pydantic import ValidationError

from recado.adapters.dynamodb import keys
from recado.domain.account_states import AccountState, TemplateState
from recado.domain.alerts import Alert
from recado.domain.appointments import Appointment
from recado.domain.client_endpoints import ClientEndpoint
from recado.domain.directory import Suppression
from recado.domain.domain_events import (
    DomainEvent,
    events_of_account,
    events_of_alert,
    events_of_appointment,
    events_of_endpoint,
    events_of_notification,
    events_of_received,
    events_of_suppression,
    events_of_template,
    events_of_weight,
)
from recado.domain.model import Model
from recado.domain.notification import Notification
from recado.domain.received import Received
from recado.domain.weights import AccountWeight

logger = logging.getLogger(__name__)

Image = Mapping[str, Any]


@dataclass(frozen=True)
class _Kind[M: Model]:
    """A kind of row: what it holds, and which events follow from its change."""

    model: type[M]
    derive: Callable[[M | None, M | None, datetime], list[DomainEvent]]

    def events(self, before: Image | None, after: Image | None, at: datetime) -> list[DomainEvent]:
        return self.derive(self._read(before), self._read(after), at)

    def _read(self, image: Image | None) -> M | None:
        if image is None:
            return None
        value = self.model.model_validate_json(image["document"]["S"])
        if "version" not in image:
            return value
        return value.model_copy(update={"version": int(image["version"]["N"])})


_KINDS: dict[str, _Kind[Any]] = {
    keys.META: _Kind(Notification, events_of_notification),
    keys.INBOUND: _Kind(Received, events_of_received),
    keys.SUPPRESSION: _Kind(Suppression, events_of_suppression),
    keys.APPOINTMENT: _Kind(Appointment, events_of_appointment),
    keys.ACCOUNT_STATE_PREFIX: _Kind(AccountState, events_of_account),
    keys.WEIGHT_PREFIX: _Kind(AccountWeight, events_of_weight),
    keys.TEMPLATE_STATE_PREFIX: _Kind(TemplateState, events_of_template),
    keys.ALERT_PREFIX: _Kind(Alert, events_of_alert),
    keys.CLIENT_ENDPOINT_PREFIX: _Kind(ClientEndpoint, events_of_endpoint),
}
"""By sort key, or its beginning up to the first `#`; no two tables share one of these."""


def read_changes(event: Mapping[str, Any]) -> list[tuple[str, list[DomainEvent]]]:
    """The events of a stretch of a stream, with the sequence number of each record, in order.

    A record that cannot be read is logged and left out: it would hold back every later change of
    its shard, for as long as a release that reads it is not there.
    """
    return [
        (record["dynamodb"]["SequenceNumber"], _events_of(record)) for record in event["Records"]
    ]


def _events_of(record: Mapping[str, Any]) -> list[DomainEvent]:
    change = record["dynamodb"]
    name, separator, _ = change["Keys"]["sk"]["S"].partition("#")
    kind = _KINDS.get(name + separator)
    before, after = change.get("OldImage"), change.get("NewImage")
    if kind is None or _document(before) == _document(after):
        return []
    at = datetime.fromtimestamp(float(change["ApproximateCreationDateTime"]), UTC)
    try:
        return kind.events(before, after, at)
    except (ValidationError, KeyError) as error:
        extra = {
            "sequence_number": change["SequenceNumber"],
            "kind": name,
            "error": type(error).__name__,
        }
        logger.error("a changed row cannot be read, so nobody is told of it", extra=extra)
        return []


def _document(image: Image | None) -> Any:
    return image.get("document") if image else None
