"""Which tenants a deployment has, and the one that a command means."""

from __future__ import annotations

from typing import Annotated

import typer

from recado.bootstrap.deployment import Stack
from recado.domain.tenants import Tenant
from recado_cli.refusals import Refusal

TenantOption = Annotated[
    str | None, typer.Option("--tenant", help="Id of the tenant; needed when there are several.")
]


def tenant_ids(stack: Stack) -> list[str]:
    """The ids of all tenants."""
    return [tenant.tenant_id for tenant in stack.configuration.tenants()]


def tenant_named(stack: Stack, tenant_id: str) -> Tenant:
    """The tenant of that id.

    Raises
    ------
    Refusal
        There is none.
    """
    tenant = stack.configuration.tenant(tenant_id)
    if tenant is None:
        known = ", ".join(tenant_ids(stack)) or "none; `recado seed` loads one"
        raise Refusal(f"There is no tenant '{tenant_id}'.", f"Tenants: {known}.")
    return tenant


def tenants_meant(stack: Stack, tenant_id: str | None) -> list[str]:
    """The tenant that was named, or all of them."""
    if tenant_id is None:
        return tenant_ids(stack)
    return [tenant_named(stack, tenant_id).tenant_id]


def tenant_meant(stack: Stack, tenant_id: str | None) -> str:
    """The tenant that was named, or the only one.

    Raises
    ------
    Refusal
        There is no such tenant, or it takes a name to tell which.
    """
    found = tenants_meant(stack, tenant_id)
    if len(found) != 1:
        known = ", ".join(found) or "none; `recado seed` loads one"
        raise Refusal("It is not clear which tenant is meant.", f"Give --tenant ({known}).")
    return found[0]
