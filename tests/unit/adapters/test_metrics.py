"""Measures as lines of CloudWatch's embedded metric format."""

from __future__ import annotations

import json
from typing import Any

import pytest

from recado.adapters.metrics import EmfMetrics
from recado.ports.metrics import Metric


@pytest.fixture(autouse=True)
def namespace(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("POWERTOOLS_METRICS_NAMESPACE", "recado-prod")
    monkeypatch.setenv("POWERTOOLS_SERVICE_NAME", "notification_counter")


def lines(capsys: pytest.CaptureFixture[str]) -> list[dict[str, Any]]:
    return [json.loads(line) for line in capsys.readouterr().out.splitlines()]


def test_values_stand_for_their_channel_and_for_all(capsys: pytest.CaptureFixture[str]) -> None:
    values = {Metric.SENT: [2], Metric.ACCEPT_TO_SENT: [180, 240.5]}

    EmfMetrics().put(values, {"channel": "sms"})

    [line] = lines(capsys)
    [told] = line["_aws"]["CloudWatchMetrics"]
    assert told["Namespace"] == "recado-prod"
    assert [sorted(each) for each in told["Dimensions"]] == [["channel", "service"], ["service"]]
    assert told["Metrics"] == [
        {"Name": "Sent", "Unit": "Count"},
        {"Name": "AcceptToSent", "Unit": "Milliseconds"},
    ]
    assert (line["channel"], line["service"]) == ("sms", "recado")
    assert (line["Sent"], line["AcceptToSent"]) == ([2.0], [180.0, 240.5])


@pytest.mark.parametrize("count", [99, 100, 101, 250])
def test_many_values_take_as_many_lines_as_the_format_needs(
    count: int, capsys: pytest.CaptureFixture[str]
) -> None:
    EmfMetrics().put({Metric.ACCEPT_TO_SENT: range(count)}, {"channel": "sms"})

    found = lines(capsys)
    assert [value for line in found for value in line["AcceptToSent"]] == list(range(count))
    assert all(len(line["AcceptToSent"]) <= 100 for line in found)


def test_nothing_takes_no_line(capsys: pytest.CaptureFixture[str]) -> None:
    EmfMetrics().put({}, {"channel": "sms"})

    assert lines(capsys) == []


def test_without_a_namespace_it_has_a_common_one(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("POWERTOOLS_METRICS_NAMESPACE")

    EmfMetrics().put({Metric.SENT: [1]}, {"channel": "sms"})

    assert lines(capsys)[0]["_aws"]["CloudWatchMetrics"][0]["Namespace"] == "Recado"
