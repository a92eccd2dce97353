"""A deployed stack's outputs as environment variables, for scripts and the `recado` command.

Used for the laptop cloud, and as `python -m local.outputs STACK` for one on AWS.
"""

import argparse
import shlex
from collections.abc import Mapping
from pathlib import Path

import boto3
from mypy_boto3_cloudformation import CloudFormationClient


def variables(cloudformation: CloudFormationClient, stack_name: str) -> dict[str, str]:
    """The variables that the stack's functions have, and where its API answers.

    Raises
    ------
    Refusal
        The stack has not the outputs of `template.yaml`.
    """
    # Imported when needed: `make down` has to work while the product cannot be imported.
    from recado_cli.settings import stack_variables

    return stack_variables(cloudformation, stack_name)


def assignments(values: Mapping[str, str]) -> str:
    """Variables as a shell reads them, one a line."""
    return "".join(f"{name}={shlex.quote(value)}\n" for name, value in sorted(values.items()))


def read(file: Path) -> dict[str, str]:
    """The variables of a file of such assignments."""
    lines = shlex.split(file.read_text(encoding="utf-8"))
    return {name: value for name, _, value in (line.partition("=") for line in lines)}


def main() -> None:
    """Print the assignments for a stack in the account that the shell is set up for."""
    arguments = argparse.ArgumentParser(prog="python -m local.outputs", description=__doc__)
    arguments.add_argument("stack", help="name of the stack, recado-prod for example")
    stack_name = arguments.parse_args().stack
    print(assignments(variables(boto3.client("cloudformation"), stack_name)), end="")


if __name__ == "__main__":
    main()
