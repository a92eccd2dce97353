"""The dashboard, and the alarms on measures of our own, show what there is."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest

from recado.adapters.metrics import SERVICE
from recado.domain.channels import Channel
from recado.ports.metrics import Metric
from recado.services.measure_flow import NO_CHANNEL
from tests.architecture.cloudformation import functions, properties, streams, target, template

STACK = "AWS::StackName"
OF_ALL_NOTIFICATIONS = (Metric.ACCEPTED, Metric.FAILED, Metric.FAILURE)
"""Measures of what no channel can carry, too."""


def widgets() -> list[dict[str, Any]]:
    """The widgets; what CloudFormation puts in for a name is the name."""
    [dashboard] = properties("CloudWatch::Dashboard").values()
    body = re.sub(r"\$\{([^}.]*)(\.[^}]*)?\}", r"\1", dashboard["DashboardBody"]["Fn::Sub"])
    found: list[dict[str, Any]] = json.loads(body)["widgets"]
    return found


def shown() -> set[tuple[str, ...]]:
    """Every metric on it: namespace, name, and dimensions by name and value."""
    return {
        tuple(part for part in metric if isinstance(part, str))
        for widget in widgets()
        for metric in widget["properties"].get("metrics", [])
    }


def values(namespace: str, metric: str, dimension: str) -> set[str]:
    return {
        dict(zip(parts[::2], parts[1::2], strict=True)).get(dimension, "")
        for shown_namespace, name, *parts in filter(None, shown())
        if (shown_namespace, name) == (namespace, metric)
    }


@pytest.mark.parametrize("metric", ["Errors", "Duration", "Throttles"])
def test_it_shows_every_function(metric: str) -> None:
    assert values("AWS/Lambda", metric, "FunctionName") == set(functions())


def test_it_shows_how_far_behind_whoever_reads_a_stream_is() -> None:
    reading = {name for name, function in functions().items() if streams(function)}
    assert values("AWS/Lambda", "IteratorAge", "FunctionName") == reading


def test_it_shows_every_queue() -> None:
    ages = values("AWS/SQS", "ApproximateAgeOfOldestMessage", "QueueName")
    depths = values("AWS/SQS", "ApproximateNumberOfMessagesVisible", "QueueName")
    last_resorts = {q for q in properties("SQS::Queue") if q.endswith("DeadLetterQueue")}
    assert depths == last_resorts | {"ParkedQueue"}
    assert ages == set(properties("SQS::Queue")) - depths


def test_it_shows_every_table() -> None:
    tables = set(properties("DynamoDB::Table"))
    assert values("AWS/DynamoDB", "WriteThrottleEvents", "TableName") == tables
    assert values("AWS/DynamoDB", "ReadThrottleEvents", "TableName") == tables


def test_it_shows_every_measure_of_our_own_by_channel() -> None:
    by_provider = {Metric.CIRCUIT_OPENED}
    for metric in set(Metric) - by_provider:
        channels = {*Channel, *([NO_CHANNEL] if metric in OF_ALL_NOTIFICATIONS else [])}
        assert channels == values(STACK, metric, "channel") - {""}, metric
    assert values(STACK, Metric.CIRCUIT_OPENED, "service") == {SERVICE}


def test_the_functions_put_their_measures_where_the_dashboard_and_alarms_look() -> None:
    shared = template()["Globals"]["Function"]["Environment"]["Variables"]
    assert shared["POWERTOOLS_METRICS_NAMESPACE"] == {"Ref": STACK}


def test_the_alarms_on_our_own_measures_watch_all_channels_together() -> None:
    own = {
        alarm["MetricName"]: alarm["Dimensions"]
        for alarm in properties("CloudWatch::Alarm").values()
        if alarm["Namespace"] == {"Ref": STACK}
    }
    of_all = [{"Name": "service", "Value": SERVICE}]
    assert own == dict.fromkeys(
        [Metric.ACCEPT_TO_SENT, Metric.FAILURE, Metric.CIRCUIT_OPENED], of_all
    )


def test_a_clock_that_stands_still_alarms_though_it_tells_nothing() -> None:
    silences = {
        target(dimension["Value"]): alarm["TreatMissingData"]
        for alarm in properties("CloudWatch::Alarm").values()
        if alarm["MetricName"] == "Invocations"
        for dimension in alarm["Dimensions"]
    }
    assert "DueNotificationsFunction" in silences
    assert set(silences.values()) == {"breaching"}
