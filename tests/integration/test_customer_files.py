"""Import customers from a file and export them to one, over moto."""

from __future__ import annotations

import json
from typing import Any

import pytest

from recado.adapters.dynamodb.people import DynamoDBPeopleRepository
from recado.api.cursors import to_cursor
from recado.domain.api_keys import Role
from recado.domain.contact import with_phone
from recado.domain.directory import Recipient
from tests.cloud import Cloud
from tests.directory_tasks import Answer, DirectoryTasks
from tests.integration.test_personal_data import a_key
from tests.workshop import TENANT

FILE = (
    "Nombre completo;Celular;Correo\r\nAna Pérez;+593991111111;ana@example.com\r\nBeto;;b@x.co\r\n"
)


@pytest.fixture
def tasks(cloud: Cloud) -> DirectoryTasks:
    return DirectoryTasks(cloud)


@pytest.fixture
def people(cloud: Cloud) -> DynamoDBPeopleRepository:
    return DynamoDBPeopleRepository(cloud.stack.dynamodb, "directory")


def send(tasks: DirectoryTasks, text: str, query: str = "", **options: str) -> Answer:
    return tasks.customers("POST", f"/import/{query}", text, content_type="text/csv", **options)


def imported(tasks: DirectoryTasks, text: str, query: str = "", **options: str) -> dict[str, Any]:
    """Import a file to the end; gives the task's status."""
    answer = send(tasks, text, query, **options)
    assert answer.status == 202, answer.text
    assert tasks.work() == []
    path = answer.json["status_url"].removeprefix("/api/v1/notifications/customers")
    report: dict[str, Any] = tasks.customers("GET", path).json
    return report


def everybody(people: DynamoDBPeopleRepository) -> dict[str, Recipient]:
    page = people.people(
        TENANT.tenant_id, division=None, name="", descending=False, after=None, limit=100
    )
    return {person.name: person for person in page.people}


def test_a_file_becomes_customers(tasks: DirectoryTasks, people: DynamoDBPeopleRepository) -> None:
    answer = send(tasks, FILE)

    assert (answer.status, answer.json["total"]) == (202, 2)
    assert answer.json["columns"] == {
        "name": "Nombre completo",
        "phone": "Celular",
        "email": "Correo",
    }
    assert answer.headers["location"] == answer.json["status_url"]
    tasks.work()
    ana = everybody(people)["Ana Pérez"]
    assert ana.recipient_id.startswith("cus_")
    assert {a.value for a in ana.addresses} == {"+593991111111", "ana@example.com"}


def test_the_same_file_again_changes_nobody(
    tasks: DirectoryTasks, people: DynamoDBPeopleRepository
) -> None:
    imported(tasks, FILE)
    before = everybody(people)

    report = imported(tasks, FILE)

    assert (report["applied"], report["unchanged"]) == (0, 2)
    assert everybody(people) == before


def test_a_file_in_json_may_name_its_headers(
    tasks: DirectoryTasks, people: DynamoDBPeopleRepository
) -> None:
    body = {"csv": "Titular,Fono\nAna,+593991111111\n", "columns": {"name": "Titular"}}

    answer = tasks.customers("POST", "/import/?column.phone=Fono", body)

    assert answer.status == 202, answer.text
    tasks.work()
    assert everybody(people)["Ana"].addresses


def test_a_file_may_say_where_somebody_lives(
    tasks: DirectoryTasks, people: DynamoDBPeopleRepository
) -> None:
    text = "id,nombre,Zona horaria,Reloj\nc-1,Ana,{zone},America/Bogota\n"
    imported(tasks, text.format(zone="Europe/Madrid"))
    assert everybody(people)["Ana"].time_zone == "Europe/Madrid"

    imported(tasks, text.format(zone="x"), "?column.time_zone=Reloj")
    assert everybody(people)["Ana"].time_zone == "America/Bogota"
    faults = send(tasks, text.format(zone="Madrid")).json["errors"]
    assert [fault["field"] for fault in faults] == ["lines.2.time_zone"]


def test_one_wrong_line_and_nothing_is_stored(
    tasks: DirectoryTasks, people: DynamoDBPeopleRepository
) -> None:
    before = everybody(people)
    text = (
        "id,nombre,correo,teléfono\n"
        "c-1,Ana,ana@example.com,\n"
        "c-2,,nobody,123\n"
        "c-1,Otra,,\n"
        ",Sin nada,,\n"
        "c 5,Beto,,\n"
    )

    answer = send(tasks, text)

    assert (answer.status, answer.json["code"]) == (422, "invalid")
    assert [(e["field"], e["code"]) for e in answer.json["errors"]] == [
        ("lines.3.name", "missing"),
        ("lines.3.email", "value_error"),
        ("lines.3.phone", "value_error"),
        ("lines.4.customer_id", "value_error"),
        ("lines.5", "value_error"),
        ("lines.6.customer_id", "string_pattern_mismatch"),
    ]
    assert tasks.work() == []
    assert everybody(people) == before


@pytest.mark.parametrize(
    ("lines", "wrong"),
    [
        (["c-1,Ana,ana@x.co,", ",ANA,ana@x.co,"], "lines.3.email"),
        ([",Ana,,+593991111111", "c-1,Ana,,+593991111111"], "lines.3.phone"),
        (["c-1,Ana,ana@x.co,", "c-2,Ana,ana@x.co,"], None),
        (["c-1,Ana,ana@x.co,", ",Beto,ana@x.co,"], None),
    ],
)
def test_two_lines_about_one_customer_are_refused_also_where_one_has_an_id(
    tasks: DirectoryTasks, lines: list[str], wrong: str | None
) -> None:
    answer = send(tasks, "\n".join(["id,nombre,correo,celular", *lines]))

    assert [each["field"] for each in answer.json.get("errors", [])] == ([wrong] if wrong else [])
    assert answer.status == (422 if wrong else 202)


def test_an_answer_tells_of_a_hundred_faults_at_most(tasks: DirectoryTasks) -> None:
    answer = send(tasks, "nombre,correo\n" + "Ana,nobody\n" * 300)

    assert len(answer.json["errors"]) == 100


def test_a_dry_run_only_checks(tasks: DirectoryTasks, people: DynamoDBPeopleRepository) -> None:
    before = everybody(people)

    answer = send(tasks, FILE, "?dry_run=true")

    assert (answer.status, answer.json["total"], answer.json["task_id"]) == (200, 2, None)
    assert tasks.work() == []
    assert everybody(people) == before


def test_an_empty_cell_changes_nothing(
    tasks: DirectoryTasks, people: DynamoDBPeopleRepository
) -> None:
    imported(tasks, "id,nombre,correo\nc-1,Ana,ana@example.com\n")

    report = imported(tasks, "id,nombre,correo\nc-1,Ana,\n")

    assert report["unchanged"] == 1
    assert everybody(people)["Ana"].addresses


def test_people_who_share_a_phone_are_told_apart_by_their_names(
    tasks: DirectoryTasks, people: DynamoDBPeopleRepository
) -> None:
    imported(tasks, "nombre,celular\nAna,+593991111111\n")

    imported(tasks, "nombre,celular\nBeto,+593991111111\nANA,+593991111111\n")

    assert {"ANA", "Beto"} <= everybody(people).keys()
    assert "Ana" not in everybody(people)


def test_when_several_are_meant_the_line_fails_alone(
    tasks: DirectoryTasks, people: DynamoDBPeopleRepository
) -> None:
    for name in ("a", "b"):
        twin = Recipient(tenant_id=TENANT.tenant_id, recipient_id=name, name="Ana")
        people.save_person(with_phone(twin, "+593991111111"))

    report = imported(tasks, "nombre,celular\nAna,+593991111111\nBeto,+593992222222\n")

    assert (report["state"], report["applied"], report["failed"]) == ("done", 1, 1)
    [fault] = report["errors"]
    assert (fault["index"], fault["field"]) == (2, "phone")


def test_a_division_imports_and_exports_its_own_customers_only(
    cloud: Cloud, tasks: DirectoryTasks, people: DynamoDBPeopleRepository
) -> None:
    key = a_key(cloud, role=Role.DIVISION, division="norte")
    people.save_person(
        Recipient(tenant_id=TENANT.tenant_id, recipient_id="c-9", name="Sur", division="sur")
    )

    foreign = send(tasks, "nombre,correo,sucursal\nAna,a@x.co,sur\n", key=key)
    report = imported(tasks, "id,nombre\nc-1,Ana\nc-9,Mine\n", key=key)
    file = tasks.customers("GET", "/export/", key=key)

    assert (foreign.status, foreign.json["errors"][0]["field"]) == (422, "lines.2.division")
    assert (report["applied"], report["errors"][0]["code"]) == (1, "already_exists")
    assert everybody(people)["Ana"].division == "norte"
    assert everybody(people)["Sur"].division == "sur"
    assert [line.split(",")[1] for line in file.text.splitlines()] == ["name", "Ana"]


def test_a_division_does_not_see_tasks_of_others(cloud: Cloud, tasks: DirectoryTasks) -> None:
    task_id = send(tasks, FILE).json["task_id"]
    key = a_key(cloud, role=Role.DIVISION, division="norte")

    assert tasks.customers("GET", f"/tasks/{task_id}/", key=key).status == 404
    assert tasks.customers("GET", f"/tasks/{task_id}/").status == 200
    assert tasks.customers("GET", "/tasks/nothing/").status == 404


def test_what_is_exported_can_be_imported_and_changes_nobody(
    tasks: DirectoryTasks, people: DynamoDBPeopleRepository
) -> None:
    names = ["=1+1", 'Ana, la de "Quito"', "Línea\u2028dos", "@x", "+593"]
    for number, name in enumerate(names):
        person = Recipient(tenant_id=TENANT.tenant_id, recipient_id=f"c-{number}", name=name)
        people.save_person(with_phone(person, f"+59399111111{number}"))
    before = everybody(people)

    file = tasks.customers("GET", "/export/")
    report = imported(tasks, file.text)

    assert file.headers["content-type"].startswith("text/csv")
    assert report["unchanged"] == report["total"] == len(before)
    assert everybody(people) == before


def test_an_export_goes_on_behind_its_link(
    tasks: DirectoryTasks, people: DynamoDBPeopleRepository
) -> None:
    for number in range(5):
        people.save_person(
            Recipient(tenant_id=TENANT.tenant_id, recipient_id=f"c-{number}", name=f"n{number}")
        )
    found: list[str] = []
    path = "/export/?limit=2"

    while path:
        page = tasks.customers("GET", path)
        assert page.status == 200
        header, *lines = page.text.splitlines()
        assert header == "customer_id,name,email,phone,locale,division,time_zone"
        assert len(lines) <= 2
        found += [line.split(",")[0] for line in lines]
        link = page.headers.get("link", "")
        path = link.partition(">")[0].removeprefix("</api/v1/notifications/customers")

    assert sorted(found) == sorted(["team", "customer-001", *(f"c-{n}" for n in range(5))])


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ("", 422),
        ("{", 400),
        ("[]", 422),
        ('{"csv": 3}', 422),
        ('{"csv": "\\ud800"}', 422),
        ('{"csv": "nombre\\nAna", "columns": {"x": "y"}}', 422),
        ('{"csv": "nombre\\nAna", "more": 1}', 422),
    ],
)
def test_what_is_no_import_is_refused(tasks: DirectoryTasks, body: str, status: int) -> None:
    assert tasks.customers("POST", "/import/", body).status == status


@pytest.mark.parametrize(
    "query",
    [
        "?cursor=x",
        "?limit=0",
        "?limit=501",
        "?cursor=WyJhIl0",
        f"?cursor={to_cursor(('x' * 1020, 'y' * 20))}",
    ],
)
def test_what_is_no_page_is_refused(tasks: DirectoryTasks, query: str) -> None:
    assert tasks.customers("GET", f"/export/{query}").status == 422


def test_the_same_import_with_one_idempotency_key_is_one_task(tasks: DirectoryTasks) -> None:
    first, again = (send(tasks, FILE, idempotency_key="k") for _ in range(2))

    assert json.loads(first.text) == json.loads(again.text)
    assert again.headers["idempotency-replayed"] == "true"
