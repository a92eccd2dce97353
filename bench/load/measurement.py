"""One side of the comparison: customers to work with, then locust, in a process of its own."""

from __future__ import annotations

import json
import math
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx

from bench.load import mix
from local import aws, commands
from local.places import ROOT, program
from local.problems import Problem

_LOCUSTFILE = Path(__file__).parent / "locustfile.py"


@dataclass(frozen=True)
class Side:
    """An API to measure: its name in the report, its address, the headers that open it."""

    name: str
    url: str
    headers: Mapping[str, str]


@dataclass(frozen=True)
class Route:
    """What a route answered: the times of its successes, and its errors by status."""

    milliseconds: Sequence[float]
    refusals: Mapping[str, int]

    @property
    def errors(self) -> int:
        """Requests that failed."""
        return sum(self.refusals.values())

    def percentile(self, percent: int) -> float:
        """The time in ms that so many per cent of the successes did not exceed."""
        ranked = sorted(self.milliseconds)
        return ranked[math.ceil(len(ranked) * percent / 100) - 1]


@dataclass(frozen=True)
class Measurement:
    """What one side answered in so many seconds, by route."""

    side: str
    seconds: float
    routes: Mapping[str, Route]

    @property
    def total(self) -> Route:
        """All routes together."""
        refusals: dict[str, int] = {}
        for route in self.routes.values():
            for status, count in route.refusals.items():
                refusals[status] = refusals.get(status, 0) + count
        times = [time for route in self.routes.values() for time in route.milliseconds]
        return Route(times, refusals)


def measure(side: Side) -> Measurement:
    """Send the mix to one side.

    Raises
    ------
    Problem
        Locust does not run, or a route never succeeded.
    """
    _enter_customers(side)
    with tempfile.TemporaryDirectory() as folder:
        result = Path(folder) / "result.json"
        _run_locust(side, result)
        return read(side.name, json.loads(result.read_text()))


def read(side: str, result: Mapping[str, Any]) -> Measurement:
    """What locust left.

    Raises
    ------
    Problem
        A route never succeeded: there is nothing to compare.
    """
    routes = {name: Route(**route) for name, route in result["routes"].items()}
    for name, route in routes.items():
        if not route.milliseconds:
            statuses = ", ".join(route.refusals) or "nothing"
            raise Problem(f"{side} never succeeded in {name}: it answered {statuses}.")
    return Measurement(side, result["seconds"], routes)


def _enter_customers(side: Side) -> None:
    """Make sure that the customers are there; those of an earlier run are."""
    ids = [each for user in range(mix.USERS) for each in mix.customer_ids(user)]
    with httpx.Client(
        base_url=side.url, headers=dict(side.headers), timeout=30, trust_env=False
    ) as client:
        for number, customer_id in enumerate(ids):
            path = f"/api/v1/notifications/customers/{customer_id}/"
            if client.get(path).status_code == httpx.codes.OK:
                continue
            customer = {
                "customer_id": customer_id,
                "name": f"Cliente {number}",
                "email": f"{customer_id}@example.com",
                "phone": f"+5939900002{number:02d}",
            }
            answer = client.post("/api/v1/notifications/customers/", json=customer)
            if answer.status_code != httpx.codes.CREATED:
                raise Problem(f"{side.name} answered {answer.status_code} to a new customer.")


def _run_locust(side: Side, result: Path) -> None:
    commands.run(
        [
            *(program("bench", "locust"), "-f", str(_LOCUSTFILE), "--headless", "--only-summary"),
            *("--host", side.url, "--users", str(mix.USERS), "--spawn-rate", str(mix.USERS)),
            *("--run-time", f"{mix.WARM_UP_SECONDS + mix.SECONDS}s", "--exit-code-on-error", "0"),
        ],
        {
            **aws.environment(),
            "PYTHONPATH": str(ROOT),
            "LOAD_HEADERS": json.dumps(dict(side.headers)),
            "LOAD_WARM_UP": str(mix.WARM_UP_SECONDS),
            "LOAD_RESULT": str(result),
        },
        "locust",
        "Mend that and run the command again.",
    )
