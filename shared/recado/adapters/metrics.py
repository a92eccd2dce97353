"""Measures as CloudWatch metrics: lines of the log in its embedded metric format.

A line costs no call, and CloudWatch makes metrics of it at any log level.
"""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence

from aws_lambda_powertools.metrics import EphemeralMetrics, MetricUnit

from recado.ports.metrics import Metric

SERVICE = "recado"
"""Value of the dimension that all have; alone it stands for every channel."""

NAMESPACE = "Recado"
"""Where no environment variable says another: stacks of one AWS account have one each."""


class EmfMetrics:
    """Implements `ports.Metrics`; threads may share one."""

    def put(self, values: Mapping[Metric, Sequence[float]], dimensions: Mapping[str, str]) -> None:
        """See `ports.Metrics`."""
        line = EphemeralMetrics(
            namespace=os.environ.get("POWERTOOLS_METRICS_NAMESPACE", NAMESPACE), service=SERVICE
        )
        for name, its_value in dimensions.items():
            line.add_dimension(name=name, value=its_value)
        line.add_dimensions(service=SERVICE)
        for metric, some in values.items():
            for value in some:
                line.add_metric(name=metric, unit=_unit(metric), value=value)
        # With a hundred values of a metric it wrote its line already.
        if line.metric_set:
            line.flush_metrics()


def _unit(metric: Metric) -> MetricUnit:
    return MetricUnit.Milliseconds if metric is Metric.ACCEPT_TO_SENT else MetricUnit.Count
