"""The two sides beside each other."""

from __future__ import annotations

from collections.abc import Sequence
from statistics import median

from bench.tables import Cell, Table
from bench.whole_way import peer
from bench.whole_way.functions import PARTS
from bench.whole_way.recado import BATCH, BESIDE
from bench.whole_way.rounds import NOTIFICATIONS, RECEIPTS, ROUNDS, SINGLES, Round

AIM = 0.5
"""Of the peer's CPU."""

_SERVICES = (peer.REDIS, peer.DATABASE)


def tables(
    batches: Sequence[Round], singles: Sequence[Round], theirs: Sequence[Round]
) -> list[Table]:
    """The ratios, and the parts that they are made of."""
    return [_ratios(batches, singles, theirs), _parts(batches, singles, theirs)]


def _ratios(batches: Sequence[Round], singles: Sequence[Round], theirs: Sequence[Round]) -> Table:
    web_and_worker = _middle(theirs, peer.OWN)
    with_services = _middle(theirs, (*peer.OWN, *_SERVICES))
    rows = []
    for name, rounds, parts in (
        (f"full batches of {BATCH}", batches, PARTS),
        ("one message an invocation", singles, PARTS),
        (f"full batches of {BATCH}, with events and counters", batches, (*PARTS, *BESIDE)),
        ("one message an invocation, with events and counters", singles, (*PARTS, *BESIDE)),
    ):
        ours = _middle(rounds, parts)
        ratio = ours / web_and_worker
        within = "yes" if ratio <= AIM else "no"
        rows.append(
            (name, ours, web_and_worker, ratio, within, with_services, ours / with_services)
        )
    return Table(
        "CPU of a delivered notification, the whole way, beside Celery + Redis + Django "
        f"(ms, medians of {ROUNDS} rounds; aim: at most {AIM} x)",
        (
            *("Recado", "Recado's", "peer's", "ratio", "within aim"),
            *("peer's with services", "ratio to that"),
        ),
        rows,
        (
            "The way: event in, planned, stored, rendered, sent to a simulated WhatsApp over HTTP, "
            f"{len(RECEIPTS)} signed receipts ({', '.join(RECEIPTS)}) taken in and applied.",
            f"The sides take turns on one machine; a round has {NOTIFICATIONS} notifications, "
            f"one of single messages {SINGLES}. The first of each kind is not counted.",
            "Recado: user and system time of its handlers, warm, with all AWS calls of their "
            "clients over HTTP (no TLS) and JSON as Lambda's runtime reads and writes it. "
            "DynamoDB, SQS and API Gateway are services: the emulator's time is not counted.",
            f"Peer: gunicorn ({peer.WORKERS} processes) and Celery (prefork, {peer.WORKERS} "
            "processes, late acknowledgement, no results, connections to the database kept) with "
            "all their processes. Its services run on the machine, and the second column from the "
            "right has them: a team that runs Redis and PostgreSQL itself pays for them too.",
            "Events and counters: event_publisher and notification_counter, which follow the "
            "table's stream, as deployed on the laptop cloud. The peer has nothing like them.",
        ),
    )


def _parts(batches: Sequence[Round], singles: Sequence[Round], theirs: Sequence[Round]) -> Table:
    sides = (
        (f"Recado, batches of {BATCH}", batches, (*PARTS, *BESIDE)),
        ("Recado, one at a time", singles, (*PARTS, *BESIDE)),
        ("peer", theirs, (*peer.OWN, *_SERVICES)),
    )
    return Table(
        "What that consists of (CPU ms a notification)",
        ("side", "part", "fastest", "median", "slowest"),
        [(side, part, *_spread(rounds, part)) for side, rounds, parts in sides for part in parts],
    )


def _middle(rounds: Sequence[Round], parts: Sequence[str]) -> float:
    return median(sum(each.milliseconds(part) for part in parts) for each in rounds)


def _spread(rounds: Sequence[Round], part: str) -> tuple[Cell, ...]:
    values = [each.milliseconds(part) for each in rounds]
    return min(values), median(values), max(values)
