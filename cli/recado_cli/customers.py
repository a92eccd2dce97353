"""`recado customers`: add a browser's web push subscription to a customer."""

from __future__ import annotations

from base64 import urlsafe_b64decode
from typing import Annotated

import typer

from recado.domain.channels import Channel
from recado.domain.directory import Address, PushKeys
from recado_cli import settings
from recado_cli.output import console
from recado_cli.refusals import Refusal
from recado_cli.tenants import TenantOption, tenant_meant

POINT_BYTES = 65
"""Length of a P-256 public key, uncompressed (RFC 8291 section 3.1)."""

AUTH_BYTES = 16
"""Length of a subscription's authentication secret (RFC 8291 section 3.2)."""

app = typer.Typer(help="Customers.", no_args_is_help=True)


@app.callback()
def customers() -> None:
    """Customers."""


@app.command()
def subscribe(
    customer_id: Annotated[str, typer.Argument(help="Id of the customer.")],
    endpoint: Annotated[str, typer.Option(help="The subscription's address (an http(s) URL).")],
    p256dh: Annotated[str, typer.Option(help="The subscription's public key, base64url.")],
    auth: Annotated[str, typer.Option(help="The subscription's auth secret, base64url.")],
    tenant: TenantOption = None,
) -> None:
    """Add a web push subscription, as a browser's PushManager gives it."""
    if not endpoint.startswith(("https://", "http://")):
        raise typer.BadParameter("is no http(s) address", param_hint="--endpoint")
    _refuse_unless_base64url(p256dh, POINT_BYTES, "--p256dh")
    _refuse_unless_base64url(auth, AUTH_BYTES, "--auth")
    stack = settings.stack()
    tenant_id = tenant_meant(stack, tenant)
    customer = stack.directory.recipient(tenant_id, customer_id)
    if customer is None:
        raise Refusal(f"{tenant_id} has no customer '{customer_id}'.")
    address = Address(
        channel=Channel.PUSH, value=endpoint, push_keys=PushKeys(p256dh=p256dh, auth=auth)
    )
    if address in customer.addresses:
        console().print(f"{customer_id} has that subscription already.")
        return
    others = tuple(a for a in customer.addresses if a.value != endpoint)
    stack.directory.put_recipient(customer.model_copy(update={"addresses": (*others, address)}))
    count = sum(a.channel is Channel.PUSH for a in (*others, address))
    console().print(f"{customer_id} has a new web push subscription ({count} in all).")


def _refuse_unless_base64url(text: str, length: int, option: str) -> None:
    try:
        found = len(urlsafe_b64decode(text + "=" * (-len(text) % 4)))
    except ValueError:
        found = 0
    if found != length:
        raise typer.BadParameter(f"is not {length} bytes in base64url", param_hint=option)
