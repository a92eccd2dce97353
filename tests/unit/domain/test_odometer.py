"""Readings of an odometer, and when the vehicle will have run so far."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from recado.domain.odometer import reaches, read_on, with_reading
from recado.domain.vehicles import Vehicle

TODAY = date(2026, 3, 2)
CAR = Vehicle(tenant_id="andinos", vehicle_id="v-1", customer_id="customer-001", plate="ABC123")


def car(**fields: object) -> Vehicle:
    return CAR.model_copy(update=fields)


def driven(*readings: tuple[int, date]) -> Vehicle:
    """A car whose odometer was read so."""
    vehicle = CAR
    for mileage, day in readings:
        vehicle = read_on(vehicle, mileage, day)
    return vehicle


def test_without_a_reading_nobody_can_tell() -> None:
    assert reaches(CAR, 20_000, 40) is None


def test_one_reading_counts_with_what_the_tenant_says_of_a_day() -> None:
    vehicle = driven((10_000, TODAY))

    assert reaches(vehicle, 10_400, 40) == TODAY + timedelta(days=10)
    assert reaches(vehicle, 10_401, 40) == TODAY + timedelta(days=11)


def test_two_readings_say_how_much_the_vehicle_is_driven() -> None:
    vehicle = driven((10_000, TODAY), (13_000, TODAY + timedelta(days=30)))

    assert reaches(vehicle, 13_100, 40) == TODAY + timedelta(days=31)
    assert reaches(vehicle, 13_101, 40) == TODAY + timedelta(days=32)


def test_what_it_has_run_already_it_had_on_the_day_of_the_reading() -> None:
    assert reaches(driven((10_000, TODAY)), 9_000, 40) == TODAY
    assert reaches(driven((10_000, TODAY)), 10_000, 40) == TODAY


def test_a_vehicle_that_stands_reaches_nothing() -> None:
    vehicle = car(
        mileage=10_000,
        reading_on=TODAY,
        earlier_mileage=10_000,
        earlier_mileage_on=date(2026, 1, 1),
    )

    assert reaches(vehicle, 10_001, 40) is None


def test_one_journey_says_nothing_of_other_weeks() -> None:
    vehicle = driven((10_000, TODAY), (11_000, TODAY + timedelta(days=1)))

    assert reaches(vehicle, 11_400, 40) == TODAY + timedelta(days=11)


def test_readings_on_every_day_add_up() -> None:
    vehicle = driven(*((10_000 + 100 * day, TODAY + timedelta(days=day)) for day in range(60)))

    assert (vehicle.earlier_mileage, vehicle.earlier_mileage_on) == (10_000, TODAY)
    assert reaches(vehicle, vehicle.mileage or 0, 1) == TODAY + timedelta(days=59)
    assert reaches(vehicle, 16_000, 1) == TODAY + timedelta(days=60)


def test_an_older_earlier_reading_gives_way_to_a_newer_one() -> None:
    vehicle = driven(
        (10_000, TODAY), (11_000, TODAY + timedelta(days=50)), (12_000, TODAY + timedelta(days=64))
    )

    assert vehicle.earlier_mileage == 11_000


def test_a_reading_that_comes_late_changes_nothing() -> None:
    vehicle = driven((10_000, TODAY))

    assert read_on(vehicle, 9_000, TODAY - timedelta(days=1)) is vehicle
    assert read_on(vehicle, 10_000, TODAY) is vehicle


def test_a_mileage_below_the_one_before_is_of_another_odometer() -> None:
    vehicle = driven((10_000, TODAY), (200, TODAY + timedelta(days=20)))

    assert (vehicle.mileage, vehicle.earlier_mileage) == (200, None)


@pytest.mark.parametrize(
    ("before", "fields", "reading_on", "earlier"),
    [
        # New: of the day that was said, or of today.
        (None, {"mileage": 5, "mileage_on": date(2026, 1, 1)}, date(2026, 1, 1), None),
        (None, {"mileage": 5}, TODAY, None),
        (None, {}, None, None),
        # A mileage alone is read today, whatever day stands beside the last one.
        ({"mileage": 5, "mileage_on": date(2026, 1, 1)}, {"mileage": 9}, TODAY, 5),
        # One of a day before the one that is known stands alone.
        (
            {"mileage": 5, "mileage_on": date(2026, 1, 1)},
            {"mileage": 9, "mileage_on": date(2025, 12, 1)},
            date(2025, 12, 1),
            None,
        ),
        # A day alone corrects that of the same mileage.
        (
            {"mileage": 5, "mileage_on": date(2026, 1, 1)},
            {"mileage_on": date(2026, 1, 9)},
            date(2026, 1, 9),
            None,
        ),
        (
            {"mileage": 5, "mileage_on": date(2026, 1, 1)},
            {"mileage_on": None},
            date(2026, 1, 1),
            None,
        ),
        # Something else.
        ({"mileage": 5, "mileage_on": date(2026, 1, 1)}, {"plate": "X"}, date(2026, 1, 1), None),
        ({"mileage": 5, "mileage_on": date(2026, 1, 1)}, {"mileage": None}, None, None),
    ],
)
def test_what_somebody_writes_is_a_reading(
    before: dict[str, object] | None,
    fields: dict[str, object],
    reading_on: date | None,
    earlier: int | None,
) -> None:
    known = with_reading(car(**before), None, date(2026, 2, 1)) if before else None

    written = with_reading((known or CAR).model_copy(update=fields), known, TODAY)

    assert (written.reading_on, written.earlier_mileage) == (reading_on, earlier)


def test_a_vehicle_of_an_earlier_release_keeps_an_unknown_day() -> None:
    old = car(mileage=10_000)

    assert with_reading(old.model_copy(update={"plate": "X"}), old, TODAY).reading_on is None


@given(
    readings=st.lists(st.tuples(st.integers(0, 9_999_999), st.dates()), max_size=6),
    mileage=st.integers(0, 9_999_999),
    kilometres_a_day=st.integers(1, 2_000),
)
def test_an_estimate_is_never_before_the_reading_and_never_an_error(
    readings: list[tuple[int, date]], mileage: int, kilometres_a_day: int
) -> None:
    vehicle = driven(*readings)
    day = reaches(vehicle, mileage, kilometres_a_day)

    assert (vehicle.mileage is None) is (not readings)
    assert day is None or (vehicle.reading_on is not None and day >= vehicle.reading_on)
