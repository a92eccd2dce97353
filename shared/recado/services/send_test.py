"""Send a `TEST` message to any address, to see whether a channel account works."""

from __future__ import annotations

import re
from datetime import timedelta

from recado.domain.access import reaches
from recado.domain.channels import Channel, ChannelAccount
from recado.domain.directory import Address, Recipient
from recado.domain.errors import NotFoundError, UnprocessableError
from recado.domain.events import TestMessage
from recado.domain.messages import plain_message
from recado.domain.notification import (
    ChannelDecision,
    Mode,
    Notification,
    RouteStep,
    new_notification_id,
)
from recado.domain.orchestration import Target
from recado.domain.phone import to_e164
from recado.domain.routing import best_account
from recado.domain.tenants import Tenant
from recado.ports.clock import Clock
from recado.ports.configuration import ConfigurationRepository
from recado.ports.directory import DirectoryRepository
from recado.ports.notifications import NotificationRepository
from recado.ports.queues import DeliveryQueues
from recado.services.accept_once import AcceptOnce

_MAIL_ADDRESS = re.compile(r"^[^@\s]+@[^@\s]+\.[^@\s]+$")


class SendTest:
    """Accepts test messages; they take the same way as every notification."""

    def __init__(
        self,
        *,
        notifications: NotificationRepository,
        directory: DirectoryRepository,
        configuration: ConfigurationRepository,
        queues: DeliveryQueues,
        clock: Clock,
    ) -> None:
        self._accept = AcceptOnce(notifications=notifications, queues=queues)
        self._directory = directory
        self._configuration = configuration
        self._clock = clock

    def __call__(
        self,
        tenant_id: str,
        mode: Mode,
        request: TestMessage,
        *,
        division: str | None = None,
        idempotency_key: str | None = None,
        correlation_id: str | None = None,
    ) -> Notification:
        """Store and queue a test message.

        It belongs to the division of the customer, where one is named. With a `division` it comes
        from that part of the tenant, which writes to its own customers alone, at addresses that
        are known to be theirs.

        Raises
        ------
        NotFoundError
            No such tenant.
        UnprocessableError
            The address is none of that channel or not the customer's, no enabled account serves
            it, or nobody is known by that customer id;
            IdempotencyKeyReusedError when the key stands for another message.
        """
        tenant = self._configuration.tenant(tenant_id)
        if tenant is None:
            raise NotFoundError("unknown tenant '{tenant}'", field="tenant_id", tenant=tenant_id)
        account = self._account(tenant_id, request)
        customer = self._customer(tenant_id, request, division)
        address = _address(request, customer)
        if division is not None and (customer is None or not customer.is_reached_at(address)):
            raise UnprocessableError("not an address of this customer", field="to")
        now = self._clock.now()
        deadline = now + timedelta(hours=tenant.max_age_hours)
        asked = Notification(
            notification_id=new_notification_id(),
            tenant_id=tenant_id,
            mode=mode,
            event_type="TEST",
            urgent=True,
            target=Target.STAFF,
            recipient_id=request.customer_id or "test",
            division=customer.division if customer else None,
            locale=tenant.locale,
            route=(
                RouteStep(
                    channel=request.channel,
                    provider=account.provider,
                    account_id=account.account_id,
                    address=address,
                    message=plain_message(
                        request.channel,
                        request.text or _default_text(tenant),
                        subject=f"TEST · {tenant.name}",
                    ),
                ),
            ),
            decisions=(ChannelDecision(channel=request.channel, chosen=True, reason="requested"),),
            created_at=now,
            updated_at=now,
            deadline=deadline,
            expires_at=deadline + timedelta(days=tenant.retention_days),
            correlation_id=correlation_id,
        ).queued(now)
        return self._accept(asked, idempotency_key=idempotency_key)

    def _account(self, tenant_id: str, request: TestMessage) -> ChannelAccount:
        accounts = self._configuration.accounts(tenant_id)
        if request.account_id is not None:
            accounts = [a for a in accounts if a.account_id == request.account_id]
        account = best_account(accounts, request.channel)
        if account is None:
            field = "account_id" if request.account_id else "channel"
            raise UnprocessableError("no enabled account serves this channel", field=field)
        return account

    def _customer(
        self, tenant_id: str, request: TestMessage, division: str | None
    ) -> Recipient | None:
        """Whom it is for; only a division and web push need to know."""
        if request.customer_id is None:
            if division is not None:
                raise UnprocessableError("name the customer", field="customer_id")
            customer = None
        else:
            customer = self._directory.recipient(tenant_id, request.customer_id)
        if division is None and request.channel is not Channel.PUSH:
            return customer
        if customer is None or not reaches(division, customer.division):
            raise UnprocessableError("unknown recipient", field="customer_id")
        return customer


def _address(request: TestMessage, customer: Recipient | None) -> Address:
    match request.channel:
        case Channel.WHATSAPP | Channel.SMS:
            return Address(channel=request.channel, value=to_e164(request.to, field="to"))
        case Channel.EMAIL:
            if not _MAIL_ADDRESS.match(request.to):
                raise UnprocessableError("not a mail address", field="to")
            return Address(channel=request.channel, value=request.to)
        case Channel.PUSH:
            for address in customer.addresses_on(Channel.PUSH) if customer else ():
                if address.value == request.to:
                    return address
            raise UnprocessableError("not a push subscription of this customer", field="to")
        case _:
            return Address(channel=request.channel, value=request.to.strip())


def _default_text(tenant: Tenant) -> str:
    return f"Mensaje de prueba de {tenant.name}. / Test message from {tenant.name}."
