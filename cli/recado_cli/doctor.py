"""`recado doctor`: says what a deployment lacks, and how to mend it."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import asdict

import typer
from botocore.exceptions import BotoCoreError, ClientError
from rich.text import Text

from recado_cli import settings
from recado_cli.checks import api, cloud, stack, tenants, variables
from recado_cli.checks.finding import Finding
from recado_cli.output import Json, console, print_json, table
from recado_cli.refusals import Refusal, refusal_of


def doctor(json: Json = False) -> None:
    """Check variables, AWS, the stack's parts, schedules and alarms, tenants and the API.

    Exit code 1 when something is wrong. Changes nothing.
    """
    findings = list(_findings())
    problems = [finding for finding in findings if not finding.is_ok]
    if json:
        print_json([{"ok": finding.is_ok, **asdict(finding)} for finding in findings])
    else:
        _show(findings)
        console().print(f"\n{len(findings)} checks, {len(problems)} problems.")
    if problems:
        raise typer.Exit(1)


def _findings() -> Iterator[Finding]:
    """Everything that can be looked at, whatever is wrong with the rest."""
    yield variables.check_variables(os.environ)
    aws = cloud.check_aws()
    yield aws
    if aws.is_ok:
        parts = settings.stack()
        yield from cloud.check_tables(parts, os.environ)
        yield from cloud.check_queues(parts, os.environ)
        yield from cloud.check_bucket(os.environ)
        yield from cloud.check_event_bus(os.environ)
        yield from cloud.check_secret(os.environ)
        yield from stack.check_stack(os.environ)
        yield from _tenants()
    yield from api.check_api(os.environ)


def _tenants() -> Iterator[Finding]:
    """The tenants' set-up, as far as it can be read."""
    try:
        yield from tenants.check_tenants(settings.stack())
    except (BotoCoreError, ClientError) as error:
        yield Finding("tenant", "all", refusal_of(error).problem, cloud.DEPLOY)
    except Refusal as refusal:
        yield Finding("tenant", "all", refusal.problem, refusal.mend)


def _show(findings: list[Finding]) -> None:
    rows = [
        (
            _word(finding),
            finding.check,
            finding.subject,
            f"{finding.problem} {finding.mend}{finding.note}".strip(),
        )
        for finding in findings
    ]
    console().print(table(("", "check", "what", "problem and mend"), rows))


def _word(finding: Finding) -> Text:
    if not finding.is_ok:
        return Text("problem", "bold red")
    return Text("skipped", "yellow") if finding.note else Text("ok", "green")
