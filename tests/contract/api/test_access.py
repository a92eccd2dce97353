"""Every route of every part of the API, tried by everybody who may not call it.

The routes are those that the functions serve, so a new one is tried as soon as it is there. One
whose path names something new fails until `SAMPLES` can make such a thing.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any
from urllib.parse import urlencode

import pytest

from functions.inbound_processor import handler as inbound_processor
from recado.adapters.clock import SystemClock
from recado.adapters.dynamodb.rate_limits import DynamoDBRateLimits
from recado.api.description.examples import EXAMPLES
from recado.api.description.routes import (
    API_KEY,
    INTERNAL_SECRET,
    DescribedRoute,
    Example,
    Part,
)
from recado.bootstrap import http_api
from recado.domain.api_keys import Role, Scope, new_key
from recado.domain.channels import Provider
from recado.domain.identities import Identity, IdentityKind
from recado.domain.notification import Mode
from recado.domain.rate_limits import RateLimit
from recado.domain.tenants import Tenant
from recado.domain.updates import InboundMessage, InboundType
from tests.cloud import Cloud

BY_KEY = ("api", "management_api", "whatsapp_accounts")
BY_SECRET = ("internal_api",)

OPEN = {"/webhook/health", "/api/v1/health", "/api/v1/health/database"}
"""All that is answered to everybody."""

CONFIGURATION = {"template_id", "version", "orchestration_id"}
"""What belongs to the whole tenant, and is shown to its divisions."""

MADE_BY_PUT = {"putAppointment"}
"""What makes a thing under an id of the client's: nobody is told 404 there."""

UNLISTED = {"task_id"}
"""What only whoever was told of it can ask for."""

TENANT, FOREIGN = "talleres-andinos", "otra-empresa"
DIVISION = "norte"

Answer = tuple[int, dict[str, Any], dict[str, str]]


def a_notification(house: House) -> str:
    event = {
        "event_type": "appointment_scheduled",
        "service_type_id": "mantenimiento-preventivo",
        "phase_id": "phase-schedule",
        "customer_id": "customer-001",
        "context": {
            **{"placa": "ABC123", "vehiculo": "Haval H6", "fecha": "mañana", "hora": "14:30"},
            **{"orden": "OT-1", "tecnico": "Luis"},
        },
    }
    return str(
        house.made("POST", "/api/v1/notifications/events/dispatch", event)["notification_id"]
    )


def a_message(house: House) -> str:
    now = SystemClock().now()
    message = InboundMessage(
        tenant_id=TENANT,
        account_id=Provider.WHATSAPP_CLOUD,
        provider=Provider.WHATSAPP_CLOUD,
        provider_message_id="wamid.sample",
        sender=(Identity(kind=IdentityKind.PHONE, value="+593990000001"),),
        at=now,
        received_at=now,
        type=InboundType.TEXT,
        text="hola",
    )
    house.cloud.stack.update_queues.put_inbound([message])
    house.cloud.run(inbound_processor, house.cloud.sqs_event("INBOUND_QUEUE_URL"))
    page = house.made("GET", "/api/v1/communications/?direction=inbound")
    return str(page["communications"][0]["id"])


def a_candidate(house: House) -> str:
    house.sample("notification_id")
    return "customer-001"


def a_vehicle(house: House) -> str:
    vehicle = {"customer_id": "customer-001", "plate": "SMP0001"}
    return str(house.made("POST", "/api/v1/notifications/vehicles", vehicle)["vehicle_id"])


def a_reminder(house: House) -> str:
    reminder = {
        "customer_id": "customer-001",
        "service_type_id": "mantenimiento-preventivo",
        "due_on": "2030-01-01",
    }
    return str(house.made("POST", "/api/v1/notifications/reminders", reminder)["reminder_id"])


def an_appointment(house: House) -> str:
    appointment = {
        "customer_id": "customer-001",
        "service_type_id": "mantenimiento-preventivo",
        "starts_at": "2026-01-20T14:30:00-05:00",
    }
    path = "/api/v1/notifications/appointments/appointment-sample"
    return str(house.made("PUT", path, appointment)["appointment_id"])


def a_task(house: House) -> str:
    path = "/api/v1/notifications/customers/import"
    return str(house.made("POST", path, "customer_id,name\ncustomer-sample,Ana\n")["task_id"])


def a_template(house: House) -> str:
    return str(house.made("GET", "/api/v1/notifications/templates")["templates"][0]["id"])


SAMPLES: Mapping[str, Callable[[House], str]] = {
    "appointment_id": an_appointment,
    "candidate_id": a_candidate,
    "communication_id": a_notification,
    "customer_id": lambda _: "customer-001",
    "message_id": a_message,
    "notification_id": a_notification,
    "orchestration_id": lambda _: "mantenimiento-preventivo.clients",
    "reminder_id": a_reminder,
    "task_id": a_task,
    "template_id": a_template,
    "vehicle_id": a_vehicle,
    "version": lambda _: "1",
}
"""How a tenant comes by what a path names."""


@dataclass(frozen=True)
class Door:
    """A route, and how it is called."""

    route: DescribedRoute

    def __str__(self) -> str:
        return f"{self.route.method.upper()} {self.route.route.path}"

    @property
    def names(self) -> list[str]:
        """What its path names."""
        return re.findall(r"<(\w+)>", self.route.route.path)

    @property
    def body(self) -> object:
        """Its documented body, or an empty one."""
        example = EXAMPLES.get(self.route.route.operation_id or "")
        return {} if example is None or example.body is None else example.body

    @property
    def reads_a_body(self) -> bool:
        """Whether a request without the right body is refused before anything is looked up."""
        return bool(self.route.route.dependant.body_params) and self.body == {}

    def path(self, names: Mapping[str, str]) -> str:
        """Its path to something; a list's with the query of its example."""
        path = re.sub(r"<(\w+)>", lambda named: names[named[1]], self.route.route.path)
        query = EXAMPLES.get(self.route.route.operation_id or "", Example()).query
        return f"{path}?{urlencode(query)}" if query and not self.names else path


@dataclass
class House:
    """The API with a tenant in it, and another one beside it."""

    cloud: Cloud
    doors: list[Door]
    internal: list[Door]
    open_paths: set[str]
    _samples: dict[str, str] = field(default_factory=dict)

    def key(self, **changes: Any) -> str:
        """Store a key of the tenant; gives its text."""
        rights: dict[str, Any] = {
            **{"tenant_id": TENANT, "mode": Mode.LIVE, "name": "x"},
            # So many requests are made here that the limit would be reached.
            **{"now": SystemClock().now(), "requests_per_second": 10_000},
        }
        ends = {name: changes.pop(name) for name in ("revoked_at", "expires_at") & changes.keys()}
        key, text = new_key(**rights | changes)
        self.cloud.stack.configuration.put_api_key(key.model_copy(update=ends))
        return text

    def ask(
        self, method: str, path: str, body: object = None, *, key: str, **headers: str
    ) -> Answer:
        """Call a function as somebody."""
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        if isinstance(body, str):
            named["content-type"] = "text/csv"
        return self.cloud.request(method, path, body, headers={"x-api-key": key, **named})

    def knock(
        self, door: Door, key: str, names: Mapping[str, str] | None = None, **headers: str
    ) -> Answer:
        """Call a route as somebody, about something that does not exist unless it is named."""
        path = door.path(dict.fromkeys(door.names, "9999") if names is None else names)
        method = door.route.method.upper()
        body = None if method in ("GET", "DELETE") else door.body
        return self.ask(method, path, body, key=key, **headers)

    def made(self, method: str, path: str, body: object = None) -> dict[str, Any]:
        """What the tenant itself is answered."""
        status, document, _ = self.ask(method, path, body, key=self.cloud.api_key)
        assert status < 300, (path, document)
        return document

    def sample(self, name: str) -> str:
        """The tenant's own thing of a kind, made when it is first needed."""
        if name not in self._samples:
            assert name in SAMPLES, f"SAMPLES cannot make what a path names '{name}'"
            self._samples[name] = SAMPLES[name](self)
        return self._samples[name]

    def samples(self, door: Door) -> dict[str, str]:
        """What a path names, all of it the tenant's."""
        return {name: self.sample(name) for name in door.names}

    def peoples_things(self) -> dict[str, str]:
        """What belongs to the tenant's people, by what paths call it."""
        named = {name for door in self.others() for name in door.names}
        return {name: self.sample(name) for name in named - CONFIGURATION}

    def others(self) -> list[Door]:
        """The routes that name something."""
        return [door for door in self.doors if door.names]

    def lists(self) -> list[Door]:
        """The routes that look and name nothing."""
        return [door for door in self.doors if not door.names and door.route.method == "get"]


@pytest.fixture(scope="module")
def house(seeded: Cloud) -> Iterator[House]:
    configuration = seeded.stack.configuration
    known = configuration.tenant(TENANT)
    catalogue = configuration.catalogue(TENANT)
    assert known is not None
    assert catalogue is not None
    foreign = Tenant.model_validate({**known.model_dump(), "tenant_id": FOREIGN})
    configuration.put_tenant(foreign)
    configuration.put_catalogue(FOREIGN, catalogue)
    served: dict[str, list[Door]] = {"key": [], "secret": []}
    open_paths: set[str] = set()
    for shown, functions, security in (
        ("key", BY_KEY, API_KEY),
        ("secret", BY_SECRET, INTERNAL_SECRET),
    ):
        for function in functions:
            api = getattr(http_api, function)()
            part = Part(api.app, api.open_paths, security)
            served[shown] += [Door(route) for route in part.routes if not route.is_open]
            open_paths |= api.open_paths
    yield House(seeded, served["key"], served["secret"], open_paths)


def all_answer(
    doors: list[Door], knock: Callable[[Door], Answer], status: int, code: str
) -> dict[str, tuple[int, object]]:
    """The routes that answer otherwise."""
    found = {str(door): knock(door) for door in doors}
    return {
        door: (answered, body.get("code"))
        for door, (answered, body, _) in found.items()
        if (answered, body.get("code")) != (status, code)
    }


def test_there_are_routes(house: House) -> None:
    assert len(house.doors) > 10


def test_what_is_open_to_everybody_is_meant_to_be(house: House) -> None:
    assert house.open_paths <= OPEN


def test_every_route_asks_for_a_scope(house: House) -> None:
    assert [str(door) for door in house.doors if not door.route.scopes] == []


@pytest.mark.parametrize(
    "wrong", ["none", "nonsense", "unknown", "secret", "mode", "revoked", "expired"]
)
def test_without_a_valid_key_no_route_answers(house: House, wrong: str) -> None:
    now = SystemClock().now()
    good = house.key()
    shown = {
        "none": lambda: "",
        "nonsense": lambda: "rk_live_nonsense",
        "unknown": lambda: "rk_live_000000000000_" + "A" * 43,
        "secret": lambda: good[:-8] + "A" * 8,
        "mode": lambda: good.replace("rk_live", "rk_test"),
        "revoked": lambda: house.key(revoked_at=now),
        "expired": lambda: house.key(expires_at=now - timedelta(seconds=1)),
    }[wrong]()

    assert all_answer(house.doors, lambda d: house.knock(d, shown), 401, "unauthenticated") == {}


@pytest.mark.parametrize("role", [Role.TENANT, Role.SUPER_ADMINISTRATOR])
@pytest.mark.parametrize("mode", Mode)
def test_without_its_scope_no_route_answers(house: House, role: Role, mode: Mode) -> None:
    keys = {
        scope: house.key(role=role, mode=mode, scopes=set(Scope) - {scope})
        for scope in {scope for door in house.doors for scope in door.route.scopes}
    }

    wrong = all_answer(
        house.doors, lambda d: house.knock(d, keys[d.route.scopes[0]]), 403, "forbidden"
    )

    assert wrong == {}


@pytest.mark.parametrize("mode", Mode)
@pytest.mark.parametrize("role", Role)
def test_with_its_scope_alone_every_route_answers(house: House, role: Role, mode: Mode) -> None:
    division = DIVISION if role is Role.DIVISION else None
    keys = {
        scopes: house.key(role=role, mode=mode, scopes=scopes, division=division)
        for scopes in {frozenset(door.route.scopes) for door in house.doors}
    }
    open_doors = [
        door
        for door in house.doors
        if role is not Role.DIVISION or not door.route.is_for_whole_tenants
    ]

    refused = {}
    for door in open_doors:
        status, body, _ = house.knock(door, keys[frozenset(door.route.scopes)])
        if status in (401, 403, 405, 415, 429) or status >= 500:
            refused[str(door)] = (status, body)

    assert refused == {}


def test_what_is_the_whole_tenants_is_closed_to_divisions(house: House) -> None:
    key = house.key(role=Role.DIVISION, division=DIVISION)
    closed = [door for door in house.doors if door.route.is_for_whole_tenants]

    assert all_answer(closed, lambda d: house.knock(d, key), 403, "forbidden") == {}


def test_no_division_changes_what_belongs_to_the_whole_tenant(house: House) -> None:
    writers = {Scope.TEMPLATES_WRITE, Scope.ORCHESTRATION_WRITE}
    changing = [door for door in house.doors if writers & set(door.route.scopes)]

    assert [str(door) for door in changing if not door.route.is_for_whole_tenants] == []


@pytest.mark.parametrize(
    ("role", "named", "status", "code"),
    [
        (Role.TENANT, FOREIGN, 403, "forbidden"),
        (Role.DIVISION, FOREIGN, 403, "forbidden"),
        (Role.TENANT, "nobody", 403, "forbidden"),
        (Role.SUPER_ADMINISTRATOR, "nobody", 404, "not_found"),
    ],
)
def test_no_key_serves_a_tenant_that_is_not_its_own(
    house: House, role: Role, named: str, status: int, code: str
) -> None:
    key = house.key(role=role, division=DIVISION if role is Role.DIVISION else None)

    wrong = all_answer(house.doors, lambda d: house.knock(d, key, x_tenant_id=named), status, code)

    assert wrong == {}


def test_who_asks_too_often_is_told_to_wait_on_every_route(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = SystemClock().now()
    monkeypatch.setattr(SystemClock, "now", lambda _: now)
    key = house.key(requests_per_second=1)
    limit = RateLimit(most=1, burst=2)
    limits = DynamoDBRateLimits(
        house.cloud.stack.dynamodb, house.cloud.environment["RATE_LIMITS_TABLE"]
    )
    _, _, key_id, _ = key.split("_", 3)
    assert limits.lease(key_id, limit, now=now).tokens == limit.burst

    answers = {str(door): house.knock(door, key) for door in house.doors}

    patient = {
        door: (status, headers.get("Retry-After"))
        for door, (status, _, headers) in answers.items()
        if (status, headers.get("Retry-After")) != (429, "1")
    }
    assert patient == {}


def test_the_tenant_itself_finds_what_the_samples_are(house: House) -> None:
    key = house.key()
    looking = [door for door in house.others() if door.route.method == "get"]

    missing = {}
    for door in looking:
        status, body, _ = house.knock(door, key, house.samples(door))
        if status != 200:
            missing[str(door)] = (status, body)

    assert missing == {}


@pytest.mark.parametrize("by", ["its own key", "a super administrator"])
def test_a_foreign_tenants_things_are_as_if_they_were_not(house: House, by: str) -> None:
    if by == "its own key":
        key, headers = house.key(tenant_id=FOREIGN), {}
    else:
        key, headers = house.key(role=Role.SUPER_ADMINISTRATOR), {"x_tenant_id": FOREIGN}

    assert _seen(house, house.others(), key, headers) == {}


def test_what_is_not_a_divisions_is_as_if_it_were_not(house: House) -> None:
    key = house.key(role=Role.DIVISION, division=DIVISION)
    peoples = [door for door in house.others() if not CONFIGURATION & set(door.names)]

    assert _seen(house, peoples, key, {}) == {}


def _seen(
    house: House, doors: list[Door], key: str, headers: dict[str, str]
) -> dict[str, tuple[object, object]]:
    """The routes that tell a stranger's thing from what does not exist."""
    seen = {}
    for door in doors:
        found = house.knock(door, key, house.samples(door), **headers)[:2]
        if found[0] == 404:
            continue
        nothing = house.knock(door, key, **headers)[:2]
        is_answered_alike = door.reads_a_body or door.route.route.operation_id in MADE_BY_PUT
        if found != nothing or not is_answered_alike:
            seen[str(door)] = (found, nothing)
    return seen


def test_the_tenants_own_lists_show_what_the_samples_are(house: House) -> None:
    things = house.peoples_things()

    shown = set()
    for door in house.lists():
        status, body, _ = house.knock(door, house.cloud.api_key)
        assert status == 200, (str(door), body)
        shown |= {name for name, thing in things.items() if thing in str(body)}

    assert things.keys() - shown == UNLISTED


@pytest.mark.parametrize("who", ["a foreign tenant", "a division"])
def test_no_list_shows_what_is_somebody_elses(house: House, who: str) -> None:
    if who == "a foreign tenant":
        key = house.key(tenant_id=FOREIGN)
    else:
        key = house.key(role=Role.DIVISION, division=DIVISION)
    is_open = {
        str(door): who == "a foreign tenant" or not door.route.is_for_whole_tenants
        for door in house.lists()
    }
    things = house.peoples_things()

    shown = {}
    for door in house.lists():
        status, body, _ = house.knock(door, key)
        leaked = {name for name, thing in things.items() if thing in str(body)}
        if leaked or status != (200 if is_open[str(door)] else 403):
            shown[str(door)] = (status, leaked)

    assert shown == {}


@pytest.mark.parametrize("shown", ["", "wrong", "a key"])
def test_the_internal_api_answers_to_its_secret_alone(house: House, shown: str) -> None:
    key = house.key(role=Role.SUPER_ADMINISTRATOR)
    secret = {"": {}, "wrong": {"x_internal_secret": "wrong"}, "a key": {"x_internal_secret": key}}

    wrong = all_answer(
        house.internal, lambda d: house.knock(d, key, **secret[shown]), 401, "unauthenticated"
    )

    assert house.internal
    assert wrong == {}
