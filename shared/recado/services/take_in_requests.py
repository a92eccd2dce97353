"""Take in events from the requests queue, the asynchronous twin of the API's dispatch."""

from __future__ import annotations

import logging
from collections.abc import Mapping

from pydantic import ValidationError

from recado.domain.errors import RequestError, without_message
from recado.domain.events import Event, EventRequest
from recado.ports.queues import RefusedRequests
from recado.services.plan_notification import PlanNotification

logger = logging.getLogger(__name__)


class TakeInRequests:
    """Plans the notification of each request; what cannot be carried out is kept apart."""

    def __init__(self, *, plan: PlanNotification, refused: RefusedRequests) -> None:
        self._plan = plan
        self._refused = refused

    def __call__(self, bodies: Mapping[str, str]) -> set[str]:
        """Take in requests by message id; gives the ids of those that must come again.

        A message's id serves as idempotency key where the request has none, so a message that
        the queue delivers twice makes one notification.
        """
        again = set()
        for message_id, body in bodies.items():
            try:
                self._take_in(message_id, body)
            except Exception as error:
                extra = {"message_id": message_id, **without_message(error)}
                logger.error("a request will be tried again", extra=extra)
                again.add(message_id)
        return again

    def _take_in(self, message_id: str, body: str) -> None:
        try:
            request = EventRequest.model_validate_json(body)
            event = Event.model_validate(request.model_dump(include=set(Event.model_fields)))
            self._plan(
                request.tenant_id,
                request.mode,
                event,
                idempotency_key=f"queue:{request.idempotency_key or message_id}",
                correlation_id=request.correlation_id or message_id,
            )
        except ValidationError as error:
            fields = sorted({".".join(map(str, e["loc"])) or "body" for e in error.errors()})
            self._refuse(message_id, body, f"invalid: {', '.join(fields)}")
        except RequestError as error:
            self._refuse(message_id, body, f"{error.code}: {error}")

    def _refuse(self, message_id: str, body: str, reason: str) -> None:
        logger.warning("request refused", extra={"message_id": message_id, "reason": reason})
        self._refused.put(message_id, body, reason=reason)
