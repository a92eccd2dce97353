"""The services over fakes, ready to use."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

import pytest

from recado.domain.notification import Mode, Notification, State, Timeline
from recado.domain.unsubscribe import UnsubscribeLinks
from recado.services.deliver_notification import DeliverNotifications
from recado.services.fall_back import FallBack
from recado.services.hold_to_limits import HoldToLimits
from recado.services.plan_notification import PlanNotification
from recado.services.sweep_due import SweepDue, Swept
from recado.services.watch_accounts import WatchAccounts
from tests.fakes.account_performance import FakeAccountPerformance
from tests.fakes.appointments import FakeAppointments
from tests.fakes.clock import FakeClock
from tests.fakes.configuration import FakeConfiguration
from tests.fakes.conversations import FakeConversations
from tests.fakes.notifications import FakeNotifications
from tests.fakes.people import FakePeople
from tests.fakes.planning import planning_again
from tests.fakes.queues import FakeQueues
from tests.fakes.reach import FakeReach
from tests.fakes.send_limits import FakeSendLimits, FakeSpendingLedger
from tests.fakes.senders import FakeSenders
from tests.workshop import TENANT, event, furnish


@dataclass
class House:
    """Recado without its cloud."""

    clock: FakeClock = field(default_factory=FakeClock)
    notifications: FakeNotifications = field(default_factory=FakeNotifications)
    directory: FakePeople = field(default_factory=FakePeople)
    configuration: FakeConfiguration = field(default_factory=FakeConfiguration)
    conversations: FakeConversations = field(default_factory=FakeConversations)
    queues: FakeQueues = field(default_factory=FakeQueues)
    senders: FakeSenders = field(default_factory=FakeSenders)
    appointments: FakeAppointments = field(default_factory=FakeAppointments)
    performance: FakeAccountPerformance = field(default_factory=FakeAccountPerformance)
    limits: FakeSendLimits = field(default_factory=FakeSendLimits)
    spending: FakeSpendingLedger = field(default_factory=FakeSpendingLedger)

    def __post_init__(self) -> None:
        furnish(self.configuration, self.directory)
        self.plan = PlanNotification(
            notifications=self.notifications,
            directory=self.directory,
            configuration=self.configuration,
            reach=FakeReach(self.directory, self.conversations),
            queues=self.queues,
            clock=self.clock,
        )
        self.deliver = DeliverNotifications(
            notifications=self.notifications,
            directory=self.directory,
            appointments=self.appointments,
            configuration=self.configuration,
            queues=self.queues,
            senders=self.senders,
            unsubscribe_links=UnsubscribeLinks("https://recado.example.com", b"secret"),
            hold_to_limits=HoldToLimits(
                limits=self.limits, spending=self.spending, clock=self.clock, draw=lambda: 0.5
            ),
            watch_accounts=WatchAccounts(
                performance=self.performance, configuration=self.configuration
            ),
            clock=self.clock,
            draw=lambda: 1.0,
        )
        self.fall_back = FallBack(
            notifications=self.notifications, queues=self.queues, clock=self.clock
        )
        self._sweep = SweepDue(
            notifications=self.notifications,
            configuration=self.configuration,
            queues=self.queues,
            plan_again=planning_again(
                self.configuration, self.directory, self.conversations, self.appointments
            ),
        )

    def dispatch(self, **changes: object) -> Notification:
        return self.plan(TENANT.tenant_id, Mode.LIVE, event(**changes))

    def work(self) -> None:
        """Let the workers empty every queue, fallbacks included; retries come at once."""
        while self.queues.queued or self.queues.dead:
            batch = self.queues.take_queued()
            while batch:
                kept = self.deliver(batch)
                batch = [delivery for delivery in batch if delivery.message_id in kept]
                self.clock.advance(hours=1 if batch else 0)
            self.fall_back(self.queues.take_dead())

    def sweep(self, at: datetime | None = None) -> Swept:
        return self._sweep(at or self.clock.now(), has_time=lambda: True)

    def timeline(self, notification: Notification) -> Timeline:
        timeline = self.notifications.timeline(notification.tenant_id, notification.notification_id)
        assert timeline is not None
        return timeline

    def state(self, notification: Notification) -> State:
        return self.timeline(notification).notification.state


@pytest.fixture
def house() -> House:
    return House()
