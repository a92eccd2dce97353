"""Recado's functions in this process, warm, given their events as the cloud would.

They call the laptop cloud's DynamoDB and SQS over HTTP, and a simulated WhatsApp. What counts is
this process's CPU while a handler runs, with what Lambda's runtime does around it: JSON into an
event, an answer into JSON.
"""

from __future__ import annotations

import io
import json
import os
import time
from collections import Counter
from collections.abc import Mapping
from contextlib import ExitStack
from importlib import import_module
from typing import Any
from uuid import uuid4

import boto3

from bench.whole_way import people, provider
from bench.whole_way.mailbox import Letter, Mailbox
from bench.whole_way.rounds import PEOPLE, RECEIPTS, Round
from bench.workload import Context
from local import aws
from local.accounts import TENANT
from local.places import AWS_URL, ROOT
from local.problems import Problem
from recado.bootstrap.deployment import stack
from recado.domain.channels import Channel, ChannelAccount
from recado.domain.directory import Address

ACCEPT, SEND, WEBHOOK, APPLY = "api", "notification_sender", "meta_webhook", "receipt_processor"
PARTS = (ACCEPT, SEND, WEBHOOK, APPLY)

_ACCOUNT = "whatsapp-cloud"
_KEYS_AT_ONCE = 100
"""What DynamoDB reads in one call."""


class Functions:
    """The functions of the way, over queues of their own: the deployed ones get nothing of it."""

    def __init__(self, variables: Mapping[str, str]) -> None:
        self._cleanup = ExitStack()
        self._mailbox = Mailbox()
        self._cleanup.callback(self._mailbox.close)
        self._simulator_url = self._cleanup.enter_context(
            provider.running("recado", self._mailbox.url)
        )
        self._simulator = self._cleanup.enter_context(provider.control(self._simulator_url))
        self._sqs = aws.SESSION.client("sqs", endpoint_url=AWS_URL)
        self._dynamodb = aws.SESSION.client("dynamodb", endpoint_url=AWS_URL)
        self._deliveries, self._receipts = self._queue(), self._queue()
        self._table = variables["NOTIFICATIONS_TABLE"]
        self._api_key = variables["RECADO_API_KEY"]
        _enter(
            {
                **variables,
                "LOG_LEVEL": "INFO",
                "WHATSAPP_QUEUE_URL": self._deliveries,
                "RECEIPTS_QUEUE_URL": self._receipts,
            }
        )
        # Handlers read the environment when they are imported, so that comes after it is set.
        self._handlers = {part: import_module(f"functions.{part}.handler") for part in PARTS}
        for handler in self._handlers.values():
            for output in handler.logger.handlers:
                output.setStream(io.StringIO())
        self._events = {
            part: json.loads((ROOT / "events" / f"{name}.json").read_text())
            for part, name in ((ACCEPT, "http_dispatch"), (WEBHOOK, "http_meta_webhook"))
        }
        self._spent: dict[str, float] = {}
        self._told: set[str] = set()
        self._send_to_our_simulator()
        _put_people()

    def round(self, first: int, count: int, batch: int) -> Round:
        """Take events the whole way, from a person on; queues hand over so many messages at once.

        Raises
        ------
        Problem
            Something was refused, or not every message was read in the end.
        """
        self._spent = dict.fromkeys(PARTS, 0.0)
        accepted = [
            self._accept(people.customer_id(number)) for number in range(first, first + count)
        ]
        self._work_off(SEND, self._deliveries, count, batch)
        messages = self._new_messages(count)
        for status in RECEIPTS:
            for message in messages:
                self._simulator.post(
                    "/_sim/receipts", json={"message": message, "status": status}
                ).raise_for_status()
            for letter in self._mailbox.take(count):
                self._tell(letter)
            self._work_off(APPLY, self._receipts, count, batch)
        states = self._states(accepted)
        if states != {RECEIPTS[-1]: count}:
            raise Problem(f"Recado's messages ended as {dict(states)}.")
        return Round(count, self._spent)

    def close(self) -> None:
        """Remove what was made for the run."""
        self._cleanup.close()

    def _accept(self, customer_id: str) -> str:
        event = self._events[ACCEPT]
        body = json.dumps({**json.loads(event["body"]), "customer_id": customer_id})
        headers = {"content-type": "application/json", "x-api-key": self._api_key}
        answer = self._invoke(ACCEPT, {**event, "headers": headers, "body": body})
        if answer["statusCode"] != 202:
            raise Problem(f"an event was answered {answer['statusCode']}: {answer['body']}")
        return str(json.loads(answer["body"])["notification_id"])

    def _tell(self, letter: Letter) -> None:
        event = {**self._events[WEBHOOK], "headers": letter.headers, "body": letter.body}
        answer = self._invoke(WEBHOOK, event)
        if answer["statusCode"] != 200:
            raise Problem(f"a webhook was answered {answer['statusCode']}: {answer['body']}")

    def _work_off(self, part: str, queue_url: str, count: int, batch: int) -> None:
        """Hand a queue's messages to its function."""
        done = 0
        while done < count:
            messages = self._receive(queue_url, min(batch, count - done))
            answer = self._invoke(
                part, {"Records": [_record(each, queue_url) for each in messages]}
            )
            if answer["batchItemFailures"]:
                raise Problem(f"{part} failed with {len(answer['batchItemFailures'])} messages.")
            self._sqs.delete_message_batch(
                QueueUrl=queue_url,
                Entries=[
                    {"Id": str(number), "ReceiptHandle": message["ReceiptHandle"]}
                    for number, message in enumerate(messages)
                ],
            )
            done += len(messages)

    def _receive(self, queue_url: str, count: int) -> list[Any]:
        messages: list[Any] = []
        while len(messages) < count:
            answer = self._sqs.receive_message(
                QueueUrl=queue_url, MaxNumberOfMessages=count - len(messages)
            )
            if not answer.get("Messages"):
                raise Problem(f"the queue holds {len(messages)} messages instead of {count}.")
            messages += answer["Messages"]
        return messages

    def _invoke(self, part: str, event: dict[str, Any]) -> Any:
        arrived = json.dumps(event)
        before = time.process_time()
        answer = json.dumps(self._handlers[part].lambda_handler(json.loads(arrived), Context()))
        self._spent[part] += time.process_time() - before
        return json.loads(answer)

    def _new_messages(self, count: int) -> list[str]:
        """The simulator's ids of what it accepted since the last time."""
        answer = self._simulator.get("/_sim/messages").raise_for_status()
        new = [each["id"] for each in answer.json()["messages"] if each["id"] not in self._told]
        if len(new) != count:
            raise Problem(
                f"the simulated WhatsApp accepted {len(new)} messages instead of {count}."
            )
        self._told.update(new)
        return new

    def _states(self, notification_ids: list[str]) -> Counter[str]:
        states: Counter[str] = Counter()
        for start in range(0, len(notification_ids), _KEYS_AT_ONCE):
            keys = [
                {"pk": {"S": f"{TENANT}#{each}"}, "sk": {"S": "META"}}
                for each in notification_ids[start : start + _KEYS_AT_ONCE]
            ]
            answer = self._dynamodb.batch_get_item(RequestItems={self._table: {"Keys": keys}})
            states.update(row["state"]["S"] for row in answer["Responses"][self._table])
        return states

    def _queue(self) -> str:
        url = self._sqs.create_queue(QueueName=f"bench-{uuid4().hex}")["QueueUrl"]
        self._cleanup.callback(self._sqs.delete_queue, QueueUrl=url)
        return url

    def _send_to_our_simulator(self) -> None:
        """The tenant's account leads to the laptop cloud's simulator; put back in the end."""
        configuration = stack().configuration
        account = next(
            each for each in configuration.accounts(TENANT) if each.account_id == _ACCOUNT
        )
        url = provider.whatsapp_url(self._simulator_url)
        ours: ChannelAccount = account.model_copy(
            update={"settings": {**account.settings, "base_url": url}}
        )
        self._cleanup.callback(configuration.put_account, account)
        configuration.put_account(ours)


def _enter(variables: Mapping[str, str]) -> None:
    """Make this process one of the stack's functions."""
    environment = {**aws.environment(), **variables}
    os.environ.clear()
    os.environ.update(environment)
    boto3.DEFAULT_SESSION = None


def _put_people() -> None:
    directory = stack().directory
    like = directory.recipient(TENANT, people.LIKE)
    if like is None:
        raise Problem(f"the laptop cloud lacks {people.LIKE}: `make down`, then `make up`")
    others = tuple(each for each in like.addresses if each.channel is not Channel.WHATSAPP)
    for number in range(PEOPLE):
        phone = Address(channel=Channel.WHATSAPP, value=people.phone(number))
        directory.put_recipient(
            like.model_copy(
                update={
                    "recipient_id": people.customer_id(number),
                    "addresses": (phone, *others),
                }
            )
        )


def _record(message: Mapping[str, Any], queue_url: str) -> dict[str, Any]:
    return {
        "messageId": message["MessageId"],
        "receiptHandle": message["ReceiptHandle"],
        "body": message["Body"],
        "attributes": {"ApproximateReceiveCount": "1"},
        "messageAttributes": {},
        "eventSource": "aws:sqs",
        "eventSourceARN": f"arn:aws:sqs:us-east-1:000000000000:{queue_url.rpartition('/')[2]}",
    }
