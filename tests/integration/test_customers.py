"""Customers over the API: contact data, wishes, divisions, and changes that meet."""

from __future__ import annotations

from typing import Any

import pytest

from recado.adapters.dynamodb import keys
from recado.adapters.dynamodb.people import DynamoDBPeopleRepository
from recado.domain.api_keys import Role, new_key
from recado.domain.channels import Channel
from recado.domain.contact import ON_A_PHONE
from recado.domain.directory import Address, Recipient, Suppression, SuppressionReason
from recado.domain.notification import Mode
from tests.cloud import Cloud
from tests.fakes.clock import NOON
from tests.faults import Faults

CUSTOMERS = "/api/v1/notifications/customers/"
CARLOS = f"{CUSTOMERS}customer-001/"
VEHICLES = "/api/v1/notifications/vehicles/"
REMINDERS = "/api/v1/notifications/reminders/"
ANA = {
    "customer_id": "ana",
    "name": "Ana Belén",
    "email": "Ana@Example.com",
    "phone": "+593 99 876 5432",
    "addresses": [{"channel": "telegram", "value": "123456"}],
    "preferences": [{"channel": "email", "priority": 2}, {"channel": "sms", "priority": 1}],
}


def key_of(cloud: Cloud, division: str) -> dict[str, str]:
    key, text = new_key(
        tenant_id="andinos",
        mode=Mode.LIVE,
        name=division,
        now=NOON,
        role=Role.DIVISION,
        division=division,
    )
    cloud.stack.configuration.put_api_key(key)
    return {"x-api-key": text}


def made(cloud: Cloud, **fields: object) -> dict[str, Any]:
    status, body, _ = cloud.request("POST", CUSTOMERS, {**ANA, **fields})
    assert status == 201
    return body


def ids(cloud: Cloud, query: str = "", headers: dict[str, str] | None = None) -> list[str]:
    status, body, _ = cloud.request("GET", f"{CUSTOMERS}{query}", headers=headers)
    assert status == 200
    return [customer["customer_id"] for customer in body["customers"]]


def test_a_customer_is_created_and_read_as_they_were_written(cloud: Cloud) -> None:
    status, body, headers = cloud.request("POST", CUSTOMERS, ANA)

    assert status == 201
    assert headers["Location"] == f"{CUSTOMERS}ana/"
    assert headers["ETag"] == '"1"'
    assert body["phone"] == "+593998765432"
    assert body["email"] == "Ana@Example.com"
    assert body["addresses"] == ANA["addresses"]
    assert [wish["channel"] for wish in body["preferences"]] == ["sms", "email"]
    assert cloud.request("GET", headers["Location"])[:2] == (200, body)
    assert cloud.request("GET", headers["Location"])[2]["ETag"] == '"1"'


def test_the_phone_serves_whatsapp_and_sms(cloud: Cloud) -> None:
    made(cloud)

    stored = cloud.stack.directory.recipient("andinos", "ana")
    assert stored is not None
    for channel in (Channel.WHATSAPP, Channel.SMS):
        assert [address.value for address in stored.addresses_on(channel)] == ["+593998765432"]


def test_an_id_is_made_up_for_a_customer_without_one(cloud: Cloud) -> None:
    status, body, headers = cloud.request("POST", CUSTOMERS, {"name": "Eva"})

    assert status == 201
    assert body["customer_id"].startswith("cus_")
    assert cloud.request("GET", headers["Location"])[1] == body


def test_an_id_is_taken_once(cloud: Cloud) -> None:
    made(cloud)
    status, body, _ = cloud.request("POST", CUSTOMERS, {**ANA, "name": "Eva"})

    assert (status, body["code"]) == (409, "already_exists")
    assert cloud.request("GET", f"{CUSTOMERS}ana/")[1]["name"] == "Ana Belén"


def test_a_creation_that_is_sent_again_creates_nothing_more(cloud: Cloud) -> None:
    headers = {"x-api-key": cloud.api_key, "idempotency-key": "once"}
    first = cloud.request("POST", CUSTOMERS, {"name": "Eva"}, headers=headers)
    again = cloud.request("POST", CUSTOMERS, {"name": "Eva"}, headers=headers)

    assert first[:2] == again[:2]
    assert ids(cloud, "?name=eva") == [first[1]["customer_id"]]


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"name": ""}, "name"),
        ({"name": None}, "name"),
        ({"name": "x" * 201}, "name"),
        ({"name": "\ud800"}, "name"),
        ({"email": "ana"}, "email"),
        ({"email": "a b@example.com"}, "email"),
        ({"phone": "12"}, "phone"),
        ({"phone": "+593 zzz"}, "phone"),
        ({"customer_id": "../x"}, "customer_id"),
        ({"customer_id": "import"}, "customer_id"),
        ({"customer_id": "x" * 129}, "customer_id"),
        ({"division": ""}, "division"),
        ({"locale": "spanish!"}, "locale"),
        ({"time_zone": "Mars/Olympus"}, "time_zone"),
        ({"time_zone": "\ud800"}, "time_zone"),
        ({"time_zone": "x" * 65}, "time_zone"),
        ({"addresses": [{"channel": "push", "value": "https://e.com"}]}, "addresses.0.value"),
        ({"addresses": [{"channel": "sms", "value": "x"}]}, "addresses.0.value"),
        ({"addresses": [{"channel": "telegram", "value": "\x00"}]}, "addresses.0.value"),
        ({"addresses": [{"channel": "pigeon", "value": "x"}]}, "addresses.0.channel"),
        ({"addresses": [{"channel": "telegram", "value": "1"}] * 41}, "addresses"),
        ({"preferences": [{"channel": "sms", "priority": 0}]}, "preferences.0.priority"),
        ({"preferences": [{"channel": "sms", "priority": 10**40}]}, "preferences.0.priority"),
        ({"preferences": [{"channel": "sms", "priority": 1}] * 2}, "preferences"),
        ({"nickname": "x"}, "nickname"),
    ],
)
def test_what_is_wrong_is_named(cloud: Cloud, fields: dict[str, object], field: str) -> None:
    status, body, _ = cloud.request("POST", CUSTOMERS, {**ANA, **fields})

    assert status == 422
    assert body["errors"][0]["field"] == field
    assert cloud.request("GET", f"{CUSTOMERS}ana/")[0] == 404


def test_a_customer_has_at_most_forty_addresses(cloud: Cloud) -> None:
    many = [{"channel": "telegram", "value": str(number)} for number in range(38)]
    status, body, _ = cloud.request("POST", CUSTOMERS, {**ANA, "addresses": many})

    assert (status, body["errors"][0]["field"]) == (422, "addresses")
    made(cloud, addresses=many[:37])


def test_a_replacement_clears_what_it_does_not_name_but_browsers_subscriptions(
    cloud: Cloud,
) -> None:
    status, body, headers = cloud.request("PUT", CARLOS, {"name": "Carlos M."})

    assert (status, headers["ETag"]) == (200, '"2"')
    assert (body["email"], body["phone"], body["preferences"]) == (None, None, [])
    stored = cloud.stack.directory.recipient("andinos", "customer-001")
    assert stored is not None
    assert [address.channel for address in stored.addresses] == [Channel.PUSH]


def test_what_was_read_can_be_put_back_and_changes_nothing(cloud: Cloud) -> None:
    _, body, headers = cloud.request("GET", CARLOS)
    told = {
        name: value
        for name, value in body.items()
        if name not in ("customer_id", "created_at", "updated_at")
    }
    status, after, headers_after = cloud.request("PUT", CARLOS, told)

    assert (status, after) == (200, body)
    assert headers_after["ETag"] == headers["ETag"]
    stored = cloud.stack.directory.recipient("andinos", "customer-001")
    assert stored is not None
    assert stored.addresses_on(Channel.SMS) == ()


def test_a_patch_changes_what_it_names(cloud: Cloud) -> None:
    before = made(cloud)
    changes = {"phone": "+593991111111", "locale": "en", "email": None}
    status, body, _ = cloud.request("PATCH", f"{CUSTOMERS}ana/", changes)

    assert status == 200
    assert body == {**before, **changes, "updated_at": body["updated_at"]}
    assert body["updated_at"] > before["updated_at"]
    assert ids(cloud, "?phone=%2B593998765432") == []


def test_a_time_zone_is_kept_by_what_does_not_name_it_and_cleared_by_null(cloud: Cloud) -> None:
    path = f"{CUSTOMERS}ana/"
    assert made(cloud, time_zone="Europe/Madrid")["time_zone"] == "Europe/Madrid"
    assert cloud.request("PATCH", path, {"locale": "en"})[1]["time_zone"] == "Europe/Madrid"

    stored = cloud.stack.directory.recipient("andinos", "ana")
    assert stored is not None and stored.time_zone == "Europe/Madrid"
    moved = {"name": "Ana", "time_zone": "America/Bogota"}
    assert cloud.request("PUT", path, moved)[1]["time_zone"] == "America/Bogota"
    assert cloud.request("PATCH", path, {"time_zone": None})[1]["time_zone"] is None


def test_a_time_zone_that_is_none_is_refused_in_spanish_too(cloud: Cloud) -> None:
    headers = {"x-api-key": cloud.api_key, "accept-language": "es"}
    _, body, _ = cloud.request("PATCH", CARLOS, {"time_zone": "Guayaquil"}, headers=headers)

    assert [(error["field"], error["message"]) for error in body["errors"]] == [
        ("time_zone", "no es una zona horaria de la base de datos IANA, como America/Guayaquil")
    ]


def test_a_patch_may_not_clear_the_name(cloud: Cloud) -> None:
    status, body, _ = cloud.request("PATCH", CARLOS, {"name": None})

    assert (status, body["errors"][0]["field"]) == (422, "name")


def test_an_empty_patch_changes_nothing(cloud: Cloud) -> None:
    _, before, headers = cloud.request("GET", CARLOS)

    assert cloud.request("PATCH", CARLOS, {})[:2] == (200, before)
    assert cloud.request("GET", CARLOS)[2]["ETag"] == headers["ETag"]


@pytest.mark.parametrize("method", ["PUT", "PATCH", "DELETE"])
def test_of_two_changes_of_one_version_one_wins(cloud: Cloud, method: str) -> None:
    _, _, read = cloud.request("GET", CARLOS)
    headers = {"x-api-key": cloud.api_key, "if-match": read["ETag"]}
    assert cloud.request("PATCH", CARLOS, {"name": "Ana"}, headers=headers)[0] == 200

    body = None if method == "DELETE" else {"name": "Eva"}
    status, problem, _ = cloud.request(method, CARLOS, body, headers=headers)

    assert (status, problem["code"]) == (412, "precondition_failed")
    assert cloud.request("GET", CARLOS)[1]["name"] == "Ana"


@pytest.mark.parametrize(("if_match", "expected"), [(True, 412), (False, 200)])
def test_a_change_that_lost_a_race_is_made_on_what_is_there_or_refused(
    cloud: Cloud, monkeypatch: pytest.MonkeyPatch, if_match: bool, expected: int
) -> None:
    _, _, read = cloud.request("GET", CARLOS)
    headers = {"x-api-key": cloud.api_key, **({"if-match": read["ETag"]} if if_match else {})}
    client = cloud.stack.dynamodb
    write = client.transact_write_items

    def others_come_first(**arguments: object) -> object:
        monkeypatch.setattr(client, "transact_write_items", write)
        people = DynamoDBPeopleRepository(client, "directory")
        carlos = people.person("andinos", "customer-001")
        assert carlos is not None
        assert people.save_person(carlos.model_copy(update={"locale": "en"}))
        return write(**arguments)

    monkeypatch.setattr(client, "transact_write_items", others_come_first)
    status, _, _ = cloud.request("PATCH", CARLOS, {"name": "Ana"}, headers=headers)

    assert status == expected
    _, body, _ = cloud.request("GET", CARLOS)
    assert body["locale"] == "en"
    assert (body["name"] == "Ana") is (expected == 200)


def test_a_customer_of_a_release_that_counted_no_versions_is_not_made_anew(cloud: Cloud) -> None:
    place = {
        "pk": {"S": keys.recipient("andinos", "customer-001")},
        "sk": {"S": keys.PROFILE},
    }
    cloud.stack.dynamodb.update_item(
        TableName="directory", Key=place, UpdateExpression="REMOVE version, listing, listing_sort"
    )

    status, body, _ = cloud.request("POST", CUSTOMERS, {**ANA, "customer_id": "customer-001"})

    assert (status, body["code"]) == (409, "already_exists")
    assert cloud.request("PATCH", CARLOS, {"locale": "en"})[0] == 200


def test_a_change_that_always_loses_is_a_conflict(
    cloud: Cloud, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(
        "recado.adapters.dynamodb.people.DynamoDBPeopleRepository.save_person", lambda *_: False
    )
    status, body, _ = cloud.request("PATCH", CARLOS, {"name": "Ana"})

    assert (status, body["code"]) == (409, "changed_meanwhile")


def test_a_customer_who_is_needed_cannot_be_deleted(cloud: Cloud) -> None:
    made(cloud)
    vehicle = {"vehicle_id": "v-1", "customer_id": "ana", "plate": "ABC-1"}
    assert cloud.request("POST", VEHICLES, vehicle)[0] == 201

    status, body, _ = cloud.request("DELETE", f"{CUSTOMERS}ana/")
    assert (status, body["code"]) == (409, "in_use")
    assert "v-1" in body["detail"]

    cloud.request("DELETE", f"{VEHICLES}v-1/")
    reminder = {
        "reminder_id": "r-1",
        "customer_id": "ana",
        "service_type_id": "mantenimiento",
        "due_on": "2026-06-01",
    }
    assert cloud.request("POST", REMINDERS, reminder)[0] == 201
    status, body, _ = cloud.request("DELETE", f"{CUSTOMERS}ana/")
    assert (status, body["code"]) == (409, "in_use")
    assert "r-1" in body["detail"]

    cloud.request("DELETE", f"{REMINDERS}r-1/")
    assert cloud.request("DELETE", f"{CUSTOMERS}ana/")[0] == 204
    assert cloud.request("GET", f"{CUSTOMERS}ana/")[0] == 404
    assert cloud.request("DELETE", f"{CUSTOMERS}ana/")[0] == 404


def test_the_one_whom_the_team_listens_to_cannot_be_deleted(cloud: Cloud) -> None:
    status, body, _ = cloud.request("DELETE", f"{CUSTOMERS}team/")

    assert (status, body["code"]) == (409, "in_use")


def test_customers_are_listed_by_name_page_by_page(cloud: Cloud) -> None:
    for name in ("Álvaro", "beatriz", "Zoé"):
        made(cloud, customer_id=name.casefold().replace("é", "e").replace("á", "a"), name=name)

    expected = ["alvaro", "beatriz", "customer-001", "team", "zoe"]
    assert ids(cloud) == expected
    assert ids(cloud, "?ordering=-name") == expected[::-1]
    found: list[str] = []
    query = "?limit=2"
    for _ in range(3):
        _, body, _ = cloud.request("GET", f"{CUSTOMERS}{query}")
        found += [customer["customer_id"] for customer in body["customers"]]
        query = f"?limit=2&cursor={body['next_cursor']}"
    assert found == expected
    assert body["next_cursor"] is None


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("?name=aná", ["ana"]),
        ("?email=ana@EXAMPLE.com", ["ana"]),
        ("?phone=593998765432", ["ana"]),
        ("?phone=%2B593 99 876-5432&name=ana", ["ana"]),
        ("?phone=593998765432&name=carlos", []),
        ("?phone=593998765432&email=carlos@example.com", []),
        ("?email=carlos@example.com", ["customer-001"]),
        ("?division=norte", ["ana"]),
        ("?division=norte&email=carlos@example.com", []),
        ("?name=%00", ["ana", "customer-001", "team"]),
    ],
)
def test_customers_are_found(cloud: Cloud, query: str, found: list[str]) -> None:
    made(cloud, division="norte")

    assert ids(cloud, query) == found


def test_those_of_a_division_are_found_among_many_at_one_address(cloud: Cloud) -> None:
    directory = cloud.stack.directory
    phones = tuple(Address(channel=channel, value="+593998765432") for channel in ON_A_PHONE)
    for number in range(60):
        directory.put_recipient(
            Recipient(tenant_id="andinos", recipient_id=f"c-{number}", name="Ana", addresses=phones)
        )
    made(cloud, customer_id="z", division="norte")
    asked: list[str] = []
    cloud.stack.dynamodb.meta.events.register(
        "before-call.dynamodb", lambda model, **_: asked.append(model.name)
    )

    assert ids(cloud, "?phone=593998765432&division=norte") == ["z"]
    assert len(ids(cloud, "?phone=593998765432")) == 50
    assert asked.count("Query") == 4


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ("?limit=0", "limit"),
        ("?limit=101", "limit"),
        ("?ordering=id", "ordering"),
        ("?cursor=x", "cursor"),
        ("?cursor=WyJhIl0", "cursor"),
    ],
)
def test_a_wrong_query_is_named(cloud: Cloud, query: str, field: str) -> None:
    status, body, _ = cloud.request("GET", f"{CUSTOMERS}{query}")

    assert (status, body["errors"][0]["field"]) == (422, field)


@pytest.mark.parametrize("customer_id", ["nobody", "x" * 129, "%00"])
def test_nobody_is_there_who_is_not_known(cloud: Cloud, customer_id: str) -> None:
    for path in ("", "preferences/", "vehicles/", "reminders/"):
        status, body, _ = cloud.request("GET", f"{CUSTOMERS}{customer_id}/{path}")
        assert (status, body["code"]) == (404, "not_found")


def test_invariant_10_another_tenants_customer_is_not_there(cloud: Cloud) -> None:
    key, text = new_key(tenant_id="costa", mode=Mode.LIVE, name="x", now=NOON)
    cloud.stack.configuration.put_api_key(key)
    headers = {"x-api-key": text}

    assert cloud.request("GET", CARLOS, headers=headers)[0] == 404
    assert cloud.request("PUT", CARLOS, {"name": "x"}, headers=headers)[0] == 404
    assert cloud.request("DELETE", CARLOS, headers=headers)[0] == 404
    assert ids(cloud, headers=headers) == []


def test_a_division_has_its_own_customers(cloud: Cloud) -> None:
    norte, sur = key_of(cloud, "norte"), key_of(cloud, "sur")
    status, body, _ = cloud.request("POST", CUSTOMERS, ANA, headers=norte)

    assert (status, body["division"]) == (201, "norte")
    assert (ids(cloud, headers=norte), ids(cloud, headers=sur)) == (["ana"], [])
    assert ids(cloud, "?email=ana@example.com", headers=sur) == []
    assert ids(cloud, "?division=norte", headers=sur) == []
    ana = f"{CUSTOMERS}ana/"
    for method, path, sent in (
        ("GET", ana, None),
        ("PUT", ana, {"name": "x"}),
        ("PATCH", ana, {"name": "x"}),
        ("DELETE", ana, None),
        ("GET", f"{ana}preferences/", None),
        ("POST", f"{ana}update_preferences/", {"preferences": ANA["preferences"]}),
        ("GET", f"{ana}vehicles/", None),
        ("GET", f"{ana}reminders/", None),
    ):
        assert cloud.request(method, path, sent, headers=sur)[0] == 404, (method, path)
    assert cloud.request("GET", CARLOS, headers=norte)[0] == 404


def test_a_division_moves_nobody_to_another_one(cloud: Cloud) -> None:
    norte = key_of(cloud, "norte")
    cloud.request("POST", CUSTOMERS, ANA, headers=norte)
    ana = f"{CUSTOMERS}ana/"

    for method, path, sent in (
        ("POST", CUSTOMERS, {"name": "x", "division": "sur"}),
        ("PUT", ana, {"name": "x", "division": "sur"}),
        ("PATCH", ana, {"division": "sur"}),
    ):
        status, body, _ = cloud.request(method, path, sent, headers=norte)
        assert (status, body["code"]) == (403, "forbidden")
    assert cloud.request("PUT", ana, {"name": "x"}, headers=norte)[1]["division"] == "norte"
    assert cloud.request("PATCH", ana, {"division": "sur"})[1]["division"] == "sur"
    assert ids(cloud, headers=norte) == []


def test_preferences_are_set_channel_by_channel_all_or_none(cloud: Cloud) -> None:
    update = {"preferences": [{"channel": "push", "priority": 1, "enabled": False}]}
    status, body, headers = cloud.request("POST", f"{CARLOS}update_preferences/", update)

    assert (status, headers["ETag"]) == (200, '"2"')
    assert body["preferences"] == [
        {"channel": "whatsapp", "priority": 1, "enabled": True},
        {"channel": "push", "priority": 1, "enabled": False},
        {"channel": "email", "priority": 2, "enabled": True},
    ]
    wrong = {"preferences": [{"channel": "sms", "priority": 1}, {"channel": "sms", "priority": 2}]}
    assert cloud.request("POST", f"{CARLOS}update_preferences/", wrong)[0] == 422
    assert cloud.request("POST", f"{CARLOS}update_preferences/", {"preferences": []})[0] == 422
    assert cloud.request("GET", f"{CARLOS}preferences/")[1] == body


def test_preferences_of_another_version_are_not_changed(cloud: Cloud) -> None:
    headers = {"x-api-key": cloud.api_key, "if-match": '"7"'}
    update = {"preferences": [{"channel": "push", "priority": 1}]}

    assert cloud.request("POST", f"{CARLOS}update_preferences/", update, headers=headers)[0] == 412


def test_preferences_tell_what_is_not_written_to_and_why(cloud: Cloud) -> None:
    for channel, address in (
        (Channel.WHATSAPP, "+593991234567"),
        (Channel.PUSH, "https://push.example.com/abc"),
    ):
        cloud.stack.directory.suppress(
            Suppression(
                tenant_id="andinos",
                channel=channel,
                address=address,
                reason=SuppressionReason.OPT_OUT,
                evidence="BAJA",
                created_at=NOON,
            )
        )
    _, body, _ = cloud.request("GET", f"{CARLOS}preferences/")

    assert body["suppressed"] == [
        {"channel": "whatsapp", "address": "+593991234567", "reason": "opt_out"},
        {"channel": "push", "address": "https://push.example.com/…", "reason": "opt_out"},
    ]


def test_a_store_that_fails_leaves_nothing_half_done(cloud: Cloud) -> None:
    faults = Faults(cloud.stack.dynamodb)
    faults.refuse("TransactWriteItems", code="InternalServerError", times=9)
    assert cloud.request("POST", CUSTOMERS, ANA)[0] == 500

    assert cloud.request("GET", f"{CUSTOMERS}ana/")[0] == 404
    assert ids(cloud, "?email=ana@example.com") == []
