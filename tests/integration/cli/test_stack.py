"""`recado --stack`: a deployed stack's outputs are all that the command needs."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import boto3
import pytest
from botocore.stub import Stubber

from recado_cli import settings
from recado_cli.checks import variables
from tests.architecture.cloudformation import template
from tests.integration.cli.conftest import TENANT, Deployment
from tests.unit.cli.running import run

BY_OTHER_MEANS = {"ENVIRONMENT", "STACK_NAME", "RECADO_URL", "RECADO_API_KEY"}
CREATE = ("keys", "create", "--tenant", TENANT, "--name", "shop")


@pytest.fixture
def cloudformation(aws: None, monkeypatch: pytest.MonkeyPatch) -> Stubber:
    """CloudFormation, which answers what a test tells it to."""
    real = boto3.client
    client = real("cloudformation")
    stubber = Stubber(client)
    stubber.activate()

    def client_of(service: str, **options: Any) -> Any:
        return client if service == "cloudformation" else real(service, **options)  # type: ignore[call-overload]

    monkeypatch.setattr(boto3, "client", client_of)
    return stubber


def deploy(cloudformation: Stubber, outputs: dict[str, str]) -> None:
    described = {
        "StackName": "recado-prod",
        "CreationTime": datetime(2026, 3, 2, tzinfo=UTC),
        "StackStatus": "CREATE_COMPLETE",
        "Parameters": [{"ParameterKey": "Environment", "ParameterValue": "prod"}],
        "Outputs": [{"OutputKey": name, "OutputValue": value} for name, value in outputs.items()],
    }
    answer = {"Stacks": [described]}
    cloudformation.add_response("describe_stacks", answer, {"StackName": "recado-prod"})


def test_the_outputs_name_every_variable(cloudformation: Stubber) -> None:
    deploy(cloudformation, {name: f"value of {name}" for name in template()["Outputs"]})

    read = settings.read_stack("recado-prod")

    assert set(variables.ALL) - BY_OTHER_MEANS <= read.keys()
    assert read["SMS_DLQ_URL"] == "value of SmsDlqUrl"
    assert read["ENVIRONMENT"] == "prod"
    assert read["RECADO_URL"] == "value of PublicUrl"


@pytest.mark.parametrize(
    ("option", "variable"), [(("--stack", "recado-prod"), ""), ((), "recado-prod")]
)
def test_a_command_works_with_the_stacks_tables(
    workshop: Deployment,
    cloudformation: Stubber,
    monkeypatch: pytest.MonkeyPatch,
    option: tuple[str, ...],
    variable: str,
) -> None:
    deploy(
        cloudformation, {"ConfigurationTable": "configuration", "PublicUrl": "https://x.example"}
    )
    monkeypatch.delenv("CONFIGURATION_TABLE")
    monkeypatch.setenv("RECADO_STACK", variable)

    assert run(*option, *CREATE).exit_code == 0


def test_without_a_stack_the_option_is_named(
    workshop: Deployment, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("CONFIGURATION_TABLE")

    result = run(*CREATE)

    assert result.exit_code == 1
    assert "CONFIGURATION_TABLE is not set." in result.stderr
    assert "name the stack with --stack" in result.stderr


def test_a_stack_that_does_not_exist_is_told_in_one_sentence(cloudformation: Stubber) -> None:
    told = "Stack with id elsewhere does not exist"
    cloudformation.add_client_error("describe_stacks", "ValidationError", told)

    result = run("--stack", "elsewhere", "keys", "list")

    assert result.exit_code == 1
    assert f"AWS refused DescribeStacks: ValidationError ({told})." in result.stderr


def test_a_stack_of_something_else_is_refused(cloudformation: Stubber) -> None:
    deploy(cloudformation, {"BucketName": "somebody-elses"})

    result = run("--stack", "recado-prod", "keys", "list")

    assert result.exit_code == 1
    assert "The stack recado-prod is no Recado." in result.stderr
