"""The API around its routes: who may call, in which form, and what every answer carries."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Annotated, Any, Literal

import pytest
from aws_lambda_powertools.event_handler import Response
from aws_lambda_powertools.event_handler.openapi.params import Query
from aws_lambda_powertools.event_handler.router import APIGatewayHttpRouter
from pydantic import Field

from recado.api.app import Api
from recado.api.languages import language
from recado.api.problems import LONGEST_FIELD, MOST_FAULTS, InvalidRequestError
from recado.api.security import caller, requires, whole_tenant
from recado.domain.api_keys import ApiKey, Role, Scope, new_key, rotated
from recado.domain.errors import (
    ConflictError,
    PreconditionFailedError,
    ProviderFailedError,
    TemplateRefusedError,
)
from recado.domain.events import Event
from recado.domain.model import RequestModel
from recado.domain.notification import Mode
from recado.services.authenticate import Authenticate
from recado.services.limit_requests import LimitRequests
from tests.cloud import LambdaContext, http_event
from tests.fakes.clock import FakeClock
from tests.fakes.configuration import FakeConfiguration
from tests.fakes.rate_limits import FakeRateLimits
from tests.workshop import TENANT

OTHER = TENANT.model_copy(update={"tenant_id": "costa"})
CSV_OR_JSON: dict[str, Any] = {"content": {"text/csv": {}, "application/json": {}}}


class Thing(RequestModel):
    """What a client writes in these tests."""

    name: Annotated[str, Field(max_length=5)]
    size: float | None = None
    colours: dict[Literal["front", "back"], str] = Field(default_factory=dict)


def things() -> APIGatewayHttpRouter:
    """Routes of every kind."""
    router = APIGatewayHttpRouter()
    may_read, may_write = requires(Scope.CUSTOMERS_READ), requires(Scope.CUSTOMERS_WRITE)

    @router.get("/", middlewares=[may_read])
    def who(limit: Annotated[int, Query(ge=1, le=100)] = 50) -> dict[str, Any]:
        found = caller(router)
        return {
            "tenant": found.tenant_id,
            "division": found.division,
            "limit": limit,
            "language": language(router),
        }

    @router.post("/", middlewares=[may_write, whole_tenant])
    def create(thing: Thing) -> Thing:
        return thing

    @router.get("/kept", middlewares=[may_read])
    def kept() -> Response[dict[str, str]]:
        return Response(200, "application/json", {}, headers={"Cache-Control": "private"})

    @router.post("/csv", middlewares=[may_write], openapi_extensions={"requestBody": CSV_OR_JSON})
    def read_csv() -> dict[str, str]:
        return {"read": router.current_event.body or ""}

    @router.post("/event", middlewares=[may_write])
    def dispatch(event: Event) -> Event:
        return event

    @router.patch("/<thing_id>", middlewares=[may_write])
    def change(thing_id: str, thing: Thing) -> dict[str, str]:
        return {"id": thing_id, "name": thing.name}

    @router.delete("/<thing_id>", middlewares=[may_write])
    def remove(thing_id: str) -> None:
        raise {
            "precondition": PreconditionFailedError("it was changed since it was read"),
            "template": TemplateRefusedError(
                "filter '{filter}' is not allowed", filter="x", line=2
            ),
            "provider": ProviderFailedError("131026", "{not} a placeholder"),
            "conflict": ConflictError("no text for this", field="thing_id"),
        }.get(thing_id, RuntimeError("our secrets"))

    return router


def open_route() -> APIGatewayHttpRouter:
    """A route that needs no key."""
    router = APIGatewayHttpRouter()

    @router.get("/")
    def look() -> dict[str, str]:
        return {"language": language(router)}

    return router


@dataclass
class Front:
    """An API as its clients see it."""

    clock: FakeClock = field(default_factory=FakeClock)
    configuration: FakeConfiguration = field(default_factory=FakeConfiguration)
    limits: FakeRateLimits = field(default_factory=FakeRateLimits)

    def __post_init__(self) -> None:
        self.configuration.put_tenant(TENANT)
        self.configuration.put_tenant(OTHER)
        self.api = Api(
            authenticate=Authenticate(
                configuration=self.configuration,
                clock=self.clock,
                limit=LimitRequests(limits=self.limits, clock=self.clock),
            ),
            routers={"/things": things()},
            open_routers={"/open": open_route()},
            largest_body=1_000,
        )
        self.key = self.a_key()

    def a_key(self, **changes: Any) -> str:
        """Store a key; gives its text."""
        key, text = new_key(
            **{"tenant_id": "andinos", "mode": Mode.LIVE, "name": "x", "now": self.clock.now()}
            | changes
        )
        self.configuration.put_api_key(key)
        return text

    def stored(self, text: str) -> ApiKey:
        """The key of a text."""
        key = self.configuration.api_key(text.split("_")[2])
        assert key is not None
        return key

    def __call__(
        self, method: str, path: str, body: object = None, **headers: str
    ) -> tuple[int, dict[str, Any], dict[str, str]]:
        """Call with the front's own key, or with the headers that are given."""
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        call = http_event(method, path, body, {"x-api-key": self.key, **named})
        answer = self.api(call, LambdaContext())
        return answer["statusCode"], json.loads(answer["body"] or "{}"), answer["headers"]


@pytest.fixture(scope="module")
def api() -> Front:
    return Front()


class TestWhoCalls:
    @pytest.mark.parametrize("path", ["/things", "/things/", "/nothing", "/things/1/2"])
    def test_nothing_is_told_without_a_key(self, api: Front, path: str) -> None:
        status, body, headers = api("GET", path, x_api_key="")

        assert (status, body["code"], headers["WWW-Authenticate"]) == (
            *(401, "unauthenticated"),
            "Bearer",
        )

    def test_an_expired_key_is_no_key(self) -> None:
        api = Front()
        successor, old, text = rotated(
            api.stored(api.key), now=api.clock.now(), grace=timedelta(hours=1)
        )
        api.configuration.put_api_key(successor)
        api.configuration.put_api_key(old)

        assert api("GET", "/things")[0] == api("GET", "/things", x_api_key=text)[0] == 200
        api.clock.advance(hours=1)

        status, body, _ = api("GET", "/things")
        assert (status, body["detail"]) == (401, "the API key is not valid")
        assert api("GET", "/things", x_api_key=text)[0] == 200

    def test_a_revoked_key_an_unknown_one_and_a_wrong_secret_are_told_alike(
        self, api: Front
    ) -> None:
        revoked = api.a_key()
        key = api.stored(revoked)
        api.configuration.put_api_key(key.model_copy(update={"revoked_at": api.clock.now()}))
        of_the_other_mode = api.key.replace("rk_live", "rk_test")
        wrong = [revoked, "rk_live_aaaaaaaaaaaa_" + "A" * 43, api.key[:-5] + "AAAAA"]

        told = {
            json.dumps(api("GET", "/things", x_api_key=text)[1])
            for text in (*wrong, of_the_other_mode)
        }

        assert len(told) == 1

    def test_the_scope_is_checked_before_anything_is_read(self, api: Front) -> None:
        reader = api.a_key(scopes={Scope.CUSTOMERS_READ})

        status, body, _ = api("POST", "/things", {"wrong": 1}, x_api_key=reader)

        assert (status, body["code"]) == (403, "forbidden")
        assert "customers:write" in body["detail"]
        assert api("GET", "/things", x_api_key=reader)[0] == 200

    def test_a_key_of_a_division_sees_its_division_and_changes_nothing_of_the_tenant(
        self, api: Front
    ) -> None:
        north = api.a_key(role=Role.DIVISION, division="norte")

        assert api("GET", "/things", x_api_key=north)[1]["division"] == "norte"
        status, body, _ = api("POST", "/things", {"wrong": 1}, x_api_key=north)
        assert (status, body["code"]) == (403, "forbidden")

    @pytest.mark.parametrize(
        ("role", "tenant", "status"),
        [
            (Role.TENANT, "andinos", 200),
            (Role.TENANT, "", 200),
            (Role.TENANT, "costa", 403),
            (Role.TENANT, "nobody", 403),
            (Role.SUPER_ADMINISTRATOR, "costa", 200),
            (Role.SUPER_ADMINISTRATOR, "nobody", 404),
            (Role.SUPER_ADMINISTRATOR, "\x00" * 5_000, 404),
        ],
    )
    def test_only_a_super_administrator_names_another_tenant(
        self, api: Front, role: Role, tenant: str, status: int
    ) -> None:
        answered, body, _ = api(
            "GET", "/things", x_api_key=api.a_key(role=role), x_tenant_id=tenant
        )

        assert answered == status
        if status == 200:
            assert body["tenant"] == (tenant or "andinos")
        else:
            assert body["errors"][0]["field"] == "X-Tenant-Id"

    def test_who_asks_too_often_is_told_to_wait(self) -> None:
        api = Front()
        hasty = api.a_key(requests_per_second=1)
        for _ in range(2):
            assert api("GET", "/things", x_api_key=hasty)[0] == 200

        status, body, headers = api("GET", "/things", x_api_key=hasty, accept_language="es")

        assert (status, body["code"], headers["Retry-After"]) == (429, "too_many_requests", "1")
        assert body["detail"] == "demasiadas solicitudes; vuelva a intentarlo en 1 s"
        api.clock.advance(seconds=1)
        assert api("GET", "/things", x_api_key=hasty)[0] == 200

    def test_a_wrong_key_takes_nothing_from_the_limit_of_the_right_one(self) -> None:
        api = Front()
        wrong = api.key[:-5] + "AAAAA"
        for _ in range(10):
            api("GET", "/things", x_api_key=wrong)

        assert api.limits.leases == 0


class TestWhatIsSent:
    @pytest.mark.parametrize(
        ("method", "path", "content_type", "status"),
        [
            ("POST", "/things", "application/json", 200),
            ("POST", "/things", "Application/JSON; charset=utf-8", 200),
            ("POST", "/things", "", 200),
            ("PATCH", "/things/1", "application/merge-patch+json", 200),
            ("PATCH", "/things/1", "application/json", 200),
            ("POST", "/things/csv", "text/csv; charset=utf-8", 200),
            ("POST", "/things", "; charset=utf-8", 200),
            ("GET", "/things/1", "text/plain", 405),
            ("GET", "/nothing", "text/plain", 404),
        ],
    )
    def test_a_route_takes_its_media_types(
        self, api: Front, method: str, path: str, content_type: str, status: int
    ) -> None:
        answered, _, _ = api(method, path, {"name": "Ana"}, content_type=content_type)

        assert answered == status

    @pytest.mark.parametrize(
        ("method", "path", "content_type", "taken"),
        [
            ("POST", "/things", "text/plain", "application/json"),
            ("POST", "/things", "application/jsonp", "application/json"),
            ("POST", "/things", "text/csv", "application/json"),
            ("POST", "/things", "application/merge-patch+json", "application/json"),
            ("DELETE", "/things/1", "text/csv", "application/json"),
            (
                *("PATCH", "/things/1", "multipart/form-data; boundary=x"),
                "application/json, application/merge-patch+json",
            ),
            (
                *("POST", "/things/csv", "application/x-www-form-urlencoded"),
                "text/csv, application/json",
            ),
        ],
    )
    def test_who_sends_another_media_type_is_told_which_the_route_takes(
        self, api: Front, method: str, path: str, content_type: str, taken: str
    ) -> None:
        status, body, _ = api(method, path, {"name": "Ana"}, content_type=content_type)

        assert (status, body["code"]) == (415, "unsupported_media_type")
        assert body["detail"] == f"this route takes {taken}"

    @pytest.mark.parametrize("content_type", ["text/csv", "text/plain"])
    def test_no_body_has_no_media_type(self, api: Front, content_type: str) -> None:
        status, body, _ = api("POST", "/things", content_type=content_type)

        assert (status, body["errors"][0]["field"]) == (422, "body")

    @pytest.mark.parametrize(
        ("method", "path", "body", "field"),
        [
            ("GET", "/things?limit=0", None, "limit"),
            ("POST", "/things", {"name": "Andrea"}, "name"),
            ("POST", "/things", {"name": "Ana", "colours": {"up": "red"}}, "colours.up"),
            ("POST", "/things", [], "body"),
        ],
    )
    def test_a_field_is_named_as_the_client_wrote_it(
        self, api: Front, method: str, path: str, body: object, field: str
    ) -> None:
        status, problem, _ = api(method, path, body)

        assert (status, problem["detail"]) == (422, f"invalid: {field}")
        assert [fault["field"] for fault in problem["errors"]] == [field]

    def test_a_body_has_as_many_bytes_as_the_api_says(self, api: Front) -> None:
        status, body, _ = api("POST", "/things/csv", "x" * 1_001, content_type="text/csv")

        assert (status, body["code"]) == (413, "body_too_large")
        assert "1000 bytes" in body["detail"]

    @pytest.mark.parametrize("text", ["NaN", '{"name": "a", "size": Infinity}', "[-Infinity]"])
    def test_what_only_python_calls_json_is_malformed(self, api: Front, text: str) -> None:
        status, body, _ = api("POST", "/things", text)

        assert (status, body["code"]) == (400, "malformed_json")

    def test_csv_that_is_no_utf_8_says_so(self, api: Front) -> None:
        call = http_event(
            "POST",
            "/things/csv",
            "6e6f6d627265e9",
            {"x-api-key": api.key, "content-type": "text/csv"},
        )
        call |= {"body": "bm9tYnJl6Q==", "isBase64Encoded": True}

        answer = api.api(call, LambdaContext())

        assert (answer["statusCode"], json.loads(answer["body"])["code"]) == (400, "malformed_text")

    def test_of_many_fields_at_fault_the_first_are_told(self) -> None:
        error = InvalidRequestError({"loc": ("body", n)} for n in range(2 * MOST_FAULTS))

        assert [fault["loc"][-1] for fault in error.faults] == list(range(MOST_FAULTS))

    def test_of_a_long_name_of_a_field_the_beginning_is_told(self, api: Front) -> None:
        status, body, _ = api("POST", "/things", {"name": "a", "colours": {"k" * 500: ""}})

        assert (status, len(body["errors"][0]["field"])) == (422, LONGEST_FIELD)

    @pytest.mark.parametrize(
        ("method", "path", "allowed"),
        [
            ("PUT", "/things", "GET, POST"),
            ("HEAD", "/things", "GET, POST"),
            ("OPTIONS", "/things/", "GET, POST"),
            ("GET", "/things/1", "DELETE, PATCH"),
            ("GET", "/things/1?limit=1", "DELETE, PATCH"),
            ("PUT", "/things?limit=1", "GET, POST"),
            ("GET", "/things/csv", "POST"),
            ("PATCH", "/things/csv", "POST"),
            ("TRACE", "/open", "GET"),
        ],
    )
    def test_another_method_is_told_which_ones_there_are(
        self, api: Front, method: str, path: str, allowed: str
    ) -> None:
        status, body, headers = api(method, path)

        assert (status, body["code"], headers["Allow"]) == (405, "method_not_allowed", allowed)

    @pytest.mark.parametrize("path", ["/", "/thing", "/things/1/2", "/open/more"])
    def test_where_nothing_is_there_is_nothing(self, api: Front, path: str) -> None:
        status, body, headers = api("GET", path)

        assert (status, body["code"]) == (404, "no_such_route")
        assert "Allow" not in headers


class TestAnswers:
    @pytest.mark.parametrize(
        ("path", "status"), [("/things", 200), ("/nothing", 404), ("/things?limit=0", 422)]
    )
    def test_every_answer_can_be_found_in_the_log_and_is_not_kept_by_caches(
        self, api: Front, path: str, status: int
    ) -> None:
        answered, body, headers = api("GET", path)

        assert (answered, headers["X-Request-Id"]) == (status, LambdaContext.aws_request_id)
        assert headers["Cache-Control"] == "no-store"
        assert headers["Vary"] == "Accept-Language"
        if status != 200:
            assert body["request_id"] == LambdaContext.aws_request_id

    @pytest.mark.parametrize("path", ["/things", "/nothing"])
    def test_an_answer_has_the_name_that_its_request_has_in_the_clients_logs(
        self, api: Front, path: str
    ) -> None:
        headers = api("GET", path, x_correlation_id="order:4711.a_b-C")[2]

        assert headers["X-Correlation-Id"] == "order:4711.a_b-C"

    @pytest.mark.parametrize("name", ["", "a b", "a\n", "{}", "carlos@example.com", "x" * 129])
    def test_what_is_no_name_for_a_log_is_left_out_for_our_own(self, api: Front, name: str) -> None:
        headers = api("GET", "/things", x_correlation_id=name)[2]

        assert headers["X-Correlation-Id"] == "id"

    def test_a_route_may_let_its_answer_be_kept(self, api: Front) -> None:
        assert api("GET", "/things/kept")[2]["Cache-Control"] == "private"

    def test_a_problem_is_told_in_english_by_default(self, api: Front) -> None:
        status, body, headers = api("POST", "/things", {"name": "too long", "other": 1})

        assert headers["Content-Type"] == "application/problem+json"
        assert headers["Content-Language"] == "en"
        assert (status, body["title"]) == (422, "Unprocessable Content")
        assert body["detail"] == "invalid: name, other"
        assert [error["message"] for error in body["errors"]] == [
            "String should have at most 5 characters",
            "Extra inputs are not permitted",
        ]

    def test_a_problem_is_told_in_spanish_to_who_prefers_it(self, api: Front) -> None:
        status, body, headers = api(
            "POST", "/things", {"name": "too long", "other": 1}, accept_language="es-EC,en;q=0.5"
        )

        assert headers["Content-Language"] == "es"
        assert (status, body["code"], body["title"]) == (422, "invalid", "Contenido no procesable")
        assert body["detail"] == "no válido: name, other"
        assert body["errors"] == [
            {
                "field": "name",
                "code": "string_too_long",
                "message": "debe tener como máximo 5 caracteres",
            },
            {"field": "other", "code": "extra_forbidden", "message": "este campo no existe"},
        ]

    @pytest.mark.parametrize(
        ("changes", "english", "spanish"),
        [
            (
                {"context": {f"v{number}": "x" * 3_000 for number in range(90)}},
                "larger than 131072 bytes",
                "más de 131072 bytes",
            ),
            (
                {"send_at": "2026-05-01T12:00:00Z", "useless_after": "2026-04-01T12:00:00Z"},
                "not later than send_at",
                "no es posterior a send_at",
            ),
        ],
    )
    def test_what_our_own_rules_say_of_a_field_is_told_in_both_languages(
        self, api: Front, changes: dict[str, object], english: str, spanish: str
    ) -> None:
        roomy = Front()
        roomy.api._largest_body = 1_000_000
        event = {
            "event_type": "a",
            "service_type_id": "b",
            "phase_id": "c",
            "customer_id": "d",
            **changes,
        }

        told = [
            roomy("POST", "/things/event", event, accept_language=language)[1]["errors"][0]
            for language in ("en", "es")
        ]

        assert [error["message"] for error in told] == [english, spanish]

    @pytest.mark.parametrize(
        ("named", "status", "title", "detail"),
        [
            (
                *("precondition", 412, "Condición previa no cumplida"),
                "cambió desde que usted lo leyó",
            ),
            (
                *("template", 422, "Contenido no procesable"),
                "el filtro 'x' no está permitido (línea 2)",
            ),
            (
                *("provider", 502, "Respuesta incorrecta del proveedor"),
                "131026: {not} a placeholder",
            ),
            ("conflict", 409, "Conflicto", "no text for this"),
            ("else", 500, "Error interno del servidor", "algo falló de nuestro lado"),
        ],
    )
    def test_every_kind_of_problem_is_told_in_spanish(
        self, api: Front, named: str, status: int, title: str, detail: str
    ) -> None:
        answered, body, _ = api("DELETE", f"/things/{named}", accept_language="es")

        assert (answered, body["title"], body["detail"]) == (status, title, detail)
        assert "our secrets" not in json.dumps(body)

    def test_routes_know_the_language_too(self, api: Front) -> None:
        assert api("GET", "/things", accept_language="es")[1]["language"] == "es"
        assert api("GET", "/open", x_api_key="", accept_language="es")[1]["language"] == "es"
