"""Health as those see it who look for a fault: what, which, and where to look next."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Literal

from pydantic import Field

from recado.domain.health import NOT_SET, TIMEOUT, Finding, HealthReport
from recado.domain.model import Model

Health = Literal["ok", "unavailable"]

HINTS = {
    NOT_SET: "The function has no variable {variable}: set it in template.yaml and deploy again.",
    TIMEOUT: (
        "No answer within 2 s: look at the function's network (subnet, endpoint, "
        "AWS_ENDPOINT_URL) and at the state of DynamoDB in this region."
    ),
    "ResourceNotFoundException": (
        "No table has the name in {variable}: compare it with the stack's outputs, and this "
        "region and account with those of the deployment."
    ),
    "AccessDeniedException": (
        "The function's role may not read the table that {variable} names "
        "(dynamodb:GetItem): look at its policies in template.yaml."
    ),
    "ValidationException": (
        "The table that {variable} names has other keys than this one should: the variable names "
        "another table."
    ),
    "UnrecognizedClientException": (
        "AWS does not know the credentials: look at the function's role, or at AWS_ENDPOINT_URL."
    ),
    "ExpiredTokenException": "The credentials have expired: look at the function's role.",
    "EndpointConnectionError": (
        "Nothing listens at DynamoDB's address: look at AWS_ENDPOINT_URL and the region."
    ),
}
"""Where to look, by what came back for a table."""

UNKNOWN_HINT = (
    "DynamoDB refused with this code; its documentation lists it under 'Error handling', and the "
    "function's log says when it began."
)


class HealthView(Model):
    """How the queues are that webhooks are kept in, and with them the whole."""

    status: Health
    queues: dict[str, Health]


class DependenciesView(Model):
    """How everything is that the API depends on, and with it the whole."""

    status: Health
    checked_at: datetime = Field(description="An answer is given again for some seconds.")
    dependencies: Mapping[str, Health] = Field(
        examples=[{"database": "ok", "queues": "ok", "bucket": "ok"}]
    )

    @classmethod
    def of(cls, report: HealthReport) -> DependenciesView:
        """The view of a report: a part is well when all its things are."""
        parts: dict[str, Health] = {}
        for finding in report.findings:
            if finding.code is not None or finding.part not in parts:
                parts[finding.part] = _health(finding.code is None)
        return cls(status=_health(report.is_well), checked_at=report.checked_at, dependencies=parts)


class TableView(Model):
    """Whether a table answers; it is named by the variable that names it to the function."""

    variable: str = Field(examples=["CONFIGURATION_TABLE"])
    reachable: bool
    code: str | None = Field(
        description="AWS's error code, `timeout` or `not_set`; null for what is reachable.",
        examples=["ResourceNotFoundException"],
    )
    hint: str | None = Field(description="Where to look; null for what is reachable.")

    @classmethod
    def of(cls, finding: Finding) -> TableView:
        """The view of what came of asking a table."""
        hint = None
        if finding.code is not None:
            hint = HINTS.get(finding.code, UNKNOWN_HINT).format(variable=finding.variable)
        return cls(
            variable=finding.variable,
            reachable=finding.code is None,
            code=finding.code,
            hint=hint,
        )


class DatabaseView(Model):
    """How the tables are, with what a person needs to find a wrong configuration."""

    status: Health
    checked_at: datetime = Field(description="An answer is given again for some seconds.")
    region: str = Field(description="Where the tables are looked for.", examples=["us-east-1"])
    tables: list[TableView]

    @classmethod
    def of(cls, report: HealthReport, region: str) -> DatabaseView:
        """The view of a report about tables."""
        return cls(
            status=_health(report.is_well),
            checked_at=report.checked_at,
            region=region,
            tables=[TableView.of(finding) for finding in report.findings],
        )


def _health(is_well: bool) -> Health:
    return "ok" if is_well else "unavailable"
