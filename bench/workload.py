"""Accepts and delivers notifications on the laptop cloud, by the product's own handlers here.

The handlers of `api` and `notification_sender` run in this process, over a queue of their own, so
that the deployed functions take nothing away from them.
"""

from __future__ import annotations

import io
import json
import os
import time
from collections.abc import Mapping
from dataclasses import dataclass
from importlib import import_module
from typing import Any
from uuid import uuid4

import boto3

from bench.aws_calls import Call, CallRecorder
from local import aws
from local.accounts import TENANT
from local.places import AWS_URL, ROOT
from local.problems import Problem
from recado.bootstrap.deployment import stack
from recado.domain.channels import Channel
from recado.domain.directory import Address

BATCH = 10
"""Messages that the template hands to the sender at once."""

_LIKE = "customer-001"
"""The seeded customer whom the benchmark's recipients resemble."""


@dataclass(frozen=True)
class Invocation:
    """A handler's run: its duration, and what it logged."""

    seconds: float
    log_lines: int
    log_bytes: int


class Context:
    """What Lambda tells a function about an invocation."""

    function_name = "bench"
    memory_limit_in_mb = 512
    invoked_function_arn = "arn:aws:lambda:us-east-1:000000000000:function:bench"
    aws_request_id = "5f0c7d0e-0000-4000-8000-000000000000"

    @staticmethod
    def get_remaining_time_in_millis() -> int:
        return 30_000


class Workload:
    """Notifications that take the usual way, one recipient each, on WhatsApp."""

    def __init__(self, variables: Mapping[str, str]) -> None:
        self._recorder = CallRecorder()
        self._sqs = aws.SESSION.client("sqs", endpoint_url=AWS_URL)
        self._dynamodb = aws.SESSION.client("dynamodb", endpoint_url=AWS_URL)
        self._table = variables["NOTIFICATIONS_TABLE"]
        created = self._sqs.create_queue(QueueName=f"bench-{uuid4().hex}")
        self._queue_url = created["QueueUrl"]
        _enter(
            {**variables, "LOG_LEVEL": "INFO", "WHATSAPP_QUEUE_URL": self._queue_url},
            self._recorder,
        )
        # Handlers read the environment when they are imported, so that comes after it is set.
        self._api = import_module("functions.api.handler")
        self._sender = import_module("functions.notification_sender.handler")
        self._event = json.loads((ROOT / "events" / "http_dispatch.json").read_text())
        self._api_key = variables["RECADO_API_KEY"]
        self._recipients = _recipients()
        self._accepted = 0
        self._recorder.take()

    def accept(self, *, idempotency_key: str | None = None) -> Invocation:
        """Accept the example event for the next recipient, through the API's handler."""
        event = self._dispatch(idempotency_key)
        invocation, answer = _invoke(self._api, event)
        if answer["statusCode"] != 202:
            raise Problem(f"an event was answered {answer['statusCode']}: {answer['body']}")
        return invocation

    def deliver(self, count: int) -> Invocation:
        """Deliver so many accepted notifications in one batch, through the sender's handler."""
        messages = self._receive(count)
        invocation, answer = _invoke(self._sender, self._batch(messages))
        for message in messages:
            self._sqs.delete_message(
                QueueUrl=self._queue_url, ReceiptHandle=message["ReceiptHandle"]
            )
        if answer["batchItemFailures"] or not self._are_sent(messages):
            raise Problem("not every message was sent: the simulator's /_sim/requests says why")
        return invocation

    def calls(self) -> list[Call]:
        """The AWS calls of the handlers since the last time."""
        return self._recorder.take()

    def close(self) -> None:
        """Remove the queue."""
        self._sqs.delete_queue(QueueUrl=self._queue_url)

    def _dispatch(self, idempotency_key: str | None) -> dict[str, Any]:
        recipient = self._recipients[self._accepted % len(self._recipients)]
        self._accepted += 1
        headers = {"content-type": "application/json", "x-api-key": self._api_key}
        if idempotency_key is not None:
            headers["idempotency-key"] = idempotency_key
        body = {**json.loads(self._event["body"]), "customer_id": recipient}
        return {**self._event, "headers": headers, "body": json.dumps(body)}

    def _receive(self, count: int) -> list[Any]:
        messages: list[Any] = []
        while len(messages) < count:
            answer = self._sqs.receive_message(
                QueueUrl=self._queue_url, MaxNumberOfMessages=min(count - len(messages), BATCH)
            )
            if not answer.get("Messages"):
                raise Problem(f"the queue holds {len(messages)} messages instead of {count}")
            messages += answer["Messages"]
        return messages

    def _are_sent(self, messages: list[Any]) -> bool:
        """Whether the notifications say so, looked up behind the recorder's back."""
        keys = [
            {"pk": {"S": f"{body['tenant_id']}#{body['notification_id']}"}, "sk": {"S": "META"}}
            for body in (json.loads(message["Body"]) for message in messages)
        ]
        answer = self._dynamodb.batch_get_item(RequestItems={self._table: {"Keys": keys}})
        return [row["state"]["S"] for row in answer["Responses"][self._table]] == (
            ["sent"] * len(messages)
        )

    def _batch(self, messages: list[Any]) -> dict[str, Any]:
        queue = self._queue_url.rpartition("/")[2]
        return {
            "Records": [
                {
                    "messageId": message["MessageId"],
                    "receiptHandle": message["ReceiptHandle"],
                    "body": message["Body"],
                    "eventSource": "aws:sqs",
                    "eventSourceARN": f"arn:aws:sqs:us-east-1:000000000000:{queue}",
                }
                for message in messages
            ]
        }


def _enter(variables: Mapping[str, str], recorder: CallRecorder) -> None:
    """Make this process one of the stack's functions, whose AWS calls are recorded."""
    environment = {**aws.environment(), **variables}
    os.environ.clear()
    os.environ.update(environment)
    session = boto3.Session()
    recorder.listen(session)
    boto3.DEFAULT_SESSION = session


def _recipients() -> list[str]:
    """Store as many recipients as a batch has messages: each has suppressions to be looked up."""
    directory = stack().directory
    model = directory.recipient(TENANT, _LIKE)
    if model is None:
        raise Problem(f"the laptop cloud lacks {_LIKE}: `make down`, then `make up`")
    others = tuple(a for a in model.addresses if a.channel is not Channel.WHATSAPP)
    names = []
    for number in range(BATCH):
        names.append(f"bench-{number:03d}")
        phone = Address(channel=Channel.WHATSAPP, value=f"+5939900001{number:02d}")
        directory.put_recipient(
            model.model_copy(update={"recipient_id": names[-1], "addresses": (phone, *others)})
        )
    return names


def _invoke(function: Any, event: dict[str, Any]) -> tuple[Invocation, dict[str, Any]]:
    """Run a handler with its log in our hands."""
    log = io.StringIO()
    for handler in function.logger.handlers:
        handler.setStream(log)
    started = time.perf_counter()
    answer: dict[str, Any] = function.lambda_handler(event, Context())
    seconds = time.perf_counter() - started
    text = log.getvalue()
    return Invocation(seconds, len(text.splitlines()), len(text.encode())), answer
