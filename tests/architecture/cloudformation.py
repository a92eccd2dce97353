"""template.yaml as plain data, with the questions that the tests about it ask."""

from functools import cache
from pathlib import Path
from typing import Any

import yaml

ROOT = Path(__file__).parents[2]


class _Loader(yaml.SafeLoader):
    """Reads CloudFormation's short forms (`!Ref x`) as their long ones (`{"Ref": "x"}`)."""


def _long_form(loader: _Loader, suffix: str, node: yaml.Node) -> dict[str, Any]:
    value: Any = None
    match node:
        case yaml.ScalarNode():
            value = loader.construct_scalar(node)
        case yaml.SequenceNode():
            value = loader.construct_sequence(node, deep=True)
        case yaml.MappingNode():
            value = loader.construct_mapping(node, deep=True)
    if suffix == "GetAtt":
        value = value.split(".", 1)
    return {suffix if suffix == "Ref" else f"Fn::{suffix}": value}


_Loader.add_multi_constructor("!", _long_form)


@cache
def template() -> dict[str, Any]:
    """The whole template."""
    text = (ROOT / "template.yaml").read_text(encoding="utf-8")
    content: dict[str, Any] = yaml.load(text, _Loader)  # noqa: S506 (it is a SafeLoader)
    return content


def resources(kind: str) -> dict[str, dict[str, Any]]:
    """The resources of one type (without `AWS::`) by their logical id."""
    return {
        name: resource
        for name, resource in template()["Resources"].items()
        if resource["Type"] == f"AWS::{kind}"
    }


def properties(kind: str) -> dict[str, dict[str, Any]]:
    """The properties of the resources of one type by their logical id."""
    return {name: resource["Properties"] for name, resource in resources(kind).items()}


def target(value: Any) -> str | None:
    """The logical id that a Ref or a GetAtt names."""
    match value:
        case {"Ref": str(name)} | {"Fn::GetAtt": [str(name), *_]}:
            return name
        case _:
            return None


def as_list(value: Any) -> list[Any]:
    """What CloudFormation lets be one thing or a list of them."""
    return value if isinstance(value, list) else [value]


def functions() -> dict[str, dict[str, Any]]:
    """The functions' properties by their logical id."""
    return properties("Serverless::Function")


def environment(function: dict[str, Any]) -> dict[str, Any]:
    """A function's environment variables, those that all share among them."""
    shared = template()["Globals"]["Function"]["Environment"]["Variables"]
    return {**shared, **function["Environment"]["Variables"]}


def statements(function: dict[str, Any]) -> list[dict[str, Any]]:
    """What a function's role allows, its managed policies among it."""
    role = properties("IAM::Role")[target(function["Role"]) or ""]
    managed = properties("IAM::ManagedPolicy")
    documents = [policy["PolicyDocument"] for policy in role["Policies"]]
    documents += [
        managed[target(arn) or ""]["PolicyDocument"] for arn in role.get("ManagedPolicyArns", [])
    ]
    return [statement for document in documents for statement in document["Statement"]]


def sources(function: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """The queues that a function reads, by their logical id, with how it reads them."""
    events = function.get("Events", {}).values()
    return {
        target(event["Properties"]["Queue"]) or "": event["Properties"]
        for event in events
        if event["Type"] == "SQS"
    }


def streams(function: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """The tables whose changes a function reads, by their logical id, with how it reads them."""
    events = function.get("Events", {}).values()
    return {
        target(event["Properties"]["Stream"]) or "": event["Properties"]
        for event in events
        if event["Type"] == "DynamoDB"
    }
