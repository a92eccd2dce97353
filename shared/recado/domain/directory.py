"""People: how they can be reached, what they prefer, what must not be sent to them."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from pydantic import Field

from recado.domain.addresses import matching_form
from recado.domain.channels import Channel
from recado.domain.model import Model
from recado.domain.sorting import Position, sort_form


class PushKeys(Model):
    """A browser's keys for one push subscription, base64url as the browser gives them."""

    p256dh: str
    auth: str


class Address(Model):
    """Where one channel reaches a person: an E.164 number, a mail address, a push endpoint."""

    channel: Channel
    value: str = Field(min_length=1, max_length=2048)
    push_keys: PushKeys | None = None


class Preference(Model):
    """What a person wants of a channel; a lower priority comes first."""

    channel: Channel
    priority: int = Field(ge=1)
    enabled: bool = True


class Recipient(Model):
    """A customer, or a member of the tenant's team.

    Parameters
    ----------
    addresses
        May hold several of a channel, the one to prefer first.
    division
        The part of the tenant that they belong to; None where it has none.
    time_zone
        The zone that they live in (IANA); None where it is the tenant's.
    source_version, source_at
        Of the last change that another system told us of: an older one never takes its place.
    version
        Counts the stored changes; 0 before the first.
    """

    tenant_id: str
    recipient_id: str
    name: str
    locale: str | None = None
    division: str | None = None
    time_zone: str | None = None
    addresses: tuple[Address, ...] = ()
    preferences: tuple[Preference, ...] = ()
    created_at: datetime | None = None
    updated_at: datetime | None = None
    source_version: int | None = None
    source_at: datetime | None = None
    version: int = 0

    @property
    def position(self) -> Position:
        """Their place in a list of people."""
        return sort_form(self.name), self.recipient_id

    def addresses_on(self, channel: Channel) -> tuple[Address, ...]:
        """The person's addresses on a channel, the preferred one first."""
        return tuple(address for address in self.addresses if address.channel == channel)

    def is_reached_at(self, address: Address) -> bool:
        """Whether an address is one of theirs, in whatever spelling."""
        form = matching_form(address.channel, address.value)
        known = self.addresses_on(address.channel)
        return form in {matching_form(each.channel, each.value) for each in known}


class SuppressionReason(StrEnum):
    """Why an address must not be written to."""

    OPT_OUT = "opt_out"
    INVALID_ADDRESS = "invalid_address"
    COMPLAINT = "complaint"
    BLOCKED = "blocked"


STRENGTH: dict[SuppressionReason, int] = {
    SuppressionReason.INVALID_ADDRESS: 0,
    SuppressionReason.BLOCKED: 0,
    SuppressionReason.OPT_OUT: 1,
    SuppressionReason.COMPLAINT: 2,
}
"""A person's own wish takes the place of what a provider found out, and never the other way."""


WISHES = frozenset({SuppressionReason.OPT_OUT, SuppressionReason.COMPLAINT})
"""Reasons that are a person's own wish, and no finding of a provider."""


class Suppression(Model):
    """An address that must not be written to on a channel, with the evidence for it.

    Parameters
    ----------
    created_at
        When it was first said or found out; the evidence is of then.
    repeated_at
        When it was last said or found out again; None where it never was.
    """

    tenant_id: str
    channel: Channel
    address: str
    reason: SuppressionReason
    evidence: str
    created_at: datetime
    recipient_id: str | None = None
    repeated_at: datetime | None = None

    @property
    def newest_at(self) -> datetime:
        """The latest moment that speaks for it; what is older does not undo it."""
        return self.repeated_at or self.created_at

    def repeated_by(self, other: Suppression) -> Suppression:
        """Itself as it stands once another was told that is no stronger."""
        if STRENGTH[other.reason] < STRENGTH[self.reason] or other.newest_at <= self.newest_at:
            return self
        return self.model_copy(update={"repeated_at": other.newest_at})
