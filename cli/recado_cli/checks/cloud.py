"""Checks of AWS: credentials, tables, queues, bucket, event bus, the stack's own secrets."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import boto3
from botocore.exceptions import BotoCoreError, ClientError

from recado.bootstrap.deployment import CLIENT_CONFIG, Stack
from recado_cli import settings
from recado_cli.checks import variables
from recado_cli.checks.finding import Finding

DEPLOY = "Deploy the stack (`make deploy`), or correct the variable."

MUST_BE_EMPTY = {
    **dict.fromkeys(
        variables.DEAD_LETTER_QUEUES,
        "Read the log of channel_fallback, which should have taken them on; `recado redrive` lists "
        "what waits.",
    ),
    variables.REFUSED_REQUESTS: (
        "`recado redrive` tells why; mend that, then `recado redrive requests`."
    ),
    variables.UNAPPLIED_RECEIPTS: (
        "`recado redrive receipts` once it is mended; see docs/runbooks/unapplied-receipts.md."
    ),
    variables.UNPROCESSED_INBOUND: (
        "`recado redrive inbound`, soon: opt-outs may be among them; see "
        "docs/runbooks/unprocessed-inbound.md."
    ),
    variables.UNFETCHED_MEDIA: (
        "`recado redrive media` once it is mended; see docs/runbooks/unfetched-media.md."
    ),
    variables.UNDELIVERED_WEBHOOKS: (
        "`recado webhooks list` tells which endpoints fail; see "
        "docs/runbooks/undelivered-webhooks.md."
    ),
    variables.UNPROCESSED_TASKS: (
        "`recado redrive directory-tasks` once it is mended; see "
        "docs/runbooks/unprocessed-directory-tasks.md."
    ),
    variables.PARKED: (
        "`recado redrive parked --dry-run` tells which of them go on; see "
        "docs/runbooks/parked-messages.md."
    ),
}
"""Queues of what went wrong, each with what to do about messages in it."""


def check_aws() -> Finding:
    """AWS answers and takes the credentials."""
    try:
        client = boto3.client("sts", config=CLIENT_CONFIG)
        account = client.get_caller_identity()["Account"]
    except (BotoCoreError, ClientError) as error:
        return Finding(
            "aws",
            "credentials",
            f"AWS does not answer, or refuses the credentials: {str(error).rstrip('.')}.",
            "Set AWS_PROFILE or AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, AWS_DEFAULT_REGION "
            "and, on a laptop, AWS_ENDPOINT_URL (`make up` starts it).",
        )
    return Finding("aws", f"account {account}, {client.meta.region_name}")


def check_tables(stack: Stack, environment: Mapping[str, str]) -> Iterator[Finding]:
    """Every table exists and can be used."""
    for variable in variables.TABLES:
        name = environment.get(variable)
        if not name:
            continue
        try:
            status = stack.dynamodb.describe_table(TableName=name)["Table"]["TableStatus"]
        except ClientError as error:
            yield Finding("table", variable, _refused(name, error), DEPLOY)
            continue
        if status in ("ACTIVE", "UPDATING"):
            yield Finding("table", variable)
        else:
            yield Finding("table", variable, f"{name} is {status}.", "Wait, then look again.")


def check_queues(stack: Stack, environment: Mapping[str, str]) -> Iterator[Finding]:
    """Every queue exists; those that hold what went wrong are empty."""
    for variable in (*variables.OTHER_QUEUES, *variables.DELIVERY_QUEUES):
        yield from _check_queue(stack, environment, variable, if_not_empty=None)
    for variable, mend in MUST_BE_EMPTY.items():
        yield from _check_queue(stack, environment, variable, if_not_empty=mend)


def check_bucket(environment: Mapping[str, str]) -> Iterator[Finding]:
    """The bucket exists in which people's files are kept, and what no queue takes."""
    name = environment.get(variables.BUCKET)
    if not name:
        return
    try:
        boto3.client("s3", config=CLIENT_CONFIG).head_bucket(Bucket=name)
    except ClientError as error:
        yield Finding("bucket", variables.BUCKET, _refused(name, error), DEPLOY)
    else:
        yield Finding("bucket", variables.BUCKET)


def check_event_bus(environment: Mapping[str, str]) -> Iterator[Finding]:
    """The bus exists from which other systems take events."""
    name = environment.get(variables.EVENT_BUS)
    if not name:
        return
    try:
        boto3.client("events", config=CLIENT_CONFIG).describe_event_bus(Name=name)
    except ClientError as error:
        yield Finding("event bus", variables.EVENT_BUS, _refused(name, error), DEPLOY)
    else:
        yield Finding("event bus", variables.EVENT_BUS)


def check_secret(environment: Mapping[str, str]) -> Iterator[Finding]:
    """The secrets exist: for internal services, for unsubscribe links, for each webhook."""
    for variable in variables.SECRETS:
        name = environment.get(variable)
        if not name:
            continue
        try:
            settings.secrets_manager().describe_secret(SecretId=name)
        except ClientError as error:
            yield Finding("secret", variable, _refused(name, error), DEPLOY)
        else:
            yield Finding("secret", variable)


def _check_queue(
    stack: Stack, environment: Mapping[str, str], variable: str, *, if_not_empty: str | None
) -> Iterator[Finding]:
    url = environment.get(variable)
    if not url:
        return
    attribute = "ApproximateNumberOfMessages"
    try:
        answer = stack.sqs.get_queue_attributes(QueueUrl=url, AttributeNames=[attribute])
    except ClientError as error:
        yield Finding("queue", variable, _refused(url.rpartition("/")[2], error), DEPLOY)
        return
    waiting = int(answer["Attributes"][attribute])
    if waiting and if_not_empty:
        yield Finding("queue", variable, f"{waiting} messages wait in it.", if_not_empty)
    else:
        yield Finding("queue", variable)


def _refused(name: str, error: ClientError) -> str:
    return f"{name} cannot be used: {error.response['Error'].get('Code', '')}."
