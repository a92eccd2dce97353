"""`recado log`: the latest notifications."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

import typer
from rich.text import Text

from recado.api.analytics_views import RecentPage
from recado.domain.channels import Channel
from recado.domain.notification import State
from recado_cli.api_client import ApiClient
from recado_cli.drawing import STYLES
from recado_cli.following import read
from recado_cli.output import Json, console, messages, moment, print_json, table

RECENT = "/api/v1/analytics/recent/"


def log(
    state: Annotated[State | None, typer.Option(help="Only those in this state.")] = None,
    channel: Annotated[Channel | None, typer.Option(help="Only those on this channel.")] = None,
    event: Annotated[str | None, typer.Option(help="Only this type of event.")] = None,
    customer: Annotated[str | None, typer.Option(help="Only those to this person.")] = None,
    template: Annotated[str | None, typer.Option(help="Only this template.")] = None,
    since: Annotated[
        datetime | None, typer.Option(help="Made then or later, in this machine's time.")
    ] = None,
    limit: Annotated[int, typer.Option(min=1, max=100, help="At most so many.")] = 20,
    cursor: Annotated[
        str | None, typer.Option(help="`next_cursor` that --json printed: what comes after.")
    ] = None,
    json: Json = False,
) -> None:
    """List notifications, newest first; of the last 30 days without --since."""
    with ApiClient.of_environment() as client:
        document = client.get(
            RECENT,
            state=state,
            channel=channel,
            event_type=event,
            recipient_id=customer,
            template_id=template,
            since=since.astimezone().isoformat() if since else None,
            limit=limit,
            cursor=cursor,
        )
    page = read(RecentPage, document)
    if json:
        print_json(document)
        return
    rows = [
        (
            moment(each.created_at),
            each.id,
            Text(each.state, STYLES.get(each.state, "red")),
            each.channel or "–",
            each.event_type,
            each.recipient_id,
            each.reason or "",
        )
        for each in page.notifications
    ]
    console().print(table(("made", "id", "state", "channel", "event", "recipient", "why"), rows))
    if page.next_cursor:
        messages().print(f"There are more: --cursor {page.next_cursor}")
