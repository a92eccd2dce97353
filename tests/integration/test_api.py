"""The HTTP API: from an event of the gateway to the stored and queued notification."""

from __future__ import annotations

import base64
import json

import pytest

from functions.api import handler as api
from recado.domain.api_keys import Scope, new_key
from recado.domain.notification import Mode
from tests.cloud import Cloud, http_event
from tests.fakes.clock import NOON
from tests.faults import Faults

DISPATCH = "/api/v1/notifications/events/dispatch/"
EVENT = {
    "event_type": "appointment_scheduled",
    "service_type_id": "mantenimiento",
    "phase_id": "phase-schedule",
    "customer_id": "customer-001",
    "target": "clients",
    "context": {"nombre": "Carlos Mendoza", "placa": "ABC123"},
}


@pytest.mark.parametrize("path", [DISPATCH, DISPATCH.rstrip("/")])
def test_an_event_is_accepted_with_its_planned_route(cloud: Cloud, path: str) -> None:
    status, body, headers = cloud.request("POST", path, EVENT)

    assert status == 202
    assert [step["channel"] for step in body["route"]] == ["whatsapp", "email", "push"]
    assert body["state"] == "queued"
    assert headers["Location"] == f"/api/v1/notifications/{body['notification_id']}/"


def test_invariant_1_what_was_accepted_is_stored_and_queued(cloud: Cloud) -> None:
    _, body, _ = cloud.request("POST", DISPATCH, EVENT)

    [message] = cloud.messages("WHATSAPP_QUEUE_URL")
    assert json.loads(message["Body"]) == {
        "v": 1,
        "tenant_id": "andinos",
        "notification_id": body["notification_id"],
        "step": 0,
        "begun": 0,
    }
    assert cloud.stack.notifications.get("andinos", body["notification_id"]) is not None


def test_the_timeline_shows_addresses_masked(cloud: Cloud) -> None:
    _, accepted, _ = cloud.request("POST", DISPATCH, EVENT)

    status, body, _ = cloud.request("GET", accepted_path(accepted))

    assert status == 200
    assert body["state"] == "queued"
    assert [step["to"] for step in body["route"]] == [
        "…4567",
        "c***@example.com",
        "https://push.example.com/…",
    ]
    assert body["timeline"][0]["kind"] == "planned"


def accepted_path(accepted: dict[str, str]) -> str:
    return f"/api/v1/notifications/{accepted['notification_id']}/"


def test_the_catalogue_has_its_contracted_shape(cloud: Cloud) -> None:
    status, body, _ = cloud.request("GET", "/api/v1/notifications/catalog/")

    assert status == 200
    assert body == {
        "service_types": [
            {
                "slug": "mantenimiento",
                "name": "Mantenimiento",
                "icon": "Settings",
                "subtypes": [{"slug": "aceite", "name": "Aceite", "icon": "Droplet"}],
            }
        ],
        "phases": [
            {"slug": "phase-schedule", "name": "Agendar Cita", "icon": "Calendar", "order": 1}
        ],
    }


PREVIEW = "/api/v1/notifications/templates/preview/"
IN_FORCE = {
    "service_type_id": "mantenimiento",
    "phase_id": "phase-schedule",
    "channel": "whatsapp",
}


def test_a_preview_renders_the_template_in_force(cloud: Cloud) -> None:
    context = {"NOMBRE": "Ana", "placa": "XYZ"}
    status, body, _ = cloud.request("POST", PREVIEW, {**IN_FORCE, "context": context})

    assert status == 200
    assert body["message"]["text"] == "Hola Ana, su auto XYZ le espera."


def test_a_preview_of_own_content_measures_an_sms(cloud: Cloud) -> None:
    content = {"channel": "sms", "text": "Su técnico: {{Nombre}}"}
    status, body, _ = cloud.request(
        "POST", PREVIEW, {"content": content, "context": {"nombre": "José"}}
    )

    assert status == 200
    assert body["sms"] == {"encoding": "gsm-7", "units": 16, "segments": 1}


def test_a_missing_variable_is_named_in_a_preview(cloud: Cloud) -> None:
    status, body, _ = cloud.request("POST", PREVIEW, {**IN_FORCE, "context": {"nombre": "Ana"}})

    assert (status, body["code"]) == (400, "missing_variables")
    assert body["errors"] == [
        {
            "field": "context.Placa",
            "code": "missing",
            "message": "the template needs a value for it",
        }
    ]


@pytest.mark.parametrize("text", ["{{ ''.__class__ }}", "{% for x in y %}{% endfor %}", "{{Otra}}"])
def test_a_template_outside_the_language_is_refused(cloud: Cloud, text: str) -> None:
    content = {"channel": "sms", "text": text}
    status, body, _ = cloud.request("POST", PREVIEW, {"content": content})

    assert (status, body["code"]) == (422, "template_refused")


def test_a_test_message_goes_to_any_address(cloud: Cloud) -> None:
    request = {"channel": "email", "to": "someone@example.com"}
    status, body, _ = cloud.request("POST", "/api/v1/notifications/test/", request)

    assert status == 202
    assert body["route"][0]["account_id"] == "mail"
    assert len(cloud.messages("EMAIL_QUEUE_URL")) == 1


@pytest.mark.parametrize(
    ("request_body", "field"),
    [
        ({"channel": "email", "to": "nobody"}, "to"),
        ({"channel": "whatsapp", "to": "12"}, "to"),
        ({"channel": "sms", "to": "+593991234567"}, "channel"),
        ({"channel": "email", "to": "a@example.com", "account_id": "x"}, "account_id"),
        ({"channel": "push", "to": "https://push.example.com/abc"}, "customer_id"),
    ],
)
def test_a_test_message_that_cannot_go_names_the_field(
    cloud: Cloud, request_body: dict[str, str], field: str
) -> None:
    status, body, _ = cloud.request("POST", "/api/v1/notifications/test/", request_body)

    assert status == 422
    assert body["errors"][0]["field"] == field


class TestAuthentication:
    @pytest.mark.parametrize(
        "headers",
        [
            {"x-api-key": "rk_live_aaaaaaaaaaaa_" + "A" * 43},
            {"x-api-key": "nonsense"},
            {"authorization": "Basic abc"},
            {"x-nothing": ""},
        ],
    )
    def test_nothing_is_answered_without_a_valid_key(
        self, cloud: Cloud, headers: dict[str, str]
    ) -> None:
        status, body, answered = cloud.request("POST", DISPATCH, "{bad", headers=headers)

        assert (status, body["code"]) == (401, "unauthenticated")
        assert answered["WWW-Authenticate"] == "Bearer"
        assert answered["Content-Type"] == "application/problem+json"

    def test_a_bearer_token_is_as_good_as_the_header(self, cloud: Cloud) -> None:
        headers = {"authorization": f"Bearer {cloud.api_key}"}
        status, _, _ = cloud.request("POST", DISPATCH, EVENT, headers=headers)

        assert status == 202

    def test_a_key_without_the_scope_is_forbidden(self, cloud: Cloud) -> None:
        key, text = new_key(tenant_id="andinos", mode=Mode.LIVE, name="reader", now=NOON)
        scopes = frozenset({Scope.NOTIFICATIONS_READ})
        cloud.stack.configuration.put_api_key(key.model_copy(update={"scopes": scopes}))

        status, body, _ = cloud.request("POST", DISPATCH, EVENT, headers={"x-api-key": text})

        assert (status, body["code"]) == (403, "forbidden")

    def test_a_revoked_key_is_no_key(self, cloud: Cloud) -> None:
        key, text = new_key(tenant_id="andinos", mode=Mode.LIVE, name="old", now=NOON)
        cloud.stack.configuration.put_api_key(key.model_copy(update={"revoked_at": NOON}))

        status, _, _ = cloud.request("POST", DISPATCH, EVENT, headers={"x-api-key": text})

        assert status == 401

    def test_a_revocation_that_breaks_off_half_way_already_holds(self, cloud: Cloud) -> None:
        key, text = new_key(tenant_id="andinos", mode=Mode.LIVE, name="old", now=NOON)
        cloud.stack.configuration.put_api_key(key)
        puts = iter(range(1_000))

        def break_off(**_: object) -> None:
            if next(puts) == 1:
                raise ConnectionError("injected: the second row was not stored")

        events = cloud.stack.dynamodb.meta.events
        events.register("before-call.dynamodb.PutItem", break_off)
        with pytest.raises(ConnectionError):
            cloud.stack.configuration.put_api_key(key.model_copy(update={"revoked_at": NOON}))

        status, _, _ = cloud.request("POST", DISPATCH, EVENT, headers={"x-api-key": text})

        assert status == 401

    def test_a_test_key_makes_test_notifications(self, cloud: Cloud) -> None:
        key, text = new_key(tenant_id="andinos", mode=Mode.TEST, name="ci", now=NOON)
        cloud.stack.configuration.put_api_key(key)

        _, body, _ = cloud.request("POST", DISPATCH, EVENT, headers={"x-api-key": text})

        stored = cloud.stack.notifications.get("andinos", body["notification_id"])
        assert stored is not None
        assert stored.mode is Mode.TEST

    def test_invariant_10_a_tenant_does_not_see_anothers_notification(self, cloud: Cloud) -> None:
        _, accepted, _ = cloud.request("POST", DISPATCH, EVENT)
        key, text = new_key(tenant_id="costa", mode=Mode.LIVE, name="other", now=NOON)
        cloud.stack.configuration.put_api_key(key)

        status, body, _ = cloud.request("GET", accepted_path(accepted), headers={"x-api-key": text})

        assert (status, body["code"]) == (404, "not_found")


class TestIdempotencyKey:
    def test_the_same_request_twice_makes_one_notification(self, cloud: Cloud) -> None:
        headers = {"x-api-key": cloud.api_key, "idempotency-key": "k1"}
        _, first, _ = cloud.request("POST", DISPATCH, EVENT, headers=headers)
        status, second, answered = cloud.request("POST", DISPATCH, EVENT, headers=headers)

        assert (status, second) == (202, first)
        assert answered["Idempotency-Replayed"] == "true"
        assert len(cloud.messages("WHATSAPP_QUEUE_URL")) == 1

    def test_the_same_key_with_another_body_is_refused(self, cloud: Cloud) -> None:
        headers = {"x-api-key": cloud.api_key, "idempotency-key": "k1"}
        cloud.request("POST", DISPATCH, EVENT, headers=headers)
        other = {**EVENT, "context": {"placa": "OTHER"}}

        status, body, _ = cloud.request("POST", DISPATCH, other, headers=headers)

        assert (status, body["code"]) == (422, "idempotency_key_reused")

    def test_a_request_that_still_runs_is_a_conflict(
        self, cloud: Cloud, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        headers = {"x-api-key": cloud.api_key, "idempotency-key": "k1"}
        create = cloud.stack.notifications.create
        meanwhile: list[tuple[int, str]] = []

        def create_slowly(notification: object) -> bool:
            monkeypatch.undo()
            status, body, _ = cloud.request("POST", DISPATCH, EVENT, headers=headers)
            meanwhile.append((status, body["code"]))
            return create(notification)  # type: ignore[arg-type]

        monkeypatch.setattr(cloud.stack.notifications, "create", create_slowly)
        cloud.request("POST", DISPATCH, EVENT, headers=headers)

        assert meanwhile == [(409, "idempotency_in_progress")]

    def test_a_live_key_does_not_get_a_test_keys_answer(self, cloud: Cloud) -> None:
        key, text = new_key(tenant_id="andinos", mode=Mode.TEST, name="ci", now=NOON)
        cloud.stack.configuration.put_api_key(key)
        rehearsal = {"x-api-key": text, "idempotency-key": "k1"}
        _, test, _ = cloud.request("POST", DISPATCH, EVENT, headers=rehearsal)

        headers = {"x-api-key": cloud.api_key, "idempotency-key": "k1"}
        status, live, answered = cloud.request("POST", DISPATCH, EVENT, headers=headers)

        assert status == 202
        assert live["notification_id"] != test["notification_id"]
        assert "Idempotency-Replayed" not in answered
        assert len(cloud.messages("WHATSAPP_QUEUE_URL")) == 2

    def test_each_route_has_keys_of_its_own(self, cloud: Cloud) -> None:
        headers = {"x-api-key": cloud.api_key, "idempotency-key": "k1"}
        _, dispatched, _ = cloud.request("POST", DISPATCH, EVENT, headers=headers)

        to = {"channel": "email", "to": "someone@example.com"}
        status, test, _ = cloud.request("POST", "/api/v1/notifications/test/", to, headers=headers)

        assert status == 202
        assert test["notification_id"] != dispatched["notification_id"]
        assert len(cloud.messages("EMAIL_QUEUE_URL")) == 1

    @pytest.mark.parametrize(
        ("path", "first", "other"),
        [
            (DISPATCH, EVENT, {**EVENT, "context": {"placa": "OTHER"}}),
            (
                "/api/v1/notifications/test/",
                {"channel": "email", "to": "someone@example.com"},
                {"channel": "email", "to": "other@example.com"},
            ),
        ],
    )
    def test_another_body_is_refused_even_after_a_request_that_died_without_an_answer(
        self, cloud: Cloud, path: str, first: object, other: object
    ) -> None:
        headers = {"x-api-key": cloud.api_key, "idempotency-key": "k1"}
        _, accepted, _ = cloud.request("POST", path, first, headers=headers)
        forget_answers(cloud)

        status, body, _ = cloud.request("POST", path, other, headers=headers)
        again, same, _ = cloud.request("POST", path, first, headers=headers)

        assert (status, body["code"]) == (422, "idempotency_key_reused")
        assert (again, same["notification_id"]) == (202, accepted["notification_id"])

    def test_after_an_error_the_key_may_be_used_again(self, cloud: Cloud) -> None:
        headers = {"x-api-key": cloud.api_key, "idempotency-key": "k1"}
        refused, _, _ = cloud.request(
            "POST", DISPATCH, {**EVENT, "customer_id": "nobody"}, headers=headers
        )
        accepted, _, _ = cloud.request("POST", DISPATCH, EVENT, headers=headers)

        assert (refused, accepted) == (422, 202)


def forget_answers(cloud: Cloud) -> None:
    """What is left when a function runs into its time-out: the row, and no kept answer."""
    dynamodb = cloud.stack.dynamodb
    for item in dynamodb.scan(TableName="idempotency")["Items"]:
        dynamodb.delete_item(TableName="idempotency", Key={"id": item["id"]})


@pytest.mark.parametrize(
    ("body", "status", "code", "field"),
    [
        ("{bad", 400, "malformed_json", None),
        ({}, 422, "invalid", "event_type"),
        ({**EVENT, "service_type_id": "No Slug"}, 422, "invalid", "service_type_id"),
        ({**EVENT, "tarjet": "clients"}, 422, "invalid", "tarjet"),
        ({**EVENT, "customer_id": "nobody"}, 422, "unprocessable", "customer_id"),
        ({**EVENT, "context": {"placa": 3}}, 422, "invalid", "context.placa"),
        ("[" * 100_000, 400, "malformed_json", None),
        ("[" * 900 + "]" * 900, 422, "invalid", None),
        ('{"a":' * 900 + "1" + "}" * 900, 422, "invalid", None),
        ("9" * 5_000, 400, "malformed_json", None),
        ("[]", 422, "invalid", None),
        ("null", 422, "invalid", None),
        ('"text"', 422, "invalid", None),
        ("7", 422, "invalid", None),
        ("", 422, "invalid", None),
        ('{"\\ud800": 1}', 422, "invalid", "body"),
        ({**EVENT, "customer_id": "\ud800"}, 422, "invalid", "customer_id"),
        ({**EVENT, "context": {"placa": "\ud800"}}, 422, "invalid", "context.placa"),
        ({**EVENT, "send_at": "9999-12-31T23:59:59Z"}, 422, "unprocessable", "send_at"),
        ({**EVENT, "send_at": "9999-12-31T23:59:59-05:00"}, 422, "invalid", "send_at"),
        ({**EVENT, "send_at": 10**400}, 422, "invalid", "send_at"),
        (
            {
                **EVENT,
                "send_at": "2026-03-02T12:00:00Z",
                "useless_after": "2026-03-02T12:00:00Z",
            },
            422,
            "invalid",
            "useless_after",
        ),
    ],
)
def test_bad_input_is_told_with_its_field(
    cloud: Cloud, body: object, status: int, code: str, field: str | None
) -> None:
    answered, problem, headers = cloud.request("POST", DISPATCH, body)

    assert (answered, problem["code"], problem["status"]) == (status, code, status)
    assert headers["Content-Type"] == "application/problem+json"
    if field is not None:
        assert field in [error["field"] for error in problem["errors"]]


def test_a_body_that_is_too_large_is_refused(cloud: Cloud) -> None:
    status, body, _ = cloud.request("POST", DISPATCH, "x" * (256 * 1024 + 1))

    assert (status, body["code"]) == (413, "body_too_large")


def test_a_body_is_measured_in_bytes(cloud: Cloud) -> None:
    status, body, _ = cloud.request("POST", DISPATCH, "€" * 100_000)

    assert (status, body["code"]) == (413, "body_too_large")


def test_a_body_that_the_gateway_encoded_is_measured_as_it_was_sent(cloud: Cloud) -> None:
    call = http_event("POST", DISPATCH, None, {"x-api-key": cloud.api_key})
    text = json.dumps({**EVENT, "padding": "x" * 200_000})
    call |= {"body": base64.b64encode(text.encode()).decode(), "isBase64Encoded": True}

    answer = cloud.run(api, call)

    assert (answer["statusCode"], json.loads(answer["body"])["code"]) == (422, "invalid")


def test_a_body_that_the_gateway_encoded_is_read_like_any_other(cloud: Cloud) -> None:
    call = http_event("POST", DISPATCH, None, {"x-api-key": cloud.api_key})
    text = json.dumps(EVENT)
    call |= {"body": base64.b64encode(text.encode()).decode(), "isBase64Encoded": True}

    assert cloud.run(api, call)["statusCode"] == 202


@pytest.mark.parametrize("body", [b"\xff\xfe{}", b'{"event_type": "\xe9"}'])
def test_a_body_that_is_no_utf_8_is_malformed(cloud: Cloud, body: bytes) -> None:
    call = http_event("POST", DISPATCH, None, {"x-api-key": cloud.api_key})
    call |= {"body": base64.b64encode(body).decode(), "isBase64Encoded": True}

    answer = cloud.run(api, call)

    assert (answer["statusCode"], json.loads(answer["body"])["code"]) == (400, "malformed_json")


@pytest.mark.parametrize(
    "content_type",
    ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data", "application/xml"],
)
def test_only_json_is_taken(cloud: Cloud, content_type: str) -> None:
    headers = {"x-api-key": cloud.api_key, "content-type": content_type}
    status, body, _ = cloud.request("POST", DISPATCH, "event_type=a", headers=headers)

    assert (status, body["code"]) == (415, "unsupported_media_type")


def test_a_context_that_no_row_can_hold_is_refused_with_its_field(cloud: Cloud) -> None:
    context = {f"v{number}": "x" * 4000 for number in range(60)}
    status, body, _ = cloud.request("POST", DISPATCH, {**EVENT, "context": context})

    assert (status, body["errors"][0]["field"]) == (422, "context")


@pytest.mark.parametrize("notification_id", ["ntf_1", "ntf_" + "0" * 32])
def test_what_was_never_a_notification_is_not_found(cloud: Cloud, notification_id: str) -> None:
    status, body, _ = cloud.request("GET", f"/api/v1/notifications/{notification_id}/")

    assert (status, body["code"]) == (404, "not_found")


def test_an_id_that_is_longer_than_the_stores_keys_is_not_looked_up(cloud: Cloud) -> None:
    Faults(cloud.stack.dynamodb).refuse("Query", code="ValidationException")

    status, body, _ = cloud.request("GET", f"/api/v1/notifications/{'a' * 3000}/")

    assert (status, body["code"]) == (404, "not_found")


def test_a_customer_id_is_not_endless_in_a_test_message_either(cloud: Cloud) -> None:
    request = {"channel": "push", "to": "https://push.example.com/abc", "customer_id": "a" * 3000}
    status, body, _ = cloud.request("POST", "/api/v1/notifications/test/", request)

    assert (status, body["errors"][0]["field"]) == (422, "customer_id")


def test_a_key_that_cannot_be_looked_up_is_a_problem_document(cloud: Cloud) -> None:
    Faults(cloud.stack.dynamodb).refuse("GetItem", code="ProvisionedThroughputExceededException")

    status, body, headers = cloud.request("POST", DISPATCH, EVENT)

    assert (status, body["code"]) == (500, "internal_error")
    assert headers["Content-Type"] == "application/problem+json"


def test_an_unknown_path_is_a_problem_document(cloud: Cloud) -> None:
    status, body, headers = cloud.request("GET", "/api/v1/nothing/here/")

    assert (status, body["code"]) == (404, "no_such_route")
    assert headers["Content-Type"] == "application/problem+json"


def test_a_failure_on_our_side_is_500_without_detail(
    cloud: Cloud, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> bool:
        raise RuntimeError("table names and other secrets")

    monkeypatch.setattr(cloud.stack.notifications, "create", fail)
    status, body, _ = cloud.request("POST", DISPATCH, EVENT)

    assert (status, body["code"]) == (500, "internal_error")
    assert "table names" not in json.dumps(body)


def test_a_query_parameter_that_nobody_knows_is_refused_by_its_name(cloud: Cloud) -> None:
    status, body, _ = cloud.request("GET", "/api/v1/notifications/customers/?nmae=ana")

    assert (status, body["errors"][0]["field"]) == (422, "nmae")


def test_who_watches_an_open_route_may_add_anything(cloud: Cloud) -> None:
    status, _, _ = cloud.request("GET", "/api/v1/health/database/?probe=17")

    assert status == 200


def test_an_idempotency_key_is_for_one_query_too(cloud: Cloud) -> None:
    key = {"x-api-key": cloud.api_key, "idempotency-key": "once", "content-type": "text/csv"}
    path, file = "/api/v1/notifications/customers/import/", "customer_id,name\nana-1,Ana\n"
    tried, _, _ = cloud.request("POST", f"{path}?dry_run=true", file, headers=key)

    status, body, _ = cloud.request("POST", path, file, headers=key)

    assert (tried, status, body["code"]) == (200, 422, "idempotency_key_reused")


def test_a_file_that_lost_its_letters_on_the_way_is_refused(cloud: Cloud) -> None:
    headers = {"x-api-key": cloud.api_key, "content-type": "text/csv"}
    file = "customer_id,name\nana-1,Mu\ufffdoz\n"

    status, body, _ = cloud.request(
        "POST", "/api/v1/notifications/customers/import/?dry_run=true", file, headers=headers
    )

    assert (status, body["errors"][0]["field"]) == (422, "csv")
