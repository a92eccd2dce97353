"""Maintenance reminders by the clock, from the API that makes them to what goes out."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from functions.maintenance_reminders import handler as maintenance_reminders
from functions.notification_sender import handler as sender
from recado.adapters.dynamodb.reminders import DynamoDBReminderRepository
from recado.domain.channels import Channel
from recado.domain.notification import Notification, State
from recado.domain.occasions import ANY_SERVICE, Occasion
from recado.domain.orchestration import Target
from recado.domain.templates import EmailContent, Template, TemplateSlot
from tests.cloud import Cloud
from tests.workshop import TENANT

REMINDERS = "/api/v1/notifications/reminders/"
VEHICLES = "/api/v1/notifications/vehicles/"
ZONE = ZoneInfo(TENANT.time_zone)
DAY = datetime.now(ZONE).date() + timedelta(days=2)
"""In two days, for what is written today is looked at from today on."""

OIL: dict[str, Any] = {
    "reminder_id": "oil",
    "customer_id": "customer-001",
    "vehicle_id": "haval",
    "service_type_id": "mantenimiento",
    "description": "Cambio de aceite",
    "due_on": DAY.isoformat(),
}
HAVAL: dict[str, Any] = {
    "vehicle_id": "haval",
    "customer_id": "customer-001",
    "plate": "GYE-1234",
    "make": "Haval",
}


@pytest.fixture
def workshop(cloud: Cloud) -> Cloud:
    """The workshop with a template for reminders, a vehicle and a reminder."""
    cloud.stack.configuration.put_template(
        Template(
            tenant_id="andinos",
            slot=TemplateSlot(
                service_type=ANY_SERVICE,
                phase=Occasion.MAINTENANCE_REMINDER,
                target=Target.CLIENTS,
                channel=Channel.EMAIL,
                locale="es",
            ),
            version=1,
            content=EmailContent(subject="{{Servicio}}", text="{{Vehículo}}, {{Placa}}: {{Fecha}}"),
        )
    )
    assert cloud.request("POST", VEHICLES, HAVAL)[0] == 201
    assert cloud.request("POST", REMINDERS, OIL)[0] == 201
    return cloud


def tick(cloud: Cloud, day: date = DAY, hour: int = 8, minute: int = 0) -> dict[str, Any]:
    """A run of the clock at a local time."""
    at = datetime(day.year, day.month, day.day, hour, minute, tzinfo=ZONE)
    return cloud.run(maintenance_reminders, {"time": at.astimezone(UTC).isoformat()})


def oil(cloud: Cloud) -> dict[str, Any]:
    status, body, _ = cloud.request("GET", f"{REMINDERS}oil/")
    assert status == 200
    return body


def told(cloud: Cloud) -> list[Notification]:
    """What the customer was sent, or is to be."""
    return list(
        cloud.stack.communication_log.latest_to(
            "andinos", "customer-001", since=datetime.now(UTC) - timedelta(days=1), limit=50
        )
    )


def test_a_reminder_goes_out_on_its_day_once_and_again_after_its_interval(workshop: Cloud) -> None:
    assert oil(workshop)["next_reminder_on"] == DAY.isoformat()
    for hour, minute in ((7, 45), (8, 0), (8, 0), (8, 15), (20, 0)):
        tick(workshop, DAY, hour, minute)
    workshop.run(sender, workshop.sqs_event("EMAIL_QUEUE_URL"))

    [notification] = told(workshop)
    assert notification.state is State.SENT
    [(message, *_)] = [(accepted,) for accepted in workshop.senders.accepted]
    assert "Haval, GYE-1234" in message.content.text  # type: ignore[union-attr]
    assert {name: oil(workshop)[name] for name in ("times_reminded", "last_reminded_on")} == {
        "times_reminded": 1,
        "last_reminded_on": DAY.isoformat(),
    }
    assert oil(workshop)["last_notification_id"] == notification.notification_id

    answers = [tick(workshop, DAY + timedelta(days=number))["reminded"] for number in range(1, 9)]
    assert answers == [0, 0, 0, 0, 0, 0, 1, 0]


def test_a_run_looks_only_at_what_is_due(workshop: Cloud) -> None:
    for number in range(5):
        later = (DAY + timedelta(days=300 + number)).isoformat()
        workshop.request(
            "POST", REMINDERS, {**OIL, "reminder_id": f"later-{number}", "due_on": later}
        )

    assert tick(workshop)["looked_at"] == 1
    assert tick(workshop, DAY + timedelta(days=310))["looked_at"] == 6


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("POST", f"{REMINDERS}oil/complete/", {}),
        ("PATCH", f"{REMINDERS}oil/", {"status": "cancelled"}),
        ("PATCH", f"{REMINDERS}oil/", {"due_on": (DAY + timedelta(days=90)).isoformat()}),
        ("DELETE", f"{REMINDERS}oil/", None),
    ],
    ids=["completed", "cancelled", "moved", "deleted"],
)
def test_a_notification_that_waits_is_cancelled_with_its_reminder(
    workshop: Cloud, method: str, path: str, body: object
) -> None:
    tick(workshop)

    assert workshop.request(method, path, body)[0] in (200, 204)
    workshop.run(sender, workshop.sqs_event("EMAIL_QUEUE_URL"))

    assert [each.state for each in told(workshop)] == [State.CANCELLED]
    assert workshop.senders.accepted == []
    assert tick(workshop, DAY + timedelta(days=7))["reminded"] == 0


def test_what_was_sent_already_stays_sent(workshop: Cloud) -> None:
    tick(workshop)
    workshop.run(sender, workshop.sqs_event("EMAIL_QUEUE_URL"))
    workshop.request("POST", f"{REMINDERS}oil/complete/")

    assert [each.state for each in told(workshop)] == [State.SENT]
    _, body, _ = workshop.request("GET", f"{REMINDERS}oil/")
    assert (body["status"], body["next_reminder_on"]) == ("completed", None)


def test_too_late_a_reminder_expires_and_can_be_opened_again(workshop: Cloud) -> None:
    late = DAY + timedelta(days=91)

    assert tick(workshop, late)["expired"] == 1
    assert (oil(workshop)["status"], told(workshop)) == ("expired", [])
    assert workshop.request("GET", f"{REMINDERS}?status=expired")[1]["reminders"] == [oil(workshop)]
    moved = {"status": "pending", "due_on": late.isoformat()}
    assert workshop.request("PATCH", f"{REMINDERS}oil/", moved)[0] == 200
    assert tick(workshop, late)["reminded"] == 1


def test_a_reminder_that_follows_is_looked_at_too(workshop: Cloud) -> None:
    following = {"next_due_on": (DAY + timedelta(days=180)).isoformat()}
    workshop.request("POST", f"{REMINDERS}oil/complete/", following)

    assert tick(workshop)["looked_at"] == 0
    assert tick(workshop, DAY + timedelta(days=180))["reminded"] == 1


def test_a_mileage_told_at_completion_is_a_reading_of_the_vehicle(workshop: Cloud) -> None:
    completion = {"completed_on": "2026-05-30", "mileage": 15200}
    workshop.request("POST", f"{REMINDERS}oil/complete/", completion)

    _, haval, headers = workshop.request("GET", f"{VEHICLES}haval/")
    assert (haval["mileage"], haval["mileage_on"]) == (15200, "2026-05-30")
    assert headers["ETag"] == '"2"'


def test_a_reading_makes_a_mileage_due(workshop: Cloud) -> None:
    by_mileage = {**OIL, "reminder_id": "km", "due_on": None, "due_mileage": 20000}
    workshop.request("POST", REMINDERS, by_mileage)
    assert tick(workshop, DAY - timedelta(days=1))["looked_at"] == 1

    workshop.request("PATCH", f"{VEHICLES}haval/", {"mileage": 20100})
    answers = [tick(workshop, DAY + timedelta(days=number), 9)["reminded"] for number in range(8)]

    assert sum(answers) == 3, "one of the two by its day, again after a week; the other by mileage"


def test_a_store_that_fails_once_costs_no_second_notification(
    workshop: Cloud, monkeypatch: pytest.MonkeyPatch
) -> None:
    def down(*_: object) -> bool:
        raise ConnectionError

    with monkeypatch.context() as broken:
        broken.setattr(DynamoDBReminderRepository, "save_reminder", down)
        with pytest.raises(ConnectionError):
            tick(workshop)

    assert tick(workshop, DAY, 8, 15)["reminded"] == 1
    assert len(told(workshop)) == 1
