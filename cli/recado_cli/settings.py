"""Which deployment the command works on: by environment variables, a file of them, or a stack."""

from __future__ import annotations

import os
import re
import shlex
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

import boto3

from recado.bootstrap.deployment import CLIENT_CONFIG, Stack
from recado.config import Config
from recado_cli.refusals import Refusal

if TYPE_CHECKING:
    from mypy_boto3_cloudformation import CloudFormationClient
    from mypy_boto3_secretsmanager import SecretsManagerClient

LAPTOP_FILE = Path("local/.state/env")
"""What the laptop cloud writes, seen from the root of the checkout."""


def load(env_file: Path | None, stack_name: str | None) -> None:
    """Add the variables of a file and of a stack; what is set already wins.

    Without either the laptop cloud's file is taken, where there is one. A file that says where AWS
    is (`AWS_ENDPOINT_URL`) takes the place of all variables of AWS that are set: credentials for
    one place are not sent to another.
    """
    if env_file is None and stack_name is None and LAPTOP_FILE.is_file():
        env_file = LAPTOP_FILE
    if env_file is not None:
        variables = read_assignments(env_file)
        if "AWS_ENDPOINT_URL" in variables and not os.environ.get("AWS_ENDPOINT_URL"):
            for name in [name for name in os.environ if name.startswith("AWS_")]:
                del os.environ[name]
        _add(variables)
    if stack_name is not None:
        _add(read_stack(stack_name))


def _add(variables: Mapping[str, str]) -> None:
    for name, value in variables.items():
        os.environ.setdefault(name, value)


def read_stack(name: str) -> dict[str, str]:
    """The variables of a deployed stack.

    Raises
    ------
    Refusal
        The stack has not the outputs of `template.yaml`.
    """
    return stack_variables(boto3.client("cloudformation", config=CLIENT_CONFIG), name)


def stack_variables(cloudformation: CloudFormationClient, name: str) -> dict[str, str]:
    """The variables of a stack, from its outputs: `SmsQueueUrl` is SMS_QUEUE_URL.

    Its API is called by the address that clients use, `PublicUrl`.

    Raises
    ------
    Refusal
        The stack has not the outputs of `template.yaml`.
    """
    (stack,) = cloudformation.describe_stacks(StackName=name)["Stacks"]
    outputs = {one["OutputKey"]: one["OutputValue"] for one in stack.get("Outputs", [])}
    parameters = {one["ParameterKey"]: one["ParameterValue"] for one in stack.get("Parameters", [])}
    if "PublicUrl" not in outputs or "Environment" not in parameters:
        raise Refusal(f"The stack {name} is no Recado.", "samconfig.toml has the stacks' names.")
    return {
        **{re.sub(r"(?<!^)(?=[A-Z])", "_", key).upper(): value for key, value in outputs.items()},
        "ENVIRONMENT": parameters["Environment"],
        "STACK_NAME": name,
        "RECADO_URL": outputs["PublicUrl"],
    }


def read_assignments(path: Path) -> dict[str, str]:
    """Read lines of `NAME=value` as a shell would, without expanding anything in them.

    Raises
    ------
    Refusal
        A line is something else. Its text is not shown, since it may hold a secret.
    """
    variables = {}
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1):
        try:
            words = shlex.split(line, comments=True)
        except ValueError:
            words = [""]
        for word in words[1:] if words[:1] == ["export"] else words:
            name, is_assignment, value = word.partition("=")
            if not (is_assignment and name.isidentifier()):
                raise Refusal(f"{path}, line {number} is no assignment of the form NAME=value.")
            variables[name] = value
    return variables


def required(name: str) -> str:
    """An environment variable.

    Raises
    ------
    Refusal
        It is not set, or empty.
    """
    value = os.environ.get(name)
    if not value:
        raise Refusal(
            f"{name} is not set.",
            "Set it, or name the stack with --stack or a file with --env-file (see docs/cli.md).",
        )
    return value


class _Variables(dict[str, str]):
    """The environment for `Config`, which refuses in the command's words what is not set."""

    def __missing__(self, name: str) -> str:
        return required(name)


def stack() -> Stack:
    """The deployment's tables and queues."""
    return Stack(Config(_Variables(os.environ)))


def secrets_manager() -> SecretsManagerClient:
    """The client of the deployment's secrets."""
    return boto3.client("secretsmanager", config=CLIENT_CONFIG)
