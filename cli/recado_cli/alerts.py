"""`recado alerts`: what is wrong with a tenant's messages and accounts."""

from __future__ import annotations

from typing import Annotated

import typer
from rich.text import Text

from recado.api.alert_views import AlertsView
from recado.domain.alerts import Severity
from recado_cli.api_client import ApiClient
from recado_cli.following import read
from recado_cli.output import Json, console, messages, moment, print_json, table

ALERTS = "/api/v1/analytics/alerts/"

STYLES = {Severity.CRITICAL: "red", Severity.WARNING: "yellow"}


def alerts(
    all_: Annotated[bool, typer.Option("--all", help="Also what is over, of 30 days.")] = False,
    json: Json = False,
) -> None:
    """List what is wrong now."""
    with ApiClient.of_environment() as client:
        document = client.get(ALERTS)
    view = read(AlertsView, document)
    if json:
        print_json(document)
        return
    shown = [each for each in view.alerts if all_ or each.is_raised]
    if not shown:
        messages().print("Nothing is wrong.")
        return
    rows = [
        (
            Text(each.severity, STYLES[each.severity]) if each.is_raised else Text("over"),
            moment(each.raised_at) if each.raised_at else "",
            each.title,
            each.detail,
            each.action,
        )
        for each in shown
    ]
    console().print(table(("", "since", "alert", "detail", "what to do"), rows))
