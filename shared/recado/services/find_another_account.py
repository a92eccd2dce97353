"""Find another account of a channel for a message that the one it was planned for cannot take."""

from __future__ import annotations

from collections.abc import Callable

from recado.domain.account_performance import is_turned_down_by_account
from recado.domain.account_states import withheld_as
from recado.domain.channels import ChannelAccount
from recado.domain.errors import DeliveryError, OutcomeUnknownError
from recado.domain.identities import is_reached_by_any_account
from recado.domain.notification import Notification
from recado.domain.routing import accounts_of, carries
from recado.domain.templates import ApprovedTemplate
from recado.domain.weights import current_weights, draw_other
from recado.ports.configuration import ConfigurationRepository


class FindAnotherAccount:
    """Draws among the channel's accounts that did not have the message yet."""

    def __init__(
        self, *, configuration: ConfigurationRepository, draw: Callable[[], float]
    ) -> None:
        self._configuration = configuration
        self._draw = draw

    def __call__(self, notification: Notification, error: DeliveryError) -> ChannelAccount | None:
        """The account that tries next; None where the planned one keeps the message.

        It keeps what it may have sent, what speaks against the message and not against the
        account, what came with its own content for it, whom only it knows, and what no other
        account can send: without its open window an approved template has to be there.
        """
        if not is_turned_down_by_account(error) or isinstance(error, OutcomeUnknownError):
            return None
        step = notification.current_step
        if step.template_id is None or not is_reached_by_any_account(step.address):
            return None
        accounts = self._configuration.accounts(notification.tenant_id)
        left = {*notification.accounts_left, step.account_id}
        others = [a for a in accounts_of(accounts, step.channel) if a.account_id not in left]
        if not others:
            return None
        template = self._configuration.template_version(
            notification.tenant_id, step.template_id, step.template_version or 0
        )
        if template is None:
            return None
        states = self._configuration.template_states(notification.tenant_id)

        def withheld(account: ChannelAccount, approved: ApprovedTemplate) -> str | None:
            return withheld_as(account, approved, accounts=accounts, states=states)

        able = [
            account
            for account in others
            if carries(account, template.content, has_window=False, withheld=withheld)
        ]
        if not able:
            return None
        stored = self._configuration.weights(notification.tenant_id)
        return draw_other(able, current_weights(able, stored), self._draw())
