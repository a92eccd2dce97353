"""Appointments in DynamoDB, in the directory beside the people who come to them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any

from recado.adapters.dynamodb import keys
from recado.adapters.dynamodb.listing import (
    BY_LISTING,
    BY_OWNER,
    FIRST,
    LAST,
    all_rows,
    listed_rows,
)
from recado.adapters.dynamodb.table import Table, row
from recado.adapters.dynamodb.transaction import Transaction, version_of
from recado.domain.appointments import Appointment, place_of_moment
from recado.domain.notification import Mode
from recado.ports.appointments import AppointmentsPage

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

    from recado.adapters.dynamodb.table import Item
    from recado.domain.sorting import Position


class DynamoDBAppointmentRepository:
    """Implements `ports.AppointmentRepository`."""

    def __init__(self, client: DynamoDBClient, table_name: str) -> None:
        self._table = Table(client, table_name)

    def appointment(self, tenant_id: str, mode: Mode, appointment_id: str) -> Appointment | None:
        """See `ports.AppointmentRepository`."""
        item = self._stored(tenant_id, mode, appointment_id)
        return _appointment(item) if item else None

    def save_appointment(self, appointment: Appointment) -> bool:
        """See `ports.AppointmentRepository`."""
        return self._table.put_version(_row(appointment), over=appointment.version)

    def delete_appointment(self, appointment: Appointment) -> bool:
        """See `ports.AppointmentRepository`."""
        stored = self._stored(appointment.tenant_id, appointment.mode, appointment.appointment_id)
        if stored is None or version_of(stored) != appointment.version:
            return False
        transaction = Transaction(self._table)
        transaction.delete_version(stored)
        return transaction.commit()

    def appointments(
        self,
        tenant_id: str,
        mode: Mode,
        *,
        customer_id: str | None,
        starts_from: datetime | None,
        starts_before: datetime | None,
        descending: bool,
        after: Position | None,
        limit: int,
    ) -> AppointmentsPage:
        """See `ports.AppointmentRepository`."""
        # A moment itself comes before every sort key that begins with it.
        rows, following = listed_rows(
            self._table,
            BY_LISTING if customer_id is None else BY_OWNER,
            keys.appointment_listing(tenant_id, mode, customer_id),
            row=keys.APPOINTMENT,
            low=place_of_moment(starts_from) if starts_from else FIRST,
            high=place_of_moment(starts_before) if starts_before else LAST,
            descending=descending,
            after=after,
            limit=limit,
        )
        found = tuple(_appointment(item) for item in rows)
        return AppointmentsPage(appointments=found, next=following)

    def appointments_of(self, tenant_id: str, customer_id: str) -> Sequence[Appointment]:
        """See `ports.AppointmentRepository`."""
        return [
            _appointment(item)
            for mode in Mode
            for item in all_rows(
                self._table,
                BY_OWNER,
                keys.appointment_listing(tenant_id, mode, customer_id),
                row=keys.APPOINTMENT,
            )
        ]

    def _stored(self, tenant_id: str, mode: Mode, appointment_id: str) -> Item | None:
        partition = keys.appointment(tenant_id, mode, appointment_id)
        return self._table.get(partition, keys.APPOINTMENT, consistent=True)


def _row(appointment: Appointment) -> dict[str, Any]:
    """The row of an appointment's next version."""
    tenant_id, mode = appointment.tenant_id, appointment.mode
    place = keys.listed(appointment.position)
    return row(
        keys.appointment(tenant_id, mode, appointment.appointment_id),
        keys.APPOINTMENT,
        appointment.model_dump_json(exclude_none=True, exclude={"version"}),
        version=appointment.version + 1,
        listing=keys.appointment_listing(tenant_id, mode, None),
        listing_sort=place,
        owner=keys.appointment_listing(tenant_id, mode, appointment.customer_id),
        owner_sort=place,
        expires_at=int(appointment.expires_at.timestamp()),
    )


def _appointment(item: Item) -> Appointment:
    stored = Appointment.model_validate_json(item["document"]["S"])
    return stored.model_copy(update={"version": version_of(item)})
