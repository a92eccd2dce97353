"""Events on their way out, as services see it: where they are kept, carried and posted."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, timedelta
from typing import Protocol

from recado.domain.client_endpoints import (
    ClientEndpoint,
    ClientWebhookMessage,
    ClientWebhookTask,
    PostOutcome,
    SigningSecrets,
)
from recado.domain.domain_events import DomainEvent


class EventRepository(Protocol):
    """The events of the last 30 days."""

    def keep(self, events: Sequence[DomainEvent]) -> None:
        """Store events; one a second time changes nothing. Raises when one is not kept."""
        ...

    def event(self, tenant_id: str, day: date, event_id: str) -> DomainEvent | None:
        """An event of a day, in UTC."""
        ...

    def events_of(self, tenant_id: str, day: date) -> Iterable[DomainEvent]:
        """A tenant's events of a day, in UTC, in no order."""
        ...


class EventBus(Protocol):
    """The bus from which other systems of the installation take events."""

    def publish(self, events: Sequence[DomainEvent]) -> set[str]:
        """Publish events; gives the ids of those that the bus did not take.

        Raises when nothing can be told of any.
        """
        ...


class ClientWebhookQueue(Protocol):
    """The queue of events for clients' endpoints."""

    def put(self, messages: Sequence[ClientWebhookMessage]) -> list[ClientWebhookMessage]:
        """Put messages on the queue; gives those that it did not take.

        Raises when nothing can be told of any.
        """
        ...

    def postpone(self, tasks: Sequence[tuple[ClientWebhookTask, timedelta]]) -> None:
        """Make messages that stay in the queue visible again after times of their own.

        Does not raise when the queue refuses: then they come after the queue's own time.
        """
        ...


class ClientEndpoints(Protocol):
    """The addresses that clients want events at."""

    def client_endpoints(self, tenant_id: str) -> list[ClientEndpoint]:
        """A tenant's endpoints as they are now, disabled ones too."""
        ...

    def client_endpoint(self, tenant_id: str, endpoint_id: str) -> ClientEndpoint | None:
        """An endpoint as it is now."""
        ...

    def save_client_endpoint(self, endpoint: ClientEndpoint) -> bool:
        """Store an endpoint's next version; False when another change was stored first."""
        ...


class SigningSecretSource(Protocol):
    """Where endpoints' secrets are kept."""

    def signing_secrets(self, name: str) -> SigningSecrets:
        """The secrets under a name.

        Raises
        ------
        AccountError
            There is no such secret, or it holds something else: people must act.
        """
        ...


class WebhookPoster(Protocol):
    """Calls addresses that clients chose."""

    def post(self, url: str, *, headers: Mapping[str, str], body: bytes) -> PostOutcome:
        """Post a body to an address; whatever happens is told by the outcome."""
        ...
