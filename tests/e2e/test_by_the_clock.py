"""What happens by the clock, and when things go wrong, on the deployed laptop cloud.

The clock's functions take their time from their event, so nobody waits for tomorrow.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, timedelta
from datetime import time as time_of_day
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit
from uuid import uuid4
from zoneinfo import ZoneInfo

import httpx
import pytest

from local.accounts import PRODUCT_FILE
from local.places import ROOT
from recado.adapters.dynamodb import keys
from tests.e2e.test_delivery import (
    EVENT,
    TEST,
    Document,
    attempts,
    dispatch,
    messages,
    misbehave,
    read,
    wait_for_state,
    wait_until,
)
from tests.e2e.test_replies import fresh_phone, recado, write

V1 = "/api/v1/notifications"
TENANT = "talleres-andinos"
ZONE = ZoneInfo("America/Guayaquil")
A_MOMENT = timedelta(seconds=30)

Clock = Callable[[str, datetime], Document]
Person = Callable[..., Document]


@pytest.fixture
def clock(aws: Any) -> Clock:
    """Runs a function of the clock's for any time: `clock("FailureAlerts", at)`."""
    client = aws("lambda")
    names = [function["FunctionName"] for function in client.list_functions()["Functions"]]

    def run(function: str, at: datetime) -> Document:
        (name,) = [name for name in names if f"-{function}Function-" in name]
        payload = json.dumps({"time": at.astimezone(UTC).isoformat()}).encode()
        answer = client.invoke(FunctionName=name, Payload=payload)
        said = answer["Payload"].read()
        assert "FunctionError" not in answer, said
        done: Document = json.loads(said)
        return done

    return run


@pytest.fixture
def person(api: httpx.Client) -> Iterator[Person]:
    """Makes customers of the workshop whom no other test writes to, and erases them."""
    made: list[str] = []

    def make(**changes: object) -> Document:
        given = {
            "name": "Rosa Paredes",
            "phone": fresh_phone(),
            "email": f"{uuid4().hex}@example.com",
            "preferences": [
                {"channel": "whatsapp", "priority": 1},
                {"channel": "email", "priority": 2},
            ],
        }
        answer = api.post(f"{V1}/customers/", json={**given, **changes})
        assert answer.status_code == 201, answer.text
        document: Document = answer.json()
        made.append(document["customer_id"])
        return document

    yield make
    for customer_id in made:
        api.post(f"{V1}/customers/{customer_id}/erase/").raise_for_status()


def told(api: httpx.Client, customer: Document) -> list[Document]:
    """The notifications that a customer got, or is to get; the newest first."""
    query = {"recipient_id": customer["customer_id"]}
    answer = api.get("/api/v1/analytics/recent/", params=query).raise_for_status()
    found: list[Document] = answer.json()["notifications"]
    return found


def received(simulator: httpx.Client, customer: Document) -> list[Document]:
    """The WhatsApp messages on a customer's phone."""
    return messages(simulator, channel="whatsapp", to=customer["phone"])


# ---- reminders ----------------------------------------------------------------------------------


def morning(day: date, minute: int) -> datetime:
    """Some minutes after eight at the workshop."""
    return datetime.combine(day, time_of_day(8, minute), ZONE)


def due(api: httpx.Client, customer: Document, day: date) -> str:
    """A reminder of a customer's, which is due on a day; gives its path."""
    reminder = {
        "customer_id": customer["customer_id"],
        "service_type_id": "mantenimiento-preventivo",
        "description": "Cambio de aceite",
        "due_on": day.isoformat(),
    }
    answer = api.post(f"{V1}/reminders/", json=reminder)
    assert answer.status_code == 201, answer.text
    return f"{V1}/reminders/{answer.json()['reminder_id']}/"


def test_a_maintenance_reminder_goes_out_once_a_day_until_it_is_completed(
    api: httpx.Client, simulator: httpx.Client, clock: Clock, person: Person
) -> None:
    # Tomorrow: the schedule of the laptop cloud itself has not been there.
    day = datetime.now(ZONE).date() + timedelta(days=1)
    prompt, forgetful = person(), person()
    paths = [due(api, prompt, day), due(api, forgetful, day)]

    clock("MaintenanceReminders", morning(day, 0) - timedelta(minutes=1))
    assert told(api, prompt) == []
    for minute in (0, 0, 15):
        clock("MaintenanceReminders", morning(day, minute))

    for customer in (prompt, forgetful):
        [reminder] = told(api, customer)
        wait_for_state(api, reminder["id"], "sent")
        [message] = received(simulator, customer)
        assert "Cambio de aceite" in message["text"]

    api.post(f"{paths[0]}complete/").raise_for_status()
    clock("MaintenanceReminders", morning(day + timedelta(days=7), 0))

    assert [len(told(api, customer)) for customer in (prompt, forgetful)] == [1, 2]
    reminders = [api.get(path).json() for path in paths]
    assert [each["status"] for each in reminders] == ["completed", "pending"]
    assert [each["times_reminded"] for each in reminders] == [1, 2]


def test_an_appointment_is_moved_reminded_of_confirmed_and_cancelled(
    api: httpx.Client, simulator: httpx.Client, clock: Clock, person: Person
) -> None:
    customer = person()
    path = f"{V1}/appointments/e2e-{uuid4().hex}/"
    starts_at = datetime.now(UTC) + timedelta(hours=50)

    def put(at: datetime) -> list[Document]:
        wanted = {
            "customer_id": customer["customer_id"],
            "service_type_id": "mantenimiento-preventivo",
            "starts_at": at.isoformat(),
            "context": {"placa": "ABC123"},
        }
        answer = api.put(path, json=wanted)
        assert answer.status_code in (200, 201), answer.text
        reminders: list[Document] = answer.json()["reminders"]
        return reminders

    first = put(starts_at)
    moved = put(starts_at + timedelta(hours=1))

    def states(reminders: list[Document]) -> list[str]:
        return [read(api, each["notification_id"])["state"] for each in reminders]

    assert [each["before_minutes"] for each in moved] == [24 * 60, 2 * 60]
    assert (states(first), states(moved)) == (["cancelled"] * 2, ["pending"] * 2)

    clock("DueNotifications", datetime.fromisoformat(moved[0]["send_at"]) + A_MOMENT)
    wait_for_state(api, moved[0]["notification_id"], "sent")
    [message] = received(simulator, customer)
    assert message["template"]["name"] == "recordatorio_cita"

    pressed = {"title": "Confirmar"}
    write(simulator, button=pressed, reply_to=message["id"], **{"from": customer["phone"]})
    wait_until(lambda: api.get(path).json()["status"], lambda status: status == "confirmed")

    assert api.delete(path).status_code == 204
    assert states(moved)[1] == "cancelled"


def test_what_is_cancelled_by_its_key_is_never_sent(
    api: httpx.Client,
    simulator: httpx.Client,
    clock: Clock,
    person: Person,
    variables: dict[str, str],
) -> None:
    customer, key = person(), f"e2e-{uuid4().hex}"
    moment = datetime.now(UTC) + timedelta(hours=2)
    later = {"customer_id": customer["customer_id"], "send_at": moment.isoformat()}
    called_off = dispatch(api, key=key, **later)["notification_id"]
    kept = dispatch(api, **later)["notification_id"]

    said = json.loads(recado(variables, "cancel", "--key", key, "--json"))
    clock("DueNotifications", moment + A_MOMENT)

    assert said == {"cancelled": [called_off], "too_late": []}
    wait_for_state(api, kept, "sent")
    assert read(api, called_off)["state"] == "cancelled"
    assert [message["tag"] for message in received(simulator, customer)] == [f"{kept}.1"]


# ---- silence, templates and accounts -------------------------------------------------------------

DELIVERY = {
    "service_type_id": "averia-revision",
    "phase_id": "phase-delivery",
    "context": {"placa": "ABC123", "vehiculo": "Haval H6 2024", "orden": "OT-4711"},
}
"""An event of a service type that no other test of the laptop cloud looks at."""


def told_of_delivery(api: httpx.Client, customer: Document) -> Document:
    """The news of a delivery to a customer, once it is sent."""
    accepted = dispatch(api, customer_id=customer["customer_id"], **DELIVERY)
    return wait_for_state(api, accepted["notification_id"], "sent")


@pytest.fixture
def impatient(api: httpx.Client) -> Iterator[None]:
    """WhatsApp's silence on a delivery is borne for a minute."""
    path = f"{V1}/orchestration/averia-revision.clients/update_matrix/"

    def bear(minutes: int | None) -> None:
        cell = {"enabled": True, "undelivered_after_minutes": minutes}
        matrix = {"phase-delivery": {"whatsapp": cell}}
        api.post(path, json={"matrix": matrix}).raise_for_status()

    bear(1)
    yield
    bear(None)


@pytest.mark.usefixtures("impatient")
def test_silence_takes_the_next_channel_and_a_late_receipt_tells_what_that_cost(
    api: httpx.Client, simulator: httpx.Client, clock: Clock, person: Person
) -> None:
    customer = person()

    def left_in_silence() -> Document:
        """A notification a minute after it was sent; functions hear of the matrix in half one."""
        sent = told_of_delivery(api, customer)
        sent_at = datetime.fromisoformat(sent["sent_at"])
        clock("DueNotifications", sent_at + timedelta(minutes=1))
        return read(api, sent["notification_id"])

    def kinds(notification: Document) -> list[str]:
        return [entry["kind"] for entry in notification["timeline"]]

    left = wait_until(left_in_silence, lambda seen: "silence" in kinds(seen))
    notification_id = left["notification_id"]
    followed = wait_until(
        lambda: read(api, notification_id), lambda seen: len(seen["attempts"]) == 2
    )
    assert attempts(followed) == [("whatsapp", "accepted"), ("email", "accepted")]
    [mail] = messages(simulator, channel="email", to=customer["email"])
    assert "OT-4711" in mail["text"]

    [late] = [m for m in received(simulator, customer) if m["tag"] == f"{notification_id}.1"]
    receipt = {"message": late["id"], "status": "delivered"}
    simulator.post("/_sim/receipts", json=receipt).raise_for_status()
    delivered = wait_until(
        lambda: read(api, notification_id), lambda seen: "receipt_delivered" in kinds(seen)
    )
    assert delivered["state"] == "delivered"
    [entry] = [e for e in delivered["timeline"] if e["kind"] == "receipt_delivered"]
    assert "too late: it went by email as well" in entry["detail"]


def forget(aws: Any, table: str, partition: str, *, prefix: str) -> None:
    """Delete the rows of a partition whose sort key begins so."""
    client = aws("dynamodb")
    pages = client.get_paginator("query").paginate(
        TableName=table,
        KeyConditionExpression="pk = :pk AND begins_with(sk, :prefix)",
        ExpressionAttributeValues={":pk": {"S": partition}, ":prefix": {"S": prefix}},
        ProjectionExpression="pk, sk",
    )
    for page in pages:
        for key in page["Items"]:
            client.delete_item(TableName=table, Key=key)


@pytest.fixture
def template_states(aws: Any, variables: dict[str, str]) -> Iterator[None]:
    """Nothing is known of approved templates, before and after."""
    table = variables["CONFIGURATION_TABLE"]
    forget(aws, table, TENANT, prefix=keys.TEMPLATE_STATE_PREFIX)
    yield
    forget(aws, table, TENANT, prefix=keys.TEMPLATE_STATE_PREFIX)


def approve_again(variables: dict[str, str], name: str) -> None:
    """What Meta tells when it sends a template once more."""
    value = {
        "event": "APPROVED",
        "message_template_id": 1,
        "message_template_name": name,
        "message_template_language": "es",
        "reason": "NONE",
    }
    # Whole seconds: the next one is later than the look that found it paused.
    entry = {
        "id": variables["META_WABA_ID"],
        "time": int(time.time()) + 1,
        "changes": [{"field": "message_template_status_update", "value": value}],
    }
    body = json.dumps({"object": "whatsapp_business_account", "entry": [entry]}).encode()
    signature = hmac.digest(variables["META_APP_SECRET"].encode(), body, hashlib.sha256).hex()
    httpx.post(
        f"{variables['RECADO_URL']}/webhook/whatsapp",
        content=body,
        headers={"X-Hub-Signature-256": f"sha256={signature}"},
        timeout=90,
        trust_env=False,
    ).raise_for_status()


@pytest.mark.usefixtures("template_states")
def test_a_paused_template_is_routed_around_until_it_is_approved_again(
    api: httpx.Client,
    simulator: httpx.Client,
    clock: Clock,
    person: Person,
    variables: dict[str, str],
) -> None:
    customer = person()
    paused = {"name": "averia_entrega", "status": "PAUSED"}
    simulator.post("/_sim/templates", json=paused).raise_for_status()

    refused = told_of_delivery(api, customer)
    assert attempts(refused) == [("whatsapp", "permanent"), ("email", "accepted")]
    assert clock("TemplateSync", datetime.now(UTC))["failed"] == []
    # From here on only what the look has told keeps messages from it.
    simulator.post("/_sim/templates", json={**paused, "status": "APPROVED"}).raise_for_status()

    def accounts() -> list[str]:
        return [each["account_id"] for each in told_of_delivery(api, customer)["attempts"]]

    # Functions hear of it within half a minute. Evolution needs no approved templates.
    wait_until(accounts, lambda seen: seen == ["evolution"])
    approve_again(variables, "averia_entrega")
    wait_until(accounts, lambda seen: seen == ["whatsapp-cloud"])


# ---- tenants of their own -----------------------------------------------------------------------


NewTenant = Callable[[list[Document]], tuple[str, httpx.Client]]


@pytest.fixture
def tenant(aws: Any, variables: dict[str, str], tmp_path: Path) -> Iterator[NewTenant]:
    """Makes tenants with the seed's data and some accounts; gives an id and its HTTP API."""
    made: list[tuple[str, httpx.Client]] = []

    def make(accounts: list[Document]) -> tuple[str, httpx.Client]:
        tenant_id = f"e2e-{uuid4().hex[:12]}"
        folder = tmp_path / tenant_id
        shutil.copytree(ROOT / "seed/workshop", folder)
        settings = (folder / "tenant.yaml").read_text(encoding="utf-8")
        settings = settings.replace(f"tenant_id: {TENANT}", f"tenant_id: {tenant_id}")
        # Told at any time, whenever the tests run.
        settings += '\nalerts: {told_from: "00:00", told_until: "00:00"}\n'
        (folder / "tenant.yaml").write_text(settings, encoding="utf-8")
        recado(variables, "seed", "--directory", str(folder))
        file = tmp_path / f"{tenant_id}.json"
        file.write_text(json.dumps([{**each, "tenant_id": tenant_id} for each in accounts]))
        recado(variables, "accounts", "put", str(file))
        owner = ("--tenant", tenant_id, "--name", "e2e", "--json")
        key = json.loads(recado(variables, "keys", "create", *owner))["key"]
        client = httpx.Client(
            base_url=variables["RECADO_URL"],
            headers={"Authorization": f"Bearer {key}"},
            timeout=90,
            trust_env=False,
        )
        made.append((tenant_id, client))
        return tenant_id, client

    yield make
    # What is wrong with one stays so for a day, and nobody looks after those that are not listed.
    for tenant_id, client in made:
        client.close()
        forget(aws, variables["CONFIGURATION_TABLE"], keys.TENANTS, prefix=tenant_id)


def account(provider: str, **changes: object) -> Document:
    """The workshop's account at a provider, under an id that no other tenant has."""
    [known] = [
        each
        for each in json.loads(PRODUCT_FILE.read_text(encoding="utf-8"))
        if each["provider"] == provider
    ]
    # Webhooks find accounts by their id.
    return {**known, "account_id": f"{provider}-{uuid4().hex[:8]}", **changes}


def test_a_team_is_alerted_once_to_too_many_failures_and_told_when_they_are_over(
    simulator: httpx.Client,
    clock: Clock,
    tenant: NewTenant,
) -> None:
    _, client = tenant([account("smtp"), account("evolution"), account("telegram")])
    misbehave(simulator, provider="telegram", status=403)
    for number in range(11):
        message = {"channel": "telegram", "to": f"{880_000_000 + number}", "text": "¿Llegó?"}
        answer = client.post(TEST, json=message)
        assert answer.status_code == 202, answer.text

    def failed() -> int:
        summary = client.get("/api/v1/analytics/summary/?days=1").raise_for_status().json()
        return int(summary["not_carried"])

    wait_until(failed, lambda count: count == 11)
    now = datetime.now(UTC)
    for _ in range(2):
        clock("FailureAlerts", now)
    clock("FailureAlerts", now + timedelta(minutes=15))

    def alerts() -> list[Document]:
        query = {"event_type": "ALERT_TOO_MANY_FAILED"}
        answer = client.get("/api/v1/analytics/recent/", params=query).raise_for_status()
        found: list[Document] = answer.json()["notifications"]
        return found

    raised = alerts()
    assert sorted(each["channel"] for each in raised) == ["email", "whatsapp"]
    for each in raised:
        wait_for_state(client, each["id"], "sent")
    [mail] = messages(simulator, channel="email", to="taller@example.com")
    [message] = messages(simulator, channel="whatsapp", to="+593990000100")
    assert mail["subject"].startswith("Aviso: ")
    assert "11" in message["text"]

    clock("FailureAlerts", now + timedelta(hours=25))
    [over] = [each for each in alerts() if each["id"] not in {old["id"] for old in raised}]
    assert over["channel"] == "email"
    wait_for_state(client, over["id"], "sent")
    listed = client.get("/api/v1/analytics/alerts/").raise_for_status().json()["alerts"]
    [alert] = [each for each in listed if each["kind"] == "too_many_failed"]
    assert not alert["is_raised"]


def test_messages_of_an_account_that_fails_go_by_the_other_one_which_gets_its_weight(
    simulator: httpx.Client,
    clock: Clock,
    variables: dict[str, str],
    tenant: NewTenant,
) -> None:
    # Nobody listens there; with so much more weight nearly every message is its own at first.
    nowhere = {"base_url": "http://127.0.0.1:9", "instance": "talleres"}
    down = account("evolution", priority=1, weight=1000, settings=nowhere)
    well = account("evolution", priority=1, weight=1)
    tenant_id, client = tenant([down, well])

    sent = [dispatch(client)["notification_id"] for _ in range(4)]
    for notification_id in sent:
        notification = wait_for_state(client, notification_id, "sent")
        assert notification["attempts"][-1]["account_id"] == well["account_id"]
        [moved] = [each for each in notification["timeline"] if each["kind"] == "account"]
        assert moved["detail"].startswith(f"{down['account_id']} -> {well['account_id']} ")
    assert len(messages(simulator, provider="evolution")) == len(sent)

    def weight_of_failing() -> Document:
        # What was tried is counted a little after it was sent.
        clock("BalanceAccounts", datetime.now(UTC) + timedelta(minutes=1))
        shown = recado(variables, "accounts", "weights", "--tenant", tenant_id, "--json")
        [weight] = [w for w in json.loads(shown) if w["account_id"] == down["account_id"]]
        document: Document = weight
        return document

    moved_away = wait_until(weight_of_failing, lambda seen: seen["current"] < 1000)
    assert moved_away["changes"][0]["reason"] == "errors"


# ---- an invitation, and the tools of who is on call ----------------------------------------------


def test_an_invitation_makes_whatsapp_the_first_channel(
    api: httpx.Client, simulator: httpx.Client, person: Person
) -> None:
    by_mail = [{"channel": "email", "priority": 1}]
    customer, phone = person(phone=None, preferences=by_mail), fresh_phone()
    path = f"{V1}/customers/{customer['customer_id']}/"
    invited = api.post(f"{path}activate_whatsapp/")
    assert invited.status_code == 202, invited.text
    invitation = invited.json()

    wait_for_state(api, invitation["notification_id"], "sent")
    [mail] = messages(simulator, channel="email", to=customer["email"])
    assert invitation["link"] in mail["text"]
    page = httpx.get(invitation["page_url"], timeout=90, trust_env=False)
    picture = httpx.get(invitation["qr_url"], timeout=90, trust_env=False)
    assert (page.status_code, invitation["link"] in page.text) == (200, True)
    assert picture.headers["content-type"] == "image/png"
    assert picture.content.startswith(b"\x89PNG\r\n\x1a\n")

    [words] = parse_qs(urlsplit(invitation["link"]).query)["text"]
    write(simulator, words, **{"from": phone})

    def preferences() -> list[tuple[str, int]]:
        found = api.get(path).raise_for_status().json()["preferences"]
        return [(each["channel"], each["priority"]) for each in found]

    wait_until(preferences, lambda seen: seen == [("whatsapp", 1), ("email", 2)])
    [confirmation] = wait_until(lambda: messages(simulator, to=phone), bool)
    assert "BAJA" in confirmation["text"]
    following = dispatch(api, customer_id=customer["customer_id"])
    assert [step["channel"] for step in following["route"]] == ["whatsapp", "email"]
    wait_for_state(api, following["notification_id"], "sent")


def test_a_refused_request_is_moved_back_once_its_cause_is_mended(
    api: httpx.Client, simulator: httpx.Client, person: Person, aws: Any, variables: dict[str, str]
) -> None:
    reason = "unprocessable: unknown recipient"

    def redrive(*arguments: str) -> Any:
        return json.loads(recado(variables, "redrive", *arguments, "--json"))

    def waiting() -> int:
        [requests] = [each for each in redrive() if each["queue"] == "requests"]
        return int(requests["reasons"].get(reason, 0))

    before, customer_id = waiting(), f"e2e-{uuid4().hex}"
    body = {**EVENT, "tenant_id": TENANT, "customer_id": customer_id}
    url = variables["REQUESTS_QUEUE_URL"]
    aws("sqs").send_message(QueueUrl=url, MessageBody=json.dumps(body))
    wait_until(waiting, lambda count: count == before + 1)

    tried = redrive("requests", "--reason", reason, "--dry-run")
    assert (tried["moved"], tried["stay"]["unknown_recipient"]) == ({}, before + 1)
    customer = person(customer_id=customer_id)
    assert redrive("requests", "--reason", reason, "--yes")["moved"] == {reason: 1}

    [message] = wait_until(lambda: received(simulator, customer), bool)
    wait_for_state(api, message["tag"].partition(".")[0], "sent")
    wait_until(waiting, lambda count: count == before)


def test_the_doctor_finds_nothing_wrong_with_the_cloud(variables: dict[str, str]) -> None:
    command = [str(Path(sys.executable).with_name("recado")), "doctor", "--json"]
    done = subprocess.run(  # noqa: S603
        command, env={**os.environ, **variables}, capture_output=True, text=True, check=False
    )

    findings = json.loads(done.stdout)
    assert {"table", "schedule", "account", "templates", "occasion", "api"} <= {
        finding["check"] for finding in findings
    }
    # Other tests leave messages in dead-letter queues, failures, and a tenant without accounts.
    wrong = [
        finding
        for finding in findings
        if not finding["ok"]
        and finding["check"] not in ("queue", "account state")
        and (finding["subject"].startswith(TENANT) or finding["check"] in ("schedule", "table"))
    ]
    assert wrong == []
    assert done.returncode == int(not all(finding["ok"] for finding in findings))
