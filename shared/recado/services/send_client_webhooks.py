"""Post events to clients' endpoints, signed; try again for a day, and give endpoints up in five."""

from __future__ import annotations

import logging
import random
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, wait
from dataclasses import dataclass
from datetime import timedelta

from recado.domain.client_endpoints import (
    ClientEndpoint,
    ClientWebhookTask,
    DisabledReason,
    PostOutcome,
    body_of,
    retry_delay,
    signed_headers,
)
from recado.domain.domain_events import DomainEvent
from recado.domain.errors import without_message
from recado.ports.clock import Clock
from recado.ports.events import (
    ClientEndpoints,
    ClientWebhookQueue,
    EventRepository,
    SigningSecretSource,
    WebhookPoster,
)

logger = logging.getLogger(__name__)

DEADLINE_SECONDS = 15.0
"""For all posts of a batch, which run at the same time. The poster's own time-outs are for each
piece of a call: an endpoint that answers a byte at a time is not given more than this."""

SAVES = 3
"""How often a change of an endpoint is tried where others change it at the same time."""


@dataclass(frozen=True)
class _Job:
    task: ClientWebhookTask
    endpoint: ClientEndpoint
    event: DomainEvent


class SendClientWebhooks:
    """Sends batches of the client webhooks queue."""

    def __init__(
        self,
        *,
        events: EventRepository,
        endpoints: ClientEndpoints,
        secrets: SigningSecretSource,
        poster: WebhookPoster,
        queue: ClientWebhookQueue,
        clock: Clock,
        draw: Callable[[], float] = random.random,
        deadline_seconds: float = DEADLINE_SECONDS,
    ) -> None:
        self._events = events
        self._endpoints = endpoints
        self._secrets = secrets
        self._poster = poster
        self._queue = queue
        self._clock = clock
        self._draw = draw
        self._deadline_seconds = deadline_seconds

    def __call__(self, tasks: Sequence[ClientWebhookTask]) -> set[str]:
        """Send a batch; gives the ids of the messages that must stay in their queue.

        What an endpoint did not take comes again after the next wait; after the last try it comes
        at once, and the queue moves it to its dead-letter queue.
        """
        outcomes: list[tuple[ClientWebhookTask, PostOutcome]] = []
        jobs: list[_Job] = []
        for task in tasks:
            try:
                job = self._prepare(task)
            except Exception as error:
                extra = {**_names(task), **without_message(error)}
                logger.error("a webhook could not be prepared", extra=extra)
                outcomes.append((task, PostOutcome(fault="not_prepared")))
            else:
                jobs += [job] if job else []
        ended = self._post_all(jobs)
        outcomes += [(job.task, outcome) for job, outcome in ended]
        self._note(ended)
        return self._postpone([each for each in outcomes if not each[1].is_success])

    def try_out(self, endpoint: ClientEndpoint, event: DomainEvent) -> PostOutcome:
        """Post an event to an endpoint once, whether it is enabled or not; nothing is noted."""
        return self._post(endpoint, event)

    def _prepare(self, task: ClientWebhookTask) -> _Job | None:
        """Look up what a message names; None when there is nothing left to send."""
        message = task.message
        endpoint = self._endpoints.client_endpoint(message.tenant_id, message.endpoint_id)
        if endpoint is None or not endpoint.enabled:
            logger.info("a webhook's endpoint is called no longer", extra=_names(task))
            return None
        event = self._events.event(message.tenant_id, message.day, message.event_id)
        if event is None:
            logger.warning("a webhook's event is no longer kept", extra=_names(task))
            return None
        return _Job(task=task, endpoint=endpoint, event=event)

    def _post_all(self, jobs: Sequence[_Job]) -> list[tuple[_Job, PostOutcome]]:
        if not jobs:
            return []
        # A pool of its own for each batch: a thread that never ends would take a place in the next.
        pool = ThreadPoolExecutor(len(jobs), thread_name_prefix="webhook")
        running = [(job, pool.submit(self._post, job.endpoint, job.event)) for job in jobs]
        wait([future for _, future in running], timeout=self._deadline_seconds)
        pool.shutdown(wait=False, cancel_futures=True)
        return [(job, _outcome(job, future)) for job, future in running]

    def _post(self, endpoint: ClientEndpoint, event: DomainEvent) -> PostOutcome:
        now = self._clock.now()
        secrets = self._secrets.signing_secrets(endpoint.secret_name).active(now)
        body = body_of(event)
        headers = signed_headers(event.id, body, secrets=secrets, now=now)
        return self._poster.post(endpoint.url, headers=headers, body=body)

    def _note(self, ended: Sequence[tuple[_Job, PostOutcome]]) -> None:
        """Note once for each endpoint how it did; a success counts for more than a failure."""
        by_endpoint: dict[tuple[str, str], list[tuple[_Job, PostOutcome]]] = {}
        for job, outcome in ended:
            # Ours, not the endpoint's: it was not called.
            if outcome.fault != "not_posted":
                names = (job.endpoint.tenant_id, job.endpoint.endpoint_id)
                by_endpoint.setdefault(names, []).append((job, outcome))
        for group in by_endpoint.values():
            endpoint = group[0][0].endpoint
            try:
                self._save(endpoint, [outcome for _, outcome in group])
            except Exception as error:
                extra = {"endpoint_id": endpoint.endpoint_id, **without_message(error)}
                logger.error("how an endpoint did could not be noted", extra=extra)

    def _save(self, endpoint: ClientEndpoint, outcomes: Sequence[PostOutcome]) -> None:
        current: ClientEndpoint | None = endpoint
        for _ in range(SAVES):
            if current is None:
                return
            changed = self._changed(current, outcomes)
            if changed == current:
                return
            if self._endpoints.save_client_endpoint(changed):
                if current.enabled and not changed.enabled:
                    extra = {
                        "tenant_id": changed.tenant_id,
                        "endpoint_id": changed.endpoint_id,
                        "reason": changed.disabled_reason,
                    }
                    logger.error("a client's endpoint was disabled", extra=extra)
                return
            current = self._endpoints.client_endpoint(endpoint.tenant_id, endpoint.endpoint_id)

    def _changed(self, endpoint: ClientEndpoint, outcomes: Sequence[PostOutcome]) -> ClientEndpoint:
        if any(outcome.is_gone for outcome in outcomes):
            return endpoint.disabled(DisabledReason.GONE)
        if any(outcome.is_success for outcome in outcomes):
            return endpoint.after_success()
        return endpoint.after_failure(self._clock.now())

    def _postpone(self, failed: Sequence[tuple[ClientWebhookTask, PostOutcome]]) -> set[str]:
        """Let messages come again; those of an endpoint that is gone are done with."""
        waiting: list[tuple[ClientWebhookTask, timedelta]] = []
        for task, outcome in failed:
            if outcome.is_gone:
                continue
            delay = retry_delay(task.tries, retry_after=outcome.retry_after, draw=self._draw)
            extra = {**_names(task), "tries": task.tries, "outcome": outcome.told}
            if delay is None:
                logger.error("a webhook is given up", extra=extra)
            else:
                logger.info("a webhook will be tried again", extra=extra)
            waiting.append((task, delay or timedelta()))
        if waiting:
            self._queue.postpone(waiting)
        return {task.message_id for task, _ in waiting}


def _outcome(job: _Job, future: Future[PostOutcome]) -> PostOutcome:
    if not future.done():
        return PostOutcome(fault="timeout")
    error = future.exception()
    if error is None:
        return future.result()
    extra = {**_names(job.task), **without_message(error)}
    logger.error("a webhook could not be posted", extra=extra)
    return PostOutcome(fault="not_posted")


def _names(task: ClientWebhookTask) -> dict[str, str]:
    """What a log may say of a message; an endpoint's address may hold a password."""
    message = task.message
    return {
        "tenant_id": message.tenant_id,
        "endpoint_id": message.endpoint_id,
        "event_id": message.event_id,
    }
