"""The internal API and what it queues, over moto."""

from __future__ import annotations

import json
from typing import Any

import boto3
import pytest

from recado.domain.tenants import Tenant
from recado.domain.vehicles import Reminder, ReminderStatus
from tests.cloud import Cloud
from tests.directory_tasks import DirectoryTasks
from tests.faults import Faults
from tests.workshop import TENANT

CARLOS = {
    "customer_id": "customer-009",
    "name": "Carlos Mendoza",
    "email": "carlos@example.com",
    "phone": "+593991234567",
}


@pytest.fixture
def tasks(cloud: Cloud) -> DirectoryTasks:
    return DirectoryTasks(cloud)


def directory_rows(cloud: Cloud) -> list[Any]:
    items: list[Any] = cloud.stack.dynamodb.scan(TableName="directory")["Items"]
    return [item for item in items if "#task#" not in item["pk"]["S"]]


def done(tasks: DirectoryTasks, body: object, path: str = "/customers/sync/") -> dict[str, Any]:
    """Sync something to its end; gives the task's status."""
    accepted = tasks.internal("POST", path, body)
    assert accepted.status == 202
    tasks.work()
    status = accepted.json["status_url"].removeprefix("/api/internal/v1")
    found: dict[str, Any] = tasks.internal("GET", status).json
    return found


def test_a_customer_of_another_service_is_one_of_ours_soon(
    cloud: Cloud, tasks: DirectoryTasks
) -> None:
    accepted = tasks.internal("POST", "/customers/sync/", CARLOS)

    assert (accepted.status, accepted.json["state"], accepted.json["total"]) == (202, "queued", 1)
    assert accepted.headers["location"] == accepted.json["status_url"]
    status = f"/tasks/{accepted.json['task_id']}/status/"
    assert tasks.internal("GET", status).json["state"] == "queued"
    assert tasks.work() == []
    report = tasks.internal("GET", status).json
    assert (report["state"], report["applied"], report["errors"]) == ("done", 1, [])
    assert report["finished_at"] is not None
    carlos = cloud.stack.directory.recipient(TENANT.tenant_id, "customer-009")
    assert carlos is not None
    assert carlos.name == "Carlos Mendoza"


def test_the_same_request_again_changes_no_row(cloud: Cloud, tasks: DirectoryTasks) -> None:
    record = {**CARLOS, "source_version": 1}
    done(tasks, record)
    before = directory_rows(cloud)

    assert done(tasks, record)["unchanged"] == 1
    assert directory_rows(cloud) == before


def test_a_thousand_records_go_through_in_parts_and_the_wrong_ones_are_named(
    cloud: Cloud, tasks: DirectoryTasks
) -> None:
    records: list[Any] = [{**CARLOS, "customer_id": f"c-{number}"} for number in range(60)]
    records[7] = {**CARLOS, "customer_id": "c-7", "email": "nobody"}
    records[8] = "no record"
    records[9] = {"customer_id": "c-9"}
    records[10] = {**CARLOS, "customer_id": "c-10", "tel": "1"}

    report = done(tasks, records)

    assert (report["state"], report["total"]) == ("done", 60)
    assert (report["applied"], report["failed"]) == (56, 4)
    assert [(e["index"], e["id"], e["field"], e["code"]) for e in report["errors"]] == [
        (7, "c-7", "email", "value_error"),
        (8, None, None, "model_type"),
        (9, "c-9", "name", "unprocessable"),
        (10, "c-10", "tel", "extra_forbidden"),
    ]
    assert cloud.stack.directory.recipient(TENANT.tenant_id, "c-59") is not None


def test_an_older_change_that_arrives_late_is_counted_as_stale(tasks: DirectoryTasks) -> None:
    done(tasks, {**CARLOS, "source_version": 7})

    report = done(tasks, {**CARLOS, "name": "Late", "source_version": 6})

    assert (report["state"], report["stale"]) == ("done", 1)


def test_a_part_that_comes_again_never_counts_twice(cloud: Cloud, tasks: DirectoryTasks) -> None:
    accepted = tasks.internal("POST", "/customers/sync/", [CARLOS])
    event = cloud.sqs_event("DIRECTORY_TASKS_QUEUE_URL")
    assert event["Records"][0]["attributes"]["MessageGroupId"] == TENANT.tenant_id

    assert tasks.carry_out(event) == []
    assert tasks.carry_out(event) == []

    report = tasks.internal("GET", f"/tasks/{accepted.json['task_id']}/status/").json
    assert (report["applied"], report["unchanged"]) == (1, 0)


def test_one_record_that_fails_costs_the_others_nothing(
    cloud: Cloud, tasks: DirectoryTasks
) -> None:
    records = [{**CARLOS, "customer_id": f"c-{number}"} for number in range(3)]
    accepted = tasks.internal("POST", "/customers/sync/", records)
    event = cloud.sqs_event("DIRECTORY_TASKS_QUEUE_URL")
    faults = Faults(cloud.stack.dynamodb)
    faults.refuse("TransactWriteItems", code="InternalServerError")

    assert tasks.carry_out(event) == [event["Records"][0]["messageId"]]
    status = f"/tasks/{accepted.json['task_id']}/status/"
    halfway = tasks.internal("GET", status).json
    assert (halfway["state"], halfway["applied"]) == ("running", 2)

    assert tasks.carry_out(event) == []
    report = tasks.internal("GET", status).json
    assert (report["state"], report["applied"], report["unchanged"]) == ("done", 3, 0)


@pytest.mark.parametrize("is_down", [False, True], ids=["sqs up", "sqs down"])
def test_a_part_that_fails_comes_again_after_a_minute_or_the_queues_own_time(
    cloud: Cloud, tasks: DirectoryTasks, is_down: bool
) -> None:
    tasks.internal("POST", "/customers/sync/", CARLOS)
    event = cloud.sqs_event("DIRECTORY_TASKS_QUEUE_URL")
    Faults(cloud.stack.dynamodb).refuse("TransactWriteItems", code="InternalServerError")
    sqs = cloud.stack.sqs
    if is_down:
        Faults(sqs).refuse("ChangeMessageVisibility", code="ServiceUnavailable")
    asked: list[Any] = []

    def note(params: dict[str, Any], **_: Any) -> None:
        asked.append(params)

    sqs.meta.events.register("provide-client-params.sqs.ChangeMessageVisibility", note)

    assert tasks.carry_out(event) == [event["Records"][0]["messageId"]]

    [postponed] = asked
    assert postponed["VisibilityTimeout"] == 60
    assert postponed["ReceiptHandle"] == event["Records"][0]["receiptHandle"]


def test_what_the_queue_does_not_take_is_refused_and_not_kept(
    cloud: Cloud, tasks: DirectoryTasks
) -> None:
    faults = Faults(cloud.stack.sqs)
    faults.refuse("SendMessageBatch", code="ServiceUnavailable")

    refused = tasks.internal("POST", "/customers/sync/", CARLOS)

    assert (refused.status, refused.json["code"]) == (503, "unavailable")
    assert refused.headers["retry-after"] == "5"
    assert not [
        row
        for row in cloud.stack.dynamodb.scan(TableName="directory")["Items"]
        if row["sk"]["S"] == "TASK"
    ]
    assert done(tasks, CARLOS)["applied"] == 1


def test_a_part_that_the_queue_refuses_alone_refuses_the_whole(
    cloud: Cloud, tasks: DirectoryTasks
) -> None:
    Faults(cloud.stack.sqs).answer_partly("SendMessageBatch", refused=1)
    records = [{**CARLOS, "customer_id": f"c-{number}"} for number in range(40)]

    assert tasks.internal("POST", "/customers/sync/", records).status == 503


def test_vehicles_are_synced_and_deleted(cloud: Cloud, tasks: DirectoryTasks) -> None:
    vehicle = {"vehicle_id": "v-1", "customer_id": "customer-001", "plate": "ABC123"}
    gone = {"vehicle_id": "v-1", "deleted": True, "source_version": 2}

    assert done(tasks, {**vehicle, "source_version": 1}, "/vehicles/sync/")["applied"] == 1
    assert done(tasks, [gone], "/vehicles/sync/")["applied"] == 1
    assert done(tasks, {**vehicle, "source_version": 1}, "/vehicles/sync/")["stale"] == 1


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (3, 422),
        ("text", 422),
        (None, 422),
        ([{}] * 1001, 422),
        ("{", 400),
        ([], 202),
        ({}, 202),
        ({"customer_id": "\ud800"}, 202),
        ([{"customer_id": "x", "source_version": 10**400}], 202),
        ({"customer_id": ["x"], "name": {"a": None}}, 202),
    ],
)
def test_what_is_no_list_of_records_is_refused_and_what_is_none_of_them_is_told(
    tasks: DirectoryTasks, body: object, status: int
) -> None:
    text = body if body == "{" else json.dumps(body)

    answer = tasks.internal("POST", "/customers/sync/", text)

    assert answer.status == status
    if status == 202:
        tasks.work()
        report = tasks.internal("GET", f"/tasks/{answer.json['task_id']}/status/").json
        assert report["state"] == ("done" if body == [] else "failed")


def test_a_request_may_have_one_megabyte(tasks: DirectoryTasks) -> None:
    largest = json.dumps([{**CARLOS, "name": "x" * 199}] * 1000)
    assert 256 * 1024 < len(largest) < 1024 * 1024

    assert tasks.internal("POST", "/customers/sync/", largest).status == 202
    assert tasks.internal("POST", "/customers/sync/", " " * (1024 * 1024 + 1)).status == 413


@pytest.mark.parametrize("secret", ["", "s3cre", "s3crett", "\xe9", "rk_live_x"])
def test_without_the_secret_nobody_gets_in(tasks: DirectoryTasks, secret: str) -> None:
    headers = {"x-internal-secret": secret} if secret else {"x-api-key": "s3cret"}

    answer = tasks.internal("POST", "/customers/sync/", CARLOS, **headers)

    assert (answer.status, answer.json["code"]) == (401, "unauthenticated")


def test_another_tenants_task_is_not_found(cloud: Cloud, tasks: DirectoryTasks) -> None:
    task_id = tasks.internal("POST", "/customers/sync/", CARLOS).json["task_id"]
    cloud.stack.configuration.put_tenant(
        Tenant(tenant_id="other", name="Other", time_zone="America/Bogota")
    )
    headers = {"x-internal-secret": "s3cret", "x-tenant-id": "other"}

    assert tasks.internal("GET", f"/tasks/{task_id}/status", **headers).status == 404
    assert tasks.internal("GET", f"/tasks/{'x' * 3000}/status", **headers).status == 404


def test_with_several_tenants_one_is_named(cloud: Cloud, tasks: DirectoryTasks) -> None:
    cloud.stack.configuration.put_tenant(
        Tenant(tenant_id="other", name="Other", time_zone="America/Bogota")
    )
    secret = {"x-internal-secret": "s3cret"}

    unnamed = tasks.internal("POST", "/customers/sync/", CARLOS, **secret)
    named = tasks.internal("POST", "/customers/sync/", CARLOS, **secret, **{"x-tenant-id": "other"})
    unknown = tasks.internal("POST", "/customers/sync/", CARLOS, **secret, **{"x-tenant-id": "x"})

    assert [unnamed.status, named.status, unknown.status] == [422, 202, 404]
    tasks.work()
    assert cloud.stack.directory.recipient("other", "customer-009") is not None


def test_who_names_no_tenant_by_an_empty_header_means_the_only_one(tasks: DirectoryTasks) -> None:
    headers = {"x-internal-secret": "s3cret", "x-tenant-id": ""}

    assert tasks.internal("POST", "/customers/sync/", CARLOS, **headers).status == 202


def test_the_tenants_are_not_read_for_every_request(cloud: Cloud, tasks: DirectoryTasks) -> None:
    read: list[Any] = []

    def note(params: dict[str, Any], **_: Any) -> None:
        if params["ExpressionAttributeValues"][":pk"] == {"S": "#tenants"}:
            read.append(params)

    cloud.stack.dynamodb.meta.events.register("provide-client-params.dynamodb.Query", note)

    for _ in range(3):
        tasks.internal("POST", "/customers/sync/", CARLOS)

    assert len(read) == 1


def test_two_records_of_one_customer_in_one_list_end_as_the_second_says(
    cloud: Cloud, tasks: DirectoryTasks
) -> None:
    others = [{"customer_id": f"c-{number}", "name": "x"} for number in range(30)]
    tasks.internal("POST", "/customers/sync/", [CARLOS, *others, {**CARLOS, "name": "Carlos M."}])
    event = cloud.sqs_event("DIRECTORY_TASKS_QUEUE_URL")

    assert len(event["Records"]) == 2
    assert tasks.carry_out({"Records": event["Records"][::-1]}) == []

    carlos = cloud.stack.directory.recipient(TENANT.tenant_id, "customer-009")
    assert carlos is not None
    assert carlos.name == "Carlos M."


def test_records_that_cannot_be_are_told_by_their_field(tasks: DirectoryTasks) -> None:
    far = {**CARLOS, "updated_at": "9999-12-31T23:59:59Z"}
    report = done(tasks, [far, {"customer_id": "team", "deleted": True}])

    assert [(each["field"], each["code"]) for each in report["errors"]] == [
        ("updated_at", "unprocessable"),
        ("customer_id", "in_use"),
    ]


def test_what_a_vehicle_is_reminded_of_ends_when_it_is_sold(
    cloud: Cloud, tasks: DirectoryTasks
) -> None:
    vehicle = {"vehicle_id": "v-1", "customer_id": "customer-001", "plate": "ABC123"}
    done(tasks, vehicle, "/vehicles/sync/")
    reminders = cloud.stack.reminders
    reminders.save_reminder(
        Reminder(
            tenant_id=TENANT.tenant_id,
            reminder_id="r-1",
            customer_id="customer-001",
            vehicle_id="v-1",
            service_type="mantenimiento-preventivo",
        )
    )

    report = done(tasks, {**vehicle, "customer_id": "customer-002"}, "/vehicles/sync/")

    assert report["applied"] == 1
    reminder = reminders.reminder(TENANT.tenant_id, "r-1")
    assert reminder is not None
    assert reminder.status is ReminderStatus.CANCELLED


def test_a_tenants_own_secrets_open_it_alone_and_can_be_rotated(cloud: Cloud) -> None:
    secrets = json.dumps({TENANT.tenant_id: ["old-secret", "new-secret"], "other": ["its-secret"]})
    name = cloud.environment["INTERNAL_SECRET_NAME"]
    boto3.client("secretsmanager").put_secret_value(SecretId=name, SecretString=secrets)
    tasks = DirectoryTasks(cloud)

    def status(secret: str, **headers: str) -> int:
        shown = {"x-internal-secret": secret, **headers}
        return tasks.internal("POST", "/customers/sync/", CARLOS, **shown).status

    assert [status("old-secret"), status("new-secret"), status("s3cret")] == [202, 202, 401]
    assert status("old-secret", **{"x-tenant-id": TENANT.tenant_id}) == 202
    assert status("its-secret", **{"x-tenant-id": TENANT.tenant_id}) == 403


def test_what_nobody_can_read_stays_in_the_queue(tasks: DirectoryTasks) -> None:
    event = {"Records": [{"messageId": "m1", "body": "{}"}, {"messageId": "m2", "body": "x"}]}

    assert tasks.carry_out(event) == ["m1", "m2"]
