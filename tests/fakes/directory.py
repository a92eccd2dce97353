"""The directory in memory."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from recado.domain.addresses import matching_form
from recado.domain.channels import Channel
from recado.domain.directory import STRENGTH, Address, Recipient, Suppression, SuppressionReason


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

    def suppress(self, suppression: Suppression) -> bool:
        key = _key(suppression.tenant_id, suppression.channel, suppression.address)
        known = self.suppressions.get(key)
        if known is not None and STRENGTH[known.reason] >= STRENGTH[suppression.reason]:
            self.suppressions[key] = known.repeated_by(suppression)
            return False
        self.suppressions[key] = suppression
        return True

    def lift(
        self,
        tenant_id: str,
        address: Address,
        *,
        reasons: Collection[SuppressionReason],
        evidence: str,
        at: datetime,
    ) -> bool:
        key = _key(tenant_id, address.channel, address.value)
        known = self.suppressions.get(key)
        if known is None or known.reason not in reasons or known.newest_at > at:
            return False
        del self.suppressions[key]
        return True

    def suppression(self, tenant_id: str, address: Address) -> Suppression | None:
        return self.suppressions.get(_key(tenant_id, address.channel, address.value))

    def reached_at(self, tenant_id: str, address: Address, *, limit: int) -> list[Recipient]:
        form = matching_form(address.channel, address.value)
        found = [
            without_subscriptions(recipient)
            for (tenant, _), recipient in self._recipients.items()
            if tenant == tenant_id
            and any(
                matching_form(address.channel, known.value) == form
                for known in recipient.addresses_on(address.channel)
            )
        ]
        return sorted(
            found[:limit], key=lambda each: address not in each.addresses_on(address.channel)
        )


def without_subscriptions(person: Recipient) -> Recipient:
    kept = tuple(a for a in person.addresses if a.channel is not Channel.PUSH)
    return person.model_copy(update={"addresses": kept})


def _key(tenant_id: str, channel: Channel, address: str) -> tuple[str, Channel, str]:
    return tenant_id, channel, matching_form(channel, address)
