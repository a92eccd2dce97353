"""Tell others what happened: keep each event, put it on the bus, queue it for endpoints."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence

from recado.domain.client_endpoints import ClientWebhookMessage, wanted_by
from recado.domain.domain_events import DomainEvent
from recado.domain.errors import without_message
from recado.ports.events import ClientEndpoints, ClientWebhookQueue, EventBus, EventRepository

logger = logging.getLogger(__name__)


class PublishEvents:
    """Publishes the events of a stretch of a table's changes, in their order."""

    def __init__(
        self,
        *,
        events: EventRepository,
        bus: EventBus,
        endpoints: ClientEndpoints,
        queue: ClientWebhookQueue,
    ) -> None:
        self._events = events
        self._bus = bus
        self._endpoints = endpoints
        self._queue = queue

    def __call__(self, changes: Sequence[tuple[str, Sequence[DomainEvent]]]) -> str | None:
        """Publish the events of changes, each with its place in the stream.

        Gives the place from which on changes must come again, because an event of that one could
        not be published; None when all were. What is published twice is the same event with the
        same id.
        """
        waiting = [(event.id, place) for place, events in changes for event in events]
        events = {event.id: event for _, events in changes for event in events}
        # Each step takes only what the step before has done, so that little is done twice.
        for step in (self._keep, self._publish, self._queue_for_endpoints):
            if not events:
                break
            refused = _carry_out(step, list(events.values()))
            ids = list(events)
            first = min((ids.index(event_id) for event_id in refused), default=len(ids))
            events = {event_id: events[event_id] for event_id in ids[:first]}
        return next((place for event_id, place in waiting if event_id not in events), None)

    def _keep(self, events: Sequence[DomainEvent]) -> set[str]:
        self._events.keep(events)
        return set()

    def _publish(self, events: Sequence[DomainEvent]) -> set[str]:
        return self._bus.publish(events)

    def _queue_for_endpoints(self, events: Sequence[DomainEvent]) -> set[str]:
        refused: set[str] = set()
        messages: list[ClientWebhookMessage] = []
        # Tenant by tenant: one whose endpoints cannot be read holds nobody else's events back.
        for tenant_id in dict.fromkeys(event.tenant_id for event in events):
            theirs = [event for event in events if event.tenant_id == tenant_id]
            try:
                endpoints = self._endpoints.client_endpoints(tenant_id)
            except Exception as error:
                extra = {"tenant_id": tenant_id, **without_message(error)}
                logger.error("a tenant's endpoints cannot be read", extra=extra)
                refused |= {event.id for event in theirs}
                continue
            messages += [
                ClientWebhookMessage(
                    tenant_id=tenant_id,
                    endpoint_id=endpoint.endpoint_id,
                    event_id=event.id,
                    day=event.day,
                )
                for event in theirs
                for endpoint in wanted_by(endpoints, event.type)
            ]
        left = self._queue.put(messages) if messages else []
        return refused | {message.event_id for message in left}


def _carry_out(
    step: Callable[[Sequence[DomainEvent]], set[str]], events: Sequence[DomainEvent]
) -> set[str]:
    """Carry out a step; gives the ids of the events that it is not done for."""
    try:
        refused = step(events)
    except Exception as error:
        extra = {"count": len(events), **without_message(error)}
        logger.error("events will be published again", extra=extra)
        return {event.id for event in events}
    if refused:
        logger.warning("some events will be published again", extra={"count": len(refused)})
    return refused
