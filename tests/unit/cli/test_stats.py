"""`recado stats` and `recado log`: what they ask the API, and what they tell."""

from __future__ import annotations

import json
from typing import Any

import httpx
import pytest

from tests.unit.cli.running import NOTIFICATION, answer_with, run

TALLY: dict[str, Any] = {
    "total": 120,
    "sent": 118,
    "delivered": 110,
    "read": 80,
    "replied": 12,
    "not_carried": 2,
    "given_up": 5,
    "delivery_rate": 0.9322,
    "read_rate": 0.678,
    "reply_rate": 0.1017,
    "p50_seconds": 1.25,
    "p95_seconds": 4.8,
}
NOTHING = {
    **dict.fromkeys(TALLY, 0),
    **dict.fromkeys([name for name in TALLY if name.endswith(("rate", "seconds"))]),
}
SUMMARY = {
    **TALLY,
    "first_day": "2026-02-01",
    "last_day": "2026-03-02",
    "time_zone": "America/Guayaquil",
    "mode": "live",
    "by_status": {"sent": 8, "read": 80},
    "by_channel": [{**TALLY, "channel": "whatsapp"}, {**NOTHING, "channel": None}],
    "by_event": [{**TALLY, "event_type": "appointment_scheduled"}],
    "by_template": [],
    "by_day": [],
    "costs": {
        "currency": "USD",
        "amount": "1.0735",
        "unpriced_messages": 23,
        "by_category": [
            {
                "provider": "whatsapp_cloud",
                "category": "utility",
                "messages": 95,
                "price": "0.0113",
                "amount": "1.0735",
            },
            {
                "provider": "twilio_sms",
                "category": None,
                "messages": 23,
                "price": None,
                "amount": None,
            },
        ],
    },
}
RECENT = {
    "notifications": [
        {
            "id": NOTIFICATION,
            "event_type": "appointment_scheduled",
            "recipient_id": "customer-001",
            "channel": "whatsapp",
            "template_id": "t",
            "state": "failed",
            "reason": "131026",
            "created_at": "2026-03-02T12:00:00Z",
            "send_at": None,
            "sent_at": None,
            "delivered_at": None,
            "read_at": None,
            "route": [{"channel": "whatsapp", "account_id": "wa", "to": "…4567"}],
        }
    ],
    "next_cursor": "abc",
}


def test_stats_tells_totals_rates_and_costs(monkeypatch: pytest.MonkeyPatch) -> None:
    [request], told = asked(monkeypatch, SUMMARY, "stats", "--days", "7")

    assert str(request.url).endswith("/api/v1/analytics/summary/?days=7")
    for part in ("120", "110 (93%)", "1.2 s", "whatsapp", "no channel", "appointment_scheduled"):
        assert part in told
    for part in ("utility", "1.0735 USD", "no price"):
        assert part in told


def test_log_tells_the_latest_and_how_to_go_on(monkeypatch: pytest.MonkeyPatch) -> None:
    [request], told = asked(
        monkeypatch, RECENT, "log", "--state", "failed", "--customer", "customer-001"
    )

    assert request.url.path == "/api/v1/analytics/recent/"
    assert dict(request.url.params) == {
        "state": "failed",
        "recipient_id": "customer-001",
        "limit": "20",
    }
    for part in (NOTIFICATION, "131026", "--cursor abc"):
        assert part in told


def test_log_names_a_moment_with_its_offset(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TZ", "UTC")

    [request], _ = asked(monkeypatch, RECENT, "log", "--since", "2026-03-02T10:00:00")

    assert request.url.params["since"].startswith("2026-03-02T10:00:00")
    assert request.url.params["since"][19:]


@pytest.mark.parametrize(("command", "document"), [("stats", SUMMARY), ("log", RECENT)])
def test_programs_get_json(
    monkeypatch: pytest.MonkeyPatch, command: str, document: dict[str, Any]
) -> None:
    answer_with(monkeypatch, lambda _: httpx.Response(200, json=document))

    result = run(command, "--json")

    assert result.exit_code == 0
    assert json.loads(result.stdout) == document


@pytest.mark.parametrize(
    "arguments",
    [
        ("stats", "--days", "0"),
        ("stats", "--days", "367"),
        ("log", "--limit", "0"),
        ("log", "--state", "lost"),
        ("stats", "rebuild", "--days", "0"),
    ],
)
def test_wrong_usage_asks_nobody(
    monkeypatch: pytest.MonkeyPatch, arguments: tuple[str, ...]
) -> None:
    requests = answer_with(monkeypatch, lambda _: httpx.Response(200, json={}))

    assert run(*arguments).exit_code == 2
    assert requests == []


def test_a_refusal_of_the_api_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    problem = {"code": "forbidden", "title": "Forbidden", "detail": "the API key lacks the scope"}
    answer_with(monkeypatch, lambda _: httpx.Response(403, json=problem))

    result = run("stats")

    assert result.exit_code == 1
    assert "lacks the scope" in result.stderr


def asked(
    monkeypatch: pytest.MonkeyPatch, document: dict[str, Any], *arguments: str
) -> tuple[list[httpx.Request], str]:
    requests = answer_with(monkeypatch, lambda _: httpx.Response(200, json=document))
    result = run(*arguments)
    assert result.exit_code == 0, result.stderr
    return requests, result.output
