"""Maintenance reminders over the API."""

from __future__ import annotations

from typing import Any

import pytest

from recado.adapters.dynamodb.reminders import DynamoDBReminderRepository
from recado.domain.api_keys import Role, new_key
from recado.domain.notification import Mode
from recado.domain.vehicles import Reminder
from tests.cloud import Cloud
from tests.fakes.clock import NOON

CUSTOMERS = "/api/v1/notifications/customers/"
VEHICLES = "/api/v1/notifications/vehicles/"
REMINDERS = "/api/v1/notifications/reminders/"
OIL = {
    "reminder_id": "oil",
    "customer_id": "customer-001",
    "service_type_id": "mantenimiento",
    "description": "Cambio de aceite",
    "due_on": "2026-06-01",
}
VEHICLE = {"vehicle_id": "haval", "customer_id": "customer-001", "plate": "GYE-1234"}


def made(cloud: Cloud, **fields: object) -> dict[str, Any]:
    status, body, _ = cloud.request("POST", REMINDERS, {**OIL, **fields})
    assert status == 201, body
    return body


def ids(cloud: Cloud, query: str = "", headers: dict[str, str] | None = None) -> list[str]:
    status, body, _ = cloud.request("GET", f"{REMINDERS}{query}", headers=headers)
    assert status == 200
    return [reminder["reminder_id"] for reminder in body["reminders"]]


def test_a_reminder_is_created_and_read_as_it_was_written(cloud: Cloud) -> None:
    status, body, headers = cloud.request("POST", REMINDERS, OIL)

    assert (status, headers["ETag"]) == (201, '"1"')
    assert {name: body[name] for name in OIL} == OIL
    assert (body["status"], body["repeat_every_days"]) == ("pending", 7)
    assert headers["Location"] == f"{REMINDERS}oil/"
    assert cloud.request("GET", headers["Location"])[:2] == (200, body)
    assert cloud.request("POST", REMINDERS, OIL)[1]["code"] == "already_exists"


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"due_on": None}, "due_on"),
        ({"due_mileage": 20000}, "vehicle_id"),
        ({"vehicle_id": "nothing"}, "vehicle_id"),
        ({"vehicle_id": "mg"}, "vehicle_id"),
        ({"customer_id": "nobody"}, "customer_id"),
        ({"service_type_id": "nothing"}, "service_type_id"),
        ({"due_on": "tomorrow"}, "due_on"),
        ({"due_on": 1}, "due_on"),
        ({"repeat_every_days": 0}, "repeat_every_days"),
        ({"status": "completed"}, "status"),
        ({"colour": "red"}, "colour"),
    ],
)
def test_what_is_wrong_is_named(cloud: Cloud, fields: dict[str, object], field: str) -> None:
    cloud.request("POST", VEHICLES, {**VEHICLE, "vehicle_id": "mg", "customer_id": "team"})
    status, body, _ = cloud.request("POST", REMINDERS, {**OIL, **fields})

    assert (status, body["errors"][0]["field"]) == (422, field)


def test_a_patch_changes_what_it_names_and_a_replacement_all(cloud: Cloud) -> None:
    cloud.request("POST", VEHICLES, VEHICLE)
    before = made(cloud)
    oil = f"{REMINDERS}oil/"
    changes = {"due_on": None, "due_mileage": 20000, "vehicle_id": "haval", "status": "cancelled"}
    _, patched, headers = cloud.request("PATCH", oil, changes)
    assert headers["ETag"] == '"2"'
    follows = {"next_reminder_on": None, "updated_at": patched["updated_at"]}
    assert patched == {**before, **changes, **follows}

    assert cloud.request("PATCH", oil, {"due_mileage": None})[1]["errors"][0]["field"] == "due_on"
    wanted = {name: value for name, value in OIL.items() if name != "reminder_id"}
    _, replaced, headers = cloud.request("PUT", oil, {**wanted, "service_type_id": "aceite"})
    assert headers["ETag"] == '"3"'
    assert (replaced["vehicle_id"], replaced["status"]) == (None, "pending")
    assert replaced["service_type_id"] == "aceite"


def test_a_reminder_whose_vehicle_and_service_are_gone_can_be_cancelled_and_not_reopened(
    cloud: Cloud,
) -> None:
    reminders = DynamoDBReminderRepository(cloud.stack.dynamodb, "directory")
    reminders.save_reminder(
        Reminder(
            tenant_id="andinos",
            reminder_id="oil",
            customer_id="customer-001",
            vehicle_id="sold",
            service_type="abolished",
            due_mileage=20000,
        )
    )
    oil = f"{REMINDERS}oil/"

    assert cloud.request("PATCH", oil, {"service_type_id": "nothing"})[0] == 422
    assert cloud.request("PATCH", oil, {"status": "cancelled"})[0] == 200
    assert cloud.request("PATCH", oil, {"status": "pending"})[0] == 422


def test_of_two_changes_of_one_version_one_wins(cloud: Cloud) -> None:
    made(cloud)
    headers = {"x-api-key": cloud.api_key, "if-match": '"1"'}
    oil = f"{REMINDERS}oil/"

    answers = [
        cloud.request("PATCH", oil, {"description": text}, headers=headers)[0] for text in "ab"
    ]
    assert answers == [200, 412]
    assert cloud.request("POST", f"{oil}complete/", headers=headers)[0] == 412
    assert cloud.request("DELETE", oil, headers=headers)[0] == 412
    assert cloud.request("DELETE", oil)[0] == 204
    assert cloud.request("GET", oil)[0] == 404


def test_a_reminder_is_completed_once_with_the_one_that_follows(cloud: Cloud) -> None:
    cloud.request("POST", VEHICLES, VEHICLE)
    made(cloud, vehicle_id="haval")
    completion = {
        "completed_on": "2026-05-30",
        "mileage": 15200,
        "next_due_on": "2026-12-01",
        "next_due_mileage": 20000,
    }
    first = cloud.request("POST", f"{REMINDERS}oil/complete/", completion)
    again = cloud.request("POST", f"{REMINDERS}oil/complete/", {"next_due_on": "2030-01-01"})

    status, body, headers = first
    assert (status, headers["ETag"]) == (200, '"2"')
    assert body["reminder"]["status"] == "completed"
    assert body["reminder"]["completed_on"] == "2026-05-30"
    assert body["reminder"]["completed_mileage"] == 15200
    following = body["next_reminder"]
    assert (following["due_on"], following["due_mileage"]) == ("2026-12-01", 20000)
    assert (following["status"], following["vehicle_id"]) == ("pending", "haval")
    assert again[:2] == (200, body)
    assert ids(cloud, "?status=pending") == [following["reminder_id"]]


def test_a_reminder_is_completed_without_a_body_today(cloud: Cloud) -> None:
    made(cloud)
    status, body, _ = cloud.request("POST", f"{REMINDERS}oil/complete/")

    assert (status, body["next_reminder"]) == (200, None)
    assert body["reminder"]["completed_on"] is not None


def test_a_next_mileage_needs_a_vehicle(cloud: Cloud) -> None:
    made(cloud)
    completion = {"next_due_mileage": 20000}
    status, body, _ = cloud.request("POST", f"{REMINDERS}oil/complete/", completion)

    assert (status, body["errors"][0]["field"]) == (422, "vehicle_id")
    assert cloud.request("GET", f"{REMINDERS}oil/")[1]["status"] == "pending"


def test_what_is_over_stays_as_it_is(cloud: Cloud) -> None:
    made(cloud)
    cloud.request("POST", f"{REMINDERS}oil/complete/")
    assert cloud.request("PATCH", f"{REMINDERS}oil/", {"description": "x"})[0] == 409

    made(cloud, reminder_id="tyres", status="cancelled")
    assert cloud.request("POST", f"{REMINDERS}tyres/complete/")[0] == 409


def test_of_two_completions_at_the_same_time_one_makes_the_next(
    cloud: Cloud, monkeypatch: pytest.MonkeyPatch
) -> None:
    made(cloud)
    save = DynamoDBReminderRepository.save_completed

    def others_come_first(*arguments: Any) -> bool:
        monkeypatch.setattr(DynamoDBReminderRepository, "save_completed", save)
        cloud.request("POST", f"{REMINDERS}oil/complete/", {"next_due_on": "2026-11-01"})
        return save(*arguments)

    monkeypatch.setattr(DynamoDBReminderRepository, "save_completed", others_come_first)
    _, body, _ = cloud.request("POST", f"{REMINDERS}oil/complete/", {"next_due_on": "2026-12-01"})

    assert body["next_reminder"]["due_on"] == "2026-11-01"
    assert len(ids(cloud, "?status=pending")) == 1


def test_reminders_are_found(cloud: Cloud) -> None:
    cloud.request("POST", VEHICLES, VEHICLE)
    for name, fields in {
        "may": {"due_on": "2026-05-01"},
        "june": {"due_on": "2026-06-01", "customer_id": "team"},
        "july": {"due_on": "2026-07-01", "vehicle_id": "haval"},
        "mileage": {"due_on": None, "due_mileage": 20000, "vehicle_id": "haval"},
    }.items():
        made(cloud, reminder_id=name, **fields)
    cloud.request("POST", f"{REMINDERS}may/complete/")

    assert ids(cloud) == ["may", "june", "july", "mileage"]
    assert ids(cloud, "?ordering=-due_on") == ["mileage", "july", "june", "may"]
    assert ids(cloud, "?status=pending") == ["june", "july", "mileage"]
    assert ids(cloud, "?due_after=2026-05-01&due_before=2026-07-01") == ["may", "june"]
    assert ids(cloud, "?customer_id=customer-001&status=completed") == ["may"]
    assert ids(cloud, "?vehicle_id=haval") == ["july", "mileage"]
    assert ids(cloud, "?vehicle_id=haval&customer_id=team") == []
    assert ids(cloud, "?vehicle_id=nothing") == []
    assert cloud.request("GET", f"{REMINDERS}?due_after=1")[0] == 422
    _, body, _ = cloud.request("GET", f"{REMINDERS}?status=pending&limit=2")
    assert ids(cloud, f"?status=pending&cursor={body['next_cursor']}") == ["mileage"]
    _, body, _ = cloud.request("GET", f"{CUSTOMERS}team/reminders/")
    assert [reminder["reminder_id"] for reminder in body["reminders"]] == ["june"]


def test_a_division_has_the_reminders_of_its_customers(cloud: Cloud) -> None:
    key, text = new_key(
        tenant_id="andinos",
        mode=Mode.LIVE,
        name="norte",
        now=NOON,
        role=Role.DIVISION,
        division="norte",
    )
    cloud.stack.configuration.put_api_key(key)
    norte = {"x-api-key": text}
    cloud.request("POST", CUSTOMERS, {"customer_id": "ana", "name": "Ana"}, headers=norte)
    made(cloud)
    hers = {**OIL, "reminder_id": "hers", "customer_id": "ana"}
    assert cloud.request("POST", REMINDERS, hers, headers=norte)[0] == 201

    assert ids(cloud, headers=norte) == ids(cloud, "?status=pending", headers=norte) == ["hers"]
    assert ids(cloud, "?customer_id=customer-001", headers=norte) == []
    oil = f"{REMINDERS}oil/"
    for method, path, sent in (
        ("GET", oil, None),
        ("PATCH", oil, {"description": "x"}),
        ("DELETE", oil, None),
        ("POST", f"{oil}complete/", None),
    ):
        assert cloud.request(method, path, sent, headers=norte)[0] == 404, method
    assert cloud.request("POST", REMINDERS, {**OIL, "reminder_id": "x"}, headers=norte)[0] == 422
