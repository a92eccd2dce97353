"""Each function may do what it does, on what it does it with, and nothing else."""

import re
from typing import Any

import pytest

from tests.architecture.cloudformation import (
    as_list,
    environment,
    functions,
    properties,
    sources,
    statements,
    streams,
)
from tests.architecture.cloudformation import target as named

FUNCTIONS = sorted(functions())

NO_NARROWER_RESOURCE = {
    # AWS has no resource for traces.
    "xray:PutTraceSegments": "*",
    "xray:PutTelemetryRecords": "*",
}
"""Actions that may be allowed on everything."""

WHOLE_FAMILIES = (
    # Tenants' accounts come and go without a deployment.
    ("secretsmanager:GetSecretValue", ":secret:recado/${Environment}/channel-accounts/*"),
    ("secretsmanager:GetSecretValue", ":secret:recado/${Environment}/client-webhooks/*"),
    # A tenant's e-mail account names its own sender and configuration set.
    ("ses:SendEmail", ":identity/*"),
    ("ses:SendEmail", ":configuration-set/*"),
    # A stream gets another name when its table gets another stream.
    ("dynamodb:ListStreams", "Table.Arn}/stream/*"),
    # What is kept is named after its content.
    ("s3:PutObject", "${MediaBucket.Arn}/media/*"),
    ("s3:DeleteObject", "${MediaBucket.Arn}/media/*"),
    ("s3:PutObject", "${MediaBucket.Arn}/claims/*"),
    ("s3:GetObject", "${MediaBucket.Arn}/claims/*"),
)
"""Actions that may be allowed on every resource of one kind, with the end of its name."""

LOOKED_AT = {
    "ApiFunction": {"ReceiptsQueue", "InboundQueue"},
    "ManagementApiFunction": {"ReceiptsQueue", "InboundQueue"},
    "ClientWebhookSenderFunction": {"ClientWebhooksQueue"},
    "DirectoryTaskProcessorFunction": {"DirectoryTasksQueue"},
    "FailureAlertsFunction": {
        "RequestsDeadLetterQueue",
        "ReceiptsDeadLetterQueue",
        "InboundDeadLetterQueue",
        "MediaDeadLetterQueue",
        "ClientWebhooksDeadLetterQueue",
        "DirectoryTasksDeadLetterQueue",
        "ParkedQueue",
    },
}
"""Queues that a function is told of and sends nothing to: it tells their health, or puts off what
it was handed from them."""

SENT_TO_AND_LOOKED_AT = {"ManagementApiFunction": {"DirectoryTasksQueue"}}
"""Queues that a function sends to, and whose health it tells too."""

OF_STREAMS = {"dynamodb:DescribeStream", "dynamodb:GetRecords", "dynamodb:GetShardIterator"}


def grants(name: str) -> list[tuple[str, Any]]:
    """Each action that a function may do with each resource that it may do it to."""
    return [
        (action, resource)
        for statement in statements(functions()[name])
        if statement["Effect"] == "Allow"
        for action in as_list(statement["Action"])
        for resource in as_list(statement["Resource"])
    ]


def allowed(name: str, action: str) -> set[str | None]:
    """The logical ids on which a function may do something."""
    return {named(resource) for granted, resource in grants(name) if granted == action}


@pytest.mark.parametrize("name", FUNCTIONS)
def test_no_action_is_a_wildcard(name: str) -> None:
    assert [action for action, _ in grants(name) if "*" in action or ":" not in action] == []


@pytest.mark.parametrize("name", FUNCTIONS)
def test_no_resource_is_a_wildcard_beyond_the_named_ones(name: str) -> None:
    wild = [
        (action, resource)
        for action, resource in grants(name)
        if "*" in str(resource)
        and NO_NARROWER_RESOURCE.get(action) != resource
        and not any(
            action == family and resource.get("Fn::Sub", "").endswith(end)
            for family, end in WHOLE_FAMILIES
        )
    ]
    assert wild == []


@pytest.mark.parametrize("name", FUNCTIONS)
def test_no_function_may_scan_a_table(name: str) -> None:
    assert "dynamodb:Scan" not in {action for action, _ in grants(name)}


@pytest.mark.parametrize("name", FUNCTIONS)
def test_a_function_has_only_its_own_role(name: str) -> None:
    role = named(functions()[name]["Role"])
    assert [other for other in FUNCTIONS if named(functions()[other]["Role"]) == role] == [name]


@pytest.mark.parametrize("name", FUNCTIONS)
def test_a_function_may_use_exactly_the_tables_that_it_is_told(name: str) -> None:
    told = {
        named(value)
        for variable, value in environment(functions()[name]).items()
        if variable.endswith("_TABLE")
    }
    may_use = {
        named(resource)
        for action, resource in grants(name)
        if action.startswith("dynamodb:") and action not in OF_STREAMS and named(resource)
    }
    assert may_use == told


@pytest.mark.parametrize("name", FUNCTIONS)
@pytest.mark.parametrize("action", sorted(OF_STREAMS))
def test_a_function_may_read_exactly_the_streams_that_feed_it(name: str, action: str) -> None:
    assert allowed(name, action) == set(streams(functions()[name]))


@pytest.mark.parametrize("name", FUNCTIONS)
def test_a_function_may_read_of_the_stacks_own_secrets_those_that_it_is_told(name: str) -> None:
    secrets = properties("SecretsManager::Secret")
    told = {
        secret
        for variable, value in environment(functions()[name]).items()
        if variable.endswith("_SECRET_NAME")
        for secret in secrets
        if secrets[secret]["Name"] == value
    }
    assert allowed(name, "secretsmanager:GetSecretValue") - {None} == told


@pytest.mark.parametrize("name", FUNCTIONS)
def test_a_function_may_use_the_bucket_and_the_bus_only_if_it_is_told_of_them(name: str) -> None:
    told = {
        named(value)
        for variable, value in environment(functions()[name]).items()
        if variable in ("MEDIA_BUCKET", "EVENT_BUS_NAME")
    }
    may_use = {
        named(resource) or resource["Fn::Sub"].removeprefix("${").partition(".")[0]
        for action, resource in grants(name)
        if action.startswith(("s3:", "events:"))
    }
    assert may_use == told


@pytest.mark.parametrize("name", FUNCTIONS)
def test_a_function_may_send_to_exactly_the_queues_that_it_is_told(name: str) -> None:
    told = {
        named(value)
        for variable, value in environment(functions()[name]).items()
        if variable.endswith(("_QUEUE_URL", "_DLQ_URL"))
    }
    assert allowed(name, "sqs:SendMessage") == told - LOOKED_AT.get(name, set())


@pytest.mark.parametrize("name", FUNCTIONS)
@pytest.mark.parametrize("action", ["sqs:ReceiveMessage", "sqs:DeleteMessage"])
def test_a_function_may_read_exactly_the_queues_that_feed_it(name: str, action: str) -> None:
    assert allowed(name, action) == set(sources(functions()[name]))


@pytest.mark.parametrize("name", FUNCTIONS)
def test_a_function_may_look_at_the_queues_that_feed_it_and_whose_health_it_tells(
    name: str,
) -> None:
    looked_at = (
        set(sources(functions()[name]))
        | LOOKED_AT.get(name, set())
        | SENT_TO_AND_LOOKED_AT.get(name, set())
    )
    assert allowed(name, "sqs:GetQueueAttributes") == looked_at


@pytest.mark.parametrize("name", FUNCTIONS)
def test_a_function_may_write_only_its_own_log(name: str) -> None:
    own = {named(functions()[name]["LoggingConfig"]["LogGroup"])}
    assert allowed(name, "logs:PutLogEvents") == allowed(name, "logs:CreateLogStream") == own


def test_only_ses_for_this_account_publishes_what_becomes_of_mails() -> None:
    [policy] = [
        policy
        for policy in properties("SNS::TopicPolicy").values()
        if [named(topic) for topic in policy["Topics"]] == ["SesEventsTopic"]
    ]
    [allowed_to_publish] = policy["PolicyDocument"]["Statement"]
    assert allowed_to_publish["Principal"] == {"Service": "ses.amazonaws.com"}
    own = {"aws:SourceAccount": {"Ref": "AWS::AccountId"}}
    assert allowed_to_publish["Condition"] == {"StringEquals": own}


def test_no_address_takes_in_what_a_topic_publishes() -> None:
    subscriptions = properties("SNS::Subscription").values()
    assert {subscription["Protocol"] for subscription in subscriptions} <= {"email"}
    routes = properties("ApiGatewayV2::Route").values()
    assert [route for route in routes if re.search("ses|sns", route["RouteKey"])] == []
