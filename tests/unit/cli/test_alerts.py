"""`recado alerts`: what it asks the API, and what it tells."""

from __future__ import annotations

import json
from typing import Any

import httpx
import pytest

from tests.unit.cli.running import answer_with, run

ALERT: dict[str, Any] = {
    "kind": "account_down",
    "subject": "wa",
    "severity": "critical",
    "is_raised": True,
    "channel": "whatsapp",
    "title": "An account does not work",
    "detail": "No message goes out by account wa.",
    "action": "Check its credentials.",
    "facts": {"account": "wa"},
    "began_at": "2026-03-02T11:50:00Z",
    "raised_at": "2026-03-02T12:00:00Z",
    "cleared_at": None,
}
OVER = {
    **ALERT,
    "title": "There are messages that nobody could process",
    "is_raised": False,
    "cleared_at": "2026-03-02T13:00:00Z",
}


def told(monkeypatch: pytest.MonkeyPatch, alerts: list[dict[str, Any]], *options: str) -> Any:
    requests = answer_with(monkeypatch, lambda _: httpx.Response(200, json={"alerts": alerts}))
    result = run("alerts", *options)
    assert result.exit_code == 0, result.stderr
    assert [request.url.path for request in requests] == ["/api/v1/analytics/alerts/"]
    return result


def test_what_is_wrong_now_is_told_with_what_to_do(monkeypatch: pytest.MonkeyPatch) -> None:
    text = told(monkeypatch, [ALERT, OVER]).stdout

    for part in ("critical", "An account does not work", "account wa", "Check its credentials"):
        assert part in text
    assert "nobody could process" not in text


def test_what_is_over_is_told_when_asked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    text = told(monkeypatch, [ALERT, OVER], "--all").stdout

    assert "nobody could" in text
    assert "over" in text


def test_that_nothing_is_wrong_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    assert "Nothing is wrong." in told(monkeypatch, [OVER]).stderr


def test_programs_get_json(monkeypatch: pytest.MonkeyPatch) -> None:
    assert json.loads(told(monkeypatch, [OVER], "--json").stdout) == {"alerts": [OVER]}
