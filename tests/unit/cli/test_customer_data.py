"""`recado customers import`, `export` and `erase`: what reaches the API, what is told of it."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import httpx
import pytest

from recado_cli import task_following
from tests.unit.cli.running import answer_with, run

CUSTOMERS = "/api/v1/notifications/customers"
STATUS = f"{CUSTOMERS}/tasks/tsk_1/"
FILE = "nombre;correo\r\nAna;ana@example.com\r\n"


@pytest.fixture(autouse=True)
def passing_time(monkeypatch: pytest.MonkeyPatch) -> None:
    """Time that passes by pauses only."""
    pauses: list[float] = []
    passing = SimpleNamespace(sleep=pauses.append, monotonic=lambda: sum(pauses))
    monkeypatch.setattr(task_following, "time", passing)


def task(state: str, **changes: object) -> dict[str, object]:
    return {
        "task_id": "tsk_1",
        "kind": "customers_import",
        "state": state,
        "total": 1,
        "applied": 1 if state == "done" else 0,
        "unchanged": 0,
        "stale": 0,
        "failed": 0,
        "errors": [],
        "created_at": "2026-03-02T12:00:00Z",
        "finished_at": None,
        **changes,
    }


def api(*states: dict[str, Any]) -> Callable[[httpx.Request], httpx.Response]:
    """An API whose task stands so, one answer after the other; the last one again and again."""
    told = list(states)
    file = {"columns": {"name": "nombre"}, "ignored_columns": ["edad"], "total": 1}

    def answer(request: httpx.Request) -> httpx.Response:
        if request.method == "GET":
            return httpx.Response(200, json=told.pop(0) if len(told) > 1 else told[0])
        if request.url.params.get("dry_run"):
            return httpx.Response(200, json={**file, "task_id": None, "status_url": None})
        return httpx.Response(202, json={**file, "task_id": "tsk_1", "status_url": STATUS})

    return answer


def test_a_file_is_imported_and_followed_to_its_end(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "a.csv").write_text(f"\ufeff{FILE}", encoding="utf-8", newline="")
    requests = answer_with(monkeypatch, api(task("queued"), task("running"), task("done")))

    result = run("customers", "import", "a.csv", "--column", "name=nombre")

    assert (result.exit_code, result.stdout) == (0, "done: 1 applied\n")
    assert "Left out: edad." in result.stderr
    assert [request.url.path for request in requests] == [f"{CUSTOMERS}/import/", *[STATUS] * 3]
    assert json.loads(requests[0].content) == {"csv": FILE, "columns": {"name": "nombre"}}


def test_a_dry_run_asks_for_nothing_more(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text(FILE, encoding="utf-8")
    requests = answer_with(monkeypatch, api(task("done")))

    result = run("customers", "import", "a.csv", "--dry-run")

    assert (result.exit_code, result.stdout) == (0, "1 customers can be imported.\n")
    assert [str(request.url.query, "ascii") for request in requests] == ["dry_run=true"]


def test_records_that_failed_are_listed_and_end_with_exit_code_1(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "a.csv").write_text(FILE, encoding="utf-8")
    fault = {"index": 2, "id": None, "field": "phone", "code": "x", "message": "several customers"}
    answer_with(monkeypatch, api(task("failed", failed=1, errors=[fault])))

    result = run("customers", "import", "a.csv")

    assert result.exit_code == 1
    assert "several customers" in result.stdout


def test_what_is_not_done_in_time_is_told(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text(FILE, encoding="utf-8")
    answer_with(monkeypatch, api(task("running")))

    result = run("customers", "import", "a.csv", "--timeout", "5")

    assert result.exit_code == 1
    assert "Task tsk_1 is still running." in result.stderr


def test_a_file_of_another_encoding_is_refused(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_bytes("nombre\nJosé\n".encode("cp1252"))

    result = run("customers", "import", "a.csv")

    assert result.exit_code == 1
    assert "a.csv is not UTF-8." in result.stderr


def test_a_column_that_is_none_is_wrong_usage(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text(FILE, encoding="utf-8")

    assert run("customers", "import", "a.csv", "--column", "edad=x").exit_code == 2


def test_all_pages_of_an_export_become_one_file(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    def answer(request: httpx.Request) -> httpx.Response:
        if "cursor" in request.url.params:
            return httpx.Response(200, text="customer_id,name\r\nc-2,José\r\n")
        link = f'<{CUSTOMERS}/export/?cursor=x&limit=500>; rel="next"'
        return httpx.Response(200, text="customer_id,name\r\nc-1,Ana\r\n", headers={"Link": link})

    answer_with(monkeypatch, answer)
    whole = "customer_id,name\r\nc-1,Ana\r\nc-2,José\r\n"

    assert run("customers", "export", "--out", "all.csv").exit_code == 0
    assert (tmp_path / "all.csv").read_bytes() == whole.encode()
    assert run("customers", "export").stdout.replace("\r\n", "\n") == whole.replace("\r\n", "\n")


def test_all_that_is_held_on_one_is_one_document(monkeypatch: pytest.MonkeyPatch) -> None:
    def answer(request: httpx.Request) -> httpx.Response:
        assert request.url.path == f"{CUSTOMERS}/c-1/export/"
        is_first = "cursor" not in request.url.params
        page = {"messages": [{"id": "a" if is_first else "b"}], "profile": {"name": "José"}}
        return httpx.Response(200, json={**page, "next_cursor": "x" if is_first else None})

    answer_with(monkeypatch, answer)

    held = json.loads(run("customers", "export", "c-1").stdout)

    assert json.loads(run("customers", "export", "c-1", "--json").stdout) == held
    assert held["profile"] == {"name": "José"}
    assert [message["id"] for message in held["messages"]] == ["a", "b"]


def test_all_customers_are_no_json() -> None:
    result = run("customers", "export", "--json")

    assert result.exit_code == 2
    assert "CUSTOMER_ID" in result.stderr


def test_a_person_is_erased_after_a_yes(monkeypatch: pytest.MonkeyPatch) -> None:
    requests = answer_with(monkeypatch, api(task("done")))

    assert run("customers", "erase", "c/1", given="n\n").exit_code == 1
    assert requests == []
    assert run("customers", "erase", "c/1", given="y\n").exit_code == 0
    assert run("customers", "erase", "c/1", "--yes", "--json").exit_code == 0
    assert requests[0].url.raw_path.decode() == f"{CUSTOMERS}/c%2F1/erase/"
