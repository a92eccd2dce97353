"""What a maintenance reminder says, as values of template variables."""

from __future__ import annotations

from datetime import date

from recado.domain.dates_in_words import day_in_words
from recado.domain.orchestration import Catalogue
from recado.domain.vehicles import Reminder, Vehicle


def words_of(
    reminder: Reminder,
    vehicle: Vehicle | None,
    *,
    due_on: date,
    catalogue: Catalogue,
    locale: str,
) -> dict[str, str]:
    """The values, in the reader's language; a plate and kilometres only where there are some."""
    values = {
        "Vehículo": _vehicle_in_words(vehicle, locale),
        "Servicio": reminder.description.strip() or _service(catalogue, reminder.service_type),
        "Fecha": day_in_words(due_on, locale),
    }
    if vehicle is not None:
        values["Placa"] = vehicle.plate
    if reminder.due_mileage is not None:
        # A thin gap is read as thousands everywhere; points and commas are not.
        values["Kilometraje"] = f"{reminder.due_mileage:,} km".replace(",", "\u00a0")
    return values


def _vehicle_in_words(vehicle: Vehicle | None, locale: str) -> str:
    """Make, model and year; just a vehicle where nobody knows more."""
    known = (vehicle.make, vehicle.model, vehicle.year) if vehicle else ()
    named = " ".join(str(part) for part in known if part)
    return named or ("vehicle" if locale.lower().startswith("en") else "vehículo")


def _service(catalogue: Catalogue, slug: str) -> str:
    """The name of a service type or subtype; its slug where it is not in the catalogue."""
    for kind in catalogue.service_types:
        if kind.slug == slug:
            return kind.name
    subtypes = (each for kind in catalogue.service_types for each in kind.subtypes)
    return next((each.name for each in subtypes if each.slug == slug), slug)
