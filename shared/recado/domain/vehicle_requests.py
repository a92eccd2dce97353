"""Vehicles as clients write them."""

from __future__ import annotations

from typing import Annotated
from uuid import uuid4

from pydantic import Field, StringConstraints

from recado.domain.customers import LONGEST_ID, ChosenId
from recado.domain.days import Day
from recado.domain.model import RequestModel
from recado.domain.patches import PatchModel, left_out

KnownId = Annotated[str, StringConstraints(min_length=1, max_length=LONGEST_ID)]
Plate = Annotated[
    str,
    StringConstraints(strip_whitespace=True, min_length=1, max_length=20, pattern=r"[A-Za-z0-9]"),
]
Label = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=60)]
ModelYear = Annotated[int, Field(strict=True, ge=1900, le=2100)]
Kilometres = Annotated[int, Field(strict=True, ge=0, le=9_999_999)]


class VehicleInput(RequestModel):
    """All that a client says of a vehicle."""

    customer_id: KnownId = Field(description="Whose it is.", examples=["customer-001"])
    plate: Plate = Field(examples=["ABC-1234"])
    make: Label | None = Field(default=None, examples=["Haval"])
    model: Label | None = Field(default=None, examples=["H6"])
    year: ModelYear | None = Field(default=None, examples=[2024])
    mileage: Kilometres | None = Field(
        default=None, description="Kilometres on the odometer.", examples=[15000]
    )
    mileage_on: Day | None = Field(default=None, description="The day on which it was read.")


class NewVehicle(VehicleInput):
    """A vehicle to be made."""

    vehicle_id: ChosenId | None = Field(
        default=None, description="Made up when left out.", examples=["vehicle-001"]
    )


class VehiclePatch(PatchModel):
    """A change of some fields of a vehicle."""

    customer_id: KnownId = left_out("Whose it is.")
    plate: Plate = left_out()
    make: Label | None = None
    model: Label | None = None
    year: ModelYear | None = None
    mileage: Kilometres | None = None
    mileage_on: Day | None = None


def new_vehicle_id() -> str:
    """An id for a vehicle whose client gives none."""
    return f"veh_{uuid4().hex}"
