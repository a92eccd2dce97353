"""The words that fill a template are in its language."""

from __future__ import annotations

import pytest

from recado.domain.channels import Channel
from recado.domain.directory import Preference, Recipient
from recado.domain.occasions import ANY_SERVICE, Occasion
from recado.domain.orchestration import Orchestration, Target
from recado.domain.templates import EmailContent, Template, TemplateSlot
from recado.services.locale_of_words import locale_of_words
from tests.fakes.configuration import FakeConfiguration
from tests.fakes.people import FakePeople
from tests.workshop import CATALOGUE, CUSTOMER, TENANT, furnish

ENGLISH = CUSTOMER.model_copy(update={"locale": "en-US"})
TELLS = {Channel.WHATSAPP: "es", Channel.EMAIL: "en"}
"""The channels with a template, and its language."""


def configured(tells: dict[Channel, str]) -> FakeConfiguration:
    configuration = FakeConfiguration()
    furnish(configuration, FakePeople())
    for channel, locale in tells.items():
        slot = TemplateSlot(
            service_type=ANY_SERVICE,
            phase=Occasion.MAINTENANCE_REMINDER,
            target=Target.CLIENTS,
            channel=channel,
            locale=locale,
        )
        content = EmailContent(subject="{{Fecha}}", text="{{Fecha}}")
        template = Template(tenant_id="andinos", slot=slot, version=1, content=content)
        configuration.put_template(template)
    return configuration


def locale(configuration: FakeConfiguration, recipient: Recipient = ENGLISH) -> str:
    return locale_of_words(
        configuration,
        TENANT,
        CATALOGUE,
        recipient,
        service_type="mantenimiento",
        occasion=Occasion.MAINTENANCE_REMINDER,
    )


def test_it_is_that_of_the_template_of_the_first_channel() -> None:
    assert locale(configured(TELLS)) == "es"
    assert locale(configured({Channel.WHATSAPP: "en", Channel.EMAIL: "es"})) == "en"


@pytest.mark.parametrize(
    "changes",
    [
        {"addresses": CUSTOMER.addresses[1:]},
        {"preferences": (Preference(channel=Channel.WHATSAPP, priority=1, enabled=False),)},
        {"preferences": (Preference(channel=Channel.EMAIL, priority=1),)},
    ],
    ids=["no address", "not wanted", "wanted later"],
)
def test_a_channel_that_does_not_tell_the_customer_first_has_no_say(
    changes: dict[str, object],
) -> None:
    assert locale(configured(TELLS), ENGLISH.model_copy(update=changes)) == "en"


def test_a_channel_that_the_tenant_has_switched_off_has_no_say() -> None:
    configuration = configured(TELLS)
    row = {Occasion.MAINTENANCE_REMINDER: {Channel.EMAIL: True}}
    configuration.put_orchestration(
        Orchestration(
            tenant_id="andinos", service_type="mantenimiento", target=Target.CLIENTS, matrix=row
        )
    )

    assert locale(configuration) == "en"


def test_where_no_template_tells_it_it_is_the_customers_own() -> None:
    assert locale(configured({})) == "en-US"
    assert locale(configured({}), CUSTOMER) == TENANT.locale
