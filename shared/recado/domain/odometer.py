"""What a vehicle's odometer showed, and when it will show more."""

from __future__ import annotations

from datetime import date, timedelta

from recado.domain.days import days_after
from recado.domain.model import Model
from recado.domain.vehicles import Vehicle

SHORTEST_SPAN = timedelta(days=14)
"""Between two readings that say how much a vehicle is driven; one journey does not."""


class Reading(Model):
    """Kilometres on the odometer, as of a day."""

    mileage: int
    on: date


def reading_of(vehicle: Vehicle) -> Reading | None:
    """The last reading; None where there is none, or nobody knows when it was."""
    on = vehicle.reading_on or vehicle.mileage_on
    if vehicle.mileage is None or on is None:
        return None
    return Reading(mileage=vehicle.mileage, on=on)


def with_reading(vehicle: Vehicle, before: Vehicle | None, today: date) -> Vehicle:
    """A vehicle whose mileage somebody wrote, with what was read before it.

    A mileage that comes without a day of its own counts as read today.
    """
    before_it = (before.mileage, before.mileage_on) if before else (None, None)
    if (vehicle.mileage, vehicle.mileage_on) == before_it:
        return vehicle
    if vehicle.mileage is None:
        return vehicle.model_copy(update={"reading_on": None})
    known = reading_of(before) if before else None
    said = vehicle.mileage_on if vehicle.mileage_on != before_it[1] else None
    is_known = known is not None and known.mileage == vehicle.mileage
    on = said or (known.on if known and is_known else today)
    earlier = _earlier(before, Reading(mileage=vehicle.mileage, on=on)) if before else None
    return vehicle.model_copy(
        update={
            "reading_on": on,
            "earlier_mileage": earlier and earlier.mileage,
            "earlier_mileage_on": earlier and earlier.on,
        }
    )


def read_on(vehicle: Vehicle, mileage: int, day: date) -> Vehicle:
    """A vehicle whose odometer was read on a day; as it was where a later reading is known."""
    known = reading_of(vehicle)
    if known is not None and (day < known.on or known == Reading(mileage=mileage, on=day)):
        return vehicle
    read = vehicle.model_copy(update={"mileage": mileage, "mileage_on": day})
    return with_reading(read, vehicle, day)


def reaches(vehicle: Vehicle, mileage: int, kilometres_a_day: int) -> date | None:
    """The day on which a vehicle will have run so far, or had; None where nobody can tell.

    As it ran between its readings, or `kilometres_a_day` where only one is known. What it has run
    already it had on the day of the reading, for nobody saw it before.
    """
    reading = reading_of(vehicle)
    if reading is None:
        return None
    missing = mileage - reading.mileage
    if missing <= 0:
        return reading.on
    earlier = _earlier_reading(vehicle)
    if earlier is None or reading.on - earlier.on < SHORTEST_SPAN:
        return days_after(reading.on, -(-missing // kilometres_a_day))
    driven = reading.mileage - earlier.mileage
    if driven <= 0:
        return None
    return days_after(reading.on, -(-missing * (reading.on - earlier.on).days // driven))


def _earlier_reading(vehicle: Vehicle) -> Reading | None:
    if vehicle.earlier_mileage is None or vehicle.earlier_mileage_on is None:
        return None
    return Reading(mileage=vehicle.earlier_mileage, on=vehicle.earlier_mileage_on)


def _earlier(before: Vehicle, reading: Reading) -> Reading | None:
    """Which reading to keep beside a new one: the last that is old enough, else the oldest.

    One that shows more than the new one is a mistake, or of another odometer. The same mileage
    again corrects its day.
    """
    known = (reading_of(before), _earlier_reading(before))
    possible = [
        each
        for each in known
        if each is not None and each.on < reading.on and each.mileage < reading.mileage
    ]
    long_ago = (each for each in possible if reading.on - each.on >= SHORTEST_SPAN)
    return next(long_ago, possible[-1] if possible else None)
