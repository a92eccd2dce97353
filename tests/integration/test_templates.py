"""The routes of templates, over tables inside the process."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import boto3
import pytest
from aws_lambda_powertools.utilities.idempotency import DynamoDBPersistenceLayer

from recado.adapters.clock import SystemClock
from recado.adapters.dynamodb.configuration import DynamoDBConfigurationRepository
from recado.adapters.dynamodb.directory import DynamoDBDirectoryRepository
from recado.adapters.dynamodb.orchestrations import DynamoDBOrchestrations
from recado.adapters.dynamodb.people import DynamoDBPeopleRepository
from recado.adapters.dynamodb.templates import DynamoDBTemplateRepository
from recado.adapters.dynamodb.vehicles import DynamoDBVehicleRepository
from recado.api.app import Api
from recado.api.idempotency import idempotent
from recado.api.routers.templates import templates_router
from recado.domain.access import Caller
from recado.domain.account_states import TemplateState
from recado.domain.api_keys import Role, Scope
from recado.domain.directory import Recipient
from recado.domain.notification import Mode
from recado.domain.templates import EmailContent, Template, TemplateSlot
from recado.domain.vehicles import Vehicle
from recado.services.edit_templates import EditTemplates
from recado.services.explain_template import ExplainTemplate
from recado.services.preview_template import PreviewTemplate
from recado.services.read_templates import ReadTemplates
from tests.cloud import LambdaContext, http_event
from tests.workshop import TENANT, furnish

Answer = tuple[int, dict[str, Any], dict[str, str]]

PATH = "/api/v1/notifications/templates/"
NEW = {
    "service_type_id": "aceite",
    "phase_id": "phase-schedule",
    "content": {"channel": "whatsapp", "text": "Hola {{Nombre}}."},
}
ID = "aceite.phase-schedule.clients.whatsapp.es"
EMAIL = "mantenimiento.phase-schedule.clients.email.es"
OWNER = Caller(
    key_id="k",
    tenant_id=TENANT.tenant_id,
    mode=Mode.LIVE,
    role=Role.TENANT,
    scopes=frozenset(Scope),
)


@dataclass
class Templates:
    """The API, called by whoever `caller` is."""

    client: Any
    caller: Caller = OWNER
    configuration: DynamoDBConfigurationRepository = field(init=False)

    def __post_init__(self) -> None:
        tables = (self.client, "configuration")
        self.configuration = DynamoDBConfigurationRepository(*tables, remember=0)
        self.people = DynamoDBPeopleRepository(self.client, "directory")
        self.vehicles = DynamoDBVehicleRepository(self.client, "directory")
        furnish(self.configuration, DynamoDBDirectoryRepository(self.client, "directory"))
        templates = DynamoDBTemplateRepository(*tables)
        orchestrations = DynamoDBOrchestrations(*tables)
        store = DynamoDBPersistenceLayer(table_name="idempotency", boto3_client=self.client)
        router = templates_router(
            read=ReadTemplates(templates=templates, states=self.configuration),
            edit=EditTemplates(
                templates=templates,
                configuration=self.configuration,
                orchestrations=orchestrations,
                clock=SystemClock(),
            ),
            preview=PreviewTemplate(
                configuration=self.configuration,
                templates=templates,
                people=self.people,
                vehicles=self.vehicles,
            ),
            explain=ExplainTemplate(
                templates=templates,
                configuration=self.configuration,
                orchestrations=orchestrations,
            ),
            configuration=self.configuration,
            idempotent=idempotent(store),
        )
        self._api = Api(authenticate=self._authenticate, routers={PATH.removesuffix("/"): router})

    def _authenticate(self, text: str | None, *, tenant_id: str | None = None) -> Caller:
        del text, tenant_id
        return self.caller

    def request(self, method: str, path: str = "", body: object = None, **headers: str) -> Answer:
        """Call a route; gives status, document and headers."""
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        event = http_event(method, f"{PATH}{path}", body, named)
        answer = self._api(event, LambdaContext())  # type: ignore[arg-type]
        text = answer.get("body")
        return answer["statusCode"], json.loads(text) if text else {}, answer["headers"]

    def put(self, text: str, **headers: str) -> Answer:
        content = {"channel": "whatsapp", "text": text}
        return self.request("PUT", f"{ID}/", {"content": content}, **headers)


@pytest.fixture
def templates(dynamodb: Any) -> Templates:
    return Templates(boto3.client("dynamodb"))


@pytest.fixture
def stored(templates: Templates) -> Templates:
    """The same, with a template of a subtype."""
    status, _, _ = templates.request("POST", "", NEW)
    assert status == 201
    return templates


def field_of(document: Mapping[str, Any]) -> str:
    name: str = document["errors"][0]["field"]
    return name


def test_a_created_template_is_found_where_the_answer_says(templates: Templates) -> None:
    status, created, headers = templates.request("POST", "", {**NEW, "name": "Cita"})

    assert status == 201
    assert headers["Location"] == f"{PATH}{ID}/"
    assert (created["id"], created["name"], created["status"]) == (ID, "Cita", "published")
    assert (created["version"], created["published_version"]) == (1, 1)
    assert created["variables"] == created["required_variables"] == ["Nombre"]
    assert created["approval"] is None

    status, read, answered = templates.request("GET", f"{ID}/")
    assert (status, read, answered["ETag"]) == (200, created, headers["ETag"])


def test_an_answer_that_is_too_large_to_keep_is_given_again_without_its_body(
    templates: Templates,
) -> None:
    # Sent as UTF-8, kept in ASCII.
    content = {"channel": "email", "subject": "Cita", "text": "é" * 100_000}
    request = json.dumps({**NEW, "content": content}, ensure_ascii=False)
    first, created, told = templates.request("POST", "", request, idempotency_key="k")
    again, nothing, headers = templates.request("POST", "", request, idempotency_key="k")

    assert (first, again) == (201, 201)
    assert (created["content"]["text"], nothing) == (content["text"], {})
    assert headers["Idempotency-Replayed"] == "true"
    assert (headers["Location"], headers["ETag"]) == (told["Location"], told["ETag"])


def test_a_template_is_created_once_for_one_idempotency_key(templates: Templates) -> None:
    first, created, _ = templates.request("POST", "", NEW, idempotency_key="k")
    again, same, headers = templates.request("POST", "", NEW, idempotency_key="k")

    assert (first, again, same) == (201, 201, created)
    assert headers["Idempotency-Replayed"] == "true"


def test_a_filled_slot_is_a_conflict(stored: Templates) -> None:
    status, body, _ = stored.request("POST", "", NEW)

    assert (status, body["code"]) == (409, "already_exists")


@pytest.mark.parametrize(
    ("changes", "named"),
    [
        ({"service_type_id": "nothing"}, "service_type_id"),
        ({"phase_id": "phase-x"}, "phase_id"),
        ({"channel": "sms"}, "content.channel"),
        ({"locale": "español"}, "locale"),
        ({"name": ""}, "name"),
        ({"other": 1}, "other"),
        ({"publish": None}, "publish"),
        ({"content": {"channel": "whatsapp", "text": "{{Otra}}"}}, "content"),
        ({"content": {"channel": "whatsapp", "text": "\ud800"}}, "content.whatsapp.text"),
        ({"content": {"channel": "email", "subject": "s", "text": "{{ 1 + 1 }}"}}, "content.text"),
        (
            {
                "content": {
                    "channel": "whatsapp",
                    "text": "x",
                    "approved_template": {"name": "a", "language": "es", "parameters": [""]},
                }
            },
            "content.whatsapp.approved_template.parameters.0",
        ),
    ],
)
def test_what_makes_no_template_names_its_field(
    templates: Templates, changes: dict[str, object], named: str
) -> None:
    status, body, _ = templates.request("POST", "", {**NEW, **changes})

    assert (status, field_of(body)) == (422, named)


def test_a_parameter_is_the_same_variable_in_every_unicode_form(templates: Templates) -> None:
    catalogue = templates.configuration.catalogue(TENANT.tenant_id)
    assert catalogue is not None
    vehicle = catalogue.variables[0].model_copy(update={"name": "Vehículo"})
    widened = catalogue.model_copy(update={"variables": (*catalogue.variables, vehicle)})
    templates.configuration.put_catalogue(TENANT.tenant_id, widened)
    approved = {"name": "a", "language": "es", "parameters": ["Vehi\u0301culo"]}
    content = {"channel": "whatsapp", "text": "x", "approved_template": approved}

    status, body, _ = templates.request("POST", "", {**NEW, "content": content})

    assert (status, body["variables"]) == (201, ["Vehículo"])


def test_a_replacement_is_the_next_version(stored: Templates) -> None:
    status, body, _ = stored.put("Buenos días.")

    assert (status, body["version"], body["published_version"]) == (200, 2, 2)
    assert body["content"]["text"] == "Buenos días."


def test_of_two_updates_with_one_etag_one_wins(stored: Templates) -> None:
    _, _, headers = stored.request("GET", f"{ID}/")

    first, _, _ = stored.put("uno", if_match=headers["ETag"])
    second, body, _ = stored.put("dos", if_match=headers["ETag"])

    assert (first, second, body["code"]) == (200, 412, "precondition_failed")
    assert stored.request("GET", f"{ID}/")[1]["content"]["text"] == "uno"


def test_updates_without_an_etag_are_versions_one_after_the_other(stored: Templates) -> None:
    stored.put("uno")
    stored.put("dos")

    _, body, _ = stored.request("GET", f"{ID}/versions/")
    assert [v["content"]["text"] for v in body["versions"]] == ["dos", "uno", "Hola {{Nombre}}."]


class TestPatches:
    def test_only_the_given_fields_change(self, templates: Templates) -> None:
        status, body, _ = templates.request(
            "PATCH", f"{EMAIL}/", {"content": {"subject": "Otra"}, "name": "Correo"}
        )

        assert status == 200
        assert body["content"]["subject"] == "Otra"
        assert body["content"]["text"].startswith("Hola {{Nombre}}.")
        assert (body["name"], body["version"]) == ("Correo", 2)

    def test_null_clears_a_field(self, templates: Templates) -> None:
        path = "mantenimiento.phase-schedule.clients.whatsapp.es/"
        patch = {"content": {"approved_template": None}}

        _, body, _ = templates.request("PATCH", path, patch)

        assert body["content"]["approved_template"] is None

    def test_a_part_of_the_approved_template_can_change(self, templates: Templates) -> None:
        path = "mantenimiento.phase-schedule.clients.whatsapp.es/"
        patch = {"content": {"approved_template": {"language": "es_MX"}}}

        _, body, _ = templates.request("PATCH", path, patch)

        assert body["content"]["approved_template"]["name"] == "cita"
        assert body["content"]["approved_template"]["language"] == "es_MX"

    def test_a_name_alone_makes_no_version_and_publishes_no_draft(self, stored: Templates) -> None:
        stored.request(
            "PUT",
            f"{ID}/",
            {"content": {"channel": "whatsapp", "text": "draft"}, "publish": False},
        )

        _, body, _ = stored.request("PATCH", f"{ID}/", {"name": "Cita"})

        assert (body["name"], body["version"], body["published_version"]) == ("Cita", 2, 1)

    @pytest.mark.parametrize(
        ("patch", "named"),
        [
            ({"content": {"text": None}}, "content.whatsapp.text"),
            ({"content": {"text": 5}}, "content.whatsapp.text"),
            ({"content": {"other": 5}}, "content.whatsapp.other"),
            ({"content": {"channel": "email"}}, "content.email.subject"),
            ({"content": None}, "content"),
            ({"publish": None}, "publish"),
        ],
    )
    def test_what_would_be_no_content_names_its_field(
        self, stored: Templates, patch: dict[str, object], named: str
    ) -> None:
        status, body, _ = stored.request("PATCH", f"{ID}/", patch)

        assert (status, field_of(body)) == (422, named)

    def test_a_very_deep_patch_is_refused(self, stored: Templates) -> None:
        deep = '{"x":' * 900 + "1" + "}" * 900

        status, _, _ = stored.request("PATCH", f"{ID}/", f'{{"content": {{"other": {deep}}}}}')

        assert status == 422

    def test_a_template_keeps_its_channel(self, stored: Templates) -> None:
        content = {"channel": "sms", "text": "x"}
        status, body, _ = stored.request("PUT", f"{ID}/", {"content": content})

        assert (status, field_of(body)) == (422, "content.channel")


class TestVersions:
    def test_a_draft_is_published_and_rolled_back(self, stored: Templates) -> None:
        content = {"channel": "whatsapp", "text": "dos"}
        stored.request("PUT", f"{ID}/", {"content": content, "publish": False})

        _, published, _ = stored.request("POST", f"{ID}/publish/", {"version": 2})
        _, back, _ = stored.request("POST", f"{ID}/rollback/")
        status, body, _ = stored.request("POST", f"{ID}/rollback/")

        assert (published["published_version"], back["published_version"]) == (2, 1)
        assert (status, body["code"]) == (409, "conflict")

    def test_a_version_says_whether_it_is_sent(self, stored: Templates) -> None:
        stored.put("dos")

        versions = [stored.request("GET", f"{ID}/versions/{n}/")[1] for n in (1, 2)]

        assert [version["published"] for version in versions] == [False, True]
        assert versions[0]["content"]["text"] == "Hola {{Nombre}}."

    @pytest.mark.parametrize("number", ["0", "x", "9" * 30, "3"])
    def test_a_version_that_is_none_is_not_found_or_refused(
        self, stored: Templates, number: str
    ) -> None:
        status, _, _ = stored.request("GET", f"{ID}/versions/{number}/")

        assert status == (404 if number == "3" else 422)

    def test_pages_of_versions_lead_on(self, stored: Templates) -> None:
        stored.put("dos")

        _, first, _ = stored.request("GET", f"{ID}/versions/?limit=1")
        _, last, _ = stored.request("GET", f"{ID}/versions/?cursor={first['next_cursor']}")

        assert [v["version"] for v in (*first["versions"], *last["versions"])] == [2, 1]
        assert last["next_cursor"] is None

    @pytest.mark.parametrize("cursor", ["x", "WyJ4Il0", "WyItMSJd", "WyIxIiwiMiJd"])
    def test_a_cursor_of_nobody_is_refused(self, stored: Templates, cursor: str) -> None:
        status, body, _ = stored.request("GET", f"{ID}/versions/?cursor={cursor}")

        assert (status, field_of(body)) == (422, "cursor")

    def test_the_difference_is_by_default_of_the_published_and_the_newest(
        self, stored: Templates
    ) -> None:
        content = {"channel": "whatsapp", "text": "Hola {{Nombre}}, {{Placa}}."}
        stored.request("PUT", f"{ID}/", {"content": content, "publish": False})

        status, body, _ = stored.request("GET", f"{ID}/diff/")

        assert (status, body["from_version"], body["to_version"]) == (200, 1, 2)
        assert body["variables_added"] == ["Placa"]
        assert body["fields"][0]["lines"] == [
            "@@ -1 +1 @@",
            "-Hola {{Nombre}}.",
            "+Hola {{Nombre}}, {{Placa}}.",
        ]
        _, back, _ = stored.request("GET", f"{ID}/diff/?from=2&to=1")
        assert back["variables_removed"] == ["Placa"]

    def test_a_draft_alone_is_compared_only_with_a_named_version(
        self, templates: Templates
    ) -> None:
        templates.request("POST", "", {**NEW, "publish": False})

        status, body, _ = templates.request("GET", f"{ID}/diff/")

        assert (status, field_of(body)) == (422, "from")


class TestArchiving:
    def test_an_archived_template_is_gone_from_lists_and_keeps_its_versions(
        self, stored: Templates
    ) -> None:
        status, body, _ = stored.request("DELETE", f"{ID}/")

        assert (status, body) == (204, {})
        assert stored.request("GET", f"{ID}/")[1]["status"] == "archived"
        assert stored.request("GET", f"{ID}/versions/1/")[0] == 200
        _, listed, _ = stored.request("GET", "?service_type_id=aceite")
        assert listed["templates"] == []

    def test_the_last_template_of_an_enabled_cell_is_in_use(self, templates: Templates) -> None:
        status, body, _ = templates.request("DELETE", f"{EMAIL}/")

        assert (status, body["code"]) == (409, "in_use")
        assert "'mantenimiento.clients'" in body["detail"]

    def test_an_old_etag_archives_nothing(self, stored: Templates) -> None:
        stored.put("dos")

        status, _, _ = stored.request("DELETE", f"{ID}/", if_match='"1"')

        assert status == 412

    def test_a_template_that_was_archived_is_created_again(self, stored: Templates) -> None:
        stored.request("DELETE", f"{ID}/")

        status, body, _ = stored.request("POST", "", NEW)

        assert (status, body["version"], body["status"]) == (201, 2, "published")


class TestLists:
    def test_pages_lead_through_all_templates_in_order(self, stored: Templates) -> None:
        found, cursor = [], ""
        while True:
            _, body, _ = stored.request("GET", f"?limit=2&ordering=-template_id{cursor}")
            found += [template["id"] for template in body["templates"]]
            if body["next_cursor"] is None:
                break
            cursor = f"&cursor={body['next_cursor']}"

        assert len(found) == 7
        assert found == sorted(found, reverse=True)

    def test_a_list_brings_what_is_sent_where_that_is_asked_for(self, stored: Templates) -> None:
        content = {"channel": "whatsapp", "text": "dos"}
        stored.request("PUT", f"{ID}/", {"content": content, "publish": False})
        draft = {**NEW, "content": {"channel": "sms", "text": "x"}, "publish": False}
        assert stored.request("POST", "", draft)[0] == 201

        _, without, _ = stored.request("GET", "?service_type_id=aceite")
        _, body, _ = stored.request("GET", "?service_type_id=aceite&include=content")

        assert [each["content"] for each in without["templates"]] == [None, None]
        listed = {each["id"]: each for each in body["templates"]}
        assert listed[ID]["content"]["text"] == "Hola {{Nombre}}."
        assert listed[ID]["etag"] == stored.request("GET", f"{ID}/")[2]["ETag"]
        assert [each["content"] for each in listed.values() if each["id"] != ID] == [None]

    def test_a_page_with_contents_is_shorter_than_what_a_function_may_answer(
        self, stored: Templates
    ) -> None:
        slot = TemplateSlot(
            service_type="aceite", phase="x", target="clients", channel="email", locale="es"
        )
        repository = DynamoDBTemplateRepository(stored.client, "configuration")
        for number in range(40):
            text = "é" * 50_000 if number < 20 else "corto"
            repository.put(
                Template(
                    tenant_id=TENANT.tenant_id,
                    slot=slot.model_copy(update={"phase": f"phase-{number:02}"}),
                    version=1,
                    content=EmailContent(subject="x", text=text),
                )
            )

        sizes, cursor = [], ""
        while True:
            query = f"?include=content&limit=100&channel=email&service_type_id=aceite{cursor}"
            _, body, _ = stored.request("GET", query)
            assert len(json.dumps(json.dumps(body))) < 6_000_000
            sizes.append(len(body["templates"]))
            if body["next_cursor"] is None:
                break
            cursor = f"&cursor={body['next_cursor']}"

        assert sizes[0] < 20
        assert (max(sizes), sum(sizes)) == (25, 40)

    @pytest.mark.parametrize(
        "query",
        [
            "limit=0",
            "limit=101",
            "include=x",
            "ordering=x",
            "status=x",
            "channel=x",
            "cursor=x",
            "locale=%00",
        ],
    )
    def test_a_query_that_makes_no_sense_is_refused(self, templates: Templates, query: str) -> None:
        status, body, _ = templates.request("GET", f"?{query}")

        assert (status, body["code"] in ("invalid", "unprocessable")) == (422, True)


class TestPreviews:
    def test_a_version_of_a_template_is_rendered(self, stored: Templates) -> None:
        stored.put("Segunda para {{Nombre}}.")
        request = {"template_id": ID, "version": 1, "context": {"nombre": "Ana"}}

        _, old, _ = stored.request("POST", "preview/", request)
        _, new, _ = stored.request("POST", "preview/", {**request, "version": None})

        assert old["message"]["text"] == "Hola Ana."
        assert new["message"]["text"] == "Segunda para Ana."

    def test_examples_fill_what_nothing_else_does(self, stored: Templates) -> None:
        request = {
            "content": {"channel": "sms", "text": "{{Nombre}} {{Placa}} {{Taller}}"},
            "context": {"nombre": "Ana"},
            "sample": True,
        }
        _, body, _ = stored.request("POST", "preview/", request)

        assert body["message"]["text"] == "Ana x Talleres Andinos"
        assert body["sms"]["segments"] == 1

    def test_a_customer_fills_name_and_vehicle(self, stored: Templates) -> None:
        stored.vehicles.save_vehicle(
            Vehicle(
                tenant_id="andinos",
                vehicle_id="v1",
                customer_id="customer-001",
                plate="PBX1234",
                updated_at=datetime(2026, 1, 1, tzinfo=UTC),
            )
        )
        request = {
            "content": {"channel": "sms", "text": "{{Nombre}} {{Placa}}"},
            "customer_id": "customer-001",
        }

        _, body, _ = stored.request("POST", "preview/", request)

        assert body["message"]["text"] == "Carlos Mendoza PBX1234"

    def test_a_customer_of_another_division_is_not_found(self, stored: Templates) -> None:
        person = Recipient(
            tenant_id="andinos", recipient_id="c9", name="Otra", division="guayaquil"
        )
        assert stored.people.save_person(person)
        stored.caller = OWNER.model_copy(update={"role": Role.DIVISION, "division": "quito"})
        request = {"content": {"channel": "sms", "text": "{{Nombre}}"}, "customer_id": "c9"}

        status, body, _ = stored.request("POST", "preview/", request)

        assert (status, field_of(body)) == (404, "customer_id")

    def test_a_customer_is_shown_only_to_keys_that_may_read_customers(
        self, stored: Templates
    ) -> None:
        stored.caller = OWNER.model_copy(update={"scopes": frozenset({Scope.TEMPLATES_READ})})
        request = {
            "content": {"channel": "sms", "text": "{{Nombre}}"},
            "customer_id": "customer-001",
        }

        assert stored.request("POST", "preview/", request)[0] == 403

    def test_a_preview_that_would_be_too_long_is_refused(self, stored: Templates) -> None:
        content = {"channel": "email", "subject": "x", "text": "{{Nombre}}" * 490}
        request = {"content": content, "context": {"Nombre": "&" * 4000}}

        status, body, _ = stored.request("POST", "preview/", request)

        assert (status, body["code"], field_of(body)) == (422, "message_too_long", "context")

    @pytest.mark.parametrize(
        "request_body",
        [
            {},
            {"template_id": ID, "content": NEW["content"]},
            {"content": NEW["content"], "version": 1},
            {"template_id": ID, "version": 10**30},
            {"template_id": "x" * 201},
        ],
    )
    def test_a_preview_of_nothing_or_of_two_things_is_refused(
        self, stored: Templates, request_body: dict[str, object]
    ) -> None:
        assert stored.request("POST", "preview/", request_body)[0] == 422

    def test_missing_variables_are_all_named(self, stored: Templates) -> None:
        request = {"content": {"channel": "sms", "text": "{{Nombre}} {{Placa}}"}}

        status, body, _ = stored.request("POST", "preview/", request)

        assert status == 400
        assert [error["field"] for error in body["errors"]] == ["context.Nombre", "context.Placa"]


def test_the_variables_are_listed_with_examples(templates: Templates) -> None:
    _, body, _ = templates.request("GET", "variables/")

    assert {v["name"]: v["required"] for v in body["variables"]} == {
        "Nombre": True,
        "Placa": True,
        "Fase": False,
        "Taller": False,
    }


def test_the_template_of_a_place_is_explained(templates: Templates) -> None:
    query = "service_type_id=aceite&phase_id=phase-schedule&channel=email"

    status, body, _ = templates.request("GET", f"for_context/?{query}")

    assert (status, body["template"]["id"], body["channel_enabled"]) == (200, EMAIL, True)
    assert [candidate["chosen"] for candidate in body["candidates"]] == [False, True]


def test_what_providers_said_of_the_approved_twin_is_shown(templates: Templates) -> None:
    templates.configuration.learn(
        TemplateState(
            tenant_id="andinos",
            account_id="wa",
            name="cita",
            language="es",
            status="APPROVED",
            at=datetime(2026, 1, 1, tzinfo=UTC),
        )
    )

    _, body, _ = templates.request("GET", "mantenimiento.phase-schedule.clients.whatsapp.es/")

    [approval] = body["approval"]
    assert (approval["account_id"], approval["status"]) == ("wa", "APPROVED")


class TestAccess:
    WRITES = (
        ("POST", "", NEW),
        ("PUT", f"{EMAIL}/", {"content": {"channel": "email", "subject": "s", "text": "t"}}),
        ("PATCH", f"{EMAIL}/", {"name": "x"}),
        ("DELETE", f"{EMAIL}/", None),
        ("POST", f"{EMAIL}/publish/", {"version": 1}),
        ("POST", f"{EMAIL}/rollback/", None),
    )
    READS = (
        ("GET", "", None),
        ("GET", f"{EMAIL}/", None),
        ("GET", f"{EMAIL}/versions/", None),
        ("GET", f"{EMAIL}/versions/1/", None),
        ("GET", f"{EMAIL}/diff/", None),
        ("GET", "variables/", None),
    )

    @pytest.mark.parametrize(("method", "path", "body"), WRITES)
    def test_a_division_changes_nothing(
        self, templates: Templates, method: str, path: str, body: object
    ) -> None:
        templates.caller = OWNER.model_copy(update={"role": Role.DIVISION, "division": "quito"})

        assert templates.request(method, path, body)[0] == 403

    @pytest.mark.parametrize(("method", "path", "body"), [*WRITES, *READS])
    def test_each_route_needs_its_scope(
        self, templates: Templates, method: str, path: str, body: object
    ) -> None:
        needed = Scope.TEMPLATES_READ if method == "GET" else Scope.TEMPLATES_WRITE
        lacking = frozenset(Scope) - {needed}
        templates.caller = OWNER.model_copy(update={"scopes": lacking})

        assert templates.request(method, path, body)[0] == 403

    @pytest.mark.parametrize(
        ("method", "path", "body"), [call for call in (*WRITES, *READS) if EMAIL in call[1]]
    )
    def test_invariant_10_another_tenants_template_is_not_found(
        self, templates: Templates, method: str, path: str, body: object
    ) -> None:
        templates.configuration.put_tenant(TENANT.model_copy(update={"tenant_id": "costa"}))
        catalogue = templates.configuration.catalogue(TENANT.tenant_id)
        assert catalogue is not None
        templates.configuration.put_catalogue("costa", catalogue)
        templates.caller = OWNER.model_copy(update={"tenant_id": "costa"})

        assert templates.request(method, path, body)[0] == 404
