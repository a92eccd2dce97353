"""Vehicles as clients read them."""

from __future__ import annotations

from datetime import date, datetime

from pydantic import Field

from recado.api.cursors import to_cursor
from recado.domain.model import Model
from recado.domain.vehicles import Vehicle
from recado.ports.people import VehiclesPage


class VehicleView(Model):
    """A customer's vehicle."""

    vehicle_id: str = Field(examples=["vehicle-001"])
    customer_id: str = Field(examples=["customer-001"])
    plate: str = Field(examples=["ABC-1234"])
    make: str | None = Field(examples=["Haval"])
    model: str | None = Field(examples=["H6"])
    year: int | None = Field(examples=[2024])
    mileage: int | None = Field(description="Kilometres on the odometer.", examples=[15000])
    mileage_on: date | None = Field(description="The day on which it was read.")
    created_at: datetime | None
    updated_at: datetime | None

    @classmethod
    def of(cls, vehicle: Vehicle) -> VehicleView:
        """The view of a vehicle."""
        return cls(**vehicle.model_dump(include=set(cls.model_fields)))


class VehicleList(Model):
    """Some vehicles; `next_cursor` leads on."""

    vehicles: list[VehicleView]
    next_cursor: str | None

    @classmethod
    def of(cls, page: VehiclesPage) -> VehicleList:
        """The view of a page."""
        vehicles = [VehicleView.of(vehicle) for vehicle in page.vehicles]
        return cls(vehicles=vehicles, next_cursor=to_cursor(page.next))
