"""`recado stats`: what became of notifications, and how to count them anew."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated

import typer

from recado.adapters.clock import SystemClock
from recado.adapters.dynamodb.statistics import DynamoDBStatistics
from recado.api.analytics_views import SummaryView, TallyView
from recado.services.count_notifications import CountNotifications
from recado.services.rebuild_statistics import RebuildStatistics
from recado_cli import settings
from recado_cli.api_client import ApiClient
from recado_cli.following import read
from recado_cli.output import Json, console, print_json, table
from recado_cli.tenants import TenantOption, tenants_meant

SUMMARY = "/api/v1/analytics/summary/"

Days = Annotated[int, typer.Option(min=1, max=366, help="So many days back, today included.")]

app = typer.Typer(
    help="What became of the notifications of the last days.", invoke_without_command=True
)


@app.callback()
def stats(context: typer.Context, days: Days = 30, json: Json = False) -> None:
    """Show totals, rates and costs of the last days."""
    if context.invoked_subcommand is not None:
        return
    with ApiClient.of_environment() as client:
        document = client.get(SUMMARY, days=days)
    view = read(SummaryView, document)
    if json:
        print_json(document)
        return
    out = console()
    out.print(f"{view.first_day} to {view.last_day}, {view.time_zone}, {view.mode} mode\n")
    rows = [
        _row("all", view),
        *(_row(each.channel or "no channel", each) for each in view.by_channel),
        *(_row(each.event_type, each) for each in view.by_event),
    ]
    columns = ("", "total", "sent", "delivered", "read", "replied", "lost", "p50", "p95")
    out.print(table(columns, rows))
    costs = [
        (
            each.provider,
            each.category or "",
            str(each.messages),
            f"{each.amount} {view.costs.currency}" if each.amount is not None else "no price",
        )
        for each in view.costs.by_category
    ]
    if costs:
        out.print()
        out.print(table(("provider", "category", "messages", "cost"), costs))


@app.command()
def rebuild(days: Days = 30, tenant: TenantOption = None, json: Json = False) -> None:
    """Count the log anew, where the counters lost something; does no harm otherwise."""
    stack = settings.stack()
    again = RebuildStatistics(
        log=stack.communication_log,
        count=CountNotifications(
            statistics=DynamoDBStatistics(stack.dynamodb, stack.config.statistics_table),
            configuration=stack.configuration,
        ),
        clock=SystemClock(),
    )
    done = {tenant_id: again(tenant_id, days=days) for tenant_id in tenants_meant(stack, tenant)}
    if json:
        print_json({tenant_id: each.model_dump() for tenant_id, each in done.items()})
        return
    for tenant_id, each in done.items():
        console().print(f"{tenant_id}: {each.looked_at} looked at, {each.mended} mended.")


def _row(name: str, tally: TallyView) -> Sequence[str]:
    return (
        name,
        str(tally.total),
        str(tally.sent),
        _part(tally.delivered, tally.delivery_rate),
        _part(tally.read, tally.read_rate),
        _part(tally.replied, tally.reply_rate),
        str(tally.not_carried),
        _seconds(tally.p50_seconds),
        _seconds(tally.p95_seconds),
    )


def _part(count: int, rate: float | None) -> str:
    return str(count) if rate is None else f"{count} ({rate:.0%})"


def _seconds(seconds: float | None) -> str:
    return "" if seconds is None else f"{seconds:.1f} s"
