"""Measures in memory."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence

from recado.ports.metrics import Metric


class FakeMetrics:
    """Implements `ports.Metrics`; sums and values by channel, and how many lines it took."""

    def __init__(self) -> None:
        self.sums: defaultdict[str, Counter[Metric]] = defaultdict(Counter)
        self.milliseconds: defaultdict[str, list[float]] = defaultdict(list)
        self.failures: defaultdict[str, list[float]] = defaultdict(list)
        self.lines = 0

    def put(self, values: Mapping[Metric, Sequence[float]], dimensions: Mapping[str, str]) -> None:
        self.lines += 1
        for metric, some in values.items():
            channel = dimensions["channel"]
            match metric:
                case Metric.ACCEPT_TO_SENT:
                    self.milliseconds[channel] += some
                case Metric.FAILURE:
                    self.failures[channel] += some
                case _:
                    self.sums[channel][metric] += int(sum(some))
