"""Those who send events, over HTTP and over the requests queue, until they are taken."""

from __future__ import annotations

import json
import threading
import time
from collections import Counter
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from typing import Any

import httpx
from botocore.exceptions import BotoCoreError, ClientError

from chaos.plan import Order, Way
from chaos.queues import Queues
from chaos.tenant import PHASE, SERVICE

DISPATCH = "/api/v1/notifications/events/dispatch/"
LONGEST_WAIT = 3.0
PATIENCE_SECONDS = 45.0
"""So long they try. A key that a worker took with it to its grave is free after half a minute."""

CALLS_AT_ONCE = 4
CLIENTS = 24
"""So many events may be on their way: those whose key is held by a worker that died wait half a
minute, and the others go on meanwhile."""

ACCEPTED = 202


class Clients:
    """They try again with the same idempotency key, as clients are told to."""

    def __init__(
        self, api: httpx.Client, queues: Queues, *, tenant_id: str, ahead_until: datetime
    ) -> None:
        self._api = api
        self._queues = queues
        self._tenant_id = tenant_id
        self._ahead_until = ahead_until
        self._lock = threading.Lock()
        self._calls = threading.Semaphore(CALLS_AT_ONCE)
        self.sent: list[Order] = []
        """The orders that were sent, whether they were taken or not."""
        self.refusals: Counter[str] = Counter()
        """Why they had to try again: statuses, and errors of the connection."""
        self.accepted: dict[int, set[str]] = {}
        """The orders that were taken, with the ids that the API gave for them."""

    def send(self, orders: Iterable[Order], *, begun: float, end: float) -> None:
        """Send each at its time from `begun` on, or as soon as there is room, and none after `end`.

        Both are monotonic. A laptop that is slower than the plan sends fewer.
        """
        room = threading.Semaphore(CLIENTS)
        with ThreadPoolExecutor(CLIENTS) as pool:
            for order in orders:
                time.sleep(max(0.0, begun + order.at - time.monotonic()))
                if time.monotonic() > end:
                    return
                self.sent.append(order)
                # A key counts for its way, so it comes twice by the same one.
                for _ in range(2 if order.is_repeated else 1):
                    room.acquire()
                    sent = pool.submit(self._send, order)
                    sent.add_done_callback(lambda _: room.release())

    def _send(self, order: Order) -> None:
        end = time.monotonic() + PATIENCE_SECONDS
        wait = 0.2
        while time.monotonic() < end:
            try:
                is_http = order.way is Way.API
                with self._calls:
                    ids = self._over_http(order) if is_http else self._over_the_queue(order)
            except (httpx.HTTPError, BotoCoreError, ClientError) as error:
                self.refusals[type(error).__name__] += 1
                ids = None
            if ids is not None:
                with self._lock:
                    self.accepted.setdefault(order.number, set()).update(ids)
                return
            time.sleep(wait)
            wait = min(LONGEST_WAIT, 2 * wait)

    def _over_http(self, order: Order) -> set[str] | None:
        answer = self._api.post(
            DISPATCH, json=self._event(order), headers={"Idempotency-Key": order.key}
        )
        if answer.status_code != ACCEPTED:
            self.refusals[str(answer.status_code)] += 1
            return None
        return {answer.json()["notification_id"]}

    def _over_the_queue(self, order: Order) -> set[str] | None:
        request = {
            **self._event(order),
            "tenant_id": self._tenant_id,
            "idempotency_key": order.key,
        }
        entry = {"Id": "0", "MessageBody": json.dumps(request), "MessageGroupId": self._tenant_id}
        return set() if self._queues.put("REQUESTS_QUEUE_URL", [entry]) else None

    def _event(self, order: Order) -> dict[str, Any]:
        return {
            "event_type": "order_ready",
            "service_type_id": SERVICE,
            "phase_id": PHASE,
            "customer_id": order.person.customer_id,
            "key": order.key,
            "context": {"orden": order.key},
            **({"send_at": self._ahead_until.isoformat()} if order.is_ahead else {}),
        }
