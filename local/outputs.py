"""A deployed stack's outputs as environment variables, for scripts and the `recado` command.

Used for the laptop cloud, and as `python -m local.outputs STACK` for one on AWS.
"""

import argparse
import re
import shlex
from collections.abc import Mapping

import boto3
from mypy_boto3_cloudformation import CloudFormationClient


def variables(cloudformation: CloudFormationClient, stack_name: str) -> dict[str, str]:
    """The variables that the stack's functions have, and where its API answers."""
    (stack,) = cloudformation.describe_stacks(StackName=stack_name)["Stacks"]
    outputs = {variable(output["OutputKey"]): output["OutputValue"] for output in stack["Outputs"]}
    return {**outputs, "RECADO_URL": outputs["PUBLIC_URL"]}


def variable(output: str) -> str:
    """The environment variable for a stack output: `SmsQueueUrl` is SMS_QUEUE_URL."""
    return re.sub(r"(?<!^)(?=[A-Z])", "_", output).upper()


def assignments(values: Mapping[str, str]) -> str:
    """Variables as a shell reads them, one a line."""
    return "".join(f"{name}={shlex.quote(value)}\n" for name, value in sorted(values.items()))


def main() -> None:
    """Print the assignments for a stack in the account that the shell is set up for."""
    arguments = argparse.ArgumentParser(prog="python -m local.outputs", description=__doc__)
    arguments.add_argument("stack", help="name of the stack, recado-prod for example")
    stack_name = arguments.parse_args().stack
    print(assignments(variables(boto3.client("cloudformation"), stack_name)), end="")


if __name__ == "__main__":
    main()
