"""Failure modes that no other test holds; docs/failure-modes.md has them all."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from freezegun import freeze_time

from functions.due_notifications import handler as due
from functions.notification_intake import handler as intake
from functions.notification_sender import handler as sender
from recado.adapters.channels.guarded import GuardedSender
from recado.domain.channels import Channel, ChannelAccount, Provider
from recado.domain.directory import Address, Recipient
from recado.domain.errors import DeliveryError, RetryableError
from recado.domain.messages import SmsMessage
from recado.domain.notification import Mode, State
from recado.domain.orchestration import Orchestration, Target
from recado.domain.templates import Template, TemplateSlot
from recado.ports.channels import OutboundMessage
from tests.cloud import Cloud
from tests.fakes.senders import FakeSenders
from tests.workshop import ACCOUNTS, CATALOGUE, CONTENTS, CUSTOMER, TENANT, event

OUTAGE_SECONDS = 120
STEPS = ("_prepare", "_stop", "_claim", "_send", "_record")
"""What a worker does one after the other with a batch."""


class Killed(BaseException):
    """No handler of ours catches it, as none survives a killed process."""


def sweep(cloud: Cloud, after: timedelta) -> None:
    cloud.run(due, {"time": (datetime.now(UTC) + after).isoformat()})


def dying_after(step: Callable[..., Any]) -> Callable[..., Any]:
    """A step with which the worker's life ends."""

    def last(*given: Any) -> None:
        step(*given)
        raise Killed

    return last


def settle(cloud: Cloud, batch: dict[str, Any]) -> None:
    """Hand a batch out again and let the clock run, as both do when a worker has died."""
    cloud.run(sender, batch)
    for minutes in (1, 7, 30):
        sweep(cloud, timedelta(minutes=minutes))
        cloud.run(sender, cloud.sqs_event("WHATSAPP_QUEUE_URL"))


@pytest.mark.parametrize("step", STEPS)
def test_a_worker_that_dies_after_any_step_sends_at_most_once_and_leaves_nothing_open(
    cloud: Cloud, monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    [notification_id] = cloud.dispatch()
    batch = cloud.sqs_event("WHATSAPP_QUEUE_URL")
    worker = sender.deliver_notifications()
    with monkeypatch.context() as dying:
        dying.setattr(worker, step, dying_after(getattr(worker, step)))
        with pytest.raises(Killed):
            cloud.run(sender, batch)

    settle(cloud, batch)

    final = cloud.timeline(notification_id).notification
    expected = {"_claim": (State.UNKNOWN, 0), "_send": (State.UNKNOWN, 1)}
    assert (final.state, len(cloud.senders.accepted)) == expected.get(step, (State.SENT, 1))
    assert final.is_final


def test_a_crash_in_the_middle_of_a_batch_sends_none_of_it_twice(cloud: Cloud) -> None:
    def die(_: OutboundMessage) -> None:
        raise Killed

    ids = cloud.dispatch(10)
    batch = cloud.sqs_event("WHATSAPP_QUEUE_URL")
    cloud.senders.script["wa"].extend([None, None, None, None, die])
    with pytest.raises(Killed):
        cloud.run(sender, batch)

    settle(cloud, batch)

    tags = [message.tag for message in cloud.senders.accepted]
    assert len(tags) == len(set(tags)) == 9
    states = [cloud.timeline(each).notification for each in ids]
    assert {each.state for each in states} <= {State.SENT, State.UNKNOWN}
    assert all(each.is_final for each in states)


def test_a_provider_that_is_out_for_two_minutes_is_called_nine_times_at_most(
    dynamodb: Any,
) -> None:
    account = ChannelAccount(
        tenant_id=TENANT.tenant_id, account_id="storm", provider=Provider.TWILIO_SMS
    )
    provider = FakeSenders()
    provider.script["storm"].extend([RetryableError("http_503")] * OUTAGE_SECONDS)
    guarded = GuardedSender(
        account,
        provider.sender_for(account, Mode.LIVE),
        client=dynamodb,
        table_name="circuit-breakers",
    )
    message = OutboundMessage(
        to=Address(channel=Channel.SMS, value="+593991234567"),
        content=SmsMessage(text="Hola"),
        tag="ntf_1.1",
    )

    waits = []
    with freeze_time("2026-11-20T12:00:00Z") as clock:
        for _ in range(OUTAGE_SECONDS):
            with pytest.raises(DeliveryError) as refused:
                guarded.send(message)
            waits.append(refused.value)
            clock.tick(1)
        calls_during_the_outage = len(provider.attempted)
        provider.script["storm"].clear()
        clock.tick(60)
        guarded.send(message)

    # Five in a row open the circuit; then one probe each 30 seconds.
    assert calls_during_the_outage <= 5 + OUTAGE_SECONDS // 30
    assert len(waits) == OUTAGE_SECONDS
    assert len(provider.accepted) == 1


def furnish_another(cloud: Cloud, tenant_id: str, person: Recipient) -> None:
    """Set up a tenant whose things bear the same names as the workshop's."""
    configuration = cloud.stack.configuration
    configuration.put_tenant(TENANT.model_copy(update={"tenant_id": tenant_id}))
    configuration.put_catalogue(tenant_id, CATALOGUE)
    configuration.put_account(ACCOUNTS[0].model_copy(update={"tenant_id": tenant_id}))
    configuration.put_orchestration(
        Orchestration(
            tenant_id=tenant_id,
            service_type="mantenimiento",
            target=Target.CLIENTS,
            matrix={"phase-schedule": {Channel.WHATSAPP: True}},
        )
    )
    slot = TemplateSlot(
        service_type="mantenimiento",
        phase="phase-schedule",
        target=Target.CLIENTS,
        channel=Channel.WHATSAPP,
        locale="es",
    )
    configuration.put_template(
        Template(tenant_id=tenant_id, slot=slot, version=1, content=CONTENTS[0])
    )
    cloud.stack.directory.put_recipient(person)


def test_two_tenants_through_one_process_each_get_their_own(cloud: Cloud) -> None:
    ana = CUSTOMER.model_copy(
        update={
            "tenant_id": "costeros",
            "name": "Ana Vera",
            "addresses": (Address(channel=Channel.WHATSAPP, value="+593987654321"),),
        }
    )
    furnish_another(cloud, "costeros", ana)
    request = {"tenant_id": "costeros", **event().model_dump(mode="json", exclude_none=True)}
    queue = cloud.environment["REQUESTS_QUEUE_URL"]
    cloud.stack.sqs.send_message(QueueUrl=queue, MessageBody=json.dumps(request))
    cloud.run(intake, cloud.sqs_event("REQUESTS_QUEUE_URL"))
    [ours_id] = cloud.dispatch()

    cloud.run(sender, cloud.sqs_event("WHATSAPP_QUEUE_URL"))

    accepted = cloud.senders.accepted
    [ours] = [message for message in accepted if message.tag.startswith(ours_id)]
    [theirs] = [message for message in accepted if message is not ours]
    assert (ours.to.value, theirs.to.value) == ("+593991234567", "+593987654321")
    assert ["Carlos" in str(each.content) for each in (ours, theirs)] == [True, False]
    assert ["Ana" in str(each.content) for each in (ours, theirs)] == [False, True]


def rewrite(
    cloud: Cloud, notification_id: str, change: Callable[[dict[str, Any]], dict[str, Any]]
) -> None:
    """Store a notification's document as another release would have written it."""
    key = {"pk": {"S": f"{TENANT.tenant_id}#{notification_id}"}, "sk": {"S": "META"}}
    stored = cloud.stack.dynamodb.get_item(TableName="notifications", Key=key)["Item"]
    document = change(json.loads(stored["document"]["S"]))
    cloud.stack.dynamodb.put_item(
        TableName="notifications", Item={**stored, "document": {"S": json.dumps(document)}}
    )


def test_what_the_next_release_stored_and_queued_this_one_sends(cloud: Cloud) -> None:
    """While a release goes out, its rows and messages meet the workers of the one before."""
    [notification_id] = cloud.dispatch()
    rewrite(cloud, notification_id, lambda document: {**document, "of_the_next_release": {"a": 1}})
    batch = cloud.sqs_event("WHATSAPP_QUEUE_URL")
    for record in batch["Records"]:
        record["body"] = json.dumps({**json.loads(record["body"]), "of_the_next_release": True})

    cloud.run(sender, batch)

    assert cloud.timeline(notification_id).notification.state is State.SENT
    assert len(cloud.senders.accepted) == 1


def test_what_an_earlier_release_stored_this_one_sends(cloud: Cloud) -> None:
    """A row holds no more than its release knew: what came later has its default."""
    [notification_id] = cloud.dispatch()
    stored = cloud.timeline(notification_id).notification
    least = json.loads(stored.model_dump_json(exclude_defaults=True, exclude={"version"}))
    rewrite(cloud, notification_id, lambda _: least)

    cloud.run(sender, cloud.sqs_event("WHATSAPP_QUEUE_URL"))

    assert cloud.timeline(notification_id).notification.state is State.SENT
    assert len(cloud.senders.accepted) == 1
