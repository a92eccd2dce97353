"""Alerts over moto: real counters, circuits, states and queues, and what others are told."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

import boto3
import pytest
from botocore.config import Config as ClientConfig

from recado.adapters.clock import SystemClock
from recado.adapters.dynamodb.alerts import DynamoDBAlerts
from recado.adapters.dynamodb.circuits import DynamoDBCircuits
from recado.adapters.dynamodb.spending import DynamoDBSpendingLedger
from recado.adapters.dynamodb.templates_in_force import DynamoDBTemplatesInForce
from recado.adapters.queue_depths import SqsQueueDepths
from recado.domain.account_states import AccountState, AccountStatus, TemplateState
from recado.domain.alert_rules import AlertRules
from recado.domain.channels import Channel, Provider
from recado.domain.delivery import Change
from recado.domain.directory import Address
from recado.domain.notification import Notification, State
from recado.domain.occasions import ANY_SERVICE, Occasion
from recado.domain.orchestration import Target
from recado.domain.templates import (
    ApprovedTemplate,
    EmailContent,
    Template,
    TemplateContent,
    TemplateSlot,
    WhatsAppContent,
)
from recado.services.count_notifications import CountNotifications
from recado.services.plan_notification import PlanNotification
from recado.services.raise_alerts import AlertRun, RaiseAlerts
from recado.services.tell_team import TellTeam
from recado.services.watch_conditions import WatchConditions
from recado.stream_events import read_changes
from tests.cloud import Cloud
from tests.workshop import TEAM, TENANT

NOW = datetime.now(UTC)
RUN = timedelta(minutes=15)
APPROVED = ApprovedTemplate(
    name="alerta_equipo", language="es", parameters=("Alerta", "Detalle", "Acción")
)
CONTENTS: tuple[TemplateContent, ...] = (
    EmailContent(subject="{{Alerta}}", text="{{Detalle}} {{Acción}}"),
    WhatsAppContent(text="{{Alerta}} {{Detalle}} {{Acción}}", approved_template=APPROVED),
)


@pytest.fixture
def workshop(cloud: Cloud) -> Cloud:
    """The workshop with a team that has a phone, and with templates for alerts."""
    here = cloud.stack
    at_any_time = AlertRules.model_validate({"told_from": "00:00", "told_until": "00:00"})
    here.configuration.put_tenant(TENANT.model_copy(update={"alerts": at_any_time}))
    phone = Address(channel=Channel.WHATSAPP, value="+593990000100")
    here.directory.put_recipient(TEAM.model_copy(update={"addresses": (*TEAM.addresses, phone)}))
    for content in CONTENTS:
        slot = TemplateSlot(
            service_type=ANY_SERVICE,
            phase=Occasion.ALERT,
            target=Target.STAFF,
            channel=content.channel,
            locale="es",
        )
        here.configuration.put_template(
            Template(tenant_id=TENANT.tenant_id, slot=slot, version=1, content=content)
        )
    return cloud


def raiser(cloud: Cloud) -> Callable[[datetime], AlertRun]:
    here, table = cloud.stack, cloud.stack.config.configuration_table
    alerts = DynamoDBAlerts(here.dynamodb, table)
    plan = PlanNotification(
        notifications=here.notifications,
        directory=here.directory,
        configuration=here.configuration,
        reach=here.reach,
        queues=here.queues(),
        clock=SystemClock(),
    )
    raise_alerts = RaiseAlerts(
        tenants=here.configuration,
        alerts=alerts,
        watch=WatchConditions(
            alerts=alerts,
            statistics=here.statistics,
            circuits=DynamoDBCircuits(here.dynamodb, here.config.circuit_breakers_table),
            configuration=here.configuration,
            states=here.configuration,
            templates=DynamoDBTemplatesInForce(here.dynamodb, table),
            queues=SqsQueueDepths(
                here.sqs,
                {
                    "inbound": cloud.environment["INBOUND_DLQ_URL"],
                    "parked": cloud.environment["PARKED_QUEUE_URL"],
                },
            ),
            spending=DynamoDBSpendingLedger(here.dynamodb, here.config.rate_limits_table),
            operations_tenant=TENANT.tenant_id,
        ),
        tell=TellTeam(plan=plan, directory=here.directory, configuration=here.configuration),
    )
    return partial(raise_alerts, has_time=lambda: True)


def told(cloud: Cloud) -> list[Notification]:
    """What the delivery queues hold since the last look."""
    found = []
    for queue in ("EMAIL_QUEUE_URL", "WHATSAPP_QUEUE_URL"):
        for message in cloud.messages(queue):
            notification_id = message["Body"].split('"notification_id":"')[1].split('"')[0]
            found.append(cloud.timeline(notification_id).notification)
            cloud.stack.sqs.delete_message(
                QueueUrl=cloud.environment[queue], ReceiptHandle=message["ReceiptHandle"]
            )
    return found


def said(cloud: Cloud) -> list[tuple[str, Channel]]:
    return [(each.event_type, each.current_step.channel) for each in told(cloud)]


def fail(cloud: Cloud, count: int) -> None:
    """Let customers' notifications fail, and count them as the stream would."""
    here = cloud.stack
    failed = []
    for notification_id in cloud.dispatch(count):
        current = here.notifications.get(TENANT.tenant_id, notification_id)
        assert current is not None
        change = Change(notification=current.ended(NOW, State.FAILED, reason="131026"))
        failed.append(here.notifications.save([change]).stored[notification_id])
    CountNotifications(statistics=here.statistics, configuration=here.configuration)(failed)
    told(cloud)


def test_failures_are_told_once_by_two_runs(workshop: Cloud) -> None:
    fail(workshop, 3)
    assert raiser(workshop)(NOW) == AlertRun(tenants=1)
    fail(workshop, 8)

    assert raiser(workshop)(NOW + RUN) == AlertRun(tenants=1, raised=1, told=1)
    assert raiser(workshop)(NOW + RUN) == AlertRun(tenants=1)
    assert raiser(workshop)(NOW + 2 * RUN) == AlertRun(tenants=1)

    # WhatsApp lost all of them, so it carries no word of it.
    assert said(workshop) == [("ALERT_TOO_MANY_FAILED", Channel.EMAIL)]


def open_circuit(cloud: Cloud, *, kept_until: datetime) -> None:
    """As Powertools stores that the account for pushes has been out for twenty minutes."""
    here = cloud.stack
    here.dynamodb.put_item(
        TableName=here.config.circuit_breakers_table,
        Item={
            "id": {"S": f"{TENANT.tenant_id}/push"},
            "state": {"S": "OPEN"},
            "failure_count": {"N": "5"},
            "opened_at": {"N": str(int((NOW - timedelta(minutes=20)).timestamp()))},
            "expiration": {"N": str(int(kept_until.timestamp()))},
        },
    )


def test_an_open_circuit_that_expired_for_want_of_messages_is_not_over(workshop: Cloud) -> None:
    open_circuit(workshop, kept_until=NOW + timedelta(minutes=40))
    assert raiser(workshop)(NOW).raised == 1
    open_circuit(workshop, kept_until=NOW - timedelta(minutes=1))

    assert [raiser(workshop)(NOW + step * RUN).cleared for step in range(4, 8)] == [0] * 4


def test_an_open_circuit_and_what_providers_said_are_told(workshop: Cloud) -> None:
    here = workshop.stack
    open_circuit(workshop, kept_until=NOW + timedelta(days=1))
    for state in (
        AccountState(
            tenant_id=TENANT.tenant_id,
            account_id="mail",
            provider=Provider.SES,
            status=AccountStatus.DEGRADED,
            event="FLAGGED",
            at=NOW,
        ),
        TemplateState(
            tenant_id=TENANT.tenant_id,
            account_id="wa",
            name="cita",
            language="es",
            status="REJECTED",
            quality="RED",
            at=NOW,
        ),
    ):
        here.configuration.learn(state)

    assert raiser(workshop)(NOW).raised == 4

    by_channel: dict[Channel, set[str]] = {}
    for event_type, channel in said(workshop):
        by_channel.setdefault(channel, set()).add(event_type)
    everything = {
        "ALERT_ACCOUNT_DOWN",
        "ALERT_ACCOUNT_QUALITY",
        "ALERT_TEMPLATE_STOPPED",
        "ALERT_TEMPLATE_QUALITY",
    }
    assert by_channel == {
        Channel.WHATSAPP: everything,
        Channel.EMAIL: everything - {"ALERT_ACCOUNT_QUALITY"},
    }


def test_messages_for_people_are_told_and_their_end_by_mail(workshop: Cloud) -> None:
    here, url = workshop.stack, workshop.environment["PARKED_QUEUE_URL"]
    here.sqs.send_message(QueueUrl=url, MessageBody="?")
    assert raiser(workshop)(NOW).told == 1
    both = [("ALERT_DEAD_LETTERS", Channel.EMAIL), ("ALERT_DEAD_LETTERS", Channel.WHATSAPP)]
    assert said(workshop) == both

    [message] = workshop.messages("PARKED_QUEUE_URL")
    assert raiser(workshop)(NOW + RUN) == AlertRun(tenants=1), "somebody only looks at it"
    here.sqs.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])
    assert raiser(workshop)(NOW + 2 * RUN) == AlertRun(tenants=1, cleared=1, told=1)

    [solved] = told(workshop)
    assert solved.current_step.channel is Channel.EMAIL
    assert solved.context["Alerta"] == "Resuelto: Hay mensajes que nadie pudo procesar"


def test_others_are_told_that_it_is_raised_and_over_and_nothing_between(workshop: Cloud) -> None:
    here, url = workshop.stack, workshop.environment["PARKED_QUEUE_URL"]
    here.dynamodb.update_table(
        TableName="configuration",
        StreamSpecification={"StreamEnabled": True, "StreamViewType": "NEW_AND_OLD_IMAGES"},
    )
    here.sqs.send_message(QueueUrl=url, MessageBody="?")
    raiser(workshop)(NOW)
    here.sqs.purge_queue(QueueUrl=url)
    raiser(workshop)(NOW + RUN)

    changes = [events for _, events in read_changes({"Records": _records()})]

    told_others = [event for events in changes for event in events]
    assert [event.type for event in told_others] == ["alert.raised", "alert.cleared"]
    assert {event.data["subject"] for event in told_others} == {"parked"}
    # Raised, told, over, told.
    assert len(changes) == 4


def _records() -> list[dict[str, Any]]:
    # moto has no stream under an address that carries the account's id.
    no_account_id = ClientConfig(account_id_endpoint_mode="disabled")
    streams = boto3.client("dynamodbstreams", config=no_account_id)
    [stream] = streams.list_streams(TableName="configuration")["Streams"]
    [shard] = streams.describe_stream(StreamArn=stream["StreamArn"])["StreamDescription"]["Shards"]
    iterator = streams.get_shard_iterator(
        StreamArn=stream["StreamArn"],
        ShardId=shard["ShardId"],
        ShardIteratorType="TRIM_HORIZON",
    )["ShardIterator"]
    records: list[dict[str, Any]] = streams.get_records(ShardIterator=iterator)["Records"]
    for record in records:
        # Lambda hands the time on as seconds.
        record["dynamodb"]["ApproximateCreationDateTime"] = NOW.timestamp()
    return records
