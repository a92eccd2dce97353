"""A notification's whole life under everything that can go wrong, as a state machine.

Workers, crashes, late answers, dead-letter queues, lost messages and the clock act in any order.
Whatever they do, the limits hold, the clock finds what is unfinished, and after its deadline the
notification comes to an end (invariants 2 and 4).
"""

from __future__ import annotations

from datetime import datetime, timedelta

from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
)

from recado.domain.channels import ChannelAccount, Provider
from recado.domain.delivery import (
    BUDGET_EXHAUSTED,
    Change,
    cap,
    conclude,
    counts_for_person,
    expire,
    go_by,
    recover,
    refuse,
    wait_in_line,
)
from recado.domain.errors import (
    DeliveryError,
    NotAttemptedError,
    OutcomeUnknownError,
    PermanentMessageError,
    RetryableError,
)
from recado.domain.notification import Attempt, Notification, Outcome, State
from recado.domain.retry import RetryPolicy
from recado.domain.tenants import Tenant, UnknownOutcomePolicy
from recado.ports.notifications import NotificationKey
from recado.ports.queues import DeliveryMessage
from recado.services.fall_back import FallBack
from recado.services.sweep_due import SweepDue
from tests.fakes.clock import NOON, FakeClock
from tests.fakes.configuration import FakeConfiguration
from tests.fakes.notifications import FakeNotifications
from tests.fakes.planning import planning_again
from tests.fakes.queues import FakeQueues, delivery_of
from tests.unit.domain.notifications import new_notification

TIMEOUT_SECONDS = 10
SWEEPS_TO_THE_END = 5
"""Lease over, wait for a receipt over, fallback, expiry: one sweep each, and one to spare."""

RESULTS = st.one_of(
    st.just("provider-id"),
    st.builds(RetryableError, st.just("503"), retry_after=st.none() | st.integers(0, 4_000)),
    st.just(PermanentMessageError("400")),
    st.just(OutcomeUnknownError("timeout")),
    st.builds(NotAttemptedError, st.just("circuit_open"), retry_after=st.integers(1, 200)),
)
OTHERS = [
    ChannelAccount(tenant_id="andinos", account_id=name, provider=Provider.EVOLUTION)
    for name in ("evo-1", "evo-2")
]
TENANTS = st.builds(
    Tenant,
    tenant_id=st.just("andinos"),
    name=st.just("Andinos"),
    time_zone=st.just("America/Guayaquil"),
    retry=st.builds(RetryPolicy, max_retries=st.integers(0, 3), base_seconds=st.integers(1, 60)),
    unknown_wait_seconds=st.integers(1, 3_600),
    unknown_outcome=st.sampled_from(UnknownOutcomePolicy),
)


class NotificationLife(RuleBasedStateMachine):
    """One notification between workers, queues and the clock."""

    def __init__(self) -> None:
        super().__init__()
        self.clock = FakeClock()
        self.repository = FakeNotifications()
        self.configuration = FakeConfiguration()
        self.queues = FakeQueues()
        self.sweep_due = SweepDue(
            notifications=self.repository,
            configuration=self.configuration,
            queues=self.queues,
            plan_again=planning_again(self.configuration),
        )
        self.fall_back = FallBack(
            notifications=self.repository, queues=self.queues, clock=self.clock
        )
        self.sent: list[tuple[int, int]] = []
        """Step and attempt number of every call to a provider."""
        self.in_flight: Notification | None = None

    @initialize(
        tenant=TENANTS,
        channels=st.integers(1, 3),
        lifetime=st.integers(0, 48),
        wait=st.none() | st.integers(1, 3_000),
    )
    def plan(self, tenant: Tenant, channels: int, lifetime: int, wait: int | None) -> None:
        self.tenant = tenant
        self.configuration.put_tenant(tenant)
        deadline = NOON + timedelta(hours=lifetime)
        notification = new_notification(channels=channels, deadline=deadline)
        if wait is None:
            self.repository.create(notification.queued(NOON))
        else:
            self.repository.create(notification.scheduled(NOON, NOON + timedelta(minutes=wait)))

    @property
    def row(self) -> Notification:
        row = self.repository.get("andinos", "ntf_1")
        assert row is not None
        return row

    @property
    def now(self) -> datetime:
        return self.clock.now()

    # Workers

    def can_be_claimed(self) -> bool:
        return (
            self.row.state is State.QUEUED
            and not self.row.is_past_deadline(self.now)
            and (self.row.not_before or self.now) <= self.now
        )

    @precondition(can_be_claimed)
    @rule()
    def a_worker_takes_it(self) -> None:
        before = self.row
        claim = before.claimed(self.now, timeout_seconds=TIMEOUT_SECONDS)
        self.in_flight = self.repository.save([Change(notification=claim)]).stored["ntf_1"]

        assert self.in_flight.attempts == before.attempts + 1
        assert self.repository.save([Change(notification=claim)]).stored == {}

    @precondition(can_be_claimed)
    @rule(
        limit=st.sampled_from(["pace", "pace", "person", "budget"]),
        seconds=st.integers(0, 900),
        has_turn=st.booleans(),
    )
    def a_limit_is_reached(self, limit: str, seconds: int, has_turn: bool) -> None:
        before = self.row
        wait = timedelta(seconds=seconds)
        conclusion = {
            "pace": wait_in_line(before, self.now, wait=wait, has_turn=has_turn),
            "person": cap(before, self.now, most=3),
            "budget": refuse(
                before, reason=BUDGET_EXHAUSTED, detail="", now=self.now, for_good=False
            ),
        }[limit]
        if limit == "person" and not counts_for_person(before):
            return
        stored = self.repository.save([conclusion.change]).stored
        if conclusion.gives_up:
            self.queues.give_up(list(stored.values()))

        assert (self.row.step, self.row.attempts) == (before.step, before.attempts)

    @precondition(lambda self: self.in_flight)
    @rule(result=RESULTS, draw=st.floats(0, 1), another=st.none() | st.sampled_from(OTHERS))
    def the_provider_answers(
        self, result: str | DeliveryError, draw: float, another: ChannelAccount | None
    ) -> None:
        """In time, or so late that the clock has given the worker up meanwhile."""
        claimed = self.in_flight
        assert claimed is not None
        self.in_flight = None
        if not isinstance(result, NotAttemptedError):
            self.sent.append((claimed.step, claimed.attempts))
        if self.row.state is State.UNKNOWN and self.row.attempts == claimed.attempts:
            claimed = self.row
        conclusion = conclude(
            claimed, tenant=self.tenant, result=result, now=self.now, draw=lambda: draw
        )
        is_attempt = not isinstance(result, NotAttemptedError)
        if (
            another is not None
            and another.account_id not in (claimed.current_step.account_id, *claimed.accounts_left)
            and isinstance(result, RetryableError | NotAttemptedError)
            and not (is_attempt and self.tenant.retry.exhausted(claimed.tries))
        ):
            conclusion = go_by(claimed, another, error=result, now=self.now)
        stored = self.repository.save([conclusion.change]).stored
        if conclusion.gives_up:
            self.queues.give_up(list(stored.values()))

    @precondition(lambda self: self.in_flight)
    @rule(may_have_sent=st.booleans())
    def the_worker_dies(self, may_have_sent: bool) -> None:
        claimed = self.in_flight
        assert claimed is not None
        self.in_flight = None
        if may_have_sent:
            self.sent.append((claimed.step, claimed.attempts))

    @precondition(lambda self: self.in_flight and self.row == self.in_flight)
    @rule(outcome=st.sampled_from(Outcome))
    def the_worker_dies_just_after_it_recorded_its_attempt(self, outcome: Outcome) -> None:
        claimed = self.in_flight
        assert claimed is not None
        self.in_flight = None
        self.sent.append((claimed.step, claimed.attempts))
        attempt = Attempt(
            number=claimed.attempts,
            step=claimed.step,
            channel=claimed.current_step.channel,
            provider=claimed.current_step.provider,
            account_id=claimed.current_step.account_id,
            started_at=self.now,
            ended_at=self.now,
            outcome=outcome,
            code="x",
        )
        lost_race = claimed.model_copy(update={"version": claimed.version - 1})
        assert self.repository.save([Change(notification=lost_race, attempt=attempt)]).stored == {}

    @precondition(lambda self: self.row.state is State.SENDING)
    @rule()
    def the_message_of_a_lost_worker_comes_again(self) -> None:
        if self.row.lease_is_live(self.now):
            return
        key = NotificationKey(tenant_id="andinos", notification_id="ntf_1")
        attempt = self.repository.attempt(key, self.row.attempts)
        self.repository.save([recover(self.row, attempt, self.tenant, self.now).change])

    @precondition(can_be_claimed)
    @rule()
    def the_address_was_suppressed_meanwhile(self) -> None:
        conclusion = refuse(self.row, reason="suppressed", detail="", now=self.now)
        self.queues.give_up(list(self.repository.save([conclusion.change]).stored.values()))

    @precondition(lambda self: self.row.state is State.QUEUED)
    @rule()
    def a_worker_finds_it_too_late(self) -> None:
        if self.row.is_past_deadline(self.now):
            self.repository.save([expire(self.row, self.now)])

    # Queues

    @rule(lost=st.booleans())
    def dead_letters_arrive_or_are_lost(self, lost: bool) -> None:
        dead = self.queues.take_dead()
        if not lost:
            self.fall_back(dead)

    @precondition(lambda self: self.row.state is State.QUEUED)
    @rule()
    def sqs_gives_the_message_up(self) -> None:
        self.fall_back([delivery_of(DeliveryMessage.of(self.row))])

    @rule(step=st.integers(0, 2))
    def an_old_dead_letter_comes_again(self, step: int) -> None:
        before = self.row
        message = DeliveryMessage.of(before).model_copy(update={"step": step})

        self.fall_back([delivery_of(message)])

        if step != before.step or before.state not in (State.PENDING, State.QUEUED):
            assert self.row == before

    # Time

    @rule(seconds=st.integers(1, 90) | st.integers(1, 20_000))
    def time_passes(self, seconds: int) -> None:
        self.clock.advance(seconds=seconds)

    @rule()
    def the_clock_sweeps(self) -> None:
        before = self.row
        self.sweep_due(self.now, has_time=lambda: True)

        if before.is_final:
            assert self.row == before
        once = self.row
        self.sweep_due(self.now, has_time=lambda: True)
        if once.due_at is None or once.due_at > self.now:
            assert self.row == once

    # What always holds

    @invariant()
    def no_channel_gets_more_attempts_than_the_policy_allows(self) -> None:
        allowed = self.tenant.retry.max_retries + 1

        assert 0 <= self.row.tries <= allowed
        assert self.row.tries <= self.row.attempts
        for step in range(len(self.row.route)):
            assert len([1 for sent_on, _ in self.sent if sent_on == step]) <= allowed

    @invariant()
    def no_attempt_is_sent_twice(self) -> None:
        numbers = [number for _, number in self.sent]

        assert len(set(numbers)) == len(numbers)

    @invariant()
    def the_clock_finds_whatever_is_unfinished(self) -> None:
        assert self.row.is_final == (self.row.due_at is None)

    @invariant()
    def whoever_may_be_sending_holds_the_only_lease(self) -> None:
        assert (self.row.state is State.SENDING) == (self.row.lease_until is not None)
        if self.in_flight and self.row.lease_is_live(self.now):
            assert self.row == self.in_flight

    @invariant()
    def an_end_has_its_reason(self) -> None:
        if self.row.is_final and self.row.state is not State.SENT:
            assert self.row.reason

    def teardown(self) -> None:
        """After its deadline the clock alone brings every notification to its end."""
        if not hasattr(self, "tenant"):
            return
        sends = len(self.sent)
        for _ in range(SWEEPS_TO_THE_END):
            if not self.row.is_final:
                moment = max(self.row.deadline, self.row.due_at or self.now, self.now)
                self.sweep_due(moment, has_time=lambda: True)
        assert self.row.is_final
        assert self.row.state is State.SENT or self.row.reason
        assert len(self.sent) == sends
        ended = self.row
        self.sweep_due(ended.expires_at, has_time=lambda: True)
        assert self.row == ended


TestNotificationLife = NotificationLife.TestCase
