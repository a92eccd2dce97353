"""Editing vehicles: on which day an odometer was read."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest

from recado.domain.errors import UnprocessableError
from recado.domain.vehicle_requests import NewVehicle, VehiclePatch
from recado.domain.vehicles import Vehicle
from recado.services.edit_vehicles import EditVehicles
from tests.fakes.clock import FakeClock
from tests.fakes.configuration import FakeConfiguration
from tests.fakes.people import FakePeople, FakeReminders, FakeVehicles
from tests.unit.services.appointments import caller
from tests.workshop import CUSTOMER, TENANT

NIGHT = datetime(2026, 3, 3, 3, tzinfo=UTC)
"""Ten in the evening of the second in Guayaquil."""

CAR = Vehicle(
    tenant_id="andinos", vehicle_id="v-1", customer_id="customer-001", plate="ABC123", version=1
)


def editing(*vehicles: Vehicle) -> EditVehicles:
    configuration = FakeConfiguration()
    configuration.put_tenant(TENANT)
    return EditVehicles(
        vehicles=FakeVehicles(*vehicles),
        people=FakePeople(CUSTOMER),
        reminders=FakeReminders(),
        configuration=configuration,
        clock=FakeClock(NIGHT),
    )


def created(**fields: object) -> Vehicle:
    wanted = {"customer_id": "customer-001", "plate": "ABC123", **fields}
    return editing().create(caller(), NewVehicle.model_validate(wanted))


def patched(stored: Vehicle, **changes: object) -> Vehicle:
    patch = VehiclePatch.model_validate(changes)
    return editing(stored).patch(caller(), "v-1", patch, check=lambda _: None)


def test_a_mileage_without_a_day_was_read_on_the_tenants_day() -> None:
    assert created(mileage=100).reading_on == date(2026, 3, 2)
    assert patched(CAR, mileage=100).reading_on == date(2026, 3, 2)


def test_no_odometer_was_read_later_than_tomorrow() -> None:
    assert created(mileage=100, mileage_on="2026-03-03").reading_on == date(2026, 3, 3)

    with pytest.raises(UnprocessableError) as refusal:
        created(mileage=100, mileage_on="2026-03-04")
    assert refusal.value.field == "mileage_on"
    with pytest.raises(UnprocessableError) as refusal:
        patched(CAR, mileage=100, mileage_on="2062-03-02")
    assert refusal.value.field == "mileage_on"


def test_a_wrong_day_that_is_stored_does_not_stop_other_changes() -> None:
    wrong = CAR.model_copy(update={"mileage": 100, "mileage_on": date(2062, 3, 2)})

    assert patched(wrong, make="Haval").make == "Haval"
