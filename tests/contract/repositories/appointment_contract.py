"""What every implementation of `ports.appointments` must do."""

from __future__ import annotations

from datetime import timedelta

import pytest

from recado.domain.appointments import Appointment, AppointmentReminder
from recado.domain.notification import Mode
from recado.domain.sorting import Position
from recado.ports.appointments import AppointmentRepository, AppointmentsPage
from tests.fakes.clock import NOON


def an_appointment(appointment_id: str = "a-1", **changes: object) -> Appointment:
    appointment = Appointment(
        tenant_id="andinos",
        appointment_id=appointment_id,
        customer_id="customer-001",
        service_type="mantenimiento",
        starts_at=NOON,
        context={"Placa": "ABC123"},
        reminders=(
            AppointmentReminder(before_minutes=120, event_type="SOON", notification_id="ntf_1"),
        ),
        created_at=NOON,
        updated_at=NOON,
        expires_at=NOON + timedelta(days=365),
    )
    return appointment.model_copy(update=changes)


def _page(repository: AppointmentRepository, **query: object) -> AppointmentsPage:
    wanted = {
        "customer_id": None,
        "starts_from": None,
        "starts_before": None,
        "descending": False,
        "after": None,
        "limit": 50,
    }
    return repository.appointments(
        "andinos",
        Mode.LIVE,
        **{**wanted, **query},  # type: ignore[arg-type]
    )


def _ids(repository: AppointmentRepository, **query: object) -> list[str]:
    return [each.appointment_id for each in _page(repository, **query).appointments]


class AppointmentRepositoryContract:
    """Inherit; give the fixture `appointments`, an empty repository."""

    @pytest.fixture
    def appointments(self) -> AppointmentRepository:
        raise AssertionError("a subclass names the repository")

    def test_an_appointment_comes_back_as_it_was_stored(
        self, appointments: AppointmentRepository
    ) -> None:
        assert appointments.save_appointment(an_appointment())

        found = appointments.appointment("andinos", Mode.LIVE, "a-1")
        assert found == an_appointment(version=1)

    def test_only_the_version_that_was_read_is_changed_or_removed(
        self, appointments: AppointmentRepository
    ) -> None:
        appointments.save_appointment(an_appointment())
        read = an_appointment(version=1)

        assert appointments.save_appointment(read.model_copy(update={"duration_minutes": 30}))
        assert not appointments.save_appointment(read)
        assert not appointments.save_appointment(an_appointment())
        assert not appointments.delete_appointment(read)
        assert appointments.delete_appointment(read.model_copy(update={"version": 2}))
        assert appointments.appointment("andinos", Mode.LIVE, "a-1") is None
        assert not appointments.delete_appointment(read)

    def test_invariant_10_another_tenant_and_another_mode_do_not_see_it(
        self, appointments: AppointmentRepository
    ) -> None:
        appointments.save_appointment(an_appointment())

        assert appointments.appointment("costa", Mode.LIVE, "a-1") is None
        assert appointments.appointment("andinos", Mode.TEST, "a-1") is None
        assert appointments.save_appointment(an_appointment(mode=Mode.TEST))
        assert appointments.save_appointment(an_appointment(tenant_id="costa"))
        assert _ids(appointments) == ["a-1"]

    def test_lists_follow_the_moments_at_which_they_begin(
        self, appointments: AppointmentRepository
    ) -> None:
        for hours in (3, 1, 2):
            starts_at = NOON + timedelta(hours=hours)
            appointments.save_appointment(an_appointment(f"a-{hours}", starts_at=starts_at))

        assert _ids(appointments) == ["a-1", "a-2", "a-3"]
        assert _ids(appointments, descending=True) == ["a-3", "a-2", "a-1"]
        bounds = {"starts_from": NOON + timedelta(hours=1)}
        assert _ids(appointments, **bounds) == ["a-1", "a-2", "a-3"]
        bounds["starts_before"] = NOON + timedelta(hours=2)
        assert _ids(appointments, **bounds) == ["a-1"]

    @pytest.mark.parametrize("descending", [False, True])
    def test_pages_lead_through_all_of_them_once(
        self, appointments: AppointmentRepository, descending: bool
    ) -> None:
        for number in range(5):
            appointments.save_appointment(an_appointment(f"a-{number}"))

        found: list[str] = []
        after: Position | None = None
        while True:
            page = _page(appointments, descending=descending, after=after, limit=2)
            found += [each.appointment_id for each in page.appointments]
            after = page.next
            if after is None:
                break
        expected = [f"a-{number}" for number in range(5)]
        assert found == (expected[::-1] if descending else expected)

    def test_a_customers_own_are_found_in_both_modes(
        self, appointments: AppointmentRepository
    ) -> None:
        appointments.save_appointment(an_appointment())
        appointments.save_appointment(an_appointment("a-2", mode=Mode.TEST))
        appointments.save_appointment(an_appointment("a-3", customer_id="customer-002"))

        theirs = appointments.appointments_of("andinos", "customer-001")
        assert {each.appointment_id for each in theirs} == {"a-1", "a-2"}
        assert _ids(appointments, customer_id="customer-002") == ["a-3"]

    def test_a_moved_one_stands_where_it_is_now(self, appointments: AppointmentRepository) -> None:
        appointments.save_appointment(an_appointment())
        moved = an_appointment(
            version=1, starts_at=NOON + timedelta(days=1), customer_id="customer-002"
        )
        appointments.save_appointment(moved)

        assert _ids(appointments) == ["a-1"]
        assert _ids(appointments, customer_id="customer-001") == []
        assert _ids(appointments, starts_before=NOON + timedelta(hours=1)) == []
