"""`recado customers`: files of customers, all that is held on one, a browser's subscription."""

from __future__ import annotations

from typing import Annotated

import typer
from pydantic import ValidationError

from recado.domain.access import Caller
from recado.domain.api_keys import Role, Scope
from recado.domain.errors import UnprocessableError
from recado.domain.notification import Mode
from recado.domain.push import BrowserSubscription
from recado.services.subscribe_to_push import SubscribeToPush
from recado_cli import customer_data, settings
from recado_cli.output import Json, console, print_json
from recado_cli.tenants import TenantOption, tenant_meant

OPTIONS = {
    "subscription.endpoint": "--endpoint",
    "subscription.keys.p256dh": "--p256dh",
    "subscription.keys.auth": "--auth",
}
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
    json: Json = False,
) -> None:
    """Add a web push subscription, as a browser's PushManager gives it."""
    subscription = _subscription(endpoint, p256dh=p256dh, auth=auth)
    stack = settings.stack()
    push = SubscribeToPush(people=stack.people, configuration=stack.configuration)
    operator = Caller(
        key_id="recado",
        tenant_id=tenant_meant(stack, tenant),
        mode=Mode.LIVE,
        role=Role.TENANT,
        scopes=frozenset({Scope.CUSTOMERS_WRITE}),
    )
    try:
        is_new = push.subscribe(operator, customer_id, subscription)
    except UnprocessableError as error:
        if error.field not in OPTIONS:
            raise
        raise typer.BadParameter(str(error), param_hint=OPTIONS[error.field]) from None
    count = len(push.subscriptions(operator, customer_id))
    if json:
        print_json({"customer_id": customer_id, "created": is_new, "subscriptions": count})
    elif is_new:
        console().print(f"{customer_id} has a new web push subscription ({count} in all).")
    else:
        console().print(f"{customer_id} has that subscription already.")


def _subscription(endpoint: str, *, p256dh: str, auth: str) -> BrowserSubscription:
    keys = {"p256dh": p256dh, "auth": auth}
    try:
        return BrowserSubscription.model_validate({"endpoint": endpoint, "keys": keys})
    except ValidationError as error:
        [fault, *_] = error.errors(include_url=False)
        place = ".".join(["subscription", *map(str, fault["loc"])])
        raise typer.BadParameter(fault["msg"], param_hint=OPTIONS[place]) from None
