"""The tenant of a run: its accounts lead to a simulator of its own, its waits are short."""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from chaos.plan import CHANNELS, Person
from local import aws, commands
from local.accounts import SIMULATOR_FILE, Credentials, meta_account
from local.places import API_URL
from recado.bootstrap.deployment import Stack
from recado.domain.api_keys import new_key
from recado.domain.channels import Channel
from recado.domain.directory import Address, Preference, Recipient
from recado.domain.notification import LEASE_MARGIN, Mode
from recado.domain.orchestration import Catalogue, Orchestration, Phase, ServiceType, Target
from recado.domain.retry import RetryPolicy
from recado.domain.templates import (
    ApprovedTemplate,
    EmailContent,
    SmsContent,
    Template,
    TemplateContent,
    TemplateSlot,
    WhatsAppContent,
)
from recado.domain.tenants import Tenant
from recado.domain.variables import Variable

SERVICE, PHASE = "revision", "phase-ready"
TIMEOUT_SECONDS = 4.0
"""Of each account; a provider that hangs does so for longer."""

LEASE_SECONDS = TIMEOUT_SECONDS + LEASE_MARGIN.total_seconds()
"""How long a message may be on its way that was looked up before an opt-out."""

_SMS_FROM = "+15550109200"
_MAIL_FROM = "avisos@caos.example"
_TEMPLATE = "caos_aviso"
_CONTENTS: tuple[TemplateContent, ...] = (
    WhatsAppContent(
        text="Su orden {{Orden}} está lista.",
        approved_template=ApprovedTemplate(name=_TEMPLATE, language="es", parameters=("Orden",)),
    ),
    SmsContent(text="Su orden {{Orden}} esta lista."),
    EmailContent(subject="Orden {{Orden}}", text="Su orden {{Orden}} está lista."),
)


def simulated_accounts(known: Credentials) -> dict[str, Any]:
    """What exists at the run's providers."""
    laptop = json.loads(SIMULATOR_FILE.read_text(encoding="utf-8"))
    return {
        "meta": meta_account(known, [{"name": _TEMPLATE, "language": "es", "body_parameters": 1}]),
        "twilio": {
            "account_sid": known.twilio_account_sid,
            "auth_token": known.twilio_auth_token,
            "sms_from": _SMS_FROM,
            "whatsapp_from": f"whatsapp:{_SMS_FROM}",
            "webhook_url": f"{API_URL}/webhook/twilio",
        },
        "ses": {"verified_senders": [_MAIL_FROM], "topic_arn": laptop["ses"]["topic_arn"]},
    }


def set_up(
    stack: Stack,
    variables: Mapping[str, str],
    *,
    tenant_id: str,
    people: tuple[Person, ...],
    simulator_url: str,
    known: Credentials,
    folder: Path,
) -> str:
    """Store the tenant with all that it needs; gives its API key.

    Raises
    ------
    Problem
        Its accounts were not taken.
    """
    configuration = stack.configuration
    configuration.put_tenant(
        Tenant(
            tenant_id=tenant_id,
            name="Caos",
            time_zone="America/Guayaquil",
            retry=RetryPolicy(max_retries=3, base_seconds=0.5, cap_seconds=4),
            unknown_wait_seconds=5,
        )
    )
    configuration.put_catalogue(
        tenant_id,
        Catalogue(
            phases=(Phase(slug=PHASE, name="Lista", icon="Check", order=1),),
            service_types=(ServiceType(slug=SERVICE, name="Revisión", icon="Settings"),),
            variables=(Variable(name="Orden", description={"es": "Orden"}, example="1"),),
        ),
    )
    configuration.put_orchestration(
        Orchestration(
            tenant_id=tenant_id,
            service_type=SERVICE,
            target=Target.CLIENTS,
            matrix={PHASE: dict.fromkeys(CHANNELS, True)},
        )
    )
    for content in _CONTENTS:
        slot = TemplateSlot(
            service_type=SERVICE,
            phase=PHASE,
            target=Target.CLIENTS,
            channel=content.channel,
            locale="es",
        )
        configuration.put_template(
            Template(tenant_id=tenant_id, slot=slot, version=1, content=content)
        )
    _put_accounts(variables, tenant_id, simulator_url, known, folder)
    with ThreadPoolExecutor(8) as pool:
        list(
            pool.map(
                lambda each: stack.directory.put_recipient(_recipient(tenant_id, each)), people
            )
        )
    key, text = new_key(
        tenant_id=tenant_id,
        mode=Mode.LIVE,
        name="chaos",
        now=datetime.now(UTC),
        requests_per_second=1_000,
    )
    configuration.put_api_key(key)
    return text


def _recipient(tenant_id: str, person: Person) -> Recipient:
    return Recipient(
        tenant_id=tenant_id,
        recipient_id=person.customer_id,
        name=f"Persona {person.number}",
        locale="es",
        addresses=tuple(
            Address(channel=channel, value=person.address(channel)) for channel in CHANNELS
        ),
        preferences=tuple(
            Preference(channel=channel, priority=priority)
            for priority, channel in enumerate(person.preferred, start=1)
        ),
    )


def _put_accounts(
    variables: Mapping[str, str],
    tenant_id: str,
    simulator_url: str,
    known: Credentials,
    folder: Path,
) -> None:
    file = folder / "channel-accounts.json"
    accounts = _accounts(simulator_url, known)
    common = {
        "tenant_id": tenant_id,
        "timeout_seconds": TIMEOUT_SECONDS,
        # The laptop is the limit that counts here.
        "limits": {"account": {"most": 1_000}, "recipient": {"most": 100}},
    }
    file.write_text(json.dumps([{**common, **each} for each in accounts]))
    commands.run(
        [str(Path(sys.executable).with_name("recado")), "accounts", "put", str(file)],
        {**aws.environment(), **variables},
        "recado-accounts",
        "Mend that and run the command again.",
    )


def _accounts(simulator_url: str, known: Credentials) -> list[dict[str, Any]]:
    return [
        {
            "account_id": "caos-whatsapp",
            "provider": "whatsapp_cloud",
            "settings": {
                "base_url": f"{simulator_url}/graph/v25.0",
                "phone_number_id": known.meta_phone_number_id,
                "business_account_id": known.meta_business_account_id,
                "app_id": known.meta_app_id,
            },
            "credentials": {
                "access_token": known.meta_access_token,
                "app_secret": known.meta_app_secret,
                "verify_token": known.meta_verify_token,
            },
        },
        {
            "account_id": "caos-sms",
            "provider": "twilio_sms",
            "settings": {
                "base_url": f"{simulator_url}/twilio",
                "account_sid": known.twilio_account_sid,
                "from": _SMS_FROM,
                "status_callback_url": f"{API_URL}/webhook/twilio/status",
            },
            "credentials": {"auth_token": known.twilio_auth_token},
        },
        {
            "account_id": "caos-email",
            "provider": "ses",
            "settings": {
                "endpoint_url": f"{simulator_url}/ses",
                "from_address": _MAIL_FROM,
                "from_name": "Caos",
            },
        },
    ]


PROVIDER_OF = {Channel.WHATSAPP: "meta", Channel.SMS: "twilio", Channel.EMAIL: "ses"}
"""As the simulator calls them."""
