"""`recado templates`: templates as files and on the screen, through an API that is a dictionary."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import httpx
import pytest
import yaml

from tests.unit.cli.running import answer_with, run

PREFIX = "/api/v1/notifications/templates/"
SLOT = {
    "service_type_id": "frenos",
    "phase_id": "phase-schedule",
    "target": "clients",
    "locale": "es",
}
MAIL = {"channel": "email", "subject": "Cita", "text": "Hola {{Nombre}}.\n\nLe esperamos."}
PUSH = {"channel": "push", "title": "Cita", "body": "Venga"}


class FakeApi:
    """Templates by id, each one with its versions."""

    def __init__(self) -> None:
        self.versions: dict[str, list[dict[str, Any]]] = {}
        self.published: dict[str, int] = {}
        self.etags: dict[str, str] = {}
        self.other: dict[str, Any] = {}

    def add(self, content: dict[str, Any]) -> str:
        template_id = f"frenos.phase-schedule.clients.{content['channel']}.es"
        self.versions[template_id] = [content]
        self.published[template_id] = 1
        return template_id

    def __call__(self, request: httpx.Request) -> httpx.Response:
        rest = request.url.path.removeprefix(PREFIX).rstrip("/")
        match request.method, rest.split("/"):
            case "GET", [""]:
                after = int(request.url.params.get("cursor", 0))
                shown = sorted(self.versions)[after : after + 1]
                more = after + 1 < len(self.versions)
                has_content = request.url.params.get("include") == "content"
                page = [self.summary(name, has_content=has_content) for name in shown]
                cursor = str(after + 1) if more else None
                return httpx.Response(200, json={"templates": page, "next_cursor": cursor})
            case "GET", [template_id, "versions", number]:
                content = self.versions[template_id][int(number) - 1]
                return httpx.Response(200, json={"content": content})
            case "POST", [""]:
                self.add(json.loads(request.content)["content"])
                return httpx.Response(201, json={})
            case "PUT", [template_id] if request.headers["If-Match"] != self.etag(template_id):
                return httpx.Response(412, json={"code": "precondition_failed", "detail": "x"})
            case "PUT", [template_id]:
                self.versions[template_id].append(json.loads(request.content)["content"])
                self.published[template_id] = len(self.versions[template_id])
                return httpx.Response(200, json={})
        return httpx.Response(200, json=self.other)

    def etag(self, template_id: str) -> str:
        return self.etags.get(template_id, '"1"')

    def summary(self, template_id: str, *, has_content: bool) -> dict[str, Any]:
        published = self.published[template_id]
        is_told = has_content and published is not None
        return {
            **SLOT,
            "id": template_id,
            "name": "Nombre propio",
            "channel": template_id.split(".")[3],
            "status": "published",
            "published_version": published,
            "latest_version": len(self.versions[template_id]),
            "updated_at": "2026-03-02T12:00:00Z",
            "etag": self.etag(template_id),
            "content": self.versions[template_id][published - 1] if is_told else None,
        }


@pytest.fixture
def api(monkeypatch: pytest.MonkeyPatch) -> FakeApi:
    api = FakeApi()
    api.requests = answer_with(monkeypatch, api)  # type: ignore[attr-defined]
    api.add(MAIL)
    api.add(PUSH)
    return api


def writes(api: FakeApi) -> list[tuple[str, str]]:
    requests: list[httpx.Request] = api.requests  # type: ignore[attr-defined]
    return [(r.method, r.url.path) for r in requests if r.method != "GET"]


def test_a_list_goes_through_all_pages(api: FakeApi) -> None:
    result = run("templates", "list", "--json")

    assert [each["channel"] for each in json.loads(result.stdout)] == ["email", "push"]
    assert "frenos.phase-schedule.clients.push.es" in run("templates", "list").stdout


def test_what_was_pulled_is_unchanged_when_it_is_pushed(api: FakeApi, tmp_path: Path) -> None:
    pulled = run("templates", "pull", str(tmp_path / "files"), "--json")
    [file] = json.loads(pulled.stdout)
    text = Path(file["file"]).read_text(encoding="utf-8")

    assert file["templates"] == 2
    assert "text: |-\n" in text
    pushed = run("templates", "push", str(tmp_path / "files"))
    assert "0 created, 0 changed, 2 unchanged" in pushed.stdout
    assert writes(api) == []


def test_what_is_sent_comes_with_the_list_and_is_not_asked_for_one_by_one(
    api: FakeApi, tmp_path: Path
) -> None:
    run("templates", "pull", str(tmp_path / "files"))
    run("templates", "push", str(tmp_path / "files"))

    requests: list[httpx.Request] = api.requests  # type: ignore[attr-defined]
    assert {request.url.path for request in requests} == {PREFIX}


def rewritten(directory: Path) -> Path:
    """Pull, change the mail, and add a text message."""
    run("templates", "pull", str(directory))
    [path] = directory.iterdir()
    document = yaml.safe_load(path.read_text(encoding="utf-8"))
    channels = document["phases"]["phase-schedule"]["clients"]
    channels["email"]["text"] = "Hola {{Nombre}}.\n\nVenga."
    channels["sms"] = {"text": "Cita"}
    path.write_text(yaml.safe_dump(document), encoding="utf-8")
    return directory


def test_a_dry_run_shows_the_lines_and_changes_nothing(api: FakeApi, tmp_path: Path) -> None:
    result = run("templates", "push", str(rewritten(tmp_path / "files")), "--dry-run")

    assert result.exit_code == 0
    assert "-Le esperamos." in result.stdout
    assert "+Venga." in result.stdout
    assert "1 created, 1 changed, 1 unchanged (dry run: nothing was changed)" in result.stdout
    assert writes(api) == []


def test_a_push_writes_what_differs_and_keeps_names(api: FakeApi, tmp_path: Path) -> None:
    result = run("templates", "push", str(rewritten(tmp_path / "files")), "--json")

    shown = json.loads(result.stdout)
    assert {each["id"].split(".")[3]: each["change"] for each in shown["templates"]} == {
        "email": "changed",
        "push": "unchanged",
        "sms": "created",
    }
    mail = "frenos.phase-schedule.clients.email.es"
    assert sorted(writes(api)) == [("POST", PREFIX), ("PUT", f"{PREFIX}{mail}/")]
    assert api.versions[mail][-1]["text"] == "Hola {{Nombre}}.\n\nVenga."
    [put] = [r for r in api.requests if r.method == "PUT"]  # type: ignore[attr-defined]
    assert json.loads(put.content)["name"] == "Nombre propio"


def test_a_draft_that_is_as_the_file_says_is_published(api: FakeApi, tmp_path: Path) -> None:
    run("templates", "pull", str(tmp_path / "files"))
    api.published["frenos.phase-schedule.clients.push.es"] = None  # type: ignore[assignment]

    result = run("templates", "push", str(tmp_path / "files"))

    assert "1 changed, 1 unchanged" in result.stdout


def test_what_somebody_changed_meanwhile_is_not_written_over(api: FakeApi, tmp_path: Path) -> None:
    directory = rewritten(tmp_path / "files")
    mail = "frenos.phase-schedule.clients.email.es"
    compared = api.summary

    def changes_after(template_id: str, *, has_content: bool) -> dict[str, Any]:
        shown = compared(template_id, has_content=has_content)
        api.etags[template_id] = '"2"'
        return shown

    api.summary = changes_after  # type: ignore[method-assign]
    result = run("templates", "push", str(directory))

    assert result.exit_code == 1
    assert f"{mail} was changed since it was compared. Run the same command" in result.stderr
    assert len(api.versions[mail]) == 1


def test_a_newer_draft_is_told_of(api: FakeApi, tmp_path: Path) -> None:
    push = "frenos.phase-schedule.clients.push.es"
    run("templates", "pull", str(tmp_path / "files"))
    api.versions[push].append({**PUSH, "body": "Venga mañana"})

    told = run("templates", "push", str(tmp_path / "files"), "--dry-run")
    shown = json.loads(run("templates", "push", str(tmp_path / "files"), "--json").stdout)

    assert f"{push}: version 2 is a draft newer than what is sent." in told.stderr
    assert {each["id"].split(".")[3]: each["newer_draft"] for each in shown["templates"]} == {
        "email": None,
        "push": 2,
    }


def test_files_with_mistakes_change_nothing(api: FakeApi, tmp_path: Path) -> None:
    directory = rewritten(tmp_path / "files")
    [path] = directory.iterdir()
    path.write_text(path.read_text(encoding="utf-8").replace("title:", "tittle:"), "utf-8")

    result = run("templates", "push", str(directory))

    assert result.exit_code == 1
    assert "tittle" in result.stderr
    assert writes(api) == []


def test_a_folder_that_does_not_exist_is_refused(api: FakeApi) -> None:
    result = run("templates", "push", "nowhere")

    assert result.exit_code == 1
    assert "There is no folder nowhere." in result.stderr


def test_a_difference_is_shown_line_by_line(api: FakeApi) -> None:
    field = {"field": "text", "before": "a", "after": "b", "lines": ["@@ -1 +1 @@", "-a", "+b"]}
    api.other = {
        "from_version": 1,
        "to_version": 2,
        "fields": [field],
        "variables_added": ["Placa"],
        "variables_removed": [],
    }

    result = run("templates", "diff", "x", "--from", "1")

    assert "version 1 to 2" in result.stdout
    assert "+b" in result.stdout
    assert "variables added: Placa" in result.stdout
    [request] = api.requests  # type: ignore[attr-defined]
    assert dict(request.url.params) == {"from": "1"}


def test_a_preview_shows_the_message(api: FakeApi) -> None:
    api.other = {"template_id": "x", "version": 2, "message": {"channel": "sms", "text": "Hola"}}

    result = run("templates", "preview", "x", "--var", "Nombre=Ana", "--sample")

    assert "x, version 2\ntext: Hola" in result.stdout
    [request] = api.requests  # type: ignore[attr-defined]
    assert json.loads(request.content) == {
        "template_id": "x",
        "context": {"Nombre": "Ana"},
        "sample": True,
    }


def test_a_preview_shows_the_approved_template_and_the_buttons(api: FakeApi) -> None:
    api.other = {
        "template_id": "x",
        "version": 2,
        "message": {
            "channel": "whatsapp",
            "text": "Hola",
            "approved_template": {
                "name": "cita_agendada",
                "language": "es",
                "content_sid": None,
                "parameters": ["Ana", "ABC123"],
            },
            "buttons": [
                {"title": "Confirmo", "payload": "yes", "url": None},
                {"title": "Ver", "payload": None, "url": "https://example.com"},
            ],
        },
    }

    shown = run("templates", "preview", "x").stdout

    assert "approved_template: cita_agendada (es)\n  {{1}}: Ana\n  {{2}}: ABC123\n" in shown
    assert "button: Confirmo (answers yes)\nbutton: Ver (opens https://example.com)\n" in shown


@pytest.mark.parametrize("arguments", [(), ("x", "--service-type", "a", "--phase", "b")])
def test_a_preview_of_nothing_is_wrong_usage(api: FakeApi, arguments: tuple[str, ...]) -> None:
    result = run("templates", "preview", *arguments)

    assert result.exit_code == 2
