"""Check of templates for what Recado writes by itself."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass

from recado.bootstrap.deployment import Stack
from recado.domain.channels import Channel
from recado.domain.occasions import ANY_SERVICE, Occasion
from recado.domain.orchestration import Catalogue, Target
from recado.domain.templates import TemplateSlot, candidate_slots, locale_chain
from recado.domain.tenants import Tenant
from recado.services.tell_team import WANTED
from recado_cli.checks.finding import Finding

ADD = "Add one as in seed/workshop/templates/occasions.yaml and run `recado seed`."


@dataclass(frozen=True)
class _Need:
    """Who is written to on an occasion, by which channels, and whether services differ in it."""

    occasion: Occasion
    target: Target = Target.CLIENTS
    channels: Collection[Channel] = tuple(Channel)
    by_service: bool = True


NEEDS = (
    _Need(Occasion.ALERT, Target.STAFF, WANTED, by_service=False),
    _Need(Occasion.WHATSAPP_ACTIVATION, channels=(Channel.EMAIL,), by_service=False),
    _Need(Occasion.MAINTENANCE_REMINDER),
    _Need(Occasion.APPOINTMENT_REMINDER),
    _Need(Occasion.INTERVIEW_REMINDER),
)


def check_occasions(stack: Stack, tenant: Tenant, catalogue: Catalogue) -> Iterator[Finding]:
    """For each a template is found as when it is sent, on a channel that an account serves."""
    accounts = stack.configuration.accounts(tenant.tenant_id)
    served = {account.channel for account in accounts if account.enabled}
    types = [each.slug for each in catalogue.service_types]
    for need in NEEDS:
        subject = f"{tenant.tenant_id}/{need.occasion}"
        if need.occasion is Occasion.WHATSAPP_ACTIVATION and Channel.WHATSAPP not in served:
            note = "Not looked at: no enabled account serves WhatsApp, so nobody can be invited."
            yield Finding("occasion", subject, note=note)
            continue
        services = types if need.by_service else [ANY_SERVICE]
        missing = _missing(stack, tenant, catalogue, need, services, served)
        if not missing:
            yield Finding("occasion", subject)
            continue
        services_named = f" for {', '.join(missing)}" if need.by_service else ""
        problem = (
            f"No template ({tenant.locale}) is in force for it on a channel that it may go by "
            f"and an enabled account serves{services_named}."
        )
        yield Finding("occasion", subject, problem, ADD)


def _missing(
    stack: Stack,
    tenant: Tenant,
    catalogue: Catalogue,
    need: _Need,
    services: Sequence[str],
    served: Collection[Channel],
) -> list[str]:
    """The services for which nothing can be written, unless that is what their matrix says."""
    slots = {
        service: _slots(tenant, catalogue, need, service, [c for c in enabled if c in served])
        for service in services
        if (enabled := _enabled(stack, tenant, need, service))
    }
    wanted = [slot for some in slots.values() for slot in some]
    in_force = stack.configuration.templates(tenant.tenant_id, wanted)
    return [
        service
        for service, some in slots.items()
        if not any(slot.template_id in in_force for slot in some)
    ]


def _enabled(stack: Stack, tenant: Tenant, need: _Need, service: str) -> list[Channel]:
    """The channels that it may go by: all, unless the service's matrix has a row for it."""
    matrix = stack.configuration.orchestration(tenant.tenant_id, service, need.target)
    row = matrix.enabled(need.occasion) if matrix else None
    return [channel for channel in need.channels if row is None or row.get(channel, False)]


def _slots(
    tenant: Tenant,
    catalogue: Catalogue,
    need: _Need,
    service: str,
    channels: Sequence[Channel],
) -> list[TemplateSlot]:
    """Where a template is looked for."""
    return [
        slot
        for channel in channels
        for slot in candidate_slots(
            service_types=catalogue.template_lineage(service, need.occasion),
            phase=need.occasion,
            target=need.target,
            channel=channel,
            locales=locale_chain(tenant.locale, tenant.locale),
        )
    ]
