"""What a maintenance reminder says."""

from __future__ import annotations

from datetime import date

import pytest

from recado.domain.reminder_words import words_of
from recado.domain.vehicles import Reminder, Vehicle
from tests.workshop import CATALOGUE

OIL = Reminder(
    tenant_id="andinos",
    reminder_id="oil",
    customer_id="customer-001",
    service_type="mantenimiento",
    due_on=date(2027, 1, 20),
)
HAVAL = Vehicle(
    tenant_id="andinos",
    vehicle_id="v-1",
    customer_id="customer-001",
    plate="ABC123",
    make="Haval",
    model="H6",
    year=2024,
)


def words(reminder: Reminder, vehicle: Vehicle | None, locale: str = "es") -> dict[str, str]:
    return words_of(reminder, vehicle, due_on=date(2027, 1, 20), catalogue=CATALOGUE, locale=locale)


def test_it_says_what_is_due_for_which_vehicle_and_when() -> None:
    reminder = OIL.model_copy(update={"description": "Cambio de aceite", "due_mileage": 20_000})

    assert words(reminder, HAVAL) == {
        "Vehículo": "Haval H6 2024",
        "Servicio": "Cambio de aceite",
        "Fecha": "20 de enero de 2027",
        "Placa": "ABC123",
        "Kilometraje": "20\u00a0000 km",
    }


@pytest.mark.parametrize(("locale", "vehicle"), [("es", "vehículo"), ("en-GB", "vehicle")])
def test_where_nothing_more_is_known_it_says_just_that(locale: str, vehicle: str) -> None:
    said = words(OIL, None, locale)

    assert (said["Vehículo"], said["Servicio"]) == (vehicle, "Mantenimiento")
    assert said.keys() == {"Vehículo", "Servicio", "Fecha"}


@pytest.mark.parametrize(("slug", "name"), [("aceite", "Aceite"), ("abolished", "abolished")])
def test_a_service_has_the_name_that_the_catalogue_gives_it(slug: str, name: str) -> None:
    assert words(OIL.model_copy(update={"service_type": slug}), None)["Servicio"] == name
