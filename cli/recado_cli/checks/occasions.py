"""Check of templates for what Recado writes by itself."""

from __future__ import annotations

from collections.abc import Iterator

from recado.bootstrap.deployment import Stack
from recado.domain.channels import Channel
from recado.domain.occasions import ANY_SERVICE, Occasion
from recado.domain.orchestration import Catalogue, Target
from recado.domain.templates import TemplateSlot
from recado.domain.tenants import Tenant
from recado_cli.checks.finding import Finding

NEEDED = {Occasion.ALERT: Target.STAFF, Occasion.MAINTENANCE_REMINDER: Target.CLIENTS}
"""What every tenant's people are written to about."""

ADD = "Add one as in seed/workshop/templates/occasions.yaml and run `recado seed`."


def check_occasions(stack: Stack, tenant: Tenant, catalogue: Catalogue) -> Iterator[Finding]:
    """For each there is a template in force, on a channel that an enabled account serves."""
    accounts = stack.configuration.accounts(tenant.tenant_id)
    channels = {account.channel for account in accounts if account.enabled}
    for occasion, target in NEEDED.items():
        subject = f"{tenant.tenant_id}/{occasion}"
        slots = _slots(tenant, catalogue, channels, occasion, target)
        if stack.configuration.templates(tenant.tenant_id, slots):
            yield Finding("occasion", subject)
        else:
            problem = f"No template ({tenant.locale}) is in force for it on any of its channels."
            yield Finding("occasion", subject, problem, ADD)


def _slots(
    tenant: Tenant,
    catalogue: Catalogue,
    channels: set[Channel],
    occasion: Occasion,
    target: Target,
) -> list[TemplateSlot]:
    services = [ANY_SERVICE, *(each.slug for each in catalogue.service_types)]
    return [
        TemplateSlot(
            service_type=service,
            phase=occasion,
            target=target,
            channel=channel,
            locale=tenant.locale,
        )
        for service in services
        for channel in sorted(channels)
    ]
