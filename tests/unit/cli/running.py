"""Runs the command inside the process, against an API that is a function."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import httpx
import pytest
from typer.testing import CliRunner, Result

from recado_cli.main import app

Answer = Callable[[httpx.Request], httpx.Response]

KEY = "rk_live_0123456789ab_" + "s" * 43
NOTIFICATION = "ntf_0123456789abcdef0123456789abcdef"


def run(*arguments: str, given: str | None = None) -> Result:
    """Run `recado` with some arguments; an error that it does not tell fails the test."""
    result = CliRunner().invoke(app, list(arguments), input=given)
    if result.exception and not isinstance(result.exception, SystemExit):
        raise result.exception
    return result


def answer_with(monkeypatch: pytest.MonkeyPatch, answer: Answer) -> list[httpx.Request]:
    """Let the API be a function; gives the list to which every request is added."""
    requests: list[httpx.Request] = []

    def handle(request: httpx.Request) -> httpx.Response:
        requests.append(request)
        return answer(request)

    client = partial(httpx.Client, transport=httpx.MockTransport(handle))
    monkeypatch.setattr(httpx, "Client", client)
    monkeypatch.setenv("RECADO_URL", "https://recado.example.com")
    monkeypatch.setenv("RECADO_API_KEY", KEY)
    return requests


def accepted(state: str = "queued", **changes: object) -> dict[str, object]:
    """What the API answers to an event."""
    return {
        "notification_id": NOTIFICATION,
        "state": state,
        "reason": None,
        "detail": "",
        "route": [
            {
                "position": 0,
                "channel": "whatsapp",
                "provider": "whatsapp_cloud",
                "account_id": "whatsapp-cloud",
                "to": "…4567",
                "template_id": "mantenimiento.phase-schedule.clients.whatsapp.es",
                "template_version": 3,
            }
        ],
        "decisions": [
            {
                "channel": "whatsapp",
                "chosen": True,
                "reason": "recipient_preference",
                "detail": "",
            },
            {
                "channel": "email",
                "chosen": False,
                "reason": "missing_variables",
                "detail": "Orden",
            },
        ],
        **changes,
    }


def notification(state: str, **changes: object) -> dict[str, object]:
    """A notification as the API shows it."""
    return {
        **accepted(state),
        "event_type": "appointment_scheduled",
        "mode": "live",
        "is_final": state not in ("pending", "queued", "sending", "unknown"),
        "target": "clients",
        "recipient_id": "customer-001",
        "service_type_id": "mantenimiento",
        "phase_id": "phase-schedule",
        "created_at": "2026-03-02T12:00:00Z",
        "send_at": None,
        "deadline": "2026-03-03T12:00:00Z",
        "sent_at": None,
        "updated_at": "2026-03-02T12:00:03Z",
        "current_step": 0,
        "attempts": [],
        "timeline": [
            {"at": "2026-03-02T12:00:00Z", "kind": "planned", "channel": None, "detail": "whatsapp"}
        ],
        **changes,
    }
