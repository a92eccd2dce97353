"""What IAM would say: holds a function's AWS calls against its role in the template."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import boto3

from tests.architecture.cloudformation import as_list, environment, functions, statements

ACTIONS = {
    "BatchExecuteStatement": ("PartiQLUpdate",),
    "SendMessageBatch": ("SendMessage",),
    "ChangeMessageVisibilityBatch": ("ChangeMessageVisibility",),
}
"""Calls whose action IAM knows by another name; every statement of ours is an UPDATE."""


class Permissions:
    """Notes what a function did in a test and may not do once it is deployed."""

    def __init__(self, names: Mapping[str, str]) -> None:
        self._variables = {name: variable for variable, name in names.items()}
        self._function: str | None = None
        self.missing: set[str] = set()

    def watch(self, session: boto3.Session) -> None:
        """Look at the calls of all clients that are made from this session from now on."""
        for service in ("dynamodb", "sqs", "s3", "events"):
            session.events.register(f"before-parameter-build.{service}", self._look)

    @contextmanager
    def of(self, function: str) -> Iterator[None]:
        """Calls inside are this function's, named like its folder."""
        self._function = function
        try:
            yield
        finally:
            self._function = None

    def _look(self, params: Mapping[str, Any], model: Any, **_: Any) -> None:
        if self._function is None:
            return
        service = model.service_model.service_name
        for action, name, part in _uses(model.name, params):
            needed = (f"{service}:{action}", self._variables[name], part)
            if needed not in _allowed(self._function):
                self.missing.add(f"{self._function}: {' '.join(filter(None, needed))}")


def _uses(call: str, params: Mapping[str, Any]) -> Iterator[tuple[str, str, str]]:
    """The actions that a call is to IAM, each with its resource and the part of it."""
    if "TransactItems" in params:
        for item in params["TransactItems"]:
            for kind, part in item.items():
                action = "ConditionCheckItem" if kind == "ConditionCheck" else f"{kind}Item"
                yield action, part["TableName"], ""
        return
    for name, part in _resources(params):
        for action in ACTIONS.get(call, (call,)):
            yield action, name, part


def _resources(params: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """What each part of a call is about: a table with its index, a bucket with the key's folder."""
    if "QueueUrl" in params:
        yield params["QueueUrl"], ""
    elif "Bucket" in params:
        yield params["Bucket"], params.get("Key", "").partition("/")[0]
    elif "Entries" in params:
        for entry in params["Entries"]:
            yield entry["EventBusName"], ""
    elif "TableName" in params:
        yield params["TableName"], params.get("IndexName", "")
    elif "Statements" in params:
        for statement in params["Statements"]:
            yield statement["Statement"].split('"')[1], ""
    else:
        for table in params["RequestItems"]:
            yield table, ""


def _allowed(name: str) -> set[tuple[str, str, str]]:
    """What a function's role allows: action, the variable that names the resource, its part."""
    function = functions()["".join(word.title() for word in name.split("_")) + "Function"]
    variables = {
        str(next(iter(value.values()))): variable
        for variable, value in environment(function).items()
        if isinstance(value, dict) and "Ref" in value
    }
    allowed = set()
    for statement in statements(function):
        for resource in as_list(statement["Resource"]):
            match resource:
                case {"Fn::GetAtt": [logical_id, "Arn"]}:
                    part = ""
                case {"Fn::Sub": str(arn)} if ".Arn}/" in arn:
                    logical_id, _, part = arn.removeprefix("${").partition(".Arn}/")
                    part = part.removeprefix("index/").removesuffix("/*")
                case _:
                    continue
            if logical_id in variables:
                allowed |= {
                    (action, variables[logical_id], part) for action in as_list(statement["Action"])
                }
    return allowed
