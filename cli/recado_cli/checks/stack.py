"""Checks of what only the deployed stack itself knows: its schedules, and alarms that ring."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import batched

import boto3
from botocore.exceptions import ClientError

from recado.bootstrap.deployment import CLIENT_CONFIG
from recado_cli.checks.finding import Finding

DEPLOY = "Deploy the stack (`make deploy`)."
SCHEDULE = "AWS::Scheduler::Schedule"
ALARM = "AWS::CloudWatch::Alarm"

NAMES_AT_ONCE = 100


@dataclass(frozen=True)
class Resource:
    """A resource of the stack: its name in the template, its own name, its type."""

    logical_id: str
    name: str
    kind: str


def check_stack(environment: Mapping[str, str]) -> Iterator[Finding]:
    """Its schedules run, and none of its alarms rings."""
    stack_name = environment.get("STACK_NAME")
    if not stack_name:
        return
    try:
        resources = resources_of(stack_name)
    except ClientError as error:
        code = error.response["Error"].get("Code", "")
        yield Finding("stack", stack_name, f"It cannot be looked at: {code}.", DEPLOY)
        return
    yield from _check_schedules([each for each in resources if each.kind == SCHEDULE])
    if environment.get("AWS_ENDPOINT_URL"):
        note = "Not looked at: an emulator of AWS does not measure what alarms watch."
        yield Finding("alarm", "all", note=note)
    else:
        yield from _check_alarms([each for each in resources if each.kind == ALARM])


def resources_of(stack_name: str) -> list[Resource]:
    """The resources of a stack."""
    cloudformation = boto3.client("cloudformation", config=CLIENT_CONFIG)
    pages = cloudformation.get_paginator("list_stack_resources").paginate(StackName=stack_name)
    return [
        Resource(each["LogicalResourceId"], each["PhysicalResourceId"], each["ResourceType"])
        for page in pages
        for each in page["StackResourceSummaries"]
        if each.get("PhysicalResourceId")
    ]


def _check_schedules(schedules: Sequence[Resource]) -> Iterator[Finding]:
    """What happens by the clock happens."""
    if not schedules:
        yield Finding("schedule", "all", "Nothing is called by the clock.", DEPLOY)
    scheduler = boto3.client("scheduler", config=CLIENT_CONFIG)
    for each in schedules:
        try:
            state = scheduler.get_schedule(Name=each.name)["State"]
        except ClientError as error:
            code = error.response["Error"].get("Code", "")
            problem = f"{each.name} cannot be looked at: {code}."
            yield Finding("schedule", each.logical_id, problem, DEPLOY)
            continue
        if state == "ENABLED":
            yield Finding("schedule", each.logical_id)
        else:
            mend = f"Enable {each.name} in EventBridge Scheduler, or deploy again."
            yield Finding("schedule", each.logical_id, "It is switched off.", mend)


def _check_alarms(alarms: Sequence[Resource]) -> Iterator[Finding]:
    """None rings; one that does names its page of docs/runbooks/."""
    cloudwatch = boto3.client("cloudwatch", config=CLIENT_CONFIG)
    logical_ids = {each.name: each.logical_id for each in alarms}
    ringing = 0
    for names in batched(logical_ids, NAMES_AT_ONCE, strict=False):
        answer = cloudwatch.describe_alarms(AlarmNames=list(names), MaxRecords=NAMES_AT_ONCE)
        for alarm in answer["MetricAlarms"]:
            if alarm["StateValue"] != "ALARM":
                continue
            ringing += 1
            told, _, runbook = alarm.get("AlarmDescription", "It rings.").partition(" See ")
            mend = f"See {runbook}" if runbook else "See docs/runbooks/README.md."
            yield Finding("alarm", logical_ids[alarm["AlarmName"]], told, mend)
    if not ringing:
        yield Finding("alarm", f"all {len(alarms)}")
