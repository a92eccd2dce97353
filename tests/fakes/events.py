"""Where events go, in memory: kept, on the bus, in the queue, at clients' endpoints."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date, timedelta
from typing import NamedTuple

from recado.domain.client_endpoints import (
    ClientEndpoint,
    ClientWebhookMessage,
    ClientWebhookTask,
    PostOutcome,
    SigningSecrets,
)
from recado.domain.domain_events import DomainEvent
from recado.domain.errors import AccountError


class FakeEvents:
    """Implements `ports.EventRepository`; with `down`, nothing is kept."""

    def __init__(self) -> None:
        self.down = False
        self.kept: dict[tuple[str, date, str], DomainEvent] = {}

    def keep(self, events: Sequence[DomainEvent]) -> None:
        if self.down:
            raise ConnectionError
        self.kept |= {(event.tenant_id, event.day, event.id): event for event in events}

    def event(self, tenant_id: str, day: date, event_id: str) -> DomainEvent | None:
        if self.down:
            raise ConnectionError
        return self.kept.get((tenant_id, day, event_id))

    def events_of(self, tenant_id: str, day: date) -> Iterable[DomainEvent]:
        return [event for key, event in self.kept.items() if key[:2] == (tenant_id, day)]


class FakeBus:
    """Implements `ports.EventBus`; `refuses` are the types that it does not take."""

    def __init__(self) -> None:
        self.refuses: set[str] = set()
        self.published: list[DomainEvent] = []

    def publish(self, events: Sequence[DomainEvent]) -> set[str]:
        self.published += [event for event in events if event.type not in self.refuses]
        return {event.id for event in events if event.type in self.refuses}


class FakeWebhookQueue:
    """Implements `ports.ClientWebhookQueue`; `refuses` are the endpoints that it does not take."""

    def __init__(self) -> None:
        self.refuses: set[str] = set()
        self.messages: list[ClientWebhookMessage] = []
        self.postponed: dict[str, timedelta] = {}

    def put(self, messages: Sequence[ClientWebhookMessage]) -> list[ClientWebhookMessage]:
        refused = [message for message in messages if message.endpoint_id in self.refuses]
        self.messages += [message for message in messages if message not in refused]
        return refused

    def postpone(self, tasks: Sequence[tuple[ClientWebhookTask, timedelta]]) -> None:
        self.postponed |= {task.message_id: delay for task, delay in tasks}


class FakeEndpoints:
    """Implements `ports.ClientEndpoints`, with the same rule for races as the real ones.

    `before_save` is called once, before the next save: another's change in between.
    """

    def __init__(self, *endpoints: ClientEndpoint) -> None:
        self._endpoints: dict[tuple[str, str], ClientEndpoint] = {}
        self.before_save: Callable[[], object] | None = None
        self.saves = 0
        for endpoint in endpoints:
            self.save_client_endpoint(endpoint)
        self.saves = 0

    def client_endpoints(self, tenant_id: str) -> list[ClientEndpoint]:
        return [each for each in self._endpoints.values() if each.tenant_id == tenant_id]

    def client_endpoint(self, tenant_id: str, endpoint_id: str) -> ClientEndpoint | None:
        return self._endpoints.get((tenant_id, endpoint_id))

    def save_client_endpoint(self, endpoint: ClientEndpoint) -> bool:
        interrupt, self.before_save = self.before_save, None
        if interrupt is not None:
            interrupt()
        key = (endpoint.tenant_id, endpoint.endpoint_id)
        current = self._endpoints.get(key)
        if (current.version if current else 0) != endpoint.version:
            return False
        self._endpoints[key] = endpoint.model_copy(update={"version": endpoint.version + 1})
        self.saves += 1
        return True


class FakeSigningSecrets:
    """Implements `ports.SigningSecretSource`."""

    def __init__(self, secrets: Mapping[str, SigningSecrets]) -> None:
        self.secrets = dict(secrets)

    def signing_secrets(self, name: str) -> SigningSecrets:
        if name not in self.secrets:
            raise AccountError("no_secret")
        return self.secrets[name]


class Posted(NamedTuple):
    """A call of an endpoint."""

    url: str
    headers: Mapping[str, str]
    body: bytes


class FakePoster:
    """Implements `ports.WebhookPoster`: outcomes as scripted by address, else 204."""

    def __init__(self) -> None:
        self.posted: list[Posted] = []
        self.script: dict[str, deque[PostOutcome | Callable[[], PostOutcome]]] = {}
        self._lock = threading.Lock()

    def post(self, url: str, *, headers: Mapping[str, str], body: bytes) -> PostOutcome:
        with self._lock:
            self.posted.append(Posted(url, headers, body))
            script = self.script.get(url)
            outcome = script.popleft() if script else PostOutcome(status=204)
        return outcome if isinstance(outcome, PostOutcome) else outcome()
