"""A small workshop to test with: one tenant, one customer, three channels, one template each."""

from __future__ import annotations

from recado.domain.channels import Channel, ChannelAccount, Provider, SendLimits
from recado.domain.directory import Address, Preference, PushKeys, Recipient
from recado.domain.events import Event
from recado.domain.orchestration import (
    Catalogue,
    Orchestration,
    Phase,
    ServiceType,
    Subtype,
    Target,
)
from recado.domain.rate_limits import RateLimit
from recado.domain.retry import RetryPolicy
from recado.domain.templates import (
    ApprovedTemplate,
    EmailContent,
    PushContent,
    Template,
    TemplateContent,
    TemplateSlot,
    WhatsAppContent,
)
from recado.domain.tenants import Tenant
from recado.domain.variables import Variable
from recado.ports.configuration import ConfigurationWriter
from recado.ports.directory import DirectoryRepository

TENANT = Tenant(
    tenant_id="andinos",
    name="Talleres Andinos",
    time_zone="America/Guayaquil",
    retry=RetryPolicy(max_retries=3, base_seconds=10, cap_seconds=300),
    team_recipient_id="team",
)
CATALOGUE = Catalogue(
    phases=(Phase(slug="phase-schedule", name="Agendar Cita", icon="Calendar", order=1),),
    service_types=(
        ServiceType(
            slug="mantenimiento",
            name="Mantenimiento",
            icon="Settings",
            subtypes=(Subtype(slug="aceite", name="Aceite", icon="Droplet"),),
        ),
    ),
    variables=tuple(
        Variable(name=name, description={"es": name, "en": name}, example="x")
        for name in ("Nombre", "Placa", "Fase", "Taller")
    ),
)
UNHURRIED = SendLimits(recipient=RateLimit(most=10_000))
"""Of accounts in tests, which send to one number again and again."""

ACCOUNTS = (
    ChannelAccount(
        tenant_id="andinos",
        account_id="wa",
        provider=Provider.WHATSAPP_CLOUD,
        secret_name="s",
        limits=UNHURRIED,
    ),
    ChannelAccount(tenant_id="andinos", account_id="mail", provider=Provider.SES),
    ChannelAccount(
        tenant_id="andinos", account_id="push", provider=Provider.WEB_PUSH, secret_name="s"
    ),
)
CUSTOMER = Recipient(
    tenant_id="andinos",
    recipient_id="customer-001",
    name="Carlos Mendoza",
    addresses=(
        Address(channel=Channel.WHATSAPP, value="+593991234567"),
        Address(channel=Channel.EMAIL, value="carlos@example.com"),
        Address(
            channel=Channel.PUSH,
            value="https://push.example.com/abc",
            push_keys=PushKeys(p256dh="p", auth="a"),
        ),
    ),
    preferences=(
        Preference(channel=Channel.WHATSAPP, priority=1),
        Preference(channel=Channel.EMAIL, priority=2),
    ),
)
TEAM = Recipient(
    tenant_id="andinos",
    recipient_id="team",
    name="Equipo",
    addresses=(Address(channel=Channel.EMAIL, value="taller@example.com"),),
)
CONTENTS: tuple[TemplateContent, ...] = (
    WhatsAppContent(
        text="Hola {{Nombre}}, su auto {{Placa}} le espera.",
        approved_template=ApprovedTemplate(
            name="cita", language="es", parameters=("Nombre", "Placa")
        ),
    ),
    EmailContent(subject="Cita de {{Nombre}}", text="Hola {{Nombre}}.\n\nPlaca {{Placa}}."),
    PushContent(title="Cita", body="{{Placa}}"),
)


def event(**changes: object) -> Event:
    """An event that the workshop can serve."""
    fields: dict[str, object] = {
        "event_type": "appointment_scheduled",
        "service_type_id": "mantenimiento",
        "phase_id": "phase-schedule",
        "customer_id": "customer-001",
        "context": {"placa": "ABC123"},
    }
    return Event.model_validate({**fields, **changes})


def furnish(configuration: ConfigurationWriter, directory: DirectoryRepository) -> None:
    """Set the workshop up."""
    configuration.put_tenant(TENANT)
    configuration.put_catalogue(TENANT.tenant_id, CATALOGUE)
    for account in ACCOUNTS:
        configuration.put_account(account)
    for target in Target:
        channels = {Channel.WHATSAPP: True, Channel.EMAIL: True, Channel.PUSH: True}
        configuration.put_orchestration(
            Orchestration(
                tenant_id=TENANT.tenant_id,
                service_type="mantenimiento",
                target=target,
                matrix={"phase-schedule": channels},
            )
        )
        for content in CONTENTS:
            configuration.put_template(
                Template(
                    tenant_id=TENANT.tenant_id,
                    slot=TemplateSlot(
                        service_type="mantenimiento",
                        phase="phase-schedule",
                        target=target,
                        channel=content.channel,
                        locale="es",
                    ),
                    version=1,
                    content=content,
                )
            )
    directory.put_recipient(CUSTOMER)
    directory.put_recipient(TEAM)
