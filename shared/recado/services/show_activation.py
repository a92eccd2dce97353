"""Show a person the way into the WhatsApp chat that a code of theirs opens."""

from __future__ import annotations

from datetime import timedelta
from typing import NamedTuple

from recado.domain.activation import ActivationCodes, chat_link, chat_number
from recado.ports.clock import Clock
from recado.ports.configuration import ConfigurationRepository


class Chat(NamedTuple):
    """With whom, by name, what opens it, and for how long it still does."""

    sender: str
    link: str
    good_for: timedelta


class ShowActivation:
    """Reads codes; nothing is learned of who they are for."""

    def __init__(
        self, *, codes: ActivationCodes, configuration: ConfigurationRepository, clock: Clock
    ) -> None:
        self._codes = codes
        self._configuration = configuration
        self._clock = clock

    def __call__(self, code: str) -> Chat | None:
        """The chat of a code; None where the code, or what it leads to, is no longer good."""
        now = self._clock.now()
        activation = self._codes.read(code, now=now)
        tenant = self._configuration.tenant(activation.tenant_id) if activation else None
        if activation is None or tenant is None:
            return None
        number = chat_number(self._configuration.accounts(tenant.tenant_id))
        if number is None:
            return None
        link = chat_link(number, code, locale=tenant.locale)
        return Chat(tenant.name, link, activation.expires_at - now)
