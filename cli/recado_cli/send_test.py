"""`recado test`: a test message to any address, to see whether a channel account works."""

from __future__ import annotations

from typing import Annotated

import typer

from recado.domain.channels import Channel
from recado_cli.api_client import ApiClient
from recado_cli.following import TimeOut, Wait, show_acceptance
from recado_cli.output import Json


def send_test(
    channel: Annotated[Channel, typer.Argument(help="Channel to try out.")],
    to: Annotated[str, typer.Argument(help="Phone number, mail address or push endpoint.")],
    account: Annotated[
        str | None, typer.Option(help="Account to send through; default: the channel's first.")
    ] = None,
    text: Annotated[str | None, typer.Option(help="What to write.")] = None,
    customer: Annotated[
        str | None, typer.Option(help="Customer whose push endpoint it is; for push only.")
    ] = None,
    wait: Wait = False,
    timeout: TimeOut = 60.0,
    json: Json = False,
) -> None:
    """Send a test message to any address."""
    message = {
        "channel": channel.value,
        "to": to,
        "account_id": account,
        "customer_id": customer,
        "text": text,
    }
    with ApiClient.of_environment() as client:
        document = client.send_test({name: value for name, value in message.items() if value})
        show_acceptance(client, document, json=json, wait=wait, timeout=timeout)
