"""Each function may do what it does, on what it does it with, and nothing else."""

from typing import Any

import pytest

from tests.architecture.cloudformation import as_list, environment, functions, sources, statements
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
    # A tenant's e-mail account names its own sender and configuration set.
    ("ses:SendEmail", ":identity/*"),
    ("ses:SendEmail", ":configuration-set/*"),
)
"""Actions that may be allowed on every resource of one kind, with the end of its name."""


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
        if action.startswith("dynamodb:") and named(resource)
    }
    assert may_use == told


@pytest.mark.parametrize("name", FUNCTIONS)
def test_a_function_may_send_to_exactly_the_queues_that_it_is_told(name: str) -> None:
    told = {
        named(value)
        for variable, value in environment(functions()[name]).items()
        if variable.endswith(("_QUEUE_URL", "_DLQ_URL"))
    }
    assert allowed(name, "sqs:SendMessage") == told


@pytest.mark.parametrize("name", FUNCTIONS)
@pytest.mark.parametrize(
    "action", ["sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:GetQueueAttributes"]
)
def test_a_function_may_read_exactly_the_queues_that_feed_it(name: str, action: str) -> None:
    assert allowed(name, action) == set(sources(functions()[name]))


@pytest.mark.parametrize("name", FUNCTIONS)
def test_a_function_may_write_only_its_own_log(name: str) -> None:
    own = {named(functions()[name]["LoggingConfig"]["LogGroup"])}
    assert allowed(name, "logs:PutLogEvents") == allowed(name, "logs:CreateLogStream") == own
