"""`recado timeline`: a notification as people read it."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator

import httpx
import pytest

from tests.unit.cli.running import NOTIFICATION, answer_with, notification, run

HAPPENED = [
    {"at": "2026-03-02T12:00:00Z", "kind": "planned", "channel": None, "detail": "whatsapp"},
    {
        "at": "2026-03-02T12:00:01Z",
        "kind": "retryable",
        "channel": "whatsapp",
        "detail": "attempt 1 through whatsapp-cloud: 130429 the limit is reached; again in 4 s",
    },
    {
        "at": "2026-03-02T12:00:05Z",
        "kind": "accepted",
        "channel": "whatsapp",
        "detail": "attempt 2 through whatsapp-cloud: wamid.42",
    },
]


@pytest.fixture
def guayaquil(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A machine whose clock is five hours behind UTC."""
    monkeypatch.setenv("TZ", "ECT+5")
    time.tzset()
    yield
    monkeypatch.delenv("TZ")
    time.tzset()


def shown(monkeypatch: pytest.MonkeyPatch, document: dict[str, object]) -> list[str]:
    answer_with(monkeypatch, lambda _: httpx.Response(200, json=document))
    result = run("timeline", NOTIFICATION)
    assert result.exit_code == 0
    return [" ".join(line.split()) for line in result.stdout.splitlines()]


def test_a_timeline_tells_plan_attempts_answers_and_state(
    monkeypatch: pytest.MonkeyPatch, guayaquil: None
) -> None:
    lines = shown(monkeypatch, notification("sent", timeline=HAPPENED))

    assert lines[0] == f"{NOTIFICATION} sent"
    assert lines[1] == (
        "appointment_scheduled · mantenimiento · phase-schedule · clients · customer-001"
        " · live mode"
    )
    assert "Planned route" in lines
    assert (
        "2026-03-02 07:00:01 ECT (12:00:01 UTC) retryable attempt 1 through whatsapp-cloud: "
        "130429 the limit is reached; again in 4 s"
    ) in lines
    assert lines[-1] == "2026-03-02 07:00:03 ECT (12:00:03 UTC) sent"


def test_a_machine_in_utc_shows_one_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TZ", "UTC")
    time.tzset()

    lines = shown(monkeypatch, notification("sent"))

    assert lines[-1] == "2026-03-02 12:00:03 UTC sent"


def test_a_failure_is_told_with_its_reason(monkeypatch: pytest.MonkeyPatch) -> None:
    document = notification("failed", reason="131026", detail="not on WhatsApp")

    assert shown(monkeypatch, document)[0] == f"{NOTIFICATION} failed (131026: not on WhatsApp)"


def test_text_of_the_api_is_never_taken_for_markup(monkeypatch: pytest.MonkeyPatch) -> None:
    document = notification("failed", reason="[red]x[/red]", detail=":smile: [/]")

    assert "([red]x[/red]: :smile: [/])" in shown(monkeypatch, document)[0]


def test_json_is_the_apis_own_answer(monkeypatch: pytest.MonkeyPatch) -> None:
    document = notification("sent", added_by_a_later_version=1)
    answer_with(monkeypatch, lambda _: httpx.Response(200, json=document))

    assert json.loads(run("timeline", NOTIFICATION, "--json").stdout) == document


@pytest.mark.parametrize(
    ("state", "code"),
    [
        ("sent", 0),
        ("delivered", 0),
        ("read", 0),
        ("failed", 1),
        ("unknown", 1),
        ("expired", 1),
        ("cancelled", 1),
        ("suppressed", 1),
    ],
)
def test_waiting_ends_with_what_became_of_it(
    monkeypatch: pytest.MonkeyPatch, clock: list[float], state: str, code: int
) -> None:
    states = iter(["pending", state])
    answer_with(monkeypatch, lambda _: httpx.Response(200, json=notification(next(states))))

    assert run("timeline", NOTIFICATION, "--wait").exit_code == code
    assert clock == [0.25]


def test_waiting_asks_ever_more_slowly_and_no_longer_than_it_may(
    monkeypatch: pytest.MonkeyPatch, clock: list[float]
) -> None:
    answer_with(monkeypatch, lambda _: httpx.Response(200, json=notification("queued")))

    result = run("timeline", NOTIFICATION, "--wait", "--timeout", "30")

    assert result.exit_code == 1
    assert clock == sorted(clock)
    assert max(clock) == 3.0
    assert 27 < sum(clock) < 30
    assert "still queued after 30 s" in result.stderr
    assert f"recado timeline {NOTIFICATION} --wait" in result.stderr


def test_an_id_cannot_reach_another_path(monkeypatch: pytest.MonkeyPatch) -> None:
    requests = answer_with(monkeypatch, lambda _: httpx.Response(200, json=notification("sent")))

    run("timeline", "../catalog")

    assert requests[0].url.raw_path == b"/api/v1/notifications/..%2Fcatalog/"


def test_an_answer_of_another_form_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    answer_with(monkeypatch, lambda _: httpx.Response(200, json={"state": "levitating"}))

    result = run("timeline", NOTIFICATION)

    assert result.exit_code == 1
    assert "has another form" in result.stderr
