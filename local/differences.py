"""Where MiniStack differs from AWS: what is put right after each deployment.

AWS needs none of this; the template is deployed as it is.
"""

import json
from typing import Any

from botocore.awsrequest import AWSRequest

from local.aws import SESSION
from local.places import AWS_URL

_BATCH_CALLS = {
    "dynamodb:PartiQLInsert": "dynamodb:BatchExecuteStatement",
    "dynamodb:PartiQLUpdate": "dynamodb:BatchExecuteStatement",
    "sqs:ChangeMessageVisibility": "sqs:ChangeMessageVisibilityBatch",
    "sqs:SendMessage": "sqs:SendMessageBatch",
}
_OF_NO_RESOURCE = {"dynamodb:BatchExecuteStatement"}


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
