"""What plans again when a moment has come, over other fakes."""

from __future__ import annotations

from recado.services.plan_again import PlanAgain
from recado.services.plan_route import PlanRoute
from tests.fakes.appointments import FakeAppointments
from tests.fakes.configuration import FakeConfiguration
from tests.fakes.conversations import FakeConversations
from tests.fakes.directory import FakeDirectory
from tests.fakes.reach import FakeReach


def planning_again(
    configuration: FakeConfiguration,
    directory: FakeDirectory | None = None,
    conversations: FakeConversations | None = None,
    appointments: FakeAppointments | None = None,
) -> PlanAgain:
    """Plans again by what the fakes hold; without people nobody is found."""
    known = directory or FakeDirectory()
    reach = FakeReach(known, conversations or FakeConversations())
    plan_route = PlanRoute(reach=reach, configuration=configuration)
    return PlanAgain(
        appointments=appointments or FakeAppointments(),
        directory=known,
        configuration=configuration,
        plan_route=plan_route,
    )
