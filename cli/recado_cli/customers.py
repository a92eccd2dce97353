"""`recado customers`: files of customers, all that is held on one, a browser's subscription."""

from __future__ import annotations

from typing import Annotated

import typer

from recado.domain.channels import Channel
from recado.domain.errors import UnprocessableError
from recado.domain.push import push_address
from recado_cli import customer_data, settings
from recado_cli.output import console
from recado_cli.refusals import Refusal
from recado_cli.tenants import TenantOption, tenant_meant

OPTIONS = {"endpoint": "--endpoint", "keys.p256dh": "--p256dh", "keys.auth": "--auth"}
"""The option that each part of a subscription comes from."""

app = typer.Typer(help="Customers.", no_args_is_help=True)


@app.callback()
def customers() -> None:
    """Customers."""


app.command("import")(customer_data.import_file)
app.command("export")(customer_data.export)
app.command("erase")(customer_data.erase)


@app.command()
def subscribe(
    customer_id: Annotated[str, typer.Argument(help="Id of the customer.")],
    endpoint: Annotated[str, typer.Option(help="The subscription's address (an https URL).")],
    p256dh: Annotated[str, typer.Option(help="The subscription's public key, base64url.")],
    auth: Annotated[str, typer.Option(help="The subscription's auth secret, base64url.")],
    tenant: TenantOption = None,
) -> None:
    """Add a web push subscription, as a browser's PushManager gives it."""
    try:
        address = push_address(endpoint, p256dh=p256dh, auth=auth)
    except UnprocessableError as error:
        raise typer.BadParameter(str(error), param_hint=OPTIONS[error.field or ""]) from None
    stack = settings.stack()
    tenant_id = tenant_meant(stack, tenant)
    customer = stack.directory.recipient(tenant_id, customer_id)
    if customer is None:
        raise Refusal(f"{tenant_id} has no customer '{customer_id}'.")
    if address in customer.addresses:
        console().print(f"{customer_id} has that subscription already.")
        return
    others = tuple(a for a in customer.addresses if a.value != endpoint)
    stack.directory.put_recipient(customer.model_copy(update={"addresses": (*others, address)}))
    count = sum(a.channel is Channel.PUSH for a in (*others, address))
    console().print(f"{customer_id} has a new web push subscription ({count} in all).")
