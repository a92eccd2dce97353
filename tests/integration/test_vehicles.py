"""Customers' vehicles over the API."""

from __future__ import annotations

from typing import Any

import pytest

from recado.adapters.dynamodb.people import DynamoDBPeopleRepository
from recado.domain.api_keys import Role, new_key
from recado.domain.notification import Mode
from tests.cloud import Cloud
from tests.fakes.clock import NOON

CUSTOMERS = "/api/v1/notifications/customers/"
VEHICLES = "/api/v1/notifications/vehicles/"
REMINDERS = "/api/v1/notifications/reminders/"
HAVAL = {
    "vehicle_id": "haval",
    "customer_id": "customer-001",
    "plate": "GYE-1234",
    "make": "Haval",
    "model": "H6",
    "year": 2024,
    "mileage": 15000,
    "mileage_on": "2026-03-01",
}


def made(cloud: Cloud, **fields: object) -> dict[str, Any]:
    status, body, _ = cloud.request("POST", VEHICLES, {**HAVAL, **fields})
    assert status == 201
    return body


def ids(cloud: Cloud, query: str = "", headers: dict[str, str] | None = None) -> list[str]:
    status, body, _ = cloud.request("GET", f"{VEHICLES}{query}", headers=headers)
    assert status == 200
    return [vehicle["vehicle_id"] for vehicle in body["vehicles"]]


def key_of_norte(cloud: Cloud) -> dict[str, str]:
    key, text = new_key(
        tenant_id="andinos",
        mode=Mode.LIVE,
        name="norte",
        now=NOON,
        role=Role.DIVISION,
        division="norte",
    )
    cloud.stack.configuration.put_api_key(key)
    return {"x-api-key": text}


def test_who_is_deleted_meanwhile_gets_no_vehicle(
    cloud: Cloud, monkeypatch: pytest.MonkeyPatch
) -> None:
    client = cloud.stack.dynamodb
    write = client.transact_write_items

    def others_come_first(**arguments: object) -> object:
        monkeypatch.setattr(client, "transact_write_items", write)
        people = DynamoDBPeopleRepository(client, "directory")
        carlos = people.person("andinos", "customer-001")
        assert carlos is not None
        assert people.delete_person(carlos)
        return write(**arguments)

    monkeypatch.setattr(client, "transact_write_items", others_come_first)
    vehicle = {"vehicle_id": "mg", "customer_id": "customer-001", "plate": "GYE-1"}
    status, body, _ = cloud.request("POST", "/api/v1/notifications/vehicles/", vehicle)

    assert (status, body["errors"][0]["field"]) == (422, "customer_id")


def test_a_vehicle_is_created_and_read_as_it_was_written(cloud: Cloud) -> None:
    status, body, headers = cloud.request("POST", VEHICLES, HAVAL)

    assert (status, headers["ETag"]) == (201, '"1"')
    assert {name: body[name] for name in HAVAL} == HAVAL
    assert headers["Location"] == f"{VEHICLES}haval/"
    assert cloud.request("GET", headers["Location"])[:2] == (200, body)
    assert cloud.request("POST", VEHICLES, HAVAL)[1]["code"] == "already_exists"


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"customer_id": "nobody"}, "customer_id"),
        ({"customer_id": ""}, "customer_id"),
        ({"plate": "-"}, "plate"),
        ({"plate": "x" * 21}, "plate"),
        ({"year": 24}, "year"),
        ({"year": "2024"}, "year"),
        ({"mileage": -1}, "mileage"),
        ({"mileage": 10**30}, "mileage"),
        ({"mileage_on": 0}, "mileage_on"),
        ({"mileage_on": "2026-02-30"}, "mileage_on"),
        ({"wheels": 4}, "wheels"),
    ],
)
def test_what_is_wrong_is_named(cloud: Cloud, fields: dict[str, object], field: str) -> None:
    status, body, _ = cloud.request("POST", VEHICLES, {**HAVAL, **fields})

    assert (status, body["errors"][0]["field"]) == (422, field)


def test_a_patch_changes_what_it_names_and_a_replacement_all(cloud: Cloud) -> None:
    before = made(cloud)
    haval = f"{VEHICLES}haval/"
    _, patched, headers = cloud.request("PATCH", haval, {"mileage": 16000, "make": None})
    assert headers["ETag"] == '"2"'
    changes = {"mileage": 16000, "make": None, "updated_at": patched["updated_at"]}
    assert patched == {**before, **changes}

    _, replaced, headers = cloud.request("PUT", haval, {"customer_id": "team", "plate": "NEW-1"})
    assert headers["ETag"] == '"3"'
    assert (replaced["customer_id"], replaced["mileage"]) == ("team", None)
    assert cloud.request("PATCH", haval, {"plate": None})[0] == 422
    assert cloud.request("PATCH", haval, {"customer_id": "nobody"})[0] == 422


def test_of_two_changes_of_one_version_one_wins(cloud: Cloud) -> None:
    made(cloud)
    headers = {"x-api-key": cloud.api_key, "if-match": '"1"'}

    answers = [
        cloud.request("PATCH", f"{VEHICLES}haval/", {"mileage": mileage}, headers=headers)[0]
        for mileage in (1, 2)
    ]
    assert answers == [200, 412]
    assert cloud.request("DELETE", f"{VEHICLES}haval/", headers=headers)[0] == 412
    assert cloud.request("GET", f"{VEHICLES}haval/")[1]["mileage"] == 1


def test_vehicles_are_found_by_plate_and_customer(cloud: Cloud) -> None:
    made(cloud)
    made(cloud, vehicle_id="mg", plate="gye 1299", customer_id="team")
    made(cloud, vehicle_id="kia", plate="ABC-1", customer_id="team")

    assert ids(cloud) == ["kia", "haval", "mg"]
    assert ids(cloud, "?ordering=-plate") == ["mg", "haval", "kia"]
    assert ids(cloud, "?plate=gye12") == ["haval", "mg"]
    assert ids(cloud, "?plate=GYE-12&customer_id=team") == ["mg"]
    assert ids(cloud, "?customer_id=nobody") == []
    _, body, _ = cloud.request("GET", f"{CUSTOMERS}team/vehicles/?limit=1")
    assert [vehicle["vehicle_id"] for vehicle in body["vehicles"]] == ["kia"]
    query = f"?limit=1&cursor={body['next_cursor']}"
    _, body, _ = cloud.request("GET", f"{CUSTOMERS}team/vehicles/{query}")
    assert [vehicle["vehicle_id"] for vehicle in body["vehicles"]] == ["mg"]


def test_a_vehicle_of_which_somebody_is_to_be_reminded_stays_theirs(cloud: Cloud) -> None:
    made(cloud)
    reminder = {
        "reminder_id": "r-1",
        "customer_id": "customer-001",
        "vehicle_id": "haval",
        "service_type_id": "mantenimiento",
        "due_mileage": 20000,
    }
    assert cloud.request("POST", REMINDERS, reminder)[0] == 201

    status, body, _ = cloud.request("DELETE", f"{VEHICLES}haval/")
    assert (status, body["code"]) == (409, "in_use")
    status, body, _ = cloud.request("PATCH", f"{VEHICLES}haval/", {"customer_id": "team"})
    assert (status, body["code"]) == (409, "in_use")
    assert cloud.request("PATCH", f"{VEHICLES}haval/", {"mileage": 19000})[0] == 200

    cloud.request("POST", f"{REMINDERS}r-1/complete/")
    assert cloud.request("PATCH", f"{VEHICLES}haval/", {"customer_id": "team"})[0] == 200
    assert cloud.request("DELETE", f"{VEHICLES}haval/")[0] == 204
    assert cloud.request("GET", f"{VEHICLES}haval/")[0] == 404


def test_a_division_has_the_vehicles_of_its_customers(cloud: Cloud) -> None:
    norte = key_of_norte(cloud)
    cloud.request("POST", CUSTOMERS, {"customer_id": "ana", "name": "Ana"}, headers=norte)
    made(cloud)
    fiat = {"vehicle_id": "fiat", "customer_id": "ana", "plate": "FIA-1"}
    assert cloud.request("POST", VEHICLES, fiat, headers=norte)[0] == 201

    assert (ids(cloud), ids(cloud, headers=norte)) == (["fiat", "haval"], ["fiat"])
    assert ids(cloud, "?customer_id=customer-001", headers=norte) == []
    haval = f"{VEHICLES}haval/"
    for method, sent in (
        ("GET", None),
        ("PATCH", {"plate": "X-1"}),
        ("PUT", {"customer_id": "ana", "plate": "X-1"}),
        ("DELETE", None),
    ):
        assert cloud.request(method, haval, sent, headers=norte)[0] == 404, method
    status, body, _ = cloud.request("POST", VEHICLES, {**HAVAL, "vehicle_id": "x"}, headers=norte)
    assert (status, body["errors"][0]["field"]) == (422, "customer_id")
    path = f"{VEHICLES}fiat/"
    assert cloud.request("PATCH", path, {"customer_id": "team"}, headers=norte)[0] == 422


@pytest.mark.parametrize("vehicle_id", ["nothing", "x" * 129])
def test_a_vehicle_that_is_not_there_is_not_found(cloud: Cloud, vehicle_id: str) -> None:
    assert cloud.request("GET", f"{VEHICLES}{vehicle_id}/")[0] == 404
    assert cloud.request("DELETE", f"{VEHICLES}{vehicle_id}/")[0] == 404
