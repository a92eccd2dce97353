"""Orchestration over HTTP: who may say which channels carry the news of a phase."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from aws_lambda_powertools.utilities.idempotency import DynamoDBPersistenceLayer

from recado.adapters.dynamodb.configuration import DynamoDBConfigurationRepository
from recado.adapters.dynamodb.directory import DynamoDBDirectoryRepository
from recado.adapters.dynamodb.orchestrations import DynamoDBOrchestrations
from recado.adapters.dynamodb.templates import DynamoDBTemplateRepository
from recado.api.idempotency import idempotent
from recado.api.routers.orchestration import orchestration_router
from recado.domain.api_keys import Role, Scope
from recado.domain.channels import Provider
from recado.domain.orchestration import Orchestration, Phase, ServiceType, Target
from recado.services.change_stored import TRIES
from recado.services.edit_orchestration import EditOrchestration
from recado.services.read_orchestration import ReadOrchestration
from tests.fakes.clock import NOON, FakeClock
from tests.routes import WHOLE_TENANT, Routes
from tests.workshop import ACCOUNTS, CATALOGUE, TENANT, furnish

PATH = "/api/v1/notifications/orchestration/"
CLIENTS = f"{PATH}mantenimiento.clients/"
UPDATE = f"{CLIENTS}update_matrix/"
INITIALIZE = f"{CLIENTS}initialize_phases/"
PHASES = (*CATALOGUE.phases, Phase(slug="phase-delivery", name="Entrega", icon="KeyRound", order=2))


@pytest.fixture
def configuration(dynamodb: Any) -> DynamoDBConfigurationRepository:
    """A workshop with a second phase and a second service type."""
    configuration = DynamoDBConfigurationRepository(dynamodb, "configuration", remember=0)
    furnish(configuration, DynamoDBDirectoryRepository(dynamodb, "directory"))
    painting = ServiceType(slug="pintura", name="Pintura", icon="SprayCan")
    configuration.put_catalogue(
        TENANT.tenant_id,
        CATALOGUE.model_copy(
            update={
                "phases": PHASES[::-1],
                "service_types": (*CATALOGUE.service_types, painting),
            }
        ),
    )
    return configuration


class RacedOrchestrations(DynamoDBOrchestrations):
    """Somebody else changes things while the next changes are made."""

    meanwhile: list[Callable[[], object]]

    def save(self, orchestration: Orchestration) -> bool:
        if self.meanwhile:
            self.meanwhile.pop(0)()
        return super().save(orchestration)

    def delete(self, orchestration: Orchestration) -> bool:
        if self.meanwhile:
            self.meanwhile.pop(0)()
        return super().delete(orchestration)


@pytest.fixture
def orchestrations(dynamodb: Any) -> RacedOrchestrations:
    orchestrations = RacedOrchestrations(dynamodb, "configuration")
    orchestrations.meanwhile = []
    return orchestrations


def routes(
    dynamodb: Any,
    orchestrations: DynamoDBOrchestrations,
    configuration: DynamoDBConfigurationRepository,
) -> Routes:
    store = DynamoDBPersistenceLayer(table_name="idempotency", boto3_client=dynamodb)
    router = orchestration_router(
        read=ReadOrchestration(
            orchestrations=orchestrations,
            configuration=configuration,
            templates=DynamoDBTemplateRepository(dynamodb, "configuration"),
        ),
        edit=EditOrchestration(
            orchestrations=orchestrations, configuration=configuration, clock=FakeClock()
        ),
        idempotent=idempotent(store),
    )
    return Routes({PATH.rstrip("/"): router})


@pytest.fixture
def api(
    dynamodb: Any,
    orchestrations: RacedOrchestrations,
    configuration: DynamoDBConfigurationRepository,
) -> Routes:
    return routes(dynamodb, orchestrations, configuration)


@pytest.fixture
def other(dynamodb: Any, configuration: DynamoDBConfigurationRepository) -> Routes:
    """The same routes in another container, in time for a change in between."""
    return routes(dynamodb, DynamoDBOrchestrations(dynamodb, "configuration"), configuration)


def cells(document: dict[str, Any]) -> dict[str, dict[str, bool]]:
    return {phase["phase_id"]: phase["channels"] for phase in document["phases"]}


@pytest.mark.parametrize("path", [CLIENTS, CLIENTS.rstrip("/")])
def test_an_orchestration_is_shown_phase_by_phase(api: Routes, path: str) -> None:
    status, body, headers = api.request("GET", path)

    assert (status, headers["ETag"]) == (200, '"1"')
    assert body == {
        "id": "mantenimiento.clients",
        "service_type_id": "mantenimiento",
        "target": "clients",
        "phases": [
            {
                "phase_id": "phase-schedule",
                "name": "Agendar Cita",
                "order": 1,
                "channels": {"whatsapp": True, "email": True, "push": True},
                "patience": {},
            }
        ],
        "updated_at": None,
        "warnings": [],
    }


def test_an_orchestration_is_created_and_found_where_it_is_said_to_be(api: Routes) -> None:
    request = {
        "service_type_id": "pintura",
        "target": "staff",
        "matrix": {"phase-delivery": {"email": False}, "phase-schedule": {"sms": False}},
    }
    status, created, headers = api.request("POST", PATH, request)

    assert (status, created["id"]) == (201, "pintura.staff")
    assert headers["Location"] == f"{PATH}pintura.staff/"
    assert created["updated_at"] == "2026-03-02T12:00:00Z"
    assert [phase["phase_id"] for phase in created["phases"]] == [
        "phase-schedule",
        "phase-delivery",
    ]
    status, found, again = api.request("GET", headers["Location"])
    assert (status, found, again["ETag"]) == (200, created, headers["ETag"])


def test_a_creation_that_is_sent_again_creates_nothing_more(api: Routes) -> None:
    request = {"service_type_id": "pintura", "target": "staff"}
    key = {"idempotency-key": "k"}
    first = api.request("POST", PATH, request, headers=key)
    again = api.request("POST", PATH, request, headers=key)

    assert (first[0], again[0]) == (201, 201)
    assert again[1] == first[1]


def test_an_orchestration_that_exists_is_not_created_again(api: Routes) -> None:
    request = {"service_type_id": "mantenimiento", "target": "clients", "matrix": {}}
    status, body, _ = api.request("POST", PATH, request)

    assert (status, body["code"]) == (409, "already_exists")
    assert cells(api.request("GET", CLIENTS)[1]) != {}


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"service_type_id": "avaluo"}, "service_type_id"),
        ({"service_type_id": "aceite"}, "service_type_id"),
        ({"service_type_id": "no slug"}, "service_type_id"),
        ({"service_type_id": "pintura\n"}, "service_type_id"),
        ({"target": "everybody"}, "target"),
        ({"matrix": {"phase-x": {}}}, "matrix.phase-x"),
        ({"matrix": {"phase-schedule": {"fax": True}}}, "matrix.phase-schedule.fax"),
        ({"matrix": {"phase-schedule": {"email": "yes"}}}, "matrix.phase-schedule.email"),
        ({"matrix": {"phase-schedule": {"email": None}}}, "matrix.phase-schedule.email"),
        ({"matrix": {"phase-schedule": None}}, "matrix.phase-schedule"),
        ({"matrix": []}, "matrix"),
        ({"phases": []}, "phases"),
    ],
)
def test_what_cannot_be_configured_is_refused_by_name(
    api: Routes, change: dict[str, object], field: str
) -> None:
    request = {"service_type_id": "pintura", "target": "clients", "matrix": {}, **change}
    status, body, _ = api.request("POST", PATH, request)

    assert status == 422
    assert [error["field"] for error in body["errors"]] == [field]
    assert api.request("GET", f"{PATH}pintura.clients")[0] == 404


@pytest.mark.parametrize(
    ("matrix", "field"),
    [
        ({"k" * 60_000: dict.fromkeys(map(str, range(2_000)), 1)}, "matrix"),
        ({"phase-schedule": dict.fromkeys(map(str, range(2_000)), 1)}, "matrix.phase-schedule"),
        ({"phase-schedule": {"k" * 60_000: 1}}, "matrix.phase-schedule"),
        ({f"phase-{number}": None for number in range(2_000)}, "matrix"),
    ],
    ids=["both", "channels", "long channel", "phases"],
)
def test_a_matrix_that_is_far_too_large_is_refused_as_a_whole(
    api: Routes, matrix: dict[str, object], field: str
) -> None:
    status, body, _ = api.request("POST", UPDATE, {"matrix": matrix})

    assert (status, [error["field"] for error in body["errors"]]) == (422, [field])
    assert len(json.dumps(body)) < 2_000


def test_half_a_surrogate_pair_is_no_channel(api: Routes) -> None:
    status, body, _ = api.request("POST", UPDATE, {"matrix": {"phase-schedule": {"\ud800": True}}})

    assert (status, body["code"]) == (422, "invalid")


def test_a_subtype_is_told_whose_channels_it_has(api: Routes) -> None:
    request = {"service_type_id": "aceite", "target": "clients"}
    _, body, _ = api.request("POST", PATH, request)

    assert body["detail"] == "'aceite' is a subtype: its channels are those of 'mantenimiento'"


@pytest.mark.parametrize(
    "name",
    ["pintura.clients", "mantenimiento", "mantenimiento.all", ".clients", "x" * 2000 + ".clients"],
)
@pytest.mark.parametrize(
    ("method", "under", "body"),
    [
        ("GET", "", None),
        ("PATCH", "", {"matrix": {}}),
        ("PATCH", "", {"matrix": None}),
        ("DELETE", "", None),
        ("POST", "/update_matrix", {"matrix": {}}),
        ("POST", "/initialize_phases", None),
    ],
)
def test_what_is_not_there_is_not_found(
    api: Routes, name: str, method: str, under: str, body: object
) -> None:
    status, answer, _ = api.request(method, f"{PATH}{name}{under}", body)

    assert (status, answer["code"]) == (404, "not_found")


def test_what_is_not_there_is_not_replaced(api: Routes) -> None:
    request = {"service_type_id": "pintura", "target": "clients", "matrix": {}}
    status, answer, _ = api.request("PUT", f"{PATH}pintura.clients/", request)

    assert (status, answer["code"]) == (404, "not_found")


def test_invariant_10_another_tenants_orchestrations_are_not_there(api: Routes) -> None:
    api.caller = WHOLE_TENANT.model_copy(update={"tenant_id": "costa"})

    assert api.request("GET", CLIENTS)[0] == 404
    assert api.request("DELETE", CLIENTS)[0] == 404
    status, body, _ = api.request("GET", PATH)
    assert (status, body["code"]) == (404, "not_found")


def test_cells_are_merged_into_the_matrix(api: Routes) -> None:
    matrix = {"phase-schedule": {"push": False, "sms": False}, "phase-delivery": {"email": False}}
    status, body, headers = api.request("POST", UPDATE, {"matrix": matrix})

    assert (status, headers["ETag"]) == (200, '"2"')
    assert cells(body) == {
        "phase-schedule": {"whatsapp": True, "email": True, "push": False, "sms": False},
        "phase-delivery": {"email": False},
    }
    assert api.request("GET", CLIENTS)[1] == body


@pytest.mark.parametrize(
    ("matrix", "field"),
    [
        ({"phase-schedule": {"email": False}, "phase-x": {"email": True}}, "matrix.phase-x"),
        ({"phase-schedule": {"email": False, "fax": True}}, "matrix.phase-schedule.fax"),
        ({"phase-schedule": {"email": False, "push": 1}}, "matrix.phase-schedule.push"),
    ],
)
def test_of_a_matrix_with_a_mistake_nothing_is_stored(
    api: Routes, matrix: dict[str, object], field: str
) -> None:
    before = api.request("GET", CLIENTS)
    status, body, _ = api.request("POST", UPDATE, {"matrix": matrix})

    assert status == 422
    assert [error["field"] for error in body["errors"]] == [field]
    assert api.request("GET", CLIENTS) == before


def test_a_matrix_that_is_replaced_holds_what_was_sent_and_nothing_else(api: Routes) -> None:
    request = {
        "service_type_id": "mantenimiento",
        "target": "clients",
        "matrix": {"phase-schedule": {"email": True}},
    }
    status, body, headers = api.request("PUT", CLIENTS, request)

    assert (status, headers["ETag"]) == (200, '"2"')
    assert cells(body) == {"phase-schedule": {"email": True}}


def test_an_orchestration_keeps_its_service_type_and_target(api: Routes) -> None:
    request = {"service_type_id": "mantenimiento", "target": "staff", "matrix": {}}
    status, body, _ = api.request("PUT", CLIENTS, request)

    assert (status, body["errors"][0]["field"]) == (422, "service_type_id")


@pytest.mark.parametrize(
    ("patch", "left"),
    [
        ({}, {"phase-schedule": {"whatsapp": True, "email": True, "push": True}}),
        (
            {"matrix": {"phase-schedule": {"push": None, "email": False}}},
            {"phase-schedule": {"whatsapp": True, "email": False}},
        ),
        ({"matrix": {"phase-schedule": None, "phase-never": None}}, {}),
        ({"matrix": None}, {}),
    ],
)
def test_a_merge_patch_changes_what_it_names(
    api: Routes, patch: dict[str, object], left: dict[str, dict[str, bool]]
) -> None:
    status, body, _ = api.request("PATCH", CLIENTS, patch)

    assert (status, cells(body)) == (200, left)


def test_a_deleted_orchestration_is_gone(api: Routes) -> None:
    status, body, _ = api.request("DELETE", CLIENTS)

    assert (status, body) == (204, {})
    assert api.request("GET", CLIENTS)[0] == 404


def test_missing_phase_settings_are_created_with_everything_off(api: Routes) -> None:
    status, body, headers = api.request("POST", INITIALIZE)

    assert (status, body["created"], headers["ETag"]) == (200, ["phase-delivery"], '"2"')
    assert cells(body["orchestration"]) == {
        "phase-schedule": {"whatsapp": True, "email": True, "push": True},
        "phase-delivery": {"email": False, "whatsapp": False, "push": False},
    }


def test_missing_phase_settings_are_created_with_given_channels(api: Routes) -> None:
    status, body, _ = api.request("POST", INITIALIZE, {"channels": {"sms": True}})

    assert status == 200
    assert cells(body["orchestration"])["phase-delivery"] == {"sms": True}


def test_initialising_twice_changes_nothing(api: Routes) -> None:
    api.request("POST", INITIALIZE)
    before = api.request("GET", CLIENTS)
    status, body, headers = api.request("POST", INITIALIZE, {"channels": {"sms": True}})

    assert (status, body["created"], headers["ETag"]) == (200, [], '"2"')
    assert api.request("GET", CLIENTS) == before


def test_an_unknown_first_channel_is_refused_by_name(api: Routes) -> None:
    status, body, _ = api.request("POST", INITIALIZE, {"channels": {"fax": False}})

    assert (status, body["errors"][0]["field"]) == (422, "channels.fax")


def test_an_enabled_cell_without_a_template_is_named(api: Routes) -> None:
    matrix = {"phase-schedule": {"sms": True}, "phase-delivery": {"email": True, "push": False}}
    _, changed, _ = api.request("POST", UPDATE, {"matrix": matrix})

    assert [(w["code"], w["phase_id"], w["channel"]) for w in changed["warnings"]] == [
        ("template_missing", "phase-schedule", "sms"),
        ("template_missing", "phase-delivery", "email"),
    ]
    assert "'Entrega'" in changed["warnings"][1]["message"]
    _, listed, _ = api.request("GET", f"{PATH}?target=clients")
    assert listed["orchestrations"] == [changed]


def test_a_template_in_the_language_of_the_tenants_country_or_just_its_language_will_do(
    api: Routes, configuration: DynamoDBConfigurationRepository
) -> None:
    configuration.put_tenant(TENANT.model_copy(update={"locale": "es-EC"}))
    assert api.request("GET", CLIENTS)[1]["warnings"] == []

    configuration.put_tenant(TENANT.model_copy(update={"locale": "pt"}))
    assert len(api.request("GET", CLIENTS)[1]["warnings"]) == 3


@pytest.mark.parametrize(
    ("query", "listed"),
    [
        ("", ["mantenimiento.clients", "mantenimiento.staff", "pintura.clients"]),
        (
            "?ordering=-service_type_id",
            ["pintura.clients", "mantenimiento.staff", "mantenimiento.clients"],
        ),
        ("?service_type_id=pintura", ["pintura.clients"]),
        ("?target=staff", ["mantenimiento.staff"]),
        ("?service_type_id=avaluo", []),
    ],
)
def test_orchestrations_are_listed_filtered_and_sorted(
    api: Routes, query: str, listed: list[str]
) -> None:
    api.request("POST", PATH, {"service_type_id": "pintura", "target": "clients"})

    status, body, _ = api.request("GET", PATH + query)
    assert (status, body["next_cursor"]) == (200, None)
    assert [each["id"] for each in body["orchestrations"]] == listed


def test_a_cursor_leads_on_to_the_end(api: Routes) -> None:
    _, first, _ = api.request("GET", f"{PATH}?limit=1")
    _, second, _ = api.request("GET", f"{PATH}?limit=1&cursor={first['next_cursor']}")

    listed = [*first["orchestrations"], *second["orchestrations"]]
    assert [each["id"] for each in listed] == ["mantenimiento.clients", "mantenimiento.staff"]
    assert second["next_cursor"] is None


@pytest.mark.parametrize(
    "query",
    [
        *("cursor=x", "cursor=WyJ4Il0", "cursor=WyJcdWQ4MDAuY2xpZW50cyJd", "limit=0", "limit=101"),
        *("limit=x", "ordering=name", "target=all", "service_type_id=%C3%B1"),
    ],
)
def test_a_list_that_cannot_be_given_names_what_is_wrong(api: Routes, query: str) -> None:
    status, body, _ = api.request("GET", f"{PATH}?{query}")

    assert status == 422
    assert body["errors"][0]["field"].endswith(query.partition("=")[0])


CHANGES: list[tuple[str, str, object]] = [
    ("PUT", CLIENTS, {"service_type_id": "mantenimiento", "target": "clients", "matrix": {}}),
    ("PATCH", CLIENTS, {"matrix": None}),
    ("DELETE", CLIENTS, None),
    ("POST", UPDATE, {"matrix": {"phase-schedule": {"push": False}}}),
    ("POST", INITIALIZE, None),
]


@pytest.mark.parametrize(("method", "path", "body"), CHANGES)
def test_a_change_of_what_was_changed_meanwhile_is_refused(
    api: Routes, method: str, path: str, body: object
) -> None:
    read = api.request("GET", CLIENTS)[2]["ETag"]
    api.request("POST", UPDATE, {"matrix": {"phase-schedule": {"email": False}}})
    before = api.request("GET", CLIENTS)

    status, answer, _ = api.request(method, path, body, headers={"if-match": read})

    assert (status, answer["code"]) == (412, "precondition_failed")
    assert api.request("GET", CLIENTS) == before


@pytest.mark.parametrize(("method", "path", "body"), CHANGES)
def test_a_change_of_what_was_read_last_is_made(
    api: Routes, method: str, path: str, body: object
) -> None:
    read = api.request("GET", CLIENTS)[2]["ETag"]

    status, _, _ = api.request(method, path, body, headers={"if-match": read})

    assert status in (200, 204)


@pytest.mark.parametrize(("method", "path", "body"), CHANGES)
def test_of_two_changes_at_once_with_one_entity_tag_one_wins(
    api: Routes,
    other: Routes,
    orchestrations: RacedOrchestrations,
    method: str,
    path: str,
    body: object,
) -> None:
    headers = {"if-match": api.request("GET", CLIENTS)[2]["ETag"]}
    won: list[int] = []

    def change() -> None:
        update = {"matrix": {"phase-schedule": {"email": False}}}
        won.append(other.request("POST", UPDATE, update, headers=headers)[0])

    orchestrations.meanwhile = [change]
    status, answer, _ = api.request(method, path, body, headers=headers)

    assert won == [200]
    assert (status, answer["code"]) == (412, "precondition_failed")


def test_of_two_updates_at_once_without_an_entity_tag_none_is_lost(
    api: Routes, other: Routes, orchestrations: RacedOrchestrations
) -> None:
    def change() -> None:
        other.request("POST", UPDATE, {"matrix": {"phase-schedule": {"email": False}}})

    orchestrations.meanwhile = [change]
    status, body, _ = api.request("POST", UPDATE, {"matrix": {"phase-schedule": {"push": False}}})

    assert status == 200
    assert cells(body)["phase-schedule"] == {"whatsapp": True, "email": False, "push": False}
    assert api.request("GET", CLIENTS)[1] == body


@pytest.mark.parametrize(("method", "path", "body"), CHANGES)
def test_who_always_comes_too_late_is_told_to_look_again(
    api: Routes,
    other: Routes,
    orchestrations: RacedOrchestrations,
    method: str,
    path: str,
    body: object,
) -> None:
    is_on = iter([False, True] * TRIES)

    def change() -> None:
        other.request("POST", UPDATE, {"matrix": {"phase-schedule": {"email": next(is_on)}}})

    orchestrations.meanwhile = [change] * TRIES
    status, answer, _ = api.request(method, path, body)

    assert (status, answer["code"]) == (409, "changed_meanwhile")


@pytest.mark.parametrize(("method", "path", "body"), [*CHANGES, ("POST", PATH, {})])
def test_a_key_of_a_division_changes_nothing(
    api: Routes, method: str, path: str, body: object
) -> None:
    before = api.request("GET", CLIENTS)
    api.caller = WHOLE_TENANT.model_copy(update={"role": Role.DIVISION, "division": "norte"})

    status, answer, _ = api.request(method, path, body)

    assert (status, answer["code"]) == (403, "forbidden")
    assert api.request("GET", CLIENTS) == before


@pytest.mark.parametrize(
    ("scope", "method", "path"),
    [
        (Scope.ORCHESTRATION_READ, "GET", PATH),
        (Scope.ORCHESTRATION_READ, "GET", CLIENTS),
        (Scope.ORCHESTRATION_WRITE, "DELETE", CLIENTS),
        (Scope.ORCHESTRATION_WRITE, "POST", INITIALIZE),
    ],
)
def test_a_key_without_the_scope_is_refused(
    api: Routes, scope: Scope, method: str, path: str
) -> None:
    api.caller = WHOLE_TENANT.model_copy(update={"scopes": frozenset(Scope) - {scope}})

    assert api.request(method, path)[0] == 403


def test_a_phase_that_the_catalogue_no_longer_has_is_not_shown_and_can_be_removed(
    api: Routes,
    configuration: DynamoDBConfigurationRepository,
    orchestrations: RacedOrchestrations,
) -> None:
    api.request("POST", INITIALIZE)
    configuration.put_catalogue(TENANT.tenant_id, CATALOGUE)

    assert list(cells(api.request("GET", CLIENTS)[1])) == ["phase-schedule"]

    api.request("PATCH", CLIENTS, {"matrix": {"phase-delivery": None}})
    stored = configuration.orchestration(TENANT.tenant_id, "mantenimiento", Target.CLIENTS)
    assert stored is not None and list(stored.matrix) == ["phase-schedule"]
    assert stored.updated_at == NOON


# ---- how long a channel is waited for -----------------------------------------------------------


def test_a_cell_may_say_how_long_its_silence_is_borne(api: Routes) -> None:
    cell = {"enabled": True, "undelivered_after_minutes": 30, "unread_after_minutes": None}
    for given in (cell, False):
        matrix = {"phase-schedule": {"whatsapp": given}}
        status, body, _ = api.request("POST", UPDATE, {"matrix": matrix})
        assert status == 200
        [phase] = body["phases"]
        assert phase["patience"] == {
            "whatsapp": {"undelivered_after_minutes": 30, "unread_after_minutes": None}
        }
    assert phase["channels"]["whatsapp"] is False


def test_a_patience_for_receipts_that_never_come_is_warned_of(
    api: Routes, configuration: DynamoDBConfigurationRepository
) -> None:
    def warnings_of(**cell: object) -> list[tuple[str, str, str]]:
        matrix = {"phase-schedule": {"email": {"enabled": True, **cell}}}
        _, body, _ = api.request("POST", UPDATE, {"matrix": matrix})
        return [(each["code"], each["phase_id"], each["channel"]) for each in body["warnings"]]

    warned = [("patience_without_receipts", "phase-schedule", "email")]
    assert warnings_of(undelivered_after_minutes=30) == []
    assert warnings_of(unread_after_minutes=30) == warned
    assert warnings_of(enabled=False, unread_after_minutes=30) == []
    ses = ACCOUNTS[1]
    smtp = {"account_id": "smtp", "provider": Provider.SMTP}
    configuration.put_account(ses.model_copy(update=smtp))
    assert warnings_of(undelivered_after_minutes=30) == []
    configuration.put_account(ses.model_copy(update={"enabled": False}))
    assert warnings_of(undelivered_after_minutes=30) == warned


@pytest.mark.parametrize("minutes", [0, -1, 10_081, "30", 1.5, True])
def test_a_patience_that_is_none_is_refused_by_name(api: Routes, minutes: object) -> None:
    cell = {"enabled": True, "undelivered_after_minutes": minutes}
    status, body, _ = api.request(
        "POST", UPDATE, {"matrix": {"phase-schedule": {"whatsapp": cell}}}
    )
    assert status == 422
    assert [error["field"] for error in body["errors"]] == [
        "matrix.phase-schedule.whatsapp.undelivered_after_minutes"
    ]


def test_an_occasion_may_have_a_row_and_stands_after_the_phases(api: Routes) -> None:
    matrix = {"maintenance-reminder": {"whatsapp": True}}
    status, body, _ = api.request("POST", UPDATE, {"matrix": matrix})
    assert status == 200
    assert [phase["phase_id"] for phase in body["phases"]] == [
        "phase-schedule",
        "maintenance-reminder",
    ]
