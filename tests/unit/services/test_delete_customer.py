"""Deleting a customer: what is in the way."""

from __future__ import annotations

from datetime import timedelta

import pytest

from recado.domain.appointments import Appointment
from recado.domain.errors import InUseError
from recado.domain.notification import Mode
from recado.services.delete_customer import NAMED, DeleteCustomer
from tests.fakes.appointments import FakeAppointments
from tests.fakes.clock import NOON
from tests.fakes.configuration import FakeConfiguration
from tests.fakes.people import FakePeople, FakeReminders, FakeVehicles
from tests.unit.services.appointments import caller
from tests.workshop import CUSTOMER, furnish


@pytest.mark.parametrize("mode", list(Mode))
def test_a_customer_with_appointments_is_not_deleted(mode: Mode) -> None:
    configuration, people, appointments = FakeConfiguration(), FakePeople(), FakeAppointments()
    furnish(configuration, people)
    delete = DeleteCustomer(
        people=people,
        vehicles=FakeVehicles(),
        reminders=FakeReminders(),
        appointments=appointments,
        configuration=configuration,
    )
    made = [
        Appointment(
            tenant_id="andinos",
            mode=mode,
            appointment_id=f"a-{number}",
            customer_id=CUSTOMER.recipient_id,
            service_type="mantenimiento",
            starts_at=NOON + timedelta(days=2),
            expires_at=NOON + timedelta(days=90),
        )
        for number in range(NAMED + 1)
    ]
    for each in made:
        appointments.save_appointment(each)

    with pytest.raises(InUseError, match=r"a-0, a-1, a-2, a-3, a-4\)"):
        delete(caller(), CUSTOMER.recipient_id, check=lambda _: None)

    for each in appointments.appointments_of("andinos", CUSTOMER.recipient_id):
        appointments.delete_appointment(each)
    delete(caller(), CUSTOMER.recipient_id, check=lambda _: None)
    assert people.person("andinos", CUSTOMER.recipient_id) is None
