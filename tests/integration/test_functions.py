"""The functions behind the queues and the clock, over moto, with the faults that AWS has."""

from __future__ import annotations

import io
import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from functions.api import handler as api
from functions.channel_fallback import handler as fallback
from functions.due_notifications import handler as due
from functions.inbound_processor import handler as inbound_processor
from functions.notification_intake import handler as intake
from functions.notification_sender import handler as sender
from functions.receipt_processor import handler as receipt_processor
from recado.domain.channels import Provider
from recado.domain.errors import PermanentMessageError, RetryableError
from recado.domain.identities import Identity, IdentityKind
from recado.domain.notification import State
from recado.domain.receipts import Receipt, ReceiptStatus
from recado.domain.updates import InboundMessage, InboundType
from recado.ports.channels import OutboundMessage
from tests.cloud import Cloud
from tests.faults import Faults
from tests.workshop import TENANT

REQUEST = {
    "tenant_id": "andinos",
    "event_type": "appointment_scheduled",
    "service_type_id": "mantenimiento",
    "phase_id": "phase-schedule",
    "customer_id": "customer-001",
    "context": {"placa": "ABC123"},
}


def sweep(cloud: Cloud, after: timedelta) -> dict[str, Any]:
    return cloud.run(due, {"time": (datetime.now(UTC) + after).isoformat()})


def kept(answer: dict[str, Any]) -> list[str]:
    return [failure["itemIdentifier"] for failure in answer["batchItemFailures"]]


def records(*bodies: str) -> dict[str, Any]:
    return {
        "Records": [
            {
                "messageId": f"m{number}",
                "receiptHandle": "r",
                "body": body,
                "eventSourceARN": "arn:aws:sqs:us-east-1:123456789012:recado-requests",
            }
            for number, body in enumerate(bodies)
        ]
    }


def damage(cloud: Cloud, notification_id: str) -> None:
    """Make a row one that this release cannot read."""
    cloud.stack.dynamodb.update_item(
        TableName="notifications",
        Key={"pk": {"S": f"{TENANT.tenant_id}#{notification_id}"}, "sk": {"S": "META"}},
        UpdateExpression="SET document = :damaged",
        ExpressionAttributeValues={":damaged": {"S": '{"state": "of the next release"}'}},
    )


def send_template(cloud: Cloud, phone: str) -> str:
    """A message to a number of nobody in the directory; gives its id."""
    request = {"candidate_id": phone, "phone": phone, "template_name": "contacto_inicial"}
    status, body, _ = cloud.request("POST", "/api/v1/communications/send", request)
    assert status == 202
    communication_id: str = body["id"]
    return communication_id


class TestSender:
    def test_a_batch_is_sent_and_recorded(self, cloud: Cloud) -> None:
        ids = cloud.dispatch(10)

        answer = cloud.run(sender, cloud.sqs_event("WHATSAPP_QUEUE_URL"))

        assert kept(answer) == []
        assert {cloud.timeline(i).notification.state for i in ids} == {State.SENT}
        assert len(cloud.senders.accepted) == 10

    def test_a_passing_error_stays_in_the_queue_for_its_own_time(self, cloud: Cloud) -> None:
        [notification_id] = cloud.dispatch()
        cloud.senders.script["wa"].append(RetryableError("503", retry_after=60))
        event = cloud.sqs_event("WHATSAPP_QUEUE_URL")

        answer = cloud.run(sender, event)

        assert kept(answer) == [event["Records"][0]["messageId"]]
        [attempt] = cloud.timeline(notification_id).attempts
        assert (attempt.outcome, attempt.retry_in_seconds) == ("retryable", 60)

    def test_a_limit_of_one_recipient_holds_back_nobody_else(self, cloud: Cloud) -> None:
        limited, free = "+573001234567", "+573007654321"
        ids = {phone: send_template(cloud, phone) for phone in (limited, free)}

        def takes_few_for_one(message: OutboundMessage) -> None:
            if message.to.value == limited:
                raise RetryableError("131056", retry_after=6, account_fault=False)

        cloud.senders.script["wa"].extend([takes_few_for_one] * 3)
        event = cloud.sqs_event("WHATSAPP_QUEUE_URL")
        answer = cloud.run(sender, event)
        again = send_template(cloud, free)
        cloud.run(sender, cloud.sqs_event("WHATSAPP_QUEUE_URL"))

        waiting = [r["messageId"] for r in event["Records"] if ids[limited] in r["body"]]
        assert kept(answer) == waiting
        assert len(waiting) == 1
        [attempt] = cloud.timeline(ids[limited]).attempts
        assert attempt.retry_in_seconds is not None
        assert attempt.retry_in_seconds >= 6
        sent = {cloud.timeline(i).notification.state for i in (ids[free], again)}
        assert sent == {State.SENT}

    def test_a_permanent_error_goes_through_the_dead_letter_queue_to_the_next_channel(
        self, cloud: Cloud
    ) -> None:
        [notification_id] = cloud.dispatch()
        cloud.senders.script["wa"].append(PermanentMessageError("132001"))

        cloud.run(sender, cloud.sqs_event("WHATSAPP_QUEUE_URL"))
        cloud.run(fallback, cloud.sqs_event("WHATSAPP_DLQ_URL"))
        cloud.run(sender, cloud.sqs_event("EMAIL_QUEUE_URL"))

        timeline = cloud.timeline(notification_id)
        assert timeline.notification.state is State.SENT
        assert [a.channel for a in timeline.attempts] == ["whatsapp", "email"]

    def test_an_unreadable_message_stays_and_costs_the_others_nothing(self, cloud: Cloud) -> None:
        cloud.dispatch()
        event = cloud.sqs_event("WHATSAPP_QUEUE_URL")
        event["Records"].append({**event["Records"][0], "messageId": "bad", "body": "{"})

        assert kept(cloud.run(sender, event)) == ["bad"]
        assert len(cloud.senders.accepted) == 1

    def test_invariant_2_a_claim_whose_answer_was_lost_is_still_ours(self, cloud: Cloud) -> None:
        [notification_id] = cloud.dispatch()
        cloud.partiql.answers_to_lose = 1

        cloud.run(sender, cloud.sqs_event("WHATSAPP_QUEUE_URL"))

        assert cloud.timeline(notification_id).notification.state is State.SENT
        assert len(cloud.senders.accepted) == 1

    def test_a_throttled_table_is_asked_again(self, cloud: Cloud) -> None:
        ids = cloud.dispatch(3)
        cloud.partiql.statements_to_throttle = 2

        cloud.run(sender, cloud.sqs_event("WHATSAPP_QUEUE_URL"))

        assert {cloud.timeline(i).notification.state for i in ids} == {State.SENT}
        assert len(cloud.senders.accepted) == 3

    def test_a_table_that_stays_throttled_costs_no_second_send(self, cloud: Cloud) -> None:
        [notification_id] = cloud.dispatch()
        event = cloud.sqs_event("WHATSAPP_QUEUE_URL")
        cloud.partiql.statements_to_throttle = 1_000

        assert kept(cloud.run(sender, event)) == [event["Records"][0]["messageId"]]
        cloud.partiql.statements_to_throttle = 0
        cloud.run(sender, event)

        assert cloud.timeline(notification_id).notification.state is State.SENT
        assert len(cloud.senders.accepted) == 1

    def test_invariant_8_a_row_that_cannot_be_read_costs_the_others_nothing(
        self, cloud: Cloud
    ) -> None:
        ids = cloud.dispatch(3)
        damage(cloud, ids[1])
        event = cloud.sqs_event("WHATSAPP_QUEUE_URL")

        answer = cloud.run(sender, event)

        assert kept(answer) == [event["Records"][1]["messageId"]]
        assert len(cloud.senders.accepted) == 2

    def test_a_claim_without_an_answer_is_looked_up(self, cloud: Cloud) -> None:
        [notification_id] = cloud.dispatch()
        event = cloud.sqs_event("WHATSAPP_QUEUE_URL")
        cloud.partiql.answers_to_break = 1

        cloud.run(sender, event)

        assert cloud.timeline(notification_id).notification.state is State.SENT
        assert len(cloud.senders.accepted) == 1

    def test_invariant_3_a_worker_killed_after_acceptance_sends_once(
        self, cloud: Cloud, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        class Killed(BaseException):
            """No handler of ours catches it, as none survives a killed process."""

        def die(*_: object) -> None:
            raise Killed

        [notification_id] = cloud.dispatch()
        event = cloud.sqs_event("WHATSAPP_QUEUE_URL")
        with monkeypatch.context() as dying:
            dying.setattr(sender.deliver_notifications(), "_record", die)
            with pytest.raises(Killed):
                cloud.run(sender, event)

        cloud.run(sender, event)
        sweep(cloud, timedelta(minutes=1))
        cloud.run(sender, event)

        assert len(cloud.senders.accepted) == 1
        assert cloud.timeline(notification_id).notification.state is State.UNKNOWN

    def test_a_dead_letter_queue_that_refuses_is_repaired_by_the_clock(self, cloud: Cloud) -> None:
        [notification_id] = cloud.dispatch()
        cloud.senders.script["wa"].append(PermanentMessageError("132001"))
        event = cloud.sqs_event("WHATSAPP_QUEUE_URL")
        Faults(cloud.stack.sqs).refuse("SendMessageBatch", code="ServiceUnavailable")

        cloud.run(sender, event)
        assert cloud.messages("WHATSAPP_DLQ_URL") == []
        sweep(cloud, timedelta(minutes=2))
        cloud.run(sender, cloud.sqs_event("EMAIL_QUEUE_URL"))

        assert cloud.timeline(notification_id).notification.state is State.SENT


class TestAcceptance:
    def test_invariant_1_a_queue_that_refuses_loses_nothing(self, cloud: Cloud) -> None:
        Faults(cloud.stack.sqs).refuse("SendMessageBatch", code="ServiceUnavailable")
        [notification_id] = cloud.dispatch()
        assert cloud.messages("WHATSAPP_QUEUE_URL") == []

        swept = sweep(cloud, timedelta(minutes=6))
        cloud.run(sender, cloud.sqs_event("WHATSAPP_QUEUE_URL"))

        assert swept == {"looked_at": 1, "changed": 1, "queued": 1}
        assert cloud.timeline(notification_id).notification.state is State.SENT

    def test_invariant_1_an_entry_refused_within_a_batch_is_found_again(self, cloud: Cloud) -> None:
        ids = cloud.dispatch(2)
        assert len(cloud.messages("WHATSAPP_QUEUE_URL")) == 2
        Faults(cloud.stack.sqs).answer_partly("SendMessageBatch", refused=1)

        sweep(cloud, timedelta(minutes=6))
        cloud.run(sender, cloud.sqs_event("WHATSAPP_QUEUE_URL"))
        assert len(cloud.senders.accepted) == 1
        sweep(cloud, timedelta(minutes=17))
        cloud.run(sender, cloud.sqs_event("WHATSAPP_QUEUE_URL"))

        assert {cloud.timeline(i).notification.state for i in ids} == {State.SENT}
        assert len(cloud.senders.accepted) == 2

    def test_a_put_whose_answer_was_lost_is_not_doubled_by_the_clients_second_try(
        self, cloud: Cloud
    ) -> None:
        headers = {"x-api-key": cloud.api_key, "idempotency-key": "k"}
        body = {k: v for k, v in REQUEST.items() if k != "tenant_id"}
        path = "/api/v1/notifications/events/dispatch"
        puts = iter(range(1_000))

        def lose_the_rows_answer(**_: Any) -> None:
            if next(puts) == 1:
                raise ConnectionError("injected: the answer was lost")

        events = cloud.stack.dynamodb.meta.events
        events.register("after-call.dynamodb.PutItem", lose_the_rows_answer)
        failed, _, _ = cloud.request("POST", path, body, headers=headers)
        accepted, answer, _ = cloud.request("POST", path, body, headers=headers)

        assert (failed, accepted) == (500, 202)
        found = cloud.stack.notifications.due(datetime.now(UTC) + timedelta(days=1), limit=10)
        assert [key.notification_id for key in found] == [answer["notification_id"]]


class TestIntake:
    def test_a_request_becomes_a_notification(self, cloud: Cloud) -> None:
        answer = cloud.run(intake, records(json.dumps(REQUEST)))

        assert kept(answer) == []
        assert len(cloud.messages("WHATSAPP_QUEUE_URL")) == 1

    def test_a_redelivered_request_makes_one_notification(self, cloud: Cloud) -> None:
        cloud.run(intake, records(json.dumps(REQUEST)))
        cloud.run(intake, records(json.dumps(REQUEST)))

        assert len(cloud.messages("WHATSAPP_QUEUE_URL")) == 1

    def test_two_requests_with_one_key_make_one_notification(self, cloud: Cloud) -> None:
        keyed = json.dumps({**REQUEST, "idempotency_key": "order-7"})
        cloud.run(intake, records(keyed, keyed))

        assert len(cloud.messages("WHATSAPP_QUEUE_URL")) == 1

    @pytest.mark.parametrize(
        ("body", "reason"),
        [
            ("{", "invalid: body"),
            (json.dumps({**REQUEST, "event_type": ""}), "invalid: event_type"),
            (json.dumps({**REQUEST, "customer_id": "x"}), "unprocessable: unknown recipient"),
            (json.dumps({**REQUEST, "tenant_id": "other"}), "not_found: unknown tenant 'other'"),
        ],
    )
    def test_a_request_that_cannot_be_carried_out_is_kept_with_its_reason(
        self, cloud: Cloud, body: str, reason: str
    ) -> None:
        answer = cloud.run(intake, records(body, json.dumps(REQUEST)))

        assert kept(answer) == []
        [refused] = cloud.messages("REQUESTS_DLQ_URL")
        assert refused["Body"] == body
        assert refused["MessageAttributes"]["reason"]["StringValue"] == reason
        assert len(cloud.messages("WHATSAPP_QUEUE_URL")) == 1

    def test_invariant_8_a_request_that_our_store_refuses_comes_again_alone(
        self, cloud: Cloud
    ) -> None:
        requests = [json.dumps({**REQUEST, "event_type": f"e{number}"}) for number in range(3)]
        Faults(cloud.stack.dynamodb).refuse(
            "PutItem", code="ProvisionedThroughputExceededException"
        )

        answer = cloud.run(intake, records(*requests))

        assert kept(answer) == ["m0"]
        assert len(cloud.messages("WHATSAPP_QUEUE_URL")) == 2


class TestFallback:
    def test_what_nobody_can_read_is_parked_and_done_with(self, cloud: Cloud) -> None:
        answer = cloud.run(fallback, records("{not json"))

        assert kept(answer) == []
        assert [message["Body"] for message in cloud.messages("PARKED_QUEUE_URL")] == ["{not json"]

    def test_a_message_that_cannot_be_parked_comes_again(self, cloud: Cloud) -> None:
        Faults(cloud.stack.sqs).refuse("SendMessage", code="ServiceUnavailable")

        with pytest.raises(Exception, match="ServiceUnavailable"):
            cloud.run(fallback, records("{not json"))


class TestClock:
    def test_a_row_that_cannot_be_read_keeps_the_clock_from_nothing(self, cloud: Cloud) -> None:
        ids = cloud.dispatch(3)
        cloud.messages("WHATSAPP_QUEUE_URL")
        damage(cloud, ids[1])

        first = sweep(cloud, timedelta(minutes=6))
        second = sweep(cloud, timedelta(minutes=7))

        assert (first["looked_at"], first["queued"]) == (3, 2)
        assert second["looked_at"] == 0

    def test_a_second_run_for_the_same_minute_changes_nothing(self, cloud: Cloud) -> None:
        cloud.dispatch(30)

        first = sweep(cloud, timedelta(minutes=6))
        second = sweep(cloud, timedelta(minutes=6))

        assert (first["queued"], second["queued"]) == (30, 0)

    def test_invariant_4_what_nobody_sends_expires_by_its_deadline(self, cloud: Cloud) -> None:
        ids = cloud.dispatch(3)

        sweep(cloud, timedelta(hours=TENANT.max_age_hours))

        for notification_id in ids:
            final = cloud.timeline(notification_id).notification
            assert (final.state, final.reason) == (State.EXPIRED, "deadline_passed")
            assert final.is_final


def test_invariant_11_logs_hold_no_personal_data(cloud: Cloud) -> None:
    written = io.StringIO()
    for function in (api, sender, fallback, intake, due, receipt_processor, inbound_processor):
        for handler in function.logger.handlers:
            handler.setStream(written)
    cloud.senders.script["wa"].append(PermanentMessageError("x", "to +593991234567"))
    path = "/api/v1/notifications/events/dispatch"
    body = {k: v for k, v in REQUEST.items() if k != "tenant_id"}
    headers = {"x-api-key": cloud.api_key, "x-correlation-id": "order-7"}
    cloud.request("POST", path, body, headers=headers)
    cloud.request("POST", path, {**body, "customer_id": "nobody-secret"})
    cloud.run(sender, cloud.sqs_event("WHATSAPP_QUEUE_URL"))
    cloud.run(fallback, cloud.sqs_event("WHATSAPP_DLQ_URL"))
    cloud.run(sender, cloud.sqs_event("EMAIL_QUEUE_URL"))
    cloud.run(intake, records("{", json.dumps({**REQUEST, "customer_id": "Carlos Mendoza"})))
    sweep(cloud, timedelta(minutes=1))
    cloud.stack.update_queues.put_receipts([delivered(cloud.senders.accepted[-1].tag)])
    cloud.run(receipt_processor, cloud.sqs_event("RECEIPTS_QUEUE_URL"))
    cloud.dispatch()
    cloud.run(sender, cloud.sqs_event("WHATSAPP_QUEUE_URL"))
    cloud.stack.update_queues.put_inbound([written_by_carlos()])
    cloud.run(inbound_processor, cloud.sqs_event("INBOUND_QUEUE_URL"))

    logged = written.getvalue()
    assert "swept" in logged
    lines = [json.loads(line) for line in logged.splitlines()]
    assert [each["message"] for each in lines if each.get("correlation_id") == "order-7"] == [
        "notification accepted",
        "attempt ended",
        "channel given up",
        "attempt ended",
        "receipt applied",
    ]
    assert "reply linked" in {each["message"] for each in lines}
    personal = ("Carlos", "Mendoza", "991234567", "example.com/abc", "carlos@", "ABC123", "secreto")
    assert [word for word in (*personal, "wamid", cloud.api_key) if word in logged] == []


def delivered(tag: str) -> Receipt:
    now = datetime.now(UTC)
    return Receipt(
        tenant_id=TENANT.tenant_id,
        account_id="mail",
        provider=Provider.SES,
        provider_message_id="wamid.1",
        status=ReceiptStatus.DELIVERED,
        at=now,
        received_at=now,
        tag=tag,
    )


def written_by_carlos() -> InboundMessage:
    now = datetime.now(UTC)
    return InboundMessage(
        tenant_id=TENANT.tenant_id,
        account_id="wa",
        provider=Provider.WHATSAPP_CLOUD,
        provider_message_id="wamid.2",
        sender=(Identity(kind=IdentityKind.PHONE, value="+593991234567"),),
        sender_name="Carlos M",
        at=now,
        received_at=now,
        type=InboundType.TEXT,
        text="Sí, secreto",
    )
