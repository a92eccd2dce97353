"""Checks of AWS: credentials, tables, queues and the stack's own secrets."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import boto3
from botocore.exceptions import BotoCoreError, ClientError

from recado.bootstrap import CLIENT_CONFIG, Stack
from recado_cli import settings
from recado_cli.checks import variables
from recado_cli.checks.finding import Finding

DEPLOY = "Deploy the stack (`make deploy`), or correct the variable."


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
    for variable in (variables.REQUESTS, *variables.DELIVERY_QUEUES):
        yield from _check_queue(stack, environment, variable, if_not_empty=None)
    for variable in variables.DEAD_LETTER_QUEUES:
        mend = "Read the log of channel_fallback, which should have taken them on."
        yield from _check_queue(stack, environment, variable, if_not_empty=mend)
    mend = "Each message's attribute `reason` says what its sender must mend."
    yield from _check_queue(stack, environment, variables.REFUSED_REQUESTS, if_not_empty=mend)
    mend = "Nobody can read them: look who sends them, then purge the queue."
    yield from _check_queue(stack, environment, variables.PARKED, if_not_empty=mend)


def check_secret(environment: Mapping[str, str]) -> Iterator[Finding]:
    """The secrets exist that internal services show and that sign unsubscribe links."""
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
