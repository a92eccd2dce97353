"""The queues of webhooks: what one call of SQS sends, and in which order."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import boto3
import pytest

from recado.adapters.claims import LARGEST_BODY, S3Claims
from recado.adapters.sqs import ENTRIES_AT_ONCE, LARGEST_CALL, SqsUpdateQueues
from recado.domain.channels import Provider
from recado.domain.updates import Identity, IdentityKind, InboundMessage, InboundType
from tests.fakes.clock import NOON


class Calls:
    """The batches that SQS was sent."""

    def __init__(self, client: Any) -> None:
        self.sizes: list[list[int]] = []
        client.meta.events.register("provide-client-params.sqs.SendMessageBatch", self._note)

    def _note(self, params: Any, **_: Any) -> None:
        self.sizes.append([len(entry["MessageBody"].encode()) for entry in params["Entries"]])


@pytest.fixture
def sqs(aws: None) -> Any:
    return boto3.client("sqs")


@pytest.fixture
def url(sqs: Any) -> str:
    attributes = {"FifoQueue": "true"}
    made: str = sqs.create_queue(QueueName="in.fifo", Attributes=attributes)["QueueUrl"]
    return made


def queues(sqs: Any, url: str) -> SqsUpdateQueues:
    claims = S3Claims(lambda: boto3.client("s3"), "none")
    return SqsUpdateQueues(sqs, receipts_url="", inbound_url=url, parked_url="", claims=claims)


def said(number: int, *, characters: int, sender: str = "+593991234567") -> InboundMessage:
    at = NOON + timedelta(seconds=number)
    return InboundMessage(
        tenant_id="talleres-andinos",
        account_id="wa",
        provider=Provider.WHATSAPP_CLOUD,
        provider_message_id=f"wamid.{number}",
        sender=(Identity(kind=IdentityKind.PHONE, value=sender),),
        at=at,
        received_at=at,
        type=InboundType.TEXT,
        text="a" * characters,
    )


def test_one_call_sends_ten_small_messages(sqs: Any, url: str) -> None:
    calls = Calls(sqs)

    queues(sqs, url).put_inbound([said(n, characters=1) for n in range(25)])

    assert [len(call) for call in calls.sizes] == [ENTRIES_AT_ONCE, ENTRIES_AT_ONCE, 5]


def test_one_call_sends_no_more_than_sqs_takes(sqs: Any, url: str) -> None:
    calls = Calls(sqs)

    queues(sqs, url).put_inbound([said(n, characters=LARGEST_BODY - 1000) for n in range(10)])

    assert [len(call) for call in calls.sizes] == [4, 4, 2]
    assert all(sum(call) <= LARGEST_CALL for call in calls.sizes)


def test_what_one_person_sent_stays_in_its_order_and_its_group(sqs: Any, url: str) -> None:
    queues(sqs, url).put_inbound([said(n, characters=1) for n in range(10)])

    messages = sqs.receive_message(
        QueueUrl=url, MaxNumberOfMessages=10, MessageSystemAttributeNames=["All"]
    )["Messages"]
    ids = [json.loads(message["Body"])["provider_message_id"] for message in messages]
    assert ids == [f"wamid.{n}" for n in range(10)]
    assert len({message["Attributes"]["MessageGroupId"] for message in messages}) == 1


def test_two_people_share_no_group_and_neither_group_tells_who_it_is(sqs: Any, url: str) -> None:
    queues(sqs, url).put_inbound(
        [said(1, characters=1), said(2, characters=1, sender="+593997654321")]
    )

    messages = sqs.receive_message(
        QueueUrl=url, MaxNumberOfMessages=10, MessageSystemAttributeNames=["All"]
    )["Messages"]
    groups = {message["Attributes"]["MessageGroupId"] for message in messages}
    assert len(groups) == 2
    assert not any("59399" in group for group in groups)


def test_nothing_to_keep_is_no_call(sqs: Any, url: str) -> None:
    calls = Calls(sqs)

    queues(sqs, url).put_inbound([])

    assert calls.sizes == []
