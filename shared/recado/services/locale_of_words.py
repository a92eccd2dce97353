"""In which language the words go that are written before a template is filled with them."""

from __future__ import annotations

from recado.domain.channels import Channel
from recado.domain.directory import Recipient
from recado.domain.occasions import Occasion
from recado.domain.orchestration import Catalogue, Target
from recado.domain.routing import accounts_of, in_order
from recado.domain.templates import candidate_slots, locale_chain
from recado.domain.tenants import Tenant
from recado.ports.configuration import ConfigurationRepository


def locale_of_words(
    configuration: ConfigurationRepository,
    tenant: Tenant,
    catalogue: Catalogue,
    recipient: Recipient,
    *,
    service_type: str,
    occasion: Occasion,
) -> str:
    """The locale of the template that tells a customer on the first channel that could.

    A day in the words of another language than the sentence around it helps nobody. Where no
    template tells it, the customer's own.

    Raises
    ------
    UnprocessableError
        There is no such service type.
    """
    wished = recipient.locale or tenant.locale
    locales = locale_chain(wished, tenant.locale)
    service_types = catalogue.template_lineage(service_type, occasion)
    slots = [
        slot
        for channel in _channels(
            configuration, tenant, catalogue, recipient, service_type, occasion
        )
        for slot in candidate_slots(
            service_types=service_types,
            phase=occasion,
            target=Target.CLIENTS,
            channel=channel,
            locales=locales,
        )
    ]
    found = configuration.templates(tenant.tenant_id, slots)
    return next((slot.locale for slot in slots if slot.template_id in found), wished)


def _channels(
    configuration: ConfigurationRepository,
    tenant: Tenant,
    catalogue: Catalogue,
    recipient: Recipient,
    service_type: str,
    occasion: Occasion,
) -> list[Channel]:
    """The channels that could carry it, the first to try first."""
    orchestration = configuration.orchestration(
        tenant.tenant_id, catalogue.lineage(service_type)[-1], Target.CLIENTS
    )
    enabled = orchestration.enabled(occasion) if orchestration else None
    accounts = configuration.accounts(tenant.tenant_id)
    unwanted = {each.channel for each in recipient.preferences if not each.enabled}
    return [
        channel
        for channel in in_order(recipient, tenant.channel_order())
        if (enabled is None or enabled.get(channel, False))
        and channel not in unwanted
        and recipient.addresses_on(channel)
        and accounts_of(accounts, channel)
    ]
