"""The directory in memory."""

from __future__ import annotations

from collections.abc import Collection

from recado.domain.addresses import normal_form
from recado.domain.channels import Channel
from recado.domain.directory import Address, Recipient, Suppression


class FakeDirectory:
    """Implements `ports.DirectoryRepository`."""

    def __init__(self, *recipients: Recipient) -> None:
        self._recipients = {(r.tenant_id, r.recipient_id): r for r in recipients}
        self.suppressions: dict[tuple[str, Channel, str], Suppression] = {}

    def recipient(self, tenant_id: str, recipient_id: str) -> Recipient | None:
        return self._recipients.get((tenant_id, recipient_id))

    def put_recipient(self, recipient: Recipient) -> None:
        self._recipients[recipient.tenant_id, recipient.recipient_id] = recipient

    def remove_address(self, tenant_id: str, recipient_id: str, address: Address) -> None:
        recipient = self._recipients[tenant_id, recipient_id]
        kept = tuple(a for a in recipient.addresses if a.value != address.value)
        self.put_recipient(recipient.model_copy(update={"addresses": kept}))

    def suppressed(
        self, tenant_id: str, addresses: Collection[Address]
    ) -> set[tuple[Channel, str]]:
        return {
            (address.channel, address.value)
            for address in addresses
            if _key(tenant_id, address.channel, address.value) in self.suppressions
        }

    def suppress(self, suppression: Suppression) -> None:
        key = _key(suppression.tenant_id, suppression.channel, suppression.address)
        self.suppressions.setdefault(key, suppression)


def _key(tenant_id: str, channel: Channel, address: str) -> tuple[str, Channel, str]:
    return tenant_id, channel, normal_form(channel, address)
