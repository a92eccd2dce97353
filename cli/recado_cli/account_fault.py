"""Whether a channel account can send: its adapter itself says what it lacks."""

from __future__ import annotations

from recado.adapters.channels.registry import ChannelSenderRegistry
from recado.domain.channels import ChannelAccount
from recado.domain.errors import AccountError
from recado.domain.notification import Mode
from recado.ports.secrets import SecretSource


def account_fault(account: ChannelAccount, secrets: SecretSource) -> str | None:
    """What is wrong with an account's settings or credentials; None when nothing is.

    Makes the account's sender, which calls nobody before it sends.
    """
    registry = ChannelSenderRegistry(secrets, guard=lambda _, sender: sender)
    try:
        registry.sender_for(account, Mode.LIVE)
    except AccountError as error:
        return error.detail
    return None
