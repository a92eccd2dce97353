"""`recado cancel`: one notification, or all that were planned under a key."""

from __future__ import annotations

import json

import httpx
import pytest

from tests.unit.cli.running import NOTIFICATION, answer_with, run

PREFIX = "/api/v1/notifications"


def test_a_notification_is_cancelled_by_its_id(monkeypatch: pytest.MonkeyPatch) -> None:
    document = {"notification_id": NOTIFICATION, "state": "cancelled", "reason": "cancelled"}
    requests = answer_with(monkeypatch, lambda _: httpx.Response(200, json=document))

    result = run("cancel", NOTIFICATION)

    assert (result.exit_code, result.stdout) == (0, f"{NOTIFICATION} cancelled\n")
    assert requests[0].url.path == f"{PREFIX}/{NOTIFICATION}/cancel/"
    assert json.loads(run("cancel", NOTIFICATION, "--json").stdout) == document


def test_what_is_too_late_is_told_as_the_api_says_it(monkeypatch: pytest.MonkeyPatch) -> None:
    problem = {"code": "too_late", "detail": "too late to cancel it: it is sent"}
    answer_with(monkeypatch, lambda _: httpx.Response(409, json=problem))

    result = run("cancel", NOTIFICATION)

    assert result.exit_code == 1
    assert "it is sent" in result.stderr


def test_all_pages_of_a_key_are_cancelled(monkeypatch: pytest.MonkeyPatch) -> None:
    def answer(request: httpx.Request) -> httpx.Response:
        cursor = json.loads(request.content).get("cursor")
        page = {"cancelled": ["ntf_2"], "too_late": [], "next_cursor": None}
        if cursor is None:
            late = [{"id": "ntf_3", "state": "delivered"}]
            page = {"cancelled": ["ntf_1"], "too_late": late, "next_cursor": "next"}
        return httpx.Response(200, json=page)

    requests = answer_with(monkeypatch, answer)

    result = run("cancel", "--key", "order-4711")

    assert result.exit_code == 1
    assert result.stdout.splitlines() == [
        "ntf_1 cancelled",
        "ntf_2 cancelled",
        "ntf_3 too late: delivered",
    ]
    assert [json.loads(request.content) for request in requests] == [
        {"key": "order-4711"},
        {"key": "order-4711", "cursor": "next"},
    ]
    told = json.loads(run("cancel", "--key", "order-4711", "--json").stdout)
    assert told == {
        "cancelled": ["ntf_1", "ntf_2"],
        "too_late": [{"id": "ntf_3", "state": "delivered"}],
    }


def test_a_key_without_notifications_is_said_to_have_none(monkeypatch: pytest.MonkeyPatch) -> None:
    empty = {"cancelled": [], "too_late": [], "next_cursor": None}
    answer_with(monkeypatch, lambda _: httpx.Response(200, json=empty))

    result = run("cancel", "--key", "order-4711")

    assert (result.exit_code, result.stdout) == (0, "Nothing was planned under this key.\n")


@pytest.mark.parametrize("arguments", [(), (NOTIFICATION, "--key", "order-4711")])
def test_either_an_id_or_a_key_is_meant(arguments: tuple[str, ...]) -> None:
    assert run("cancel", *arguments).exit_code == 2
