"""From a change of a table to a client's endpoint, over moto: its streams, bus, queue, secrets."""

from __future__ import annotations

import json
import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import boto3
import httpx
import pytest
from botocore.config import Config as ClientConfig
from standardwebhooks.webhooks import Webhook

from functions.client_webhook_sender import handler as sender
from functions.event_publisher import handler as publisher
from recado.adapters import client_webhooks
from recado.adapters.dynamodb.appointments import DynamoDBAppointmentRepository
from recado.bootstrap.deployment import Stack
from recado.domain.account_states import AccountState, AccountStatus
from recado.domain.appointments import CONFIRM
from recado.domain.channels import Channel, Provider
from recado.domain.client_endpoints import (
    TRIES,
    ClientEndpoint,
    DisabledReason,
    SigningSecrets,
    new_signing_secret,
)
from recado.domain.delivery import Change
from recado.domain.directory import Address, Suppression, SuppressionReason
from recado.domain.notification import State
from tests.cloud import Cloud
from tests.contract.repositories.appointment_contract import an_appointment
from tests.faults import Faults
from tests.unit.domain.notifications import new_notification
from tests.workshop import CUSTOMER

TENANT = "andinos"
URL = "http://127.0.0.1:9/hook"
QUEUE = "CLIENT_WEBHOOKS_QUEUE_URL"
STREAMED = ("notifications", "directory", "configuration")
NOW = datetime.now(UTC).replace(microsecond=0)


class Bus:
    """Listens to what EventBridge is given, and remembers what it took."""

    def __init__(self, session: boto3.Session) -> None:
        self.taken: list[dict[str, Any]] = []
        self._given: list[dict[str, Any]] = []
        session.events.register("provide-client-params.events.PutEvents", self._note)
        session.events.register_last("after-call.events.PutEvents", self._keep)

    def _note(self, params: Mapping[str, Any], **_: Any) -> None:
        self._given = params["Entries"]

    def _keep(self, parsed: Mapping[str, Any], **_: Any) -> None:
        results = parsed.get("Entries", [])
        self.taken += [
            entry
            for entry, result in zip(self._given, results, strict=bool(results))
            if "EventId" in result
        ]


@dataclass
class World:
    """The deployed parts, and a client's system that they call."""

    cloud: Cloud
    bus: Bus
    dead_letter_url: str
    secret: str = ""
    answers: list[int] = field(default_factory=list)
    requests: list[httpx.Request] = field(default_factory=list)
    _read: dict[str, int] = field(default_factory=dict)

    @property
    def stack(self) -> Stack:
        return self.cloud.stack

    def handle(self, request: httpx.Request) -> httpx.Response:
        self.requests.append(request)
        return httpx.Response(self.answers.pop(0) if self.answers else 204)

    def records(self, table: str) -> list[dict[str, Any]]:
        """What the stream of a table holds since the last look, as Lambda hands it on."""
        # moto has no stream under an address that carries the account's id.
        no_account_id = ClientConfig(account_id_endpoint_mode="disabled")
        streams = boto3.client("dynamodbstreams", config=no_account_id)
        [stream] = streams.list_streams(TableName=table)["Streams"]
        described = streams.describe_stream(StreamArn=stream["StreamArn"])["StreamDescription"]
        [shard] = described["Shards"]
        iterator = streams.get_shard_iterator(
            StreamArn=stream["StreamArn"],
            ShardId=shard["ShardId"],
            ShardIteratorType="TRIM_HORIZON",
        )["ShardIterator"]
        records = streams.get_records(ShardIterator=iterator)["Records"]
        since = self._read.get(table, 0)
        self._read[table] = len(records)
        return [_as_lambda_has_it(record) for record in records[since:]]

    def publish(self, records: Sequence[Mapping[str, Any]]) -> list[str]:
        answer = self.cloud.run(publisher, {"Records": list(records)})
        return [failure["itemIdentifier"] for failure in answer["batchItemFailures"]]

    def on_the_bus(self) -> list[tuple[str, dict[str, Any]]]:
        """What the bus took since the last look: types with details."""
        taken, self.bus.taken = self.bus.taken, []
        return [(entry["DetailType"], json.loads(entry["Detail"])) for entry in taken]

    def deliver(self) -> list[str]:
        """Hand the queue's visible messages to the sender; gives those that stay."""
        event = self.cloud.sqs_event(QUEUE)
        answer = self.cloud.run(sender, event)
        kept = [failure["itemIdentifier"] for failure in answer["batchItemFailures"]]
        for record in event["Records"]:
            if record["messageId"] not in kept:
                self.stack.sqs.delete_message(
                    QueueUrl=self.cloud.environment[QUEUE], ReceiptHandle=record["receiptHandle"]
                )
        return kept

    def queued(self) -> list[dict[str, Any]]:
        return [json.loads(message["Body"]) for message in self.cloud.messages(QUEUE)]

    def dead(self) -> list[dict[str, Any]]:
        answer = self.stack.sqs.receive_message(QueueUrl=self.dead_letter_url)
        return [json.loads(message["Body"]) for message in answer.get("Messages", [])]

    def endpoint(self) -> ClientEndpoint:
        endpoint = self.stack.configuration.client_endpoint(TENANT, "ep_1")
        assert endpoint is not None
        return endpoint


def _as_lambda_has_it(record: Mapping[str, Any]) -> dict[str, Any]:
    change = record["dynamodb"]
    moment = change["ApproximateCreationDateTime"].timestamp()
    return {**record, "dynamodb": {**change, "ApproximateCreationDateTime": moment}}


@pytest.fixture
def world(cloud: Cloud, monkeypatch: pytest.MonkeyPatch) -> World:
    """The stack with its streams, and an endpoint on this machine that wants everything."""
    monkeypatch.setenv("ALLOW_LOOPBACK_WEBHOOKS", "true")
    dynamodb = boto3.client("dynamodb")
    for table in STREAMED:
        dynamodb.update_table(
            TableName=table,
            StreamSpecification={"StreamEnabled": True, "StreamViewType": "NEW_AND_OLD_IMAGES"},
        )
    world = World(cloud, Bus(boto3.DEFAULT_SESSION), _dead_letter_queue(cloud))
    transport = httpx.MockTransport(world.handle)
    monkeypatch.setattr(client_webhooks.httpx, "HTTPTransport", lambda **_: transport)
    signing = new_signing_secret()
    world.secret = signing.secret
    boto3.client("secretsmanager").create_secret(
        Name="recado/test/client-webhooks/andinos/ep_1",
        SecretString=SigningSecrets(secrets=(signing,)).model_dump_json(),
    )
    endpoint = ClientEndpoint(
        tenant_id=TENANT,
        endpoint_id="ep_1",
        url=URL,
        secret_name="recado/test/client-webhooks/andinos/ep_1",
        created_at=NOW,
    )
    cloud.stack.configuration.save_client_endpoint(endpoint)
    return world


def _dead_letter_queue(cloud: Cloud) -> str:
    sqs = cloud.stack.sqs
    url: str = sqs.create_queue(QueueName="recado-dead")["QueueUrl"]
    arn = "arn:aws:sqs:us-east-1:123456789012:recado-dead"
    policy = {"deadLetterTargetArn": arn, "maxReceiveCount": TRIES}
    sqs.set_queue_attributes(
        QueueUrl=cloud.environment[QUEUE], Attributes={"RedrivePolicy": json.dumps(policy)}
    )
    return url


def suppress(world: World, reason: SuppressionReason = SuppressionReason.OPT_OUT) -> None:
    world.stack.directory.suppress(
        Suppression(
            tenant_id=TENANT,
            channel=Channel.WHATSAPP,
            address="+593991234567",
            reason=reason,
            evidence="BAJA",
            created_at=NOW,
        )
    )


def test_a_notifications_way_is_told_on_the_bus_and_to_the_endpoint(world: World) -> None:
    log = world.stack.notifications
    before = new_notification().queued(NOW)
    log.create(before)
    claimed = log.save([Change(notification=before.claimed(NOW, timeout_seconds=5))])
    sent = claimed.stored["ntf_1"].accepted(NOW, provider_message_id="wamid.1")
    log.save([Change(notification=sent)])

    assert world.publish(world.records("notifications")) == []

    told = world.on_the_bus()
    types = [kind for kind, _ in told]
    assert types == ["notification.accepted", "notification.sent"]
    assert told[1][1]["tenant_id"] == TENANT
    assert told[1][1]["at"] == NOW.isoformat().replace("+00:00", "Z")
    assert told[1][1]["data"]["state"] == "sent"
    assert world.deliver() == []
    bodies = [Webhook(world.secret).verify(r.content, dict(r.headers)) for r in world.requests]
    assert sorted(body["type"] for body in bodies) == types
    ids = {request.headers["webhook-id"] for request in world.requests}
    assert ids == {detail["id"] for _, detail in told}


def test_a_change_that_leaves_the_document_alone_is_no_news(world: World) -> None:
    world.stack.notifications.create(new_notification().queued(NOW))
    world.records("notifications")
    [key] = world.stack.notifications.due(NOW + timedelta(days=9), limit=1)
    world.stack.notifications.look_again([key], NOW)

    records = world.records("notifications")

    assert len(records) == 1
    assert world.publish(records) == []
    assert world.on_the_bus() == []


def test_rows_that_nobody_is_told_of_are_no_news(world: World) -> None:
    world.stack.directory.put_recipient(CUSTOMER)

    records = world.records("directory")

    assert records
    assert world.publish(records) == []
    assert world.on_the_bus() == []


def test_an_opt_out_and_its_end_are_told(world: World) -> None:
    suppress(world)
    world.stack.directory.lift(
        TENANT,
        Address(channel=Channel.WHATSAPP, value="+593991234567"),
        reasons=(SuppressionReason.OPT_OUT,),
        evidence="ALTA",
        at=NOW,
    )

    assert world.publish(world.records("directory")) == []

    told = [kind for kind, _ in world.on_the_bus()]
    assert told == ["contact.opted_out", "contact.opted_in"]


def test_what_a_person_says_to_an_appointment_is_told(world: World) -> None:
    appointments = DynamoDBAppointmentRepository(world.stack.dynamodb, "directory")
    made = an_appointment(starts_at=NOW + timedelta(days=1))
    appointments.save_appointment(made)
    stored = made.model_copy(update={"version": 1})
    appointments.save_appointment(stored.answered(CONFIRM, NOW))

    assert world.publish(world.records("directory")) == []

    assert [kind for kind, _ in world.on_the_bus()] == ["appointment.confirmed"]


def test_an_account_that_gets_worse_is_told(world: World) -> None:
    for status in (AccountStatus.DEGRADED, AccountStatus.DEGRADED, AccountStatus.HEALTHY):
        world.stack.configuration.learn(
            AccountState(
                tenant_id=TENANT,
                account_id="wa",
                provider=Provider.WHATSAPP_CLOUD,
                status=status,
                event="x",
                at=NOW,
            )
        )

    world.publish(world.records("configuration"))

    told = [kind for kind, _ in world.on_the_bus()]
    assert told == ["channel_account.degraded", "channel_account.recovered"]


def test_a_record_that_comes_again_makes_the_same_event(world: World) -> None:
    suppress(world)
    records = world.records("directory")

    world.publish(records)
    world.publish(records)

    first, second = world.on_the_bus()
    assert first == second
    assert world.stack.dynamodb.scan(TableName="events")["Count"] == 1
    world.deliver()
    assert {request.headers["webhook-id"] for request in world.requests} == {first[1]["id"]}


@pytest.mark.parametrize(
    ("service", "operation"),
    [
        ("dynamodb", "BatchWriteItem"),
        ("events", "PutEvents"),
        ("sqs", "SendMessageBatch"),
    ],
)
def test_a_service_that_is_out_costs_no_event(
    world: World, service: str, operation: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    suppress(world)
    [record] = world.records("directory")
    events = boto3.client("events")
    monkeypatch.setattr(boto3, "client", lambda *_, **__: events)
    clients = {"dynamodb": world.stack.dynamodb, "sqs": world.stack.sqs, "events": events}
    Faults(clients[service]).refuse(operation, code="InternalFailure")

    assert world.publish([record]) == [record["dynamodb"]["SequenceNumber"]]
    assert world.publish([record]) == []
    assert world.stack.dynamodb.scan(TableName="events")["Count"] == 1
    assert [message["endpoint_id"] for message in world.queued()] == ["ep_1"]


def test_what_the_bus_takes_only_in_part_comes_again_from_there(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in range(3):
        state = new_notification().queued(NOW)
        named = state.model_copy(update={"notification_id": f"ntf_{number}"})
        world.stack.notifications.create(named)
    records = world.records("notifications")
    client = boto3.client("events")
    monkeypatch.setattr(boto3, "client", lambda *_, **__: client)

    def refuse_second(parsed: dict[str, Any], **_: Any) -> None:
        parsed["Entries"][1] = {"ErrorCode": "ThrottlingException", "ErrorMessage": "slow down"}

    client.meta.events.register_first("after-call.events.PutEvents", refuse_second)

    assert world.publish(records) == [records[1]["dynamodb"]["SequenceNumber"]]
    assert len(world.queued()) == 1


def test_a_row_that_nobody_can_read_does_not_hold_the_others_back(
    world: World, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(logging.getLogger("recado"), "propagate", True)
    suppress(world)
    [record] = world.records("directory")
    broken = json.loads(json.dumps(record))
    broken["dynamodb"]["NewImage"]["document"]["S"] = '{"address": "+593990000000"}'

    assert world.publish([broken, record]) == []

    assert [kind for kind, _ in world.on_the_bus()] == ["contact.opted_out"]
    logged = [vars(r) for r in caplog.records if "cannot be read" in r.message]
    assert logged
    assert "+593990000000" not in json.dumps(logged, default=str)


def test_an_endpoint_that_fails_is_tried_again_later(world: World) -> None:
    suppress(world)
    world.publish(world.records("directory"))
    world.answers = [500]

    [kept] = world.deliver()

    assert kept
    assert world.endpoint().failing_since is not None
    assert world.deliver() == []
    assert len(world.requests) == 1


def test_after_the_last_try_an_event_is_in_the_dead_letter_queue(world: World) -> None:
    suppress(world)
    world.publish(world.records("directory"))
    world.answers = [500] * 99
    for _ in range(TRIES):
        world.deliver()
        _make_visible(world)

    assert world.deliver() == []

    assert len(world.requests) == TRIES
    [dead] = world.dead()
    assert dead["endpoint_id"] == "ep_1"


def _make_visible(world: World) -> None:
    """As if the wait were over."""
    from moto.backends import get_backend

    backend: Any = get_backend("sqs")["123456789012"]["us-east-1"]
    for message in backend.queues["recado-client-webhooks-queue"]._messages:
        message.visible_at = 0


def test_an_endpoint_that_is_gone_is_disabled_and_that_is_told(world: World) -> None:
    suppress(world)
    world.publish(world.records("directory"))
    world.records("configuration")
    world.on_the_bus()
    world.answers = [410]

    assert world.deliver() == []

    assert world.endpoint().disabled_reason is DisabledReason.GONE
    world.publish(world.records("configuration"))
    [(kind, detail)] = world.on_the_bus()
    assert kind == "client_endpoint.disabled"
    assert detail["data"]["reason"] == "gone"
    assert URL not in json.dumps(detail)


def test_a_message_that_nobody_can_read_stays(world: World) -> None:
    world.stack.sqs.send_message(QueueUrl=world.cloud.environment[QUEUE], MessageBody="?")

    assert len(world.deliver()) == 1
    assert world.requests == []


def test_the_state_of_a_notification_without_a_route_is_told(world: World) -> None:
    nobody = new_notification(channels=0).ended(NOW, State.FAILED, reason="no_channel")
    world.stack.notifications.create(nobody)

    world.publish(world.records("notifications"))

    told = [kind for kind, _ in world.on_the_bus()]
    assert told == ["notification.accepted", "notification.failed"]
