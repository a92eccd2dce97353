"""Measures one webhook request of Meta's, warm, against a handler that only verifies and enqueues.

The bare handler does what nobody can leave out: log context, the signature over the raw body, the
JSON, one message to the queue. What ours takes beyond that is our code: whose account it is, what
the update means, one message for each update.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from importlib import import_module
from statistics import median
from typing import Any

import boto3

from bench.tables import Table
from bench.workload import Context
from local.problems import Problem

REQUESTS = 300
AIM = 1.3
"""A request may take this many times the bare handler's."""

Handler = Callable[[dict[str, Any], Any], dict[str, Any]]


@dataclass(frozen=True)
class WebhookTime:
    """Medians in seconds: CPU of the process, and the clock on the wall."""

    cpu: float
    wall: float
    bare_cpu: float
    bare_wall: float


def measure(variables: Mapping[str, str]) -> WebhookTime:
    """Time requests that carry one receipt, ours and bare in turns.

    Raises
    ------
    Problem
        A request was not answered 200.
    """
    event = _event(variables)
    ours: Handler = import_module("functions.meta_webhook.handler").lambda_handler
    bare = _bare_handler(variables)
    for handler in (ours, bare):
        _timed(handler, event)
    pairs = [(_timed(ours, event), _timed(bare, event)) for _ in range(REQUESTS)]
    return WebhookTime(
        cpu=median(first[0] for first, _ in pairs),
        wall=median(first[1] for first, _ in pairs),
        bare_cpu=median(second[0] for _, second in pairs),
        bare_wall=median(second[1] for _, second in pairs),
    )


def tables(result: WebhookTime) -> list[Table]:
    """Ours against the bare handler."""
    rows = []
    for name, ours, bare in (
        ("CPU", result.cpu, result.bare_cpu),
        ("wall", result.wall, result.bare_wall),
    ):
        ratio = ours / bare
        within = "yes" if ratio <= AIM else "no"
        rows.append((name, ours * 1000, bare * 1000, ratio, 100 * (1 - bare / ours), within))
    return [
        Table(
            f"A webhook request with one receipt, warm (median ms of {REQUESTS}; "
            f"aim: at most {AIM} x)",
            ("time", "meta_webhook", "bare handler", "ratio", "our code %", "within aim"),
            rows,
            (
                "bare handler: log context, signature over the raw body, JSON, one message to the "
                "queue. Both in this process over the laptop cloud, in turns.",
            ),
        )
    ]


def _event(variables: Mapping[str, str]) -> dict[str, Any]:
    status = {
        "id": "wamid.bench",
        "status": "delivered",
        "timestamp": str(int(time.time())),
        "recipient_id": "593990000100",
        "biz_opaque_callback_data": f"ntf_{'0' * 32}.1",
        "pricing": {"pricing_model": "PMP", "billable": True, "category": "utility"},
    }
    value = {
        "messaging_product": "whatsapp",
        "metadata": {
            "display_phone_number": "15550100100",
            "phone_number_id": variables["META_PHONE_NUMBER_ID"],
        },
        "statuses": [status],
    }
    entry = {"id": variables["META_WABA_ID"], "changes": [{"field": "messages", "value": value}]}
    body = json.dumps({"object": "whatsapp_business_account", "entry": [entry]})
    signature = hmac.new(variables["META_APP_SECRET"].encode(), body.encode(), hashlib.sha256)
    return {
        "version": "2.0",
        "rawPath": "/webhook/whatsapp",
        "rawQueryString": "",
        "headers": {
            "content-type": "application/json",
            "x-hub-signature-256": f"sha256={signature.hexdigest()}",
        },
        "requestContext": {"http": {"method": "POST", "path": "/webhook/whatsapp"}},
        "body": body,
        "isBase64Encoded": False,
    }


def _bare_handler(variables: Mapping[str, str]) -> Handler:
    from aws_lambda_powertools import Logger

    sqs = boto3.client("sqs")
    secret = variables["META_APP_SECRET"].encode()
    queue_url = variables["RECEIPTS_QUEUE_URL"]

    @Logger().inject_lambda_context(clear_state=True)
    def handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
        del context
        body = event["body"].encode()
        expected = f"sha256={hmac.new(secret, body, hashlib.sha256).hexdigest()}"
        if not hmac.compare_digest(expected, event["headers"]["x-hub-signature-256"]):
            return {"statusCode": 401}
        json.loads(body)
        sqs.send_message(QueueUrl=queue_url, MessageBody=event["body"])
        return {"statusCode": 200}

    return handler


def _timed(handler: Handler, event: dict[str, Any]) -> tuple[float, float]:
    cpu, wall = time.process_time(), time.perf_counter()
    answer = handler(event, Context())
    spent = time.process_time() - cpu, time.perf_counter() - wall
    if answer["statusCode"] != 200:
        raise Problem(f"a webhook was answered {answer['statusCode']}: {answer.get('body')}")
    return spent
