"""Stop what a recipient gets on a channel, by the link in a message."""

from __future__ import annotations

from recado.domain.directory import Suppression, SuppressionReason
from recado.domain.unsubscribe import Subscription, UnsubscribeLinks
from recado.ports.clock import Clock
from recado.ports.configuration import ConfigurationRepository
from recado.ports.directory import DirectoryRepository

EVIDENCE = "unsubscribe link"


class Unsubscribe:
    """Reads unsubscribe links and carries them out."""

    def __init__(
        self,
        *,
        links: UnsubscribeLinks,
        directory: DirectoryRepository,
        configuration: ConfigurationRepository,
        clock: Clock,
    ) -> None:
        self._links = links
        self._directory = directory
        self._configuration = configuration
        self._clock = clock

    def sender(self, token: str) -> str | None:
        """Whose messages a link would stop, by name; None for a link that is none of ours."""
        subscription = self._links.read(token)
        if subscription is None:
            return None
        tenant = self._configuration.tenant(subscription.tenant_id)
        return tenant.name if tenant else subscription.tenant_id

    def __call__(self, token: str) -> bool:
        """Stop it at once, also for what is planned already; False for a link that is not ours.

        Every address of the recipient on that channel is suppressed: the link does not say to
        which of them it was sent. Doing it twice changes nothing more.
        """
        subscription = self._links.read(token)
        if subscription is None:
            return False
        for address in self._addresses(subscription):
            self._directory.suppress(
                Suppression(
                    tenant_id=subscription.tenant_id,
                    channel=subscription.channel,
                    address=address,
                    reason=SuppressionReason.OPT_OUT,
                    evidence=EVIDENCE,
                    created_at=self._clock.now(),
                )
            )
        return True

    def _addresses(self, subscription: Subscription) -> list[str]:
        recipient = self._directory.recipient(subscription.tenant_id, subscription.recipient_id)
        if recipient is None:
            return []
        return [address.value for address in recipient.addresses_on(subscription.channel)]
