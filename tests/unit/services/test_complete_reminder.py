"""Completing a reminder: the tenant's day, and who sees what has no customer yet."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest

from recado.domain.access import Caller
from recado.domain.api_keys import Role, Scope
from recado.domain.errors import NotFoundError
from recado.domain.notification import Mode
from recado.domain.reminder_requests import Completion
from recado.domain.vehicles import Reminder
from recado.services.complete_reminder import CompleteReminder
from tests.fakes.clock import FakeClock
from tests.fakes.configuration import FakeConfiguration
from tests.fakes.people import FakePeople, FakeReminders
from tests.workshop import furnish

REMINDER = Reminder(
    tenant_id="andinos",
    reminder_id="oil",
    customer_id="customer-001",
    service_type="mantenimiento",
    due_on=date(2026, 3, 2),
    version=1,
)


def a_caller(division: str | None = None) -> Caller:
    return Caller(
        key_id="k",
        tenant_id="andinos",
        mode=Mode.LIVE,
        role=Role.DIVISION if division else Role.TENANT,
        scopes=frozenset(Scope),
        division=division,
    )


def any_version(_: int) -> None:
    """Lets every version through."""


def completing(reminder: Reminder, now: datetime) -> CompleteReminder:
    configuration, people = FakeConfiguration(), FakePeople()
    furnish(configuration, people)
    return CompleteReminder(
        reminders=FakeReminders(reminder),
        people=people,
        configuration=configuration,
        clock=FakeClock(now),
    )


@pytest.mark.parametrize(("hour", "day"), [(2, 2), (6, 3)])
def test_today_is_the_tenants_day(hour: int, day: int) -> None:
    complete = completing(REMINDER, datetime(2026, 3, 3, hour, tzinfo=UTC))

    completed = complete(a_caller(), "oil", Completion(), check=any_version)

    assert completed.reminder.completed_on == date(2026, 3, day)


def test_what_has_no_customer_yet_is_the_whole_tenants() -> None:
    orphan = REMINDER.model_copy(update={"customer_id": "comes-later"})
    complete = completing(orphan, datetime(2026, 3, 3, tzinfo=UTC))

    with pytest.raises(NotFoundError):
        complete(a_caller("norte"), "oil", Completion(), check=any_version)
    assert complete(a_caller(), "oil", Completion(), check=any_version).following is None
