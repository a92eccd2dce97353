"""What another system tells of its customers and vehicles, and which change is the newer one."""

from __future__ import annotations

from datetime import datetime, timedelta
from enum import StrEnum
from typing import Self

from pydantic import Field, model_validator

from recado.domain.contact import Email, Locale, Phone, with_email, with_phone
from recado.domain.customers import ChosenId, CustomerId
from recado.domain.days import Day
from recado.domain.directory import Recipient
from recado.domain.errors import InvalidValueError, UnprocessableError
from recado.domain.events import Moment
from recado.domain.model import Model, RequestModel
from recado.domain.names import Division, Name
from recado.domain.time_zones import TimeZone
from recado.domain.vehicle_requests import Kilometres, Label, ModelYear, Plate
from recado.domain.vehicles import Vehicle

LARGEST_VERSION = 2**63 - 1

AHEAD = timedelta(days=1)
"""How far a source's clock may be ahead of ours: a later time would make all that follow stale."""


class SyncedKind(StrEnum):
    """What other systems tell us of."""

    CUSTOMER = "customer"
    VEHICLE = "vehicle"


class SourceMark(Model):
    """When a change was made, by the system that made it.

    Two changes with different versions are compared by these, any others by their times.
    """

    source_version: int | None = None
    source_at: datetime

    def is_older_than(self, other: SourceMark) -> bool:
        """Whether the other change was made after this one."""
        one, another = self.source_version, other.source_version
        if one is None or another is None or one == another:
            return self.source_at < other.source_at
        return one < another

    def is_same_as(self, other: SourceMark) -> bool:
        """Whether both name one version; two changes of one moment may still differ."""
        return self.source_version is not None and self.source_version == other.source_version

    def over(self, before: SourceMark | None) -> SourceMark:
        """This mark as it is kept: without a version, with that of the change before it.

        So an older version that comes late is still known to be older.
        """
        if before is None or self.source_version is not None:
            return self
        return self.model_copy(update={"source_version": before.source_version})

    @classmethod
    def of(cls, stored: Recipient | Vehicle) -> Self | None:
        """The last change that another system told of; None when none did."""
        if stored.source_at is None:
            return None
        return cls(source_version=stored.source_version, source_at=stored.source_at)


class _Record(RequestModel):
    """What every record says of the change itself."""

    source_version: int | None = Field(
        default=None,
        ge=0,
        le=LARGEST_VERSION,
        description="Counts the changes at the source: one with a lower number never overwrites.",
    )
    updated_at: Moment | None = Field(
        default=None,
        description=(
            "When the source made the change, for records without `source_version`; at most a "
            "day ahead. Without either, when the request was accepted, in the order of the list."
        ),
    )
    deleted: bool = Field(default=False, description="The source has it no longer.")

    def mark(self, accepted_at: datetime) -> SourceMark:
        """When this change was made.

        Raises
        ------
        UnprocessableError
            It is said to have been made long after it was told.
        """
        if self.updated_at is not None and self.updated_at - accepted_at > AHEAD:
            raise UnprocessableError("updated_at is more than a day ahead", field="updated_at")
        return SourceMark(
            source_version=self.source_version, source_at=self.updated_at or accepted_at
        )


class ImportedCustomer(RequestModel):
    """A customer as a line of a file has them: what is not in it stays as it is."""

    customer_id: CustomerId | None = None
    name: Name
    email: Email | None = None
    phone: Phone | None = None
    locale: Locale | None = None
    division: Division | None = None
    time_zone: TimeZone | None = None

    @model_validator(mode="after")
    def _can_be_found_again(self) -> Self:
        if self.customer_id is None and self.phone is None and self.email is None:
            raise InvalidValueError("give a customer_id, a phone or an e-mail address")
        return self

    def applied_to(self, person: Recipient) -> Recipient:
        """A person after this change."""
        return _changed(person, self, self.name)


class CustomerRecord(_Record):
    """A customer as another system knows them.

    What a record does not name stays as it is; null takes an e-mail address, a phone, a locale,
    a division or a time zone away.
    """

    customer_id: CustomerId = Field(examples=["customer-001"])
    name: Name | None = Field(default=None, examples=["Carlos Mendoza"])
    email: Email | None = Field(default=None, examples=["carlos@example.com"])
    phone: Phone | None = Field(
        default=None,
        description="International; it serves WhatsApp and SMS.",
        examples=["+593991234567"],
    )
    locale: Locale | None = Field(default=None, examples=["es"])
    division: Division | None = Field(default=None, examples=["norte"])
    time_zone: TimeZone | None = None

    @property
    def its_id(self) -> str:
        """Whose record it is."""
        return self.customer_id

    def applied_to(self, person: Recipient) -> Recipient:
        """A person after this change."""
        return _changed(person, self, self.name or person.name)


class VehicleRecord(_Record):
    """A vehicle as another system knows it.

    What a record does not name stays as it is; null takes what may be missing away. Its customer
    may come later.
    """

    vehicle_id: ChosenId = Field(examples=["vehicle-001"])
    customer_id: ChosenId | None = Field(default=None, examples=["customer-001"])
    plate: Plate | None = Field(default=None, examples=["ABC123"])
    make: Label | None = Field(default=None, examples=["Haval"])
    model: Label | None = Field(default=None, examples=["H6"])
    year: ModelYear | None = Field(default=None, examples=[2024])
    mileage: Kilometres | None = Field(default=None, description="Kilometres.", examples=[15200])
    mileage_on: Day | None = Field(
        default=None, description="The day on which they were read.", examples=["2026-01-20"]
    )

    @property
    def its_id(self) -> str:
        """Whose record it is."""
        return self.vehicle_id

    def applied_to(self, vehicle: Vehicle) -> Vehicle:
        """A vehicle after this change."""
        named = self.model_fields_set & {"make", "model", "year", "mileage", "mileage_on"}
        changes: dict[str, object] = {field: getattr(self, field) for field in named}
        for field in ("customer_id", "plate"):
            if getattr(self, field) is not None:
                changes[field] = getattr(self, field)
        return vehicle.model_copy(update=changes)


def _changed(person: Recipient, told: ImportedCustomer | CustomerRecord, name: str) -> Recipient:
    """A person with a name, and with the other fields that somebody told of."""
    changes: dict[str, object] = {"name": name}
    for field in told.model_fields_set & {"locale", "division", "time_zone"}:
        changes[field] = getattr(told, field)
    changed = person.model_copy(update=changes)
    if "email" in told.model_fields_set:
        changed = with_email(changed, told.email)
    if "phone" in told.model_fields_set:
        changed = with_phone(changed, told.phone)
    return changed
