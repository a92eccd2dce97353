"""Runs in locust: users who send the mix of a working day, one request after the other.

`LOAD_HEADERS` has the headers that open the API, as JSON; `LOAD_WARM_UP` the seconds that are not
counted; `LOAD_RESULT` names the file in which the result is left. Times are kept as they are:
locust's own statistics round them.
"""

from __future__ import annotations

import itertools
import json
import os
import random
import time
from collections import Counter, defaultdict, deque
from pathlib import Path
from typing import Any

from locust import FastHttpUser, constant, events

from bench.load import mix

_NOTIFICATIONS = "/api/v1/notifications"
_NUMBERS = itertools.count()
_CHANCE = random.SystemRandom()
_CONTEXT = {
    "nombre": "Carlos Mendoza",
    "placa": "ABC123",
    "vehiculo": "Haval H6 2024",
    "fecha": "20 de Enero, 2026",
    "hora": "14:30",
}


class Recorder:
    """Keeps what is answered after the warm-up."""

    def __init__(self) -> None:
        self._begin = 0.0
        self._milliseconds: defaultdict[str, list[float]] = defaultdict(list)
        self._refusals: defaultdict[str, Counter[str]] = defaultdict(Counter)

    def begin(self, **_: Any) -> None:
        """Count the requests that start when the warm-up is over."""
        self._begin = time.time() + float(os.environ["LOAD_WARM_UP"])

    def record(
        self,
        *,
        name: str,
        start_time: float,
        response_time: float,
        response: Any,
        exception: BaseException | None,
        **_: Any,
    ) -> None:
        """Keep a request's time, or why it failed."""
        if start_time < self._begin:
            return
        if exception is None:
            self._milliseconds[name].append(response_time)
        else:
            status = getattr(response, "status_code", 0)
            self._refusals[name][str(status or type(exception).__name__)] += 1

    def write(self, **_: Any) -> None:
        """Leave the result for who started the test."""
        result = {
            "seconds": time.time() - self._begin,
            "routes": {
                name: {
                    "milliseconds": self._milliseconds[name],
                    "refusals": self._refusals[name],
                }
                for name in mix.SHARES
            },
        }
        Path(os.environ["LOAD_RESULT"]).write_text(json.dumps(result))


recorder = Recorder()
events.test_start.add_listener(recorder.begin)
events.request.add_listener(recorder.record)
events.test_stop.add_listener(recorder.write)


class Clerk(FastHttpUser):
    """Somebody at the counter of a workshop, with customers of their own."""

    wait_time = constant(0)
    default_headers = json.loads(os.environ["LOAD_HEADERS"])

    def on_start(self) -> None:
        """Know the customers' entity tags, and a notification."""
        self._customers = mix.customer_ids(next(_NUMBERS))
        self._tags: dict[str, str] = {}
        self._sent: deque[str] = deque(maxlen=50)
        for customer_id in self._customers:
            self._read(customer_id)
        self.dispatch()

    def dispatch(self) -> None:
        """An appointment was made."""
        event = {
            "event_type": "appointment_scheduled",
            "service_type_id": self._service_type(),
            "phase_id": "phase-schedule",
            "customer_id": self._customer(),
            "target": "clients",
            "context": _CONTEXT,
        }
        path = f"{_NOTIFICATIONS}/events/dispatch/"
        with self.client.post(path, json=event, name=mix.DISPATCH, catch_response=True) as answer:
            if answer.status_code != 202:
                answer.failure("not accepted")
            elif (accepted := answer.json())["state"] != "queued":
                answer.failure("no channel carries it")
            else:
                self._sent.append(accepted["notification_id"])

    def notification(self) -> None:
        """What became of a notification."""
        if self._sent:
            path = f"{_NOTIFICATIONS}/{_CHANCE.choice(self._sent)}/"
            self.client.get(path, name=mix.NOTIFICATION)

    def customers(self) -> None:
        """A page of customers."""
        self.client.get(f"{_NOTIFICATIONS}/customers/?limit=20", name=mix.CUSTOMERS)

    def customer(self) -> None:
        """A customer."""
        self._read(self._customer())

    def customer_change(self) -> None:
        """A customer's name is put right, unless somebody else did it meanwhile."""
        customer_id = self._customer()
        answer = self.client.patch(
            _path(customer_id),
            json={"name": f"Cliente {_CHANCE.randrange(1_000_000)}"},
            headers={"If-Match": self._tags.get(customer_id, "*")},
            name=mix.CUSTOMER_CHANGE,
        )
        self._remember(customer_id, answer)

    def templates(self) -> None:
        """A page of templates."""
        self.client.get(f"{_NOTIFICATIONS}/templates/?limit=20", name=mix.TEMPLATES)

    def preview(self) -> None:
        """What a message would say."""
        place = {
            "service_type_id": self._service_type(),
            "phase_id": "phase-schedule",
            "channel": "whatsapp",
            "target": "clients",
            "context": _CONTEXT,
        }
        self.client.post(f"{_NOTIFICATIONS}/templates/preview/", json=place, name=mix.PREVIEW)

    def recent(self) -> None:
        """The latest notifications."""
        self.client.get("/api/v1/analytics/recent/?limit=20", name=mix.RECENT)

    def summary(self) -> None:
        """The last month in figures."""
        self.client.get("/api/v1/analytics/summary/?days=30", name=mix.SUMMARY)

    def communications(self) -> None:
        """The latest messages, with what they say."""
        self.client.get("/api/v1/communications/?limit=20", name=mix.COMMUNICATIONS)

    tasks = {  # noqa: RUF012 -- locust reads it from the class
        dispatch: mix.SHARES[mix.DISPATCH],
        notification: mix.SHARES[mix.NOTIFICATION],
        customers: mix.SHARES[mix.CUSTOMERS],
        customer: mix.SHARES[mix.CUSTOMER],
        customer_change: mix.SHARES[mix.CUSTOMER_CHANGE],
        templates: mix.SHARES[mix.TEMPLATES],
        preview: mix.SHARES[mix.PREVIEW],
        recent: mix.SHARES[mix.RECENT],
        summary: mix.SHARES[mix.SUMMARY],
        communications: mix.SHARES[mix.COMMUNICATIONS],
    }

    def _customer(self) -> str:
        return _CHANCE.choice(self._customers)

    def _service_type(self) -> str:
        return _CHANCE.choice(mix.SERVICE_TYPES)

    def _read(self, customer_id: str) -> None:
        self._remember(customer_id, self.client.get(_path(customer_id), name=mix.CUSTOMER))

    def _remember(self, customer_id: str, answer: Any) -> None:
        tag = answer.headers and answer.headers.get("ETag")
        # After a refusal the next change goes without one.
        self._tags[customer_id] = tag or "*"


def _path(customer_id: str) -> str:
    return f"{_NOTIFICATIONS}/customers/{customer_id}/"
