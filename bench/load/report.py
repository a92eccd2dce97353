"""The two sides beside each other."""

from __future__ import annotations

from bench.load import mix
from bench.load.measurement import Measurement, Route
from bench.tables import Cell, Table

_ALL = "all"


def tables(ours: Measurement, peer: Measurement) -> list[Table]:
    """Response times with their ratios; requests a second, and errors."""
    routes = {_ALL: 100, **mix.SHARES}
    pairs = {
        name: (ours.routes.get(name, ours.total), peer.routes.get(name, peer.total))
        for name in routes
    }
    return [
        Table(
            f"A workshop chain's working day through the HTTP API, beside {peer.side} over SQLite "
            f"(ms; {mix.USERS} users, no pauses)",
            (
                *("route", "% of all", "p50", "peer's p50", "p50 ratio"),
                *("p95", "peer's p95", "p95 ratio"),
            ),
            [(name, routes[name], *_times(*pair)) for name, pair in pairs.items()],
            (
                f"Each side alone: {mix.WARM_UP_SECONDS} s to warm up, not counted, then "
                f"{mix.SECONDS} s. Successes only; ratio: ours by the peer's.",
                "The figures compare stacks on this machine, not AWS: here a Python emulator plays "
                "API Gateway, Lambda, SQS and DynamoDB on the same cores, and locust runs there, "
                "too.",
                "The peer does the same reading and writing in one process a request: token, "
                "customer, configuration, templates, suppressions, a row of the log, a task. "
                "Nobody takes its tasks up, while Recado's senders deliver to simulated providers "
                "and its counters follow the log.",
                "The peer keeps one database file on one machine, counts its log for each "
                "summary, and has no limit of requests, no conversations and no accounts.",
            ),
        ),
        Table(
            "The same working day: requests a second, and errors",
            (
                *("route", "requests/s", "peer's requests/s", "ratio"),
                *("errors", "peer's errors"),
            ),
            [
                (name, *_rates(ours, peer, *pair), pair[0].errors, pair[1].errors)
                for name, pair in pairs.items()
            ],
            tuple(_why(side) for side in (ours, peer) if side.total.errors),
        ),
    ]


def _times(ours: Route, peer: Route) -> list[Cell]:
    return [
        cell
        for percent in (50, 95)
        for cell in (
            ours.percentile(percent),
            peer.percentile(percent),
            ours.percentile(percent) / peer.percentile(percent),
        )
    ]


def _rates(ours: Measurement, peer: Measurement, our: Route, their: Route) -> list[Cell]:
    rate = len(our.milliseconds) / ours.seconds
    peer_rate = len(their.milliseconds) / peer.seconds
    return [rate, peer_rate, rate / peer_rate]


def _why(side: Measurement) -> str:
    refused = ", ".join(
        f"{count} x {status} to {name}"
        for name, route in side.routes.items()
        for status, count in route.refusals.items()
    )
    return f"Errors of {side.side}: {refused}."
