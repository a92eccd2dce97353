"""Where MiniStack differs from AWS: what is put right in itself, and after each deployment.

AWS needs none of this; the template is deployed as it is.
"""

import importlib
import json
from collections.abc import Callable
from contextvars import ContextVar
from http import HTTPStatus
from typing import Any

from botocore.awsrequest import AWSRequest

from local.aws import SESSION
from local.places import AWS_URL, ROOT, program
from local.unpacking import share_what_workers_unpack

type _Item = dict[str, Any]
type _Change = tuple[str, _Item | None, _Item | None]
"""A table's name, and an item as it was and as it became: None where there is none."""

_BATCH_CALLS = {
    "dynamodb:PartiQLInsert": "dynamodb:BatchExecuteStatement",
    "dynamodb:PartiQLUpdate": "dynamodb:BatchExecuteStatement",
    "sqs:ChangeMessageVisibility": "sqs:ChangeMessageVisibilityBatch",
    "sqs:SendMessage": "sqs:SendMessageBatch",
}
_OF_NO_RESOURCE = {"dynamodb:BatchExecuteStatement"}

_changes: ContextVar[list[_Change] | None] = ContextVar("_changes", default=None)
"""What the PartiQL call that runs has written so far; None outside of such a call."""


def ministack_command() -> list[str]:
    """The command that starts MiniStack with its own differences put right."""
    # Its interpreter knows no checkout; last on the path, ours hides none of its modules.
    start = f"import sys; sys.path.append({str(ROOT)!r})"
    serving = "from local import differences; differences.serve()"
    return [program("cloud", "python"), "-P", "-c", f"{start}; {serving}"]


def serve() -> None:
    """Serve as MiniStack until the process is stopped, in the interpreter that has it installed."""
    ministack = importlib.import_module("ministack.app")
    emit_changes_by_statements(importlib.import_module("ministack.services.dynamodb"))
    share_what_workers_unpack(importlib.import_module("ministack.core.lambda_runtime"))
    ministack.main()


def emit_changes_by_statements(dynamodb: Any) -> None:
    """Let what PartiQL statements change reach the tables' streams, as on AWS.

    MiniStack writes stream records for its other calls only. A transaction that is refused takes
    back what it wrote, so records are written when a call has succeeded.
    """
    for write in ("_set_item", "_remove_item"):
        setattr(dynamodb, write, _noting(getattr(dynamodb, write)))
    # A batch executes its statements one by one.
    for call in ("_execute_statement", "_execute_transaction"):
        setattr(dynamodb, call, _emitting(getattr(dynamodb, call), dynamodb._emit_stream_event))


def _noting(write: Callable[..., _Item | None]) -> Callable[..., _Item | None]:
    """A write, which gives the item that was there, with a note of what it changes."""

    def noting(
        table: dict[str, Any], partition_key: str, sort_key: str, *new: _Item
    ) -> _Item | None:
        old = write(table, partition_key, sort_key, *new)
        if (changes := _changes.get()) is not None:
            changes.append((table["TableName"], old, new[0] if new else None))
        return old

    return noting


def _emitting(
    call: Callable[[dict[str, Any]], tuple[int, dict[str, str], bytes]],
    emit: Callable[[str, str, _Item | None, _Item | None], None],
) -> Callable[[dict[str, Any]], tuple[int, dict[str, str], bytes]]:
    """A call that writes stream records of what it has changed."""

    def emitting(request: dict[str, Any]) -> tuple[int, dict[str, str], bytes]:
        changes: list[_Change] = []
        outside = _changes.set(changes)
        try:
            answer = call(request)
        finally:
            _changes.reset(outside)
        if answer[0] == HTTPStatus.OK:
            for table_name, old, new in changes:
                kind = "REMOVE" if new is None else "MODIFY" if old else "INSERT"
                emit(table_name, kind, old, new)
        return answer

    return emitting


def put_right() -> None:
    """Mend what the deployment left different from AWS."""
    _make_concurrency_numbers()
    _allow_clear_text_on_loopback()
    _allow_batches_by_their_call()


def _make_concurrency_numbers() -> None:
    """CloudFormation turns a parameter into the number that Lambda wants; MiniStack leaves it a
    text, and then reads nothing from that queue."""
    functions = SESSION.client("lambda", endpoint_url=AWS_URL)
    for page in functions.get_paginator("list_event_source_mappings").paginate():
        for source in page["EventSourceMappings"]:
            if scaling := source.get("ScalingConfig"):
                functions.update_event_source_mapping(
                    UUID=source["UUID"],
                    ScalingConfig={"MaximumConcurrency": int(scaling["MaximumConcurrency"])},
                )


def _allow_clear_text_on_loopback() -> None:
    """The queues and the bucket refuse clear text, and MiniStack is reached without TLS."""
    queues = SESSION.client("sqs", endpoint_url=AWS_URL)
    # Otherwise the policies refuse their own removal.
    queues.meta.events.register("before-sign.sqs.SetQueueAttributes", _as_if_over_tls)
    for url in queues.list_queues()["QueueUrls"]:
        queues.set_queue_attributes(QueueUrl=url, Attributes={"Policy": ""})
    files = SESSION.client("s3", endpoint_url=AWS_URL)
    files.meta.events.register("before-sign.s3.DeleteBucketPolicy", _as_if_over_tls)
    for bucket in files.list_buckets()["Buckets"]:
        files.delete_bucket_policy(Bucket=bucket["Name"])


def _as_if_over_tls(request: AWSRequest, **_: object) -> None:
    request.headers["X-Forwarded-Proto"] = "https"


def _allow_batches_by_their_call() -> None:
    """AWS lets a right to one message or statement stand for a batch of them (IAM knows no action
    for the batch); MiniStack asks for a right that bears the call's name."""
    iam = SESSION.client("iam", endpoint_url=AWS_URL)
    for role in iam.list_roles()["Roles"]:
        role_name = role["RoleName"]
        for policy in iam.list_role_policies(RoleName=role_name)["PolicyNames"]:
            found = iam.get_role_policy(RoleName=role_name, PolicyName=policy)
            document: Any = found["PolicyDocument"]
            document["Statement"] += [
                batch for statement in document["Statement"] for batch in _batches(statement)
            ]
            iam.put_role_policy(
                RoleName=role_name, PolicyName=policy, PolicyDocument=json.dumps(document)
            )


def _batches(statement: dict[str, Any]) -> list[dict[str, Any]]:
    """The statements that allow the batches of what a statement allows."""
    actions = statement["Action"]
    listed = [actions] if isinstance(actions, str) else actions
    calls = {_BATCH_CALLS[action] for action in listed if action in _BATCH_CALLS}
    return [
        {
            "Effect": "Allow",
            "Action": call,
            "Resource": "*" if call in _OF_NO_RESOURCE else statement["Resource"],
        }
        for call in calls
    ]
