"""`BatchExecuteStatement` for moto, which cannot update by PartiQL.

Every UPDATE of a batch is carried out as the `UpdateItem` that DynamoDB documents as its equal:
the key equalities of WHERE become the key, the others the condition. The repository's contract
suite runs against this and, end to end, against the laptop cloud's own PartiQL.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from botocore.exceptions import ClientError

_UPDATE = re.compile(r'^UPDATE "(?P<table>[^"]+)" (?P<changes>.+) WHERE (?P<where>.+)$')
_CHANGE = re.compile(r'SET "?(?P<set>\w+)"?=\?|REMOVE "?(?P<remove>\w+)"?')
_EQUALITY = re.compile(r'"?(?P<name>\w+)"?=\?')
_KEY = ("pk", "sk")


def emulate_partiql(client: Any) -> None:
    """Let a moto client carry out batches of UPDATE statements."""

    def execute(params: Mapping[str, Any], **_: Any) -> tuple[Any, dict[str, Any]]:
        import json

        statements = json.loads(params["body"])["Statements"]
        answer = {"Responses": [_carry_out(client, statement) for statement in statements]}
        return _Answered(), answer

    client.meta.events.register("before-call.dynamodb.BatchExecuteStatement", execute)


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
