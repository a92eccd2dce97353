"""The routes of appointments, and those that cancel, over fakes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pytest
from aws_lambda_powertools.event_handler.router import APIGatewayHttpRouter

from recado.api.routers.appointments import appointments_router
from recado.api.routers.cancellations import with_cancellations
from recado.domain.access import Caller
from recado.domain.api_keys import Role, Scope
from recado.domain.notification import Mode, State
from recado.services.cancel_notifications import CancelNotifications
from tests.fakes.people import FakePeople
from tests.routes import WHOLE_TENANT, Routes
from tests.unit.services.appointments import Agenda
from tests.unit.services.conftest import House
from tests.workshop import TENANT

NOTIFICATIONS = "/api/v1/notifications"
VISIT = f"{NOTIFICATIONS}/appointments/a-1/"
WANTED = {
    "customer_id": "customer-001",
    "service_type_id": "mantenimiento",
    "starts_at": "2026-03-05T09:00:00-05:00",
}
NORTH = WHOLE_TENANT.model_copy(update={"role": Role.DIVISION, "division": "norte"})
TRIES = WHOLE_TENANT.model_copy(update={"mode": Mode.TEST})


@dataclass
class Desk:
    """Who asks at the workshop's API."""

    house: House
    routes: Routes

    def ask(
        self, method: str, path: str, body: object = None, *, who: Caller = WHOLE_TENANT, **h: str
    ) -> tuple[int, dict[str, Any], dict[str, str]]:
        self.routes.caller = who
        headers = {name.replace("_", "-"): value for name, value in h.items()}
        return self.routes.request(method, path, body, headers=headers)


@pytest.fixture
def desk() -> Desk:
    house = House(directory=FakePeople())
    agenda = Agenda(house)
    cancel = CancelNotifications(notifications=house.notifications, clock=house.clock)
    routers = {
        NOTIFICATIONS: with_cancellations(APIGatewayHttpRouter(), cancel=cancel),
        f"{NOTIFICATIONS}/appointments": appointments_router(read=agenda.read, edit=agenda.edit),
    }
    return Desk(house, Routes(routers))


def test_an_appointment_is_made_read_moved_and_cancelled(desk: Desk) -> None:
    status, made, headers = desk.ask("PUT", VISIT, WANTED)
    assert (status, headers["ETag"], headers["Location"]) == (201, '"1"', VISIT)
    assert made["starts_at"] == "2026-03-05T14:00:00Z"
    assert made["reminders"][0]["send_at"] == "2026-03-04T14:00:00Z"
    assert desk.ask("GET", VISIT)[:2] == (200, made)
    assert desk.ask("PUT", VISIT, WANTED)[:2] == (200, made)

    status, moved, headers = desk.ask(
        "PUT", VISIT, {**WANTED, "starts_at": "2026-03-06T09:00:00-05:00"}
    )
    assert (status, headers["ETag"]) == (200, '"2"')
    assert moved["reminders"][0]["send_at"] == "2026-03-05T14:00:00Z"
    assert desk.ask("DELETE", VISIT)[0] == 204
    assert desk.ask("GET", VISIT)[0] == desk.ask("DELETE", VISIT)[0] == 404


def test_its_reminders_are_found_by_the_clients_own_name_for_the_request(desk: Desk) -> None:
    _, made, _ = desk.ask("PUT", VISIT, WANTED, x_correlation_id="order-7")

    for reminder in made["reminders"]:
        planned = desk.house.notifications.get(TENANT.tenant_id, reminder["notification_id"])
        assert planned is not None
        assert planned.correlation_id == "order-7"


def test_of_two_changes_of_one_version_one_wins(desk: Desk) -> None:
    desk.ask("PUT", VISIT, WANTED)

    longer = {**WANTED, "duration_minutes": 30}
    assert desk.ask("PUT", VISIT, longer, if_match='"1"')[0] == 200
    assert desk.ask("PUT", VISIT, WANTED, if_match='"1"')[0] == 412
    assert desk.ask("DELETE", VISIT, if_match='"1"')[0] == 412
    assert desk.ask("DELETE", VISIT, if_match='"2"')[0] == 204
    assert desk.ask("PUT", VISIT, WANTED, if_match='"0"')[0] == 412


@pytest.mark.parametrize(
    ("path", "changes", "field"),
    [
        (VISIT, {"starts_at": "2026-03-05T09:00:00"}, "starts_at"),
        (VISIT, {"starts_at": "1999-12-31T23:59:59Z"}, "starts_at"),
        (VISIT, {"starts_at": "2031-03-05T09:00:00Z"}, "starts_at"),
        (VISIT, {"customer_id": "nobody"}, "customer_id"),
        (VISIT, {"customer_id": ""}, "customer_id"),
        (VISIT, {"service_type_id": "nothing"}, "service_type_id"),
        (VISIT, {"context": {"Nota": "\ud800"}}, "context.Nota"),
        (f"{NOTIFICATIONS}/appointments/a b/", {}, "appointment_id"),
        (f"{NOTIFICATIONS}/appointments/{'a' * 129}/", {}, "appointment_id"),
    ],
)
def test_what_is_wrong_is_named(
    desk: Desk, path: str, changes: dict[str, object], field: str
) -> None:
    status, body, _ = desk.ask("PUT", path, {**WANTED, **changes})

    assert (status, body["errors"][0]["field"]) == (422, field)


def test_lists_are_bounded_by_moments_customers_and_status(desk: Desk) -> None:
    desk.ask("PUT", VISIT, WANTED)

    def found(query: str, who: Caller = WHOLE_TENANT) -> int:
        status, body, _ = desk.ask("GET", f"{NOTIFICATIONS}/appointments/?{query}", who=who)
        assert status == 200
        return len(body["appointments"])

    assert found("customer_id=customer-001") == found("status=scheduled") == found("") == 1
    assert found("customer_id=nobody") == found("status=confirmed") == 0
    assert found("starts_after=2026-03-05T14:00:00Z&starts_before=2026-03-05T14:00:01Z") == 1
    assert found("starts_before=2026-03-05T14:00:00Z") == 0
    assert found("", NORTH) == found("", TRIES) == 0


@pytest.mark.parametrize("who", [NORTH, TRIES], ids=["division", "test key"])
def test_what_is_not_the_callers_is_not_there(desk: Desk, who: Caller) -> None:
    _, made, _ = desk.ask("PUT", VISIT, WANTED)
    reminder = made["reminders"][0]["notification_id"]

    assert desk.ask("GET", VISIT, who=who)[0] == 404
    assert desk.ask("DELETE", VISIT, who=who)[0] == 404
    assert desk.ask("POST", f"{NOTIFICATIONS}/{reminder}/cancel/", who=who)[0] == 404


@pytest.mark.parametrize(
    ("method", "path", "scope"),
    [
        ("GET", VISIT, Scope.NOTIFICATIONS_READ),
        ("GET", f"{NOTIFICATIONS}/appointments/", Scope.NOTIFICATIONS_READ),
        ("PUT", VISIT, Scope.NOTIFICATIONS_SEND),
        ("DELETE", VISIT, Scope.NOTIFICATIONS_SEND),
        ("POST", f"{NOTIFICATIONS}/ntf_1/cancel/", Scope.NOTIFICATIONS_SEND),
        ("POST", f"{NOTIFICATIONS}/cancel/", Scope.NOTIFICATIONS_SEND),
    ],
)
def test_each_route_needs_its_scope(desk: Desk, method: str, path: str, scope: Scope) -> None:
    without = WHOLE_TENANT.model_copy(update={"scopes": frozenset(Scope) - {scope}})

    assert desk.ask(method, path, WANTED, who=without)[0] == 403


def test_a_notification_is_cancelled_once_and_for_all(desk: Desk) -> None:
    _, made, _ = desk.ask("PUT", VISIT, WANTED)
    path = f"{NOTIFICATIONS}/{made['reminders'][0]['notification_id']}/cancel/"

    first = desk.ask("POST", path)[:2]

    assert first[0] == 200
    assert (first[1]["state"], first[1]["reason"]) == ("cancelled", "cancelled")
    assert desk.ask("POST", path)[:2] == first


def test_what_was_sent_is_a_conflict_that_says_how_it_stands(desk: Desk) -> None:
    sent = desk.house.dispatch()
    desk.house.work()

    status, body, _ = desk.ask("POST", f"{NOTIFICATIONS}/{sent.notification_id}/cancel/")

    assert (status, body["code"]) == (409, "too_late")
    assert body["detail"].endswith("it is sent")


@pytest.mark.parametrize("name", ["ntf_nothing", "a" * 65])
def test_what_does_not_exist_is_not_cancelled(desk: Desk, name: str) -> None:
    assert desk.ask("POST", f"{NOTIFICATIONS}/{name}/cancel/")[0] == 404


def test_a_key_cancels_what_waits_and_tells_what_was_too_late(desk: Desk) -> None:
    sent = desk.house.dispatch(key="order-4711")
    desk.house.work()
    waits = desk.house.dispatch(key="order-4711")

    status, body, _ = desk.ask("POST", f"{NOTIFICATIONS}/cancel/", {"key": "order-4711"})

    assert status == 200
    assert body == {
        "cancelled": [waits.notification_id],
        "too_late": [{"id": sent.notification_id, "state": "sent"}],
        "next_cursor": None,
    }
    assert desk.house.state(waits) is State.CANCELLED


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({}, "key"),
        ({"key": ""}, "key"),
        ({"key": "k" * 129}, "key"),
        ({"key": "k", "cursor": "nonsense"}, "cursor"),
        ({"key": "k", "cursor": "WyIiXQ"}, "cursor"),
        ({"key": "k", "all": True}, "all"),
    ],
)
def test_a_wrong_key_is_refused(desk: Desk, body: dict[str, object], field: str) -> None:
    status, problem, _ = desk.ask("POST", f"{NOTIFICATIONS}/cancel/", body)

    assert (status, problem["errors"][0]["field"]) == (422, field)
