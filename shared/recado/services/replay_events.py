"""Queue the events since a moment for an endpoint once more."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from recado.domain.client_endpoints import ClientEndpoint, ClientWebhookMessage
from recado.domain.domain_events import KEPT
from recado.ports.clock import Clock
from recado.ports.events import ClientWebhookQueue, EventRepository


class ReplayRefusedError(Exception):
    """The queue did not take a part of a replay; replaying again from the same moment is safe."""


class ReplayEvents:
    """Queues events again; an endpoint knows them by their ids."""

    def __init__(self, *, events: EventRepository, queue: ClientWebhookQueue, clock: Clock) -> None:
        self._events = events
        self._queue = queue
        self._clock = clock

    def __call__(self, endpoint: ClientEndpoint, since: datetime) -> int:
        """Queue what an endpoint wants since a moment, day by day in order; gives how many.

        Raises
        ------
        ReplayRefusedError
            The queue did not take everything.
        """
        now = self._clock.now()
        count = 0
        day, last = (moment.astimezone(UTC).date() for moment in (max(since, now - KEPT), now))
        while day <= last:
            found = [
                event
                for event in self._events.events_of(endpoint.tenant_id, day)
                if event.at >= since and endpoint.wants(event.type)
            ]
            messages = [
                ClientWebhookMessage(
                    tenant_id=event.tenant_id,
                    endpoint_id=endpoint.endpoint_id,
                    event_id=event.id,
                    day=event.day,
                )
                for event in sorted(found, key=lambda event: event.at)
            ]
            if messages and self._queue.put(messages):
                raise ReplayRefusedError(f"the queue did not take all events of {day}")
            count += len(messages)
            day += timedelta(days=1)
        return count
