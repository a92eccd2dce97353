"""Recado's side: its functions in a process of their own, and those that follow the streams."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from multiprocessing import get_context
from pathlib import Path

from bench.whole_way import cpu
from bench.whole_way.functions import Functions
from bench.whole_way.rounds import Round
from local import processes

BATCH = 10
"""Messages that the template lets SQS hand over at once."""

BESIDE = ("event_publisher", "notification_counter")
"""Deployed functions that follow what the others store; the peer has nothing like them."""

_QUIET_SECONDS = 2.0

_functions: Functions
"""In the process of the functions only."""


class Recado:
    """The side, driven from another process."""

    def __init__(self, pool: ProcessPoolExecutor) -> None:
        self._pool = pool

    def round(self, first: int, count: int, batch: int) -> Round:
        """Let so many events come in, from a person on; queues hand over `batch` at once.

        Raises
        ------
        Problem
            Something was refused, or not every message was read in the end.
        """
        before = _spent_beside()
        own = self._pool.submit(_round, first, count, batch).result()
        after = _spent_beside_when_quiet()
        beside = {name: after[name] - before[name] for name in BESIDE}
        return Round(count, {**own.cpu, **beside})


@contextmanager
def running(variables: Mapping[str, str]) -> Iterator[Recado]:
    """The side over the laptop cloud that is up, whose variables are given.

    Raises
    ------
    Problem
        The simulated provider does not start.
    """
    with ProcessPoolExecutor(max_workers=1, mp_context=get_context("spawn")) as pool:
        pool.submit(_start, dict(variables)).result()
        try:
            yield Recado(pool)
        finally:
            pool.submit(_stop).result()


def _start(variables: Mapping[str, str]) -> None:
    global _functions  # one a process, as in Lambda
    _functions = Functions(variables)


def _round(first: int, count: int, batch: int) -> Round:
    return _functions.round(first, count, batch)


def _stop() -> None:
    _functions.close()


def _spent_beside_when_quiet() -> dict[str, float]:
    """What they spent when they have caught up."""
    spent, unchanged_since = _spent_beside(), time.monotonic()
    while time.monotonic() - unchanged_since < _QUIET_SECONDS:
        time.sleep(0.25)
        if (now := _spent_beside()) != spent:
            spent, unchanged_since = now, time.monotonic()
    return spent


def _spent_beside() -> dict[str, float]:
    """CPU seconds of MiniStack's workers of each function, all in all."""
    spent = dict.fromkeys(BESIDE, 0.0)
    for pid in processes.members().get("ministack", []):
        try:
            environment = Path(f"/proc/{pid}/environ").read_bytes().decode().split("\0")
        except OSError:
            continue  # it ended meanwhile
        for name in BESIDE:
            if f"POWERTOOLS_SERVICE_NAME={name}" in environment:
                spent[name] += cpu.seconds(pid)
    return spent
