"""Show a person that their message was read, or that an answer is being written."""

from __future__ import annotations

from recado.domain.access import reaches
from recado.domain.channels import ChannelAccount
from recado.domain.errors import (
    DeliveryError,
    NotFoundError,
    ProviderFailedError,
    UnprocessableError,
)
from recado.ports.accounts import ConversationSigns
from recado.ports.configuration import ConfigurationRepository
from recado.ports.inbound import InboundLog


class AcknowledgeMessage:
    """Gives people's messages ticks, and shows typing."""

    def __init__(
        self,
        *,
        log: InboundLog,
        configuration: ConfigurationRepository,
        signs: ConversationSigns,
    ) -> None:
        self._log = log
        self._configuration = configuration
        self._signs = signs

    def __call__(
        self, tenant_id: str, message_id: str, *, typing: bool, division: str | None = None
    ) -> None:
        """Mark a message as read, and with `typing` show that an answer is being written.

        Raises
        ------
        NotFoundError
            The tenant, or the `division` of it, has no such message of a person.
        UnprocessableError
            Its account is gone, or its provider shows no such signs.
        ProviderFailedError
            The provider did not take it: the person just does not see it; another try may work.
        """
        received = self._log.received(tenant_id, message_id)
        if received is None or not reaches(division, received.division):
            raise NotFoundError("no such message", field="communication_id")
        account = self._account(tenant_id, received.account_id)
        if account is None or not self._signs.has_signs(account):
            raise UnprocessableError("its account shows no signs", field="communication_id")
        try:
            self._signs.show(account, received.provider_message_id, typing=typing)
        except DeliveryError as error:
            raise ProviderFailedError(error.code, error.detail) from None

    def _account(self, tenant_id: str, account_id: str) -> ChannelAccount | None:
        accounts = self._configuration.accounts(tenant_id)
        return next((a for a in accounts if a.account_id == account_id and a.enabled), None)
