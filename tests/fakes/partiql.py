"""`BatchExecuteStatement` for moto, which cannot update by PartiQL.

Every UPDATE of a batch is carried out as the `UpdateItem` that DynamoDB documents as its equal:
the key equalities of WHERE become the key, the others the condition. The repository's contract
suite runs against this and, end to end, against the laptop cloud's own PartiQL.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import boto3
from botocore.exceptions import ClientError, EndpointConnectionError

_UPDATE = re.compile(r'^UPDATE "(?P<table>[^"]+)" (?P<changes>.+) WHERE (?P<where>.+)$')
_CHANGE = re.compile(r'SET "?(?P<set>\w+)"?=\?|REMOVE "?(?P<remove>\w+)"?')
_EQUALITY = re.compile(r'"?(?P<name>\w+)"?=\?')
_KEY = ("pk", "sk")


class PartiqlEmulation:
    """Answers a client's batches of UPDATE statements.

    `answers_to_lose`: so many next batches are carried out twice, as when the first answer is
    lost on the way and the SDK sends the batch again. `answers_to_break`: so many next batches
    are carried out and end in a lost connection all the same. `statements_to_throttle`: so many
    next statements are refused for lack of capacity.
    """

    def __init__(self, client: Any) -> None:
        self._store = boto3.Session().client("dynamodb")
        self.answers_to_lose = 0
        self.answers_to_break = 0
        self.statements_to_throttle = 0
        client.meta.events.register("before-call.dynamodb.BatchExecuteStatement", self._answer)

    def _answer(self, params: Mapping[str, Any], **_: Any) -> tuple[Any, dict[str, Any]]:
        statements = json.loads(params["body"])["Statements"]
        if self.answers_to_lose:
            self.answers_to_lose -= 1
            self._carry_out(statements)
        if self.answers_to_break:
            self.answers_to_break -= 1
            self._carry_out(statements)
            raise EndpointConnectionError(endpoint_url="injected")
        return _Answered(), {"Responses": self._carry_out(statements)}

    def _carry_out(self, statements: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
        return [self._carry_out_one(statement) for statement in statements]

    def _carry_out_one(self, statement: Mapping[str, Any]) -> dict[str, Any]:
        if self.statements_to_throttle:
            self.statements_to_throttle -= 1
            return {"Error": {"Code": "ThrottlingError", "Message": "slow down"}}
        return _carry_out(self._store, statement)


class _Answered:
    """What botocore wants to see of an HTTP answer that never was."""

    status_code = 200


def _carry_out(client: Any, statement: Mapping[str, Any]) -> dict[str, Any]:
    parsed = _UPDATE.match(statement["Statement"])
    assert parsed is not None, statement["Statement"]
    values = iter(statement["Parameters"])
    sets, removes = _changes(parsed["changes"], values)
    where = {m["name"]: next(values) for m in _EQUALITY.finditer(parsed["where"])}
    conditions = {name: value for name, value in where.items() if name not in _KEY}
    expression = "SET " + ", ".join(f"#{name} = :{name}" for name in sets)
    if removes:
        expression += " REMOVE " + ", ".join(f"#{name}" for name in removes)
    names = {f"#{name}": name for name in (*sets, *removes, *conditions)}
    bound = {f":{name}": value for name, value in sets.items()}
    bound |= {f":was_{name}": value for name, value in conditions.items()}
    must_be = ["attribute_exists(pk)", *(f"#{name} = :was_{name}" for name in conditions)]
    try:
        client.update_item(
            TableName=parsed["table"],
            Key={name: where[name] for name in _KEY},
            UpdateExpression=expression,
            ConditionExpression=" AND ".join(must_be),
            ExpressionAttributeNames=names,
            ExpressionAttributeValues=bound,
        )
    except ClientError as error:
        code = error.response["Error"]["Code"].removesuffix("Exception")
        return {"Error": {"Code": code, "Message": error.response["Error"]["Message"]}}
    return {"TableName": parsed["table"]}


def _changes(
    text: str, values: Iterator[dict[str, Any]]
) -> tuple[dict[str, dict[str, Any]], list[str]]:
    sets, removes = {}, []
    for change in _CHANGE.finditer(text):
        if change["set"]:
            sets[change["set"]] = next(values)
        else:
            removes.append(change["remove"])
    return sets, removes
