"""Invite a customer by e-mail to open the WhatsApp chat."""

from __future__ import annotations

from datetime import datetime
from typing import NamedTuple

from recado.domain.access import Caller
from recado.domain.activation import (
    EVENT_TYPE,
    NUMBER_SETTING,
    Activation,
    ActivationCodes,
    chat_link,
    chat_number,
    ends_at,
    nonce_for,
    whatsapp_accounts,
)
from recado.domain.channels import Channel
from recado.domain.errors import NotFoundError, UnprocessableError
from recado.domain.events import Event
from recado.domain.notification import Notification
from recado.domain.occasions import ANY_SERVICE, Occasion
from recado.ports.clock import Clock
from recado.ports.configuration import ConfigurationRepository
from recado.ports.people import PeopleRepository
from recado.services.find_customer import find_customer
from recado.services.plan_notification import PlanNotification


class Invitation(NamedTuple):
    """A stored notification, and the ways into the chat that it tells of."""

    notification: Notification
    link: str
    page_url: str
    qr_url: str
    expires_at: datetime


class InviteToWhatsApp:
    """Makes invitations and has them sent by e-mail."""

    def __init__(
        self,
        *,
        people: PeopleRepository,
        configuration: ConfigurationRepository,
        plan: PlanNotification,
        codes: ActivationCodes,
        public_url: str,
        clock: Clock,
    ) -> None:
        self._people = people
        self._configuration = configuration
        self._plan = plan
        self._codes = codes
        self._public_url = public_url.rstrip("/")
        self._clock = clock

    def __call__(
        self,
        caller: Caller,
        customer_id: str,
        *,
        idempotency_key: str | None,
        correlation_id: str | None = None,
    ) -> Invitation:
        """Store the notification that invites a customer, and give what it holds.

        Raises
        ------
        NotFoundError
            There is no such customer, or they belong to a division that is not the caller's.
        UnprocessableError
            No enabled account serves WhatsApp, or none says its number; else as
            `PlanNotification`.
        """
        customer = find_customer(self._people, caller, customer_id)
        tenant = self._configuration.tenant(caller.tenant_id)
        if tenant is None:
            raise NotFoundError(
                "unknown tenant '{tenant}'", field="tenant_id", tenant=caller.tenant_id
            )
        number = self._number(caller.tenant_id)
        activation = Activation(
            tenant_id=caller.tenant_id,
            mode=caller.mode,
            recipient_id=customer.recipient_id,
            expires_at=ends_at(self._clock.now()),
            nonce=nonce_for(idempotency_key),
        )
        code = self._codes.code(activation)
        link = chat_link(number, code, locale=customer.locale or tenant.locale)
        page_url = f"{self._public_url}/a/{code}"
        qr_url = f"{page_url}.png"
        event = Event(
            event_type=EVENT_TYPE,
            service_type_id=ANY_SERVICE,
            phase_id=Occasion.WHATSAPP_ACTIVATION,
            customer_id=customer.recipient_id,
            context={"Enlace": link, "CódigoQR": qr_url},
            useless_after=activation.expires_at,
        )
        notification = self._plan(
            caller.tenant_id,
            caller.mode,
            event,
            division=caller.division,
            idempotency_key=idempotency_key,
            correlation_id=correlation_id,
            channel=Channel.EMAIL,
        )
        return Invitation(notification, link, page_url, qr_url, activation.expires_at)

    def _number(self, tenant_id: str) -> str:
        accounts = whatsapp_accounts(self._configuration.accounts(tenant_id))
        if not accounts:
            raise UnprocessableError("no enabled account serves WhatsApp")
        number = chat_number(accounts)
        if number is None:
            raise UnprocessableError(
                "the WhatsApp account '{account}' does not say its number: give it the setting "
                "'{setting}'",
                account=accounts[0].account_id,
                setting=NUMBER_SETTING,
            )
        return number
