"""Says what a run did and found."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping

from chaos.run import Done, Options

SHOWN = 5
"""So many of the notifications are named with which something is wrong."""


def lines(options: Options, done: Done) -> Iterator[str]:
    """The report, line by line."""
    verdict = done.verdict
    yield (
        f"{options.notifications} events, seed {options.seed}, {options.rate:.0%} faults, "
        f"{done.seconds:.0f} s"
    )
    yield "faults of AWS: " + _counts(done.aws_faults)
    yield "clients tried again after: " + _counts(done.refusals)
    yield "workers killed: " + _counts(Counter(done.killed))
    yield ""
    width = max(map(len, (*verdict.facts, *verdict.wrong)))
    for name, number in verdict.facts.items():
        yield f"  {name:<{width}}  {number:>8}"
    yield ""
    yield "ended as: " + _counts(verdict.states)
    yield ""
    yield "must be 0:"
    for name, count in verdict.wrong.items():
        shown = ", ".join(verdict.told.get(name, ())[:SHOWN])
        yield f"  {name:<{width}}  {count:>8}{'   ' + shown if shown else ''}"
    yield ""
    yield "good" if verdict.is_good else f"NOT GOOD; again with --seed {options.seed}"


def _counts(counts: Mapping[str, int]) -> str:
    return ", ".join(f"{name} {count}" for name, count in sorted(counts.items())) or "none"
