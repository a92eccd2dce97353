"""Ask everything that we depend on whether it answers, at the same time."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor, wait
from datetime import timedelta

from recado.domain.health import TIMEOUT, Finding, HealthReport
from recado.ports.clock import Clock
from recado.ports.health import DependencyProbe

ANSWER_SECONDS = 2.0
"""How long a dependency may take; whoever watches waits for the slowest of them."""

KEPT = timedelta(seconds=5)
"""How long an answer is given again: who asks without a key costs the dependencies nothing more."""


class CheckHealth:
    """Gives the state of some dependencies, at most a few seconds old."""

    def __init__(
        self,
        *,
        probes: Callable[[], Sequence[DependencyProbe]],
        clock: Clock,
        seconds: float = ANSWER_SECONDS,
    ) -> None:
        self._probes = probes
        self._clock = clock
        self._seconds = seconds
        self._last: HealthReport | None = None

    def __call__(self) -> HealthReport:
        """The state of each dependency; one that does not answer in time has `timeout`."""
        now = self._clock.now()
        if self._last is None or now - self._last.checked_at >= KEPT:
            findings = tuple(self._ask(self._probes()))
            self._last = HealthReport(checked_at=now, findings=findings)
        return self._last

    def _ask(self, probes: Sequence[DependencyProbe]) -> list[Finding]:
        pool = ThreadPoolExecutor(len(probes), thread_name_prefix="health")
        try:
            asked = [pool.submit(probe.ask) for probe in probes]
            wait(asked, timeout=self._seconds)
            return [
                Finding(
                    part=probe.part,
                    variable=probe.variable,
                    code=answer.result() if answer.done() else TIMEOUT,
                )
                for probe, answer in zip(probes, asked, strict=True)
            ]
        finally:
            # Who takes longer is not waited for.
            pool.shutdown(wait=False, cancel_futures=True)
