"""Erase a person, and give out what is held on one, over moto."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime, timedelta
from typing import Any

import boto3
import pytest

from functions.inbound_processor import handler as inbound_processor
from functions.notification_sender import handler as notification_sender
from recado.adapters.dynamodb.appointments import DynamoDBAppointmentRepository
from recado.adapters.dynamodb.inbound_media import DynamoDBInboundMedia
from recado.adapters.dynamodb.people import DynamoDBPeopleRepository
from recado.adapters.dynamodb.reminders import DynamoDBReminderRepository
from recado.adapters.dynamodb.vehicles import DynamoDBVehicleRepository
from recado.domain.api_keys import ApiKey, Role, Scope, new_key
from recado.domain.appointments import Appointment
from recado.domain.channels import Channel, Provider
from recado.domain.delivery import Change, conclude
from recado.domain.directory import Address, Recipient, Suppression, SuppressionReason
from recado.domain.domain_events import (
    DomainEvent,
    events_of_notification,
    events_of_received,
    events_of_suppression,
)
from recado.domain.erasure import ERASED, ERASED_PREFIX
from recado.domain.identities import Identity, IdentityKind
from recado.domain.media import MediaStatus, StoredMedia
from recado.domain.notification import Mode, Notification, State
from recado.domain.orchestration import Target
from recado.domain.received import Received, message_id_of
from recado.domain.updates import InboundMessage, InboundType, Media
from recado.domain.vehicles import Reminder, Vehicle
from tests.cloud import Cloud
from tests.directory_tasks import DirectoryTasks
from tests.integration.test_communications import answer
from tests.workshop import CUSTOMER, TENANT, event

PHONE = "+593991234567"
SECRETS = (
    *("Carlos", "Mendoza", "991234567", "carlos@example.com", "push.example.com/abc"),
    *("secreto", "ABC123", "BAJA", "wamid", "wa-1", "customer-001", "placa-roja"),
)
"""What must be nowhere once Carlos is erased."""


@pytest.fixture
def tasks(cloud: Cloud) -> DirectoryTasks:
    return DirectoryTasks(cloud)


def everything(cloud: Cloud) -> str:
    """All rows of all tables, and the names of all files, as one text."""
    rows = [
        (table, item)
        for table in cloud.stack.dynamodb.list_tables()["TableNames"]
        for page in cloud.stack.dynamodb.get_paginator("scan").paginate(TableName=table)
        for item in page["Items"]
    ]
    files = boto3.client("s3").list_objects_v2(Bucket=cloud.environment["MEDIA_BUCKET"])
    return json.dumps([rows, [file["Key"] for file in files.get("Contents", [])]])


def write(cloud: Cloud, text: str, **changes: object) -> str:
    """Let Carlos write; gives our id of the message."""
    now = datetime.now(UTC)
    fields: dict[str, Any] = {
        "tenant_id": TENANT.tenant_id,
        "account_id": "wa",
        "provider": Provider.WHATSAPP_CLOUD,
        "provider_message_id": f"wamid.{text}",
        "sender": (Identity(kind=IdentityKind.PHONE, value=PHONE),),
        "sender_name": "Carlos M",
        "at": now,
        "received_at": now,
        "type": InboundType.TEXT,
        "text": text,
    }
    message = InboundMessage.model_validate({**fields, **changes})
    record = {
        "messageId": "m",
        "attributes": {"MessageGroupId": "carlos", "ApproximateReceiveCount": "1"},
        "body": message.model_dump_json(),
    }
    assert cloud.run(inbound_processor, {"Records": [record]}) == {"batchItemFailures": []}
    return message_id_of(message)


def tell_others(cloud: Cloud) -> None:
    """Keep the events of all that happened, as their publisher does."""
    stack = cloud.stack
    now = datetime.now(UTC)
    told: list[DomainEvent] = []
    for item in stack.dynamodb.scan(TableName="notifications")["Items"]:
        document = item["document"]["S"]
        if item["sk"]["S"] == "META":
            told += events_of_notification(None, Notification.model_validate_json(document), now)
        elif item["sk"]["S"] == "INBOUND":
            told += events_of_received(None, Received.model_validate_json(document), now)
    suppression = stack.directory.suppression(
        TENANT.tenant_id, Address(channel=Channel.WHATSAPP, value=PHONE)
    )
    assert suppression is not None
    told += events_of_suppression(None, suppression, now)
    stack.events.keep(told)


def live(cloud: Cloud) -> list[str]:
    """Let much happen to Carlos; gives his notifications' ids."""
    stack = cloud.stack
    delivered = cloud.dispatch()
    cloud.run(notification_sender, cloud.sqs_event("WHATSAPP_QUEUE_URL"))
    message_id = write(
        cloud, "secreto uno", type=InboundType.MEDIA, media=(Media(mime_type="image/jpeg"),)
    )
    key = f"media/{TENANT.tenant_id}/{message_id}/0-x.jpg"
    boto3.client("s3").put_object(Bucket=cloud.environment["MEDIA_BUCKET"], Key=key, Body=b"x")
    expires_at = datetime.now(UTC) + timedelta(days=1)
    stored = StoredMedia(status=MediaStatus.STORED, key=key, expires_at=expires_at)
    media = DynamoDBInboundMedia(stack.dynamodb, "notifications")
    media.record(TENANT.tenant_id, message_id, 0, stored)
    write(cloud, "BAJA")
    write(cloud, "ALTA")
    write(cloud, "secreto dos")
    write(cloud, "STOP")
    queued = cloud.dispatch()
    vehicles = DynamoDBVehicleRepository(stack.dynamodb, "directory")
    vehicle = Vehicle(
        tenant_id=TENANT.tenant_id, vehicle_id="v1", customer_id="customer-001", plate="placa-roja"
    )
    assert vehicles.save_vehicle(vehicle)
    reminder = Reminder(
        tenant_id=TENANT.tenant_id,
        reminder_id="r1",
        customer_id="customer-001",
        service_type="aceite",
        description="secreto",
        due_on=date(2026, 12, 1),
    )
    assert DynamoDBReminderRepository(stack.dynamodb, "directory").save_reminder(reminder)
    appointment = Appointment(
        tenant_id=TENANT.tenant_id,
        appointment_id="a1",
        customer_id="customer-001",
        service_type="aceite",
        starts_at=datetime.now(UTC) + timedelta(days=1),
        context={"Nota": "secreto"},
        expires_at=datetime.now(UTC) + timedelta(days=365),
    )
    appointments = DynamoDBAppointmentRepository(stack.dynamodb, "directory")
    assert appointments.save_appointment(appointment)
    tell_others(cloud)
    return [*delivered, *queued]


def erase(tasks: DirectoryTasks, customer_id: str = "customer-001") -> dict[str, Any]:
    """Erase somebody to the end; gives the task's status."""
    accepted = tasks.customers("POST", f"/{customer_id}/erase/")
    assert accepted.status == 202, accepted.text
    assert tasks.work() == []
    task: dict[str, Any] = tasks.customers("GET", f"/tasks/{accepted.json['task_id']}/").json
    return task


def test_nothing_of_an_erased_person_is_left_in_any_table(
    cloud: Cloud, tasks: DirectoryTasks
) -> None:
    live(cloud)
    before = everything(cloud)
    assert [secret for secret in SECRETS if secret not in before] == []

    task = erase(tasks)

    assert (task["kind"], task["state"]) == ("customer_erasure", "done")
    assert task["applied"] >= 1
    after = everything(cloud)
    assert [secret for secret in SECRETS if secret in after] == []


def test_the_log_keeps_what_happened_and_cancels_what_was_planned(
    cloud: Cloud, tasks: DirectoryTasks
) -> None:
    delivered, queued = live(cloud)
    before = {each: cloud.timeline(each) for each in (delivered, queued)}

    erase(tasks)

    for notification_id, timeline in before.items():
        was, now = timeline.notification, cloud.timeline(notification_id).notification
        assert now.recipient_id.startswith(ERASED_PREFIX)
        assert [step.channel for step in now.route] == [step.channel for step in was.route]
        assert {step.address.value for step in now.route} <= {ERASED}
        assert (now.created_at, now.sent_at, now.attempts) == (
            was.created_at,
            was.sent_at,
            was.attempts,
        )
        assert len(cloud.timeline(notification_id).attempts) == len(timeline.attempts)
    states = [cloud.timeline(each).notification.state for each in (delivered, queued)]
    assert states[0] is State.REPLIED
    assert states[1] in (State.CANCELLED, State.SUPPRESSED)


def test_what_is_on_its_queue_is_not_sent(cloud: Cloud, tasks: DirectoryTasks) -> None:
    [queued] = cloud.dispatch()

    erase(tasks)
    cloud.run(notification_sender, cloud.sqs_event("WHATSAPP_QUEUE_URL"))

    assert cloud.senders.attempted == []
    ended = cloud.timeline(queued).notification
    assert (ended.state, ended.reason, ended.due_at) == (State.CANCELLED, ERASED, None)


def claim(cloud: Cloud, notification_id: str, *, timeout_seconds: float) -> Notification:
    """Take a notification as a worker does; gives it as it stands then."""
    claimed = cloud.timeline(notification_id).notification.claimed(
        datetime.now(UTC), timeout_seconds=timeout_seconds
    )
    stored = cloud.stack.notifications.save([Change(notification=claimed)]).stored
    return stored[notification_id]


def queued_parts(cloud: Cloud) -> dict[str, Any]:
    """All that is on the directory tasks queue, as one event."""
    records: list[Any] = []
    while batch := cloud.sqs_event("DIRECTORY_TASKS_QUEUE_URL")["Records"]:
        records += batch
    return {"Records": records}


def test_an_erasure_waits_for_a_worker_that_is_in_the_middle_of_a_send(
    cloud: Cloud, tasks: DirectoryTasks
) -> None:
    live(cloud)
    [sending] = cloud.dispatch()
    claimed = claim(cloud, sending, timeout_seconds=10)
    accepted = tasks.customers("POST", "/customer-001/erase/")
    batch = queued_parts(cloud)

    assert len(tasks.carry_out(batch)) == 1
    assert cloud.timeline(sending).notification.recipient_id == "customer-001"
    task = tasks.customers("GET", f"/tasks/{accepted.json['task_id']}/").json
    assert (task["state"], task["failed"]) == ("running", 0)
    conclusion = conclude(
        claimed, tenant=TENANT, result="wamid.x", now=datetime.now(UTC), draw=lambda: 0.5
    )
    assert cloud.stack.notifications.save([conclusion.change]).stored
    assert tasks.carry_out(batch) == []

    after = everything(cloud)
    assert [secret for secret in SECRETS if secret in after] == []


def test_what_a_worker_left_that_died_is_tried_no_second_time(
    cloud: Cloud, tasks: DirectoryTasks
) -> None:
    [sending] = cloud.dispatch()
    claimed = claim(cloud, sending, timeout_seconds=-60)

    erase(tasks)

    left = cloud.timeline(sending).notification
    assert left.state is State.SENDING
    assert left.due_at == claimed.due_at
    assert left.is_past_deadline(datetime.now(UTC))


@pytest.mark.parametrize("customer_id", ["erased_carlos", f"erased_{'a' * 31}"])
def test_a_customer_who_is_called_like_an_erased_one_is_erased_too(
    cloud: Cloud, tasks: DirectoryTasks, customer_id: str
) -> None:
    cloud.stack.directory.put_recipient(
        CUSTOMER.model_copy(update={"recipient_id": customer_id, "name": "Secreta"})
    )
    status, queued, _ = cloud.request(
        "POST",
        "/api/v1/notifications/events/dispatch/",
        event(customer_id=customer_id).model_dump(mode="json", exclude_unset=True),
    )
    assert status == 202, queued

    erase(tasks, customer_id)

    after = everything(cloud)
    assert [secret for secret in (customer_id, "Secreta") if f'"{secret}' in after] == []
    assert cloud.timeline(queued["notification_id"]).notification.state is State.CANCELLED


def test_nobody_gets_an_id_that_stands_for_an_erased_person(
    cloud: Cloud, tasks: DirectoryTasks
) -> None:
    name = f"erased_{'a' * 32}"
    made = tasks.customers("POST", "/", {"customer_id": name, "name": "Carlos"})
    sent, problem, _ = cloud.request(
        "POST",
        "/api/v1/communications/send/",
        {"candidate_id": name, "phone": "573001234567", "template_name": "contacto_inicial"},
    )
    told = tasks.internal("POST", "/customers/sync/", {"customer_id": name, "name": "Carlos"})
    tasks.work()

    assert (made.status, made.json["errors"][0]["field"]) == (422, "customer_id")
    assert (sent, problem["errors"][0]["field"]) == (422, "candidate_id")
    assert tasks.internal("GET", f"/tasks/{told.json['task_id']}/status/").json["failed"] == 1


def test_the_team_keeps_nothing_that_names_an_erased_customer(
    cloud: Cloud, tasks: DirectoryTasks
) -> None:
    context = {"nombre": "Carlos Mendoza", "placa": "placa-roja"}
    asked = event(target=Target.STAFF, context=context)
    ids = []
    for _ in range(2):
        status, queued, _ = cloud.request(
            "POST",
            "/api/v1/notifications/events/dispatch/",
            asked.model_dump(mode="json", exclude_unset=True),
        )
        assert status == 202, queued
        ids.append(queued["notification_id"])
    cloud.run(notification_sender, {"Records": cloud.sqs_event("EMAIL_QUEUE_URL")["Records"][:1]})

    erase(tasks)

    after = everything(cloud)
    assert [s for s in (*SECRETS, "about#") if s != "BAJA" and s in after] == []
    for notification_id in ids:
        told = cloud.timeline(notification_id).notification
        assert (told.recipient_id, told.context, told.about_id) == ("team", {}, None)
    states = {cloud.timeline(each).notification.state for each in ids}
    assert states == {State.SENT, State.CANCELLED}


def test_the_events_of_each_day_are_a_part_of_their_own(
    cloud: Cloud, tasks: DirectoryTasks
) -> None:
    live(cloud)
    accepted = tasks.customers("POST", "/customer-001/erase/")
    person, *days = queued_parts(cloud)["Records"]

    assert tasks.carry_out({"Records": [person]}) == []
    assert cloud.stack.directory.recipient(TENANT.tenant_id, "customer-001") is None
    assert "customer-001" in json.dumps(cloud.stack.dynamodb.scan(TableName="events")["Items"])
    assert tasks.carry_out({"Records": days}) == []

    assert cloud.stack.dynamodb.scan(TableName="events")["Count"] == 0
    covered = {json.loads(day["body"])["records"][0]["record"]["day"] for day in days}
    today = datetime.now(UTC).date()
    assert covered >= {str(today - timedelta(days=ago)) for ago in range(-1, 31)}
    task = tasks.customers("GET", f"/tasks/{accepted.json['task_id']}/").json
    assert (task["total"], task["applied"] + task["unchanged"]) == (1 + len(days),) * 2


def test_what_failed_for_an_erased_person_is_not_tried_again(
    cloud: Cloud, tasks: DirectoryTasks
) -> None:
    [failed] = cloud.dispatch()
    ended = cloud.timeline(failed).notification.ended(
        datetime.now(UTC), State.FAILED, reason="refused"
    )
    assert cloud.stack.notifications.save([Change(notification=ended)]).stored
    erase(tasks)

    status, problem, _ = cloud.request("POST", f"/api/v1/communications/{failed}/retry/")

    assert (status, problem["code"]) == (409, "not_failed")


def test_an_erased_person_is_still_not_written_to(cloud: Cloud, tasks: DirectoryTasks) -> None:
    live(cloud)

    erase(tasks)

    address = Address(channel=Channel.WHATSAPP, value=PHONE)
    assert cloud.stack.directory.suppressed(TENANT.tenant_id, [address])
    suppression = cloud.stack.directory.suppression(TENANT.tenant_id, address)
    assert suppression is not None
    assert (suppression.address, suppression.evidence) == ("", ERASED)
    cloud.stack.directory.put_recipient(
        Recipient(tenant_id=TENANT.tenant_id, recipient_id="x", name="Carlos", addresses=(address,))
    )
    status, planned, _ = cloud.request(
        "POST",
        "/api/v1/notifications/events/dispatch/",
        event(customer_id="x").model_dump(mode="json", exclude_unset=True),
    )
    assert (status, planned["route"]) == (202, [])


def test_erasing_twice_is_harmless_and_finds_nobody(cloud: Cloud, tasks: DirectoryTasks) -> None:
    first = tasks.customers("POST", "/customer-001/erase/")
    second = tasks.customers("POST", "/customer-001/erase/")
    assert [first.status, second.status] == [202, 202]
    assert tasks.work() == []

    reports = [tasks.customers("GET", f"/tasks/{a.json['task_id']}/").json for a in (first, second)]

    assert [(r["state"], r["applied"]) for r in reports] == [("done", 1), ("done", 0)]
    assert tasks.customers("POST", "/customer-001/erase/").status == 404


def test_an_erasure_that_broke_off_is_finished_by_the_next_try(
    cloud: Cloud, tasks: DirectoryTasks, monkeypatch: pytest.MonkeyPatch
) -> None:
    live(cloud)
    tasks.customers("POST", "/customer-001/erase/")
    batch = queued_parts(cloud)["Records"]
    calls = iter(range(1000))
    breaks_at = [20]

    def break_off(**_: Any) -> None:
        if next(calls) == breaks_at[0]:
            raise RuntimeError

    events = cloud.stack.dynamodb.meta.events
    for operation in ("PutItem", "UpdateItem", "DeleteItem", "TransactWriteItems"):
        events.register(f"before-call.dynamodb.{operation}", break_off)
    tries = 0
    for record in batch:
        while tasks.carry_out({"Records": [record]}):
            tries += 1
            breaks_at[0] = next(calls) + 3

    assert tries > 1
    after = everything(cloud)
    assert [secret for secret in SECRETS if secret in after] == []


def test_a_message_that_comes_later_begins_anew(cloud: Cloud, tasks: DirectoryTasks) -> None:
    live(cloud)
    erase(tasks)

    write(cloud, "hola de nuevo")

    [name] = cloud.stack.conversations.find(
        TENANT.tenant_id, "wa", [Identity(kind=IdentityKind.PHONE, value=PHONE)]
    )
    assert name.recipient_id is None


def test_what_an_erased_person_says_later_is_erased_by_its_conversations_id(
    cloud: Cloud, tasks: DirectoryTasks
) -> None:
    erase(tasks)
    write(cloud, "hola, secreto")
    [conversation] = cloud.stack.conversations.find(
        TENANT.tenant_id, "wa", [Identity(kind=IdentityKind.PHONE, value=PHONE)]
    )

    erase(tasks, conversation.conversation_id)

    after = everything(cloud)
    assert [s for s in ("secreto", "991234567") if s in after] == []


def test_a_candidate_who_is_not_in_the_directory_is_erased_too(
    cloud: Cloud, tasks: DirectoryTasks
) -> None:
    sent = {
        "candidate_id": "cand-7",
        "phone": "573001234567",
        "template_name": "contacto_inicial",
        "template_variables": ["Ana secreta"],
        "metadata": {"cv": "secreto"},
        "application_id": "app-secreta",
    }
    cloud.request("POST", "/api/v1/communications/send/", sent)
    cloud.run(notification_sender, cloud.sqs_event("WHATSAPP_QUEUE_URL"))
    answer(cloud, "secreto dos")

    erase(tasks, "cand-7")

    after = everything(cloud)
    assert [s for s in ("secreto", "secreta", "3001234567", "cand-7") if s in after] == []


def test_what_is_shared_with_somebody_else_stays_theirs(
    cloud: Cloud, tasks: DirectoryTasks
) -> None:
    address = Address(channel=Channel.WHATSAPP, value=PHONE)
    cloud.stack.directory.put_recipient(
        Recipient(
            tenant_id=TENANT.tenant_id, recipient_id="wife", name="Rosa", addresses=(address,)
        )
    )
    write(cloud, "BAJA")

    erase(tasks)

    suppression = cloud.stack.directory.suppression(TENANT.tenant_id, address)
    assert suppression is not None
    assert suppression.address == PHONE


def test_an_older_change_of_another_service_does_not_bring_an_erased_person_back(
    cloud: Cloud, tasks: DirectoryTasks
) -> None:
    record = {"customer_id": "customer-001", "name": "Carlos", "source_version": 3}
    tasks.internal("POST", "/customers/sync/", record)
    tasks.work()
    erase(tasks)

    tasks.internal("POST", "/customers/sync/", record)
    tasks.work()

    assert cloud.stack.directory.recipient(TENANT.tenant_id, "customer-001") is None


def test_everything_that_is_held_is_given_out(cloud: Cloud, tasks: DirectoryTasks) -> None:
    live(cloud)

    held = tasks.customers("GET", "/customer-001/export/").json

    assert held["profile"]["name"] == "Carlos Mendoza"
    assert held["profile"]["time_zone"] is None
    assert {a["channel"] for a in held["profile"]["addresses"]} == {"whatsapp", "email", "push"}
    assert held["profile"]["preferences"][0] == {
        "channel": "whatsapp",
        "priority": 1,
        "enabled": True,
    }
    assert [v["plate"] for v in held["vehicles"]] == ["placa-roja"]
    assert [r["description"] for r in held["reminders"]] == ["secreto"]
    assert [a["context"] for a in held["appointments"]] == [{"Nota": "secreto"}]
    assert [s["reason"] for s in held["suppressions"]] == ["opt_out"]
    [conversation] = held["conversations"]
    assert PHONE in conversation["identities"]
    times = [message["created_at"] for message in held["messages"]]
    assert times == sorted(times, reverse=True)
    said = [m["content"] for m in held["messages"] if m["direction"] == "inbound"]
    assert sorted(said) == ["ALTA", "BAJA", "STOP", "secreto dos", "secreto uno"]
    assert [m["media"][0]["key"] for m in held["messages"] if m["media"]]


def test_all_that_is_held_on_a_candidate_is_given_out(cloud: Cloud, tasks: DirectoryTasks) -> None:
    sent = {
        "candidate_id": "cand-7",
        "phone": "573001234567",
        "template_name": "contacto_inicial",
        "template_variables": ["Ana"],
    }
    cloud.request("POST", "/api/v1/communications/send/", sent)
    answer(cloud, "BAJA")

    held = tasks.customers("GET", "/cand-7/export/").json

    assert held["profile"] is None
    [conversation] = held["conversations"]
    assert "+573001234567" in conversation["identities"]
    assert [(s["address"], s["reason"]) for s in held["suppressions"]] == [
        ("+573001234567", "opt_out")
    ]


def test_each_suppression_that_an_erasure_left_is_given_out_with_its_address(
    cloud: Cloud, tasks: DirectoryTasks
) -> None:
    addresses = [Address(channel=Channel.EMAIL, value=f"{n}@example.com") for n in ("a", "b")]
    returned = CUSTOMER.model_copy(update={"addresses": tuple(addresses)})
    cloud.stack.directory.put_recipient(returned)
    for address in addresses:
        cloud.stack.directory.suppress(
            Suppression(
                tenant_id=TENANT.tenant_id,
                channel=address.channel,
                address=address.value,
                reason=SuppressionReason.OPT_OUT,
                evidence="x",
                created_at=datetime.now(UTC),
            )
        )
    erase(tasks)
    cloud.stack.directory.put_recipient(returned)

    held = tasks.customers("GET", "/customer-001/export/").json["suppressions"]

    assert sorted(s["address"] for s in held) == ["a@example.com", "b@example.com"]
    assert {s["evidence"] for s in held} == {ERASED}


def test_messages_are_given_out_page_by_page(cloud: Cloud, tasks: DirectoryTasks) -> None:
    live(cloud)
    whole = tasks.customers("GET", "/customer-001/export/").json["messages"]
    pages: list[Any] = []
    cursor: str | None = ""

    while cursor is not None:
        query = f"?limit=2&cursor={cursor}" if cursor else "?limit=2"
        page = tasks.customers("GET", f"/customer-001/export/{query}").json
        pages += page["messages"]
        cursor = page["next_cursor"]

    assert [m["id"] for m in pages] == [m["id"] for m in whole]


def a_key(cloud: Cloud, **changes: object) -> str:
    """A key like the stack's own, with some of its fields changed."""
    key, text = new_key(tenant_id=TENANT.tenant_id, mode=Mode.LIVE, name="k", now=datetime.now(UTC))
    cloud.stack.configuration.put_api_key(ApiKey.model_validate({**key.model_dump(), **changes}))
    return text


def test_a_division_erases_and_exports_its_own_customers_only(
    cloud: Cloud, tasks: DirectoryTasks
) -> None:
    key = a_key(cloud, role=Role.DIVISION, division="norte")
    people = DynamoDBPeopleRepository(cloud.stack.dynamodb, "directory")
    for name, division in (("own", "norte"), ("foreign", "sur")):
        people.save_person(
            Recipient(tenant_id=TENANT.tenant_id, recipient_id=name, name=name, division=division)
        )

    for name, status in (("own", 200), ("foreign", 404), ("customer-001", 404)):
        assert tasks.customers("GET", f"/{name}/export/", key=key).status == status
    for name, status in (("foreign", 404), ("customer-001", 404), ("own", 202)):
        assert tasks.customers("POST", f"/{name}/erase/", key=key).status == status


@pytest.mark.parametrize(
    ("method", "path", "scope"),
    [
        ("POST", "/customer-001/erase/", Scope.CUSTOMERS_READ),
        ("POST", "/import/", Scope.CUSTOMERS_READ),
        ("GET", "/customer-001/export/", Scope.CUSTOMERS_WRITE),
        ("GET", "/export/", Scope.CUSTOMERS_WRITE),
        ("GET", "/tasks/x/", Scope.CUSTOMERS_WRITE),
    ],
)
def test_each_route_needs_its_scope(
    cloud: Cloud, tasks: DirectoryTasks, method: str, path: str, scope: Scope
) -> None:
    key = a_key(cloud, scopes=frozenset({scope}))

    assert tasks.customers(method, path, key=key).status == 403


def test_the_tenants_team_is_not_erased(tasks: DirectoryTasks) -> None:
    answer = tasks.customers("POST", "/team/erase/")

    assert (answer.status, answer.json["code"]) == (409, "in_use")


def test_events_of_others_stay_whatever_an_erased_person_was_called(
    cloud: Cloud, tasks: DirectoryTasks
) -> None:
    live(cloud)
    before = cloud.stack.dynamodb.scan(TableName="events")["Count"]
    people = DynamoDBPeopleRepository(cloud.stack.dynamodb, "directory")
    people.save_person(Recipient(tenant_id=TENANT.tenant_id, recipient_id="sent", name="Sent"))

    erase(tasks, "sent")

    assert cloud.stack.dynamodb.scan(TableName="events")["Count"] == before > 0


@pytest.mark.parametrize("name", ["nobody", "x" * 3000, "%00", "a%ed%a0%80"])
def test_nobody_is_not_found(tasks: DirectoryTasks, name: str) -> None:
    assert tasks.customers("GET", f"/{name}/export/").status == 404
    assert tasks.customers("POST", f"/{name}/erase/").status == 404
