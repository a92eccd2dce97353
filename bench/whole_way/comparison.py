"""Measures both sides in turns, in one run."""

from __future__ import annotations

import json
import sys

from bench import laptop_cloud
from bench.tables import Table
from bench.whole_way import peer, recado, report
from bench.whole_way.recado import BATCH
from bench.whole_way.rounds import NOTIFICATIONS, ROUNDS, SINGLES, Round
from local.places import ROOT


def tables() -> list[Table]:
    """CPU of a notification's whole way; none when the peer's services are not installed.

    Raises
    ------
    Problem
        A side does not start, or does not deliver.
    """
    if lacking := peer.lacks():
        print(f"Not compared with Celery: {lacking}", file=sys.stderr, flush=True)
        return []
    event = json.loads((ROOT / "local" / "example_event.json").read_text())
    batches: list[Round] = []
    singles: list[Round] = []
    theirs: list[Round] = []
    with (
        laptop_cloud.running() as variables,
        recado.running(variables) as ours,
        peer.running() as other,
    ):
        first = 0
        for _ in range(ROUNDS + 1):
            theirs.append(other.round(first, NOTIFICATIONS, event))
            batches.append(ours.round(first, NOTIFICATIONS, BATCH))
            first += NOTIFICATIONS
            singles.append(ours.round(first, SINGLES, 1))
            first += SINGLES
    # The first of each kind warmed up.
    return report.tables(batches[1:], singles[1:], theirs[1:])
