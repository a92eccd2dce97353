"""Measures both sides in one run."""

from __future__ import annotations

from bench.load import peer, recado, report
from bench.load.measurement import measure
from bench.tables import Table


def tables() -> list[Table]:
    """The peer first, before a laptop cloud is started that would take its share of the machine.

    Raises
    ------
    Problem
        One side does not start, or a route never succeeds there.
    """
    with peer.running() as side:
        theirs = measure(side)
    with recado.running() as side:
        ours = measure(side)
    return report.tables(ours, theirs)
