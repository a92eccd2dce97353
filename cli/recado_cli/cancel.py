"""`recado cancel`: call off what waits to be sent."""

from __future__ import annotations

from typing import Annotated, Any
from urllib.parse import quote

import typer

from recado.api.cancellation_views import CancelledByKeyView, CancelledView
from recado_cli.api_client import NOTIFICATIONS, ApiClient
from recado_cli.following import read
from recado_cli.output import Json, console, print_json


def cancel(
    notification_id: Annotated[
        str | None, typer.Argument(help="Id that `recado send` printed.")
    ] = None,
    key: Annotated[
        str | None, typer.Option(help="All that was planned under this key instead.")
    ] = None,
    json: Json = False,
) -> None:
    """Cancel a notification that waits, or all that were planned under a key.

    Exit code 1 when it is too late for one of them.
    """
    if (notification_id is None) == (key is None):
        raise typer.BadParameter("give an id, or --key")
    with ApiClient.of_environment() as client:
        if key is None:
            _cancel_one(client, notification_id or "", json=json)
        else:
            _cancel_all(client, key, json=json)


def _cancel_one(client: ApiClient, notification_id: str, *, json: bool) -> None:
    document = client.post(f"{NOTIFICATIONS}/{quote(notification_id, safe='')}/cancel/", None)
    view = read(CancelledView, document)
    if json:
        print_json(document)
    else:
        console().print(f"{view.notification_id} {view.state}")


def _cancel_all(client: ApiClient, key: str, *, json: bool) -> None:
    cancelled: list[str] = []
    too_late: list[dict[str, Any]] = []
    cursor: str | None = None
    while True:
        given = {"key": key, **({"cursor": cursor} if cursor else {})}
        document = client.post(f"{NOTIFICATIONS}/cancel/", given)
        view = read(CancelledByKeyView, document)
        cancelled += view.cancelled
        too_late += [each.model_dump(mode="json") for each in view.too_late]
        cursor = view.next_cursor
        if cursor is None:
            break
    if json:
        print_json({"cancelled": cancelled, "too_late": too_late})
    else:
        for each in cancelled:
            console().print(f"{each} cancelled")
        for late in too_late:
            console().print(f"{late['id']} too late: {late['state']}")
        if not (cancelled or too_late):
            console().print("Nothing was planned under this key.")
    if too_late:
        raise typer.Exit(1)
