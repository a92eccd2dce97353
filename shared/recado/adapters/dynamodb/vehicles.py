"""Vehicles in DynamoDB."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from recado.adapters.dynamodb import keys
from recado.adapters.dynamodb.listing import BY_LISTING, BY_OWNER, LAST, all_rows, listed_rows
from recado.adapters.dynamodb.table import Table, row
from recado.adapters.dynamodb.transaction import Transaction, version_of
from recado.domain.vehicles import Vehicle, plate_form
from recado.ports.people import VehiclesPage

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

    from recado.adapters.dynamodb.table import Item
    from recado.domain.sorting import Position


class DynamoDBVehicleRepository:
    """Implements `ports.VehicleRepository`."""

    def __init__(self, client: DynamoDBClient, table_name: str) -> None:
        self._table = Table(client, table_name)

    def vehicle(self, tenant_id: str, vehicle_id: str) -> Vehicle | None:
        """See `ports.VehicleRepository`."""
        item = self._table.get(keys.vehicle(tenant_id, vehicle_id), keys.VEHICLE, consistent=True)
        return _vehicle(item) if item else None

    def add_vehicle(self, vehicle: Vehicle) -> bool:
        """See `ports.VehicleRepository`."""
        transaction = Transaction(self._table)
        transaction.demand(keys.recipient(vehicle.tenant_id, vehicle.customer_id), keys.PROFILE)
        transaction.put_version(_row(vehicle), over=None)
        return transaction.commit()

    def save_vehicle(self, vehicle: Vehicle) -> bool:
        """See `ports.VehicleRepository`."""
        return self._table.put_version(_row(vehicle), over=vehicle.version)

    def delete_vehicle(self, vehicle: Vehicle) -> bool:
        """See `ports.VehicleRepository`."""
        partition = keys.vehicle(vehicle.tenant_id, vehicle.vehicle_id)
        stored = self._table.get(partition, keys.VEHICLE, consistent=True)
        if stored is None or version_of(stored) != vehicle.version:
            return False
        transaction = Transaction(self._table)
        transaction.delete_version(stored)
        return transaction.commit()

    def vehicles(
        self,
        tenant_id: str,
        *,
        customer_id: str | None,
        plate: str,
        descending: bool,
        after: Position | None,
        limit: int,
    ) -> VehiclesPage:
        """See `ports.VehicleRepository`."""
        prefix = plate_form(plate)
        bounds = {"low": prefix, "high": f"{prefix}{LAST}"} if prefix else {}
        rows, following = listed_rows(
            self._table,
            BY_LISTING if customer_id is None else BY_OWNER,
            keys.vehicle_listing(tenant_id, customer_id),
            row=keys.VEHICLE,
            descending=descending,
            after=after,
            limit=limit,
            **bounds,
        )
        return VehiclesPage(vehicles=tuple(_vehicle(item) for item in rows), next=following)

    def vehicles_of(self, tenant_id: str, customer_id: str) -> Sequence[Vehicle]:
        """See `ports.VehicleRepository`."""
        listing = keys.vehicle_listing(tenant_id, customer_id)
        return [_vehicle(i) for i in all_rows(self._table, BY_OWNER, listing, row=keys.VEHICLE)]


def _row(vehicle: Vehicle) -> dict[str, Any]:
    place = keys.listed(vehicle.position)
    return row(
        keys.vehicle(vehicle.tenant_id, vehicle.vehicle_id),
        keys.VEHICLE,
        vehicle.model_dump_json(exclude_none=True, exclude={"version"}),
        version=vehicle.version + 1,
        listing=keys.vehicle_listing(vehicle.tenant_id, None),
        listing_sort=place,
        owner=keys.vehicle_listing(vehicle.tenant_id, vehicle.customer_id),
        owner_sort=place,
    )


def _vehicle(item: Item) -> Vehicle:
    stored = Vehicle.model_validate_json(item["document"]["S"])
    return stored.model_copy(update={"version": version_of(item)})
