"""Who is invited to WhatsApp, by whom, and where the invitation leads."""

from __future__ import annotations

from datetime import timedelta

import pytest

from recado.api.activation_page import ActivationPage
from recado.domain.activation import ActivationCodes
from recado.domain.channels import Channel, ChannelAccount, Provider
from recado.domain.errors import NotFoundError, UnprocessableError
from recado.domain.notification import Mode, State
from recado.domain.occasions import ANY_SERVICE, Occasion
from recado.domain.orchestration import Target
from recado.domain.templates import EmailContent, Template, TemplateSlot
from recado.services.invite_to_whatsapp import InviteToWhatsApp
from recado.services.show_activation import ShowActivation
from tests.routes import WHOLE_TENANT
from tests.unit.services.conftest import House
from tests.workshop import CUSTOMER, TENANT

CODES = ActivationCodes(lambda: b"secret")


@pytest.fixture
def house(house: House) -> House:
    give_number(house, "+593 2 555 0100")
    house.configuration.put_template(
        Template(
            tenant_id=TENANT.tenant_id,
            slot=TemplateSlot(
                service_type=ANY_SERVICE,
                phase=Occasion.WHATSAPP_ACTIVATION,
                target=Target.CLIENTS,
                channel=Channel.EMAIL,
                locale="es",
            ),
            version=1,
            content=EmailContent(subject="WhatsApp", text="{{Enlace}} {{CódigoQR}}"),
        )
    )
    return house


def give_number(house: House, number: str | None) -> None:
    settings = {} if number is None else {"display_phone_number": number}
    house.configuration.put_account(
        ChannelAccount(
            tenant_id=TENANT.tenant_id,
            account_id="wa",
            provider=Provider.WHATSAPP_CLOUD,
            settings=settings,
        )
    )


def inviting(house: House) -> InviteToWhatsApp:
    return InviteToWhatsApp(
        people=house.directory,
        configuration=house.configuration,
        plan=house.plan,
        codes=CODES,
        public_url="https://recado.example.com/",
        clock=house.clock,
    )


def test_an_invitation_goes_by_mail_whatever_the_customer_prefers(house: House) -> None:
    invitation = inviting(house)(WHOLE_TENANT, CUSTOMER.recipient_id, idempotency_key=None)

    assert [step.channel for step in invitation.notification.route] == ["email"]
    assert invitation.link.startswith("https://wa.me/59325550100?text=Activar%20")
    assert invitation.page_url.startswith("https://recado.example.com/a/")
    assert invitation.qr_url == f"{invitation.page_url}.png"


def test_the_page_leads_where_the_mail_leads(house: House) -> None:
    invitation = inviting(house)(WHOLE_TENANT, CUSTOMER.recipient_id, idempotency_key=None)
    show = ShowActivation(codes=CODES, configuration=house.configuration, clock=house.clock)
    code = invitation.page_url.rpartition("/")[2]

    shown = show(code)
    assert shown is not None
    assert (shown.sender, shown.link) == (TENANT.name, invitation.link)
    assert house.clock.now() + shown.good_for == invitation.expires_at
    assert show(f"{code}x") is None
    give_number(house, None)
    assert show(code) is None
    give_number(house, "+593 2 555 0100")
    house.clock.advance(days=31)
    assert show(code) is None


@pytest.mark.parametrize(
    ("left", "seconds"),
    [
        (timedelta(days=30), 86_400),
        (timedelta(minutes=5), 300),
        (timedelta(milliseconds=400), 0),
    ],
)
def test_the_picture_is_kept_by_nobody_else_and_no_longer_than_its_code_holds(
    house: House, left: timedelta, seconds: int
) -> None:
    invitation = inviting(house)(WHOLE_TENANT, CUSTOMER.recipient_id, idempotency_key=None)
    house.clock.advance(seconds=(invitation.expires_at - left - house.clock.now()).total_seconds())
    show = ShowActivation(codes=CODES, configuration=house.configuration, clock=house.clock)
    name = invitation.qr_url.rpartition("/")[2]

    picture = ActivationPage(show, lambda _: b"png")({"pathParameters": {"code": name}})

    assert picture["headers"]["cache-control"] == f"private, max-age={seconds}"


def test_the_same_key_gives_the_same_invitation(house: House) -> None:
    invite = inviting(house)
    first = invite(WHOLE_TENANT, CUSTOMER.recipient_id, idempotency_key="k")
    house.clock.advance(minutes=30)

    again = invite(WHOLE_TENANT, CUSTOMER.recipient_id, idempotency_key="k")

    assert again.notification.notification_id == first.notification.notification_id
    assert again.link == first.link


@pytest.mark.parametrize("keys", [(None, None), ("k", "l"), ("k", None)])
def test_who_is_invited_again_gets_another_code_at_once(
    house: House, keys: tuple[str | None, str | None]
) -> None:
    invite = inviting(house)

    first, second = (
        invite(WHOLE_TENANT, CUSTOMER.recipient_id, idempotency_key=key) for key in keys
    )

    assert first.notification.notification_id != second.notification.notification_id
    assert first.link != second.link


@pytest.mark.parametrize("mode", list(Mode))
def test_a_test_key_makes_a_test_notification_with_a_test_code(house: House, mode: Mode) -> None:
    somebody = WHOLE_TENANT.model_copy(update={"mode": mode})

    invitation = inviting(house)(somebody, CUSTOMER.recipient_id, idempotency_key="k")

    activation = CODES.read(invitation.page_url.rpartition("/")[2], now=house.clock.now())
    assert activation is not None
    assert (invitation.notification.mode, activation.mode) == (mode, mode)


def test_who_has_no_mail_address_gets_a_notification_that_says_so(house: House) -> None:
    addresses = CUSTOMER.addresses_on(Channel.WHATSAPP)
    house.directory.put_recipient(CUSTOMER.model_copy(update={"addresses": addresses}))

    invitation = inviting(house)(WHOLE_TENANT, CUSTOMER.recipient_id, idempotency_key=None)

    assert invitation.notification.state is State.FAILED
    assert "no_address" in invitation.notification.detail


def test_a_key_of_a_division_invites_its_own_customers_alone(house: House) -> None:
    house.directory.put_recipient(CUSTOMER.model_copy(update={"division": "quito"}))
    invite = inviting(house)

    for division, is_seen in (("quito", True), ("loja", False)):
        somebody = WHOLE_TENANT.model_copy(update={"division": division})
        if is_seen:
            assert invite(somebody, CUSTOMER.recipient_id, idempotency_key=None).link
            continue
        with pytest.raises(NotFoundError):
            invite(somebody, CUSTOMER.recipient_id, idempotency_key=None)


@pytest.mark.parametrize(
    ("number", "enabled", "told"),
    [(None, True, "display_phone_number"), ("+59325550100", False, "no enabled account")],
)
def test_without_a_number_to_write_to_nobody_is_invited(
    house: House, number: str | None, enabled: bool, told: str
) -> None:
    give_number(house, number)
    [account] = [a for a in house.configuration.accounts("andinos") if a.account_id == "wa"]
    house.configuration.put_account(account.model_copy(update={"enabled": enabled}))

    with pytest.raises(UnprocessableError, match=told):
        inviting(house)(WHOLE_TENANT, CUSTOMER.recipient_id, idempotency_key=None)
