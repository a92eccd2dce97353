"""Meta's webhook and the receipt processor, over moto: nothing acknowledged is lost."""

from __future__ import annotations

import hashlib
import hmac
import json
import time
from collections.abc import Sequence
from typing import Any

import pytest

from functions.inbound_processor import handler as inbound_processor
from functions.meta_webhook import handler as webhook
from functions.notification_sender import handler as sender
from functions.receipt_processor import handler as processor
from recado.domain.channels import ChannelAccount, Provider
from recado.domain.messages import WhatsAppMessage
from recado.domain.notification import State
from tests.cloud import META_APP, Cloud, http_event
from tests.faults import Faults
from tests.workshop import TENANT, UNHURRIED

NUMBER = "100000000000001"
PATH = "/webhook/whatsapp"


@pytest.fixture
def sent(cloud: Cloud) -> str:
    """A notification that WhatsApp accepted, of an account that Meta knows by its number."""
    settings = {"phone_number_id": NUMBER, "app_id": META_APP}
    cloud.stack.configuration.put_account(
        ChannelAccount(
            tenant_id=TENANT.tenant_id,
            account_id="wa",
            provider=Provider.WHATSAPP_CLOUD,
            settings=settings,
            secret_name="s",
            limits=UNHURRIED,
        )
    )
    [notification_id] = cloud.dispatch()
    cloud.run(sender, cloud.sqs_event("WHATSAPP_QUEUE_URL"))
    return notification_id


def status(reached: str, *, of: str, **more: object) -> dict[str, Any]:
    tag = {"biz_opaque_callback_data": f"{of}.1"}
    return {"id": "wa-1", "status": reached, "timestamp": "1768917600", **tag, **more}


def body(*statuses: dict[str, Any], number: str = NUMBER, **value: object) -> str:
    values = {"metadata": {"phone_number_id": number}, "statuses": list(statuses), **value}
    entry = {"id": "300000000000001", "changes": [{"field": "messages", "value": values}]}
    return json.dumps({"object": "whatsapp_business_account", "entry": [entry]})


def post(cloud: Cloud, text: str, *, secret: str = "app-s3cret") -> int:  # noqa: S107
    digest = hmac.new(secret.encode(), text.encode(), hashlib.sha256).hexdigest()
    headers = {"x-hub-signature-256": f"sha256={digest}"}
    answer = cloud.run(webhook, http_event("POST", PATH, text, headers))
    code: int = answer["statusCode"]
    return code


def process(cloud: Cloud) -> list[str]:
    answer = cloud.run(processor, cloud.sqs_event("RECEIPTS_QUEUE_URL"))
    return [failure["itemIdentifier"] for failure in answer["batchItemFailures"]]


@pytest.mark.parametrize(
    ("ladder", "state"),
    [
        (["sent"], State.SENT),
        (["sent", "delivered"], State.DELIVERED),
        (["read", "delivered", "sent"], State.READ),
        (["played"], State.READ),
        (["deleted"], State.SENT),
    ],
)
def test_what_meta_reports_stands_in_the_timeline(
    cloud: Cloud, sent: str, ladder: Sequence[str], state: State
) -> None:
    assert post(cloud, body(*[status(reached, of=sent) for reached in ladder])) == 200
    assert process(cloud) == []

    assert cloud.timeline(sent).notification.state is state


def test_a_failure_after_acceptance_goes_on_to_the_next_channel(cloud: Cloud, sent: str) -> None:
    failure = status("failed", of=sent, errors=[{"code": 131047, "title": "Re-engagement"}])
    post(cloud, body(failure))
    process(cloud)

    timeline = cloud.timeline(sent)
    assert (timeline.notification.state, timeline.notification.reason) == (
        State.PENDING,
        "131047",
    )
    assert len(cloud.messages("WHATSAPP_DLQ_URL")) == 1


def test_a_window_that_turns_out_closed_after_acceptance_lets_the_template_go(
    cloud: Cloud, sent: str
) -> None:
    person = {"id": "wamid.in", "from": "593991234567", "timestamp": str(int(time.time()))}
    post(cloud, body(messages=[{**person, "type": "text", "text": {"body": "hola"}}]))
    cloud.run(inbound_processor, cloud.sqs_event("INBOUND_QUEUE_URL"))
    [notification_id] = cloud.dispatch()
    cloud.run(sender, cloud.sqs_event("WHATSAPP_QUEUE_URL"))
    closed = status("failed", of=notification_id, errors=[{"code": 131047}])

    assert post(cloud, body({**closed, "id": "wa-2"})) == 200
    assert process(cloud) == []
    cloud.run(sender, cloud.sqs_event("WHATSAPP_QUEUE_URL"))

    forms = [
        (message.tag, message.content.free_text)
        for message in cloud.senders.accepted
        if isinstance(message.content, WhatsAppMessage)
    ]
    assert forms[1:] == [(f"{notification_id}.1", True), (f"{notification_id}.2", False)]
    assert cloud.timeline(notification_id).notification.state is State.SENT


def test_invariant_7_a_wrong_signature_stores_nothing(cloud: Cloud, sent: str) -> None:
    assert post(cloud, body(status("read", of=sent)), secret="guess") == 401

    assert cloud.messages("RECEIPTS_QUEUE_URL") == []
    assert cloud.messages("PARKED_QUEUE_URL") == []


def test_invariant_7_an_unknown_number_is_told_200_and_stores_nothing(
    cloud: Cloud, sent: str
) -> None:
    assert post(cloud, body(status("read", of=sent), number="999")) == 200

    assert cloud.messages("RECEIPTS_QUEUE_URL") == []


def test_invariant_7_a_queue_that_is_down_makes_meta_come_again(cloud: Cloud, sent: str) -> None:
    Faults(cloud.stack.sqs).refuse("SendMessageBatch", code="ServiceUnavailable")
    with pytest.raises(Exception, match="injected"):
        post(cloud, body(status("read", of=sent)))

    assert post(cloud, body(status("read", of=sent))) == 200
    process(cloud)

    assert cloud.timeline(sent).notification.state is State.READ


def test_invariant_7_a_batch_that_is_taken_in_part_makes_meta_come_again(
    cloud: Cloud, sent: str
) -> None:
    ladder = body(status("delivered", of=sent), status("read", of=sent))
    Faults(cloud.stack.sqs).answer_partly("SendMessageBatch", refused=1)
    with pytest.raises(Exception, match="ServiceUnavailable"):
        post(cloud, ladder)

    assert post(cloud, ladder) == 200
    process(cloud)

    assert cloud.timeline(sent).notification.state is State.READ


def test_a_message_of_a_person_is_kept_whole(cloud: Cloud, sent: str) -> None:
    message = {
        "id": "wamid.in",
        "from": "593991234567",
        "timestamp": "1768917600",
        "type": "text",
        "text": {"body": "Sí, ahí estaré"},
    }
    assert post(cloud, body(messages=[message])) == 200

    [waiting] = cloud.messages("INBOUND_QUEUE_URL")
    kept = json.loads(waiting["Body"])
    assert (kept["kind"], kept["text"]) == ("message", "Sí, ahí estaré")


def test_a_thousand_updates_in_one_request(cloud: Cloud, sent: str) -> None:
    updates = [status("delivered", of=sent) for _ in range(1000)]

    assert post(cloud, body(*updates)) == 200

    attributes = cloud.stack.sqs.get_queue_attributes(
        QueueUrl=cloud.environment["RECEIPTS_QUEUE_URL"],
        AttributeNames=["ApproximateNumberOfMessages"],
    )
    assert attributes["Attributes"]["ApproximateNumberOfMessages"] == "1000"


def test_metas_challenge_is_answered(cloud: Cloud) -> None:
    event = http_event("GET", PATH, None, {})
    event["rawQueryString"] = (
        "hub.mode=subscribe&hub.verify_token=verify-me&hub.challenge=1158201444"
    )

    answer = cloud.run(webhook, event)

    assert (answer["statusCode"], answer["body"]) == (200, "1158201444")


def test_what_is_no_receipt_stays_in_the_queue(cloud: Cloud) -> None:
    record = {"messageId": "m", "receiptHandle": "r", "body": "{", "eventSourceARN": "a:q"}

    answer = cloud.run(processor, {"Records": [record]})

    assert answer == {"batchItemFailures": [{"itemIdentifier": "m"}]}
