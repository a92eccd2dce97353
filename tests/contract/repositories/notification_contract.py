"""What every implementation of `ports.NotificationRepository` must do."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from recado.domain.channels import Channel, Provider
from recado.domain.delivery import Change
from recado.domain.directory import Address
from recado.domain.messages import plain_message
from recado.domain.notification import (
    Attempt,
    HistoryEntry,
    Notification,
    Outcome,
    RouteStep,
    State,
)
from recado.domain.orchestration import Target
from recado.ports.notifications import NotificationKey, NotificationRepository, Saved

NOW = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)
STEP = RouteStep(
    channel=Channel.WHATSAPP,
    provider=Provider.WHATSAPP_CLOUD,
    account_id="wa",
    address=Address(channel=Channel.WHATSAPP, value="+593991234567"),
)


def a_notification(notification_id: str = "ntf_1", tenant_id: str = "andinos") -> Notification:
    return Notification(
        notification_id=notification_id,
        tenant_id=tenant_id,
        event_type="TEST",
        target=Target.CLIENTS,
        recipient_id="customer-001",
        locale="es",
        context={"Vehículo": "Haval H6"},
        route=(STEP,),
        created_at=NOW,
        updated_at=NOW,
        deadline=NOW + timedelta(hours=24),
        expires_at=NOW + timedelta(days=365),
    ).queued(NOW)


def key_of(notification: Notification) -> NotificationKey:
    return NotificationKey(
        tenant_id=notification.tenant_id, notification_id=notification.notification_id
    )


def an_attempt(number: int = 1, *, outcome: Outcome = Outcome.ACCEPTED) -> Attempt:
    return Attempt(
        number=number,
        step=0,
        channel=Channel.WHATSAPP,
        provider=Provider.WHATSAPP_CLOUD,
        account_id="wa",
        started_at=NOW,
        ended_at=NOW + timedelta(seconds=1),
        outcome=outcome,
        provider_message_id="wamid.1",
    )


class NotificationRepositoryContract:
    """Subclasses give the `repository` fixture, an empty one for each test."""

    @pytest.fixture
    def repository(self) -> NotificationRepository:
        raise AssertionError("a subclass names the repository")

    def test_what_was_created_reads_back_the_same(self, repository: NotificationRepository) -> None:
        notification = a_notification()

        assert repository.create(notification)
        assert repository.get("andinos", "ntf_1") == notification

    @pytest.mark.parametrize("channel", Channel)
    def test_a_message_without_template_reads_back_as_what_it_is(
        self, repository: NotificationRepository, channel: Channel
    ) -> None:
        message = plain_message(channel, "¿Llegó?", subject="TEST")
        step = STEP.model_copy(update={"message": message})
        repository.create(a_notification().model_copy(update={"route": (step,)}))

        read = repository.get("andinos", "ntf_1")

        assert read is not None
        assert read.current_step.message == message

    def test_a_taken_id_is_refused_and_nothing_changes(
        self, repository: NotificationRepository
    ) -> None:
        repository.create(a_notification())
        other = a_notification().model_copy(update={"event_type": "OTHER"})

        assert not repository.create(other)
        assert repository.get("andinos", "ntf_1") == a_notification()

    def test_invariant_10_another_tenant_does_not_see_it(
        self, repository: NotificationRepository
    ) -> None:
        repository.create(a_notification())

        assert repository.get("costa", "ntf_1") is None
        assert repository.timeline("costa", "ntf_1") is None

    def test_what_was_planned_under_a_key_is_found_by_it(
        self, repository: NotificationRepository
    ) -> None:
        for number in (3, 1, 2):
            planned = a_notification(f"ntf_{number}").model_copy(update={"key": "order-4711"})
            repository.create(planned)
        repository.create(a_notification("ntf_4").model_copy(update={"key": "order-4712"}))
        repository.create(a_notification("ntf_5"))

        def under(key: str, tenant_id: str = "andinos") -> list[str]:
            found, after = [], None
            while True:
                page = repository.under_key(tenant_id, key, after=after, limit=2)
                found += [each.notification_id for each in page.notifications]
                after = page.next
                if after is None:
                    return found

        assert under("order-4711") == ["ntf_1", "ntf_2", "ntf_3"]
        assert under("order-4712") == ["ntf_4"]
        assert under("order-4713") == []
        assert under("order-4711", "costa") == []

    def test_what_stands_under_a_key_is_as_it_stands_now(
        self, repository: NotificationRepository
    ) -> None:
        planned = a_notification().model_copy(update={"key": "order-4711"})
        repository.create(planned)
        repository.save([Change(notification=planned.claimed(NOW, timeout_seconds=10))])

        [found] = repository.under_key("andinos", "order-4711", after=None, limit=9).notifications
        assert found == repository.get("andinos", "ntf_1")
        repository.save([Change(notification=found.model_copy(update={"key": None}))])
        assert (
            repository.under_key("andinos", "order-4711", after=None, limit=9).notifications == ()
        )

    def test_of_two_changes_of_one_version_the_first_wins(
        self, repository: NotificationRepository
    ) -> None:
        repository.create(a_notification())
        read = repository.get("andinos", "ntf_1")
        assert read is not None
        first = Change(notification=read.claimed(NOW, timeout_seconds=10))
        second = Change(notification=read.ended(NOW, State.CANCELLED, reason="too late"))

        assert repository.save([first]).stored.keys() == {"ntf_1"}
        assert repository.save([second]) == Saved()
        current = repository.get("andinos", "ntf_1")
        assert current is not None
        assert (current.state, current.version) == (State.SENDING, 1)

    def test_a_stored_change_can_be_changed_again(self, repository: NotificationRepository) -> None:
        repository.create(a_notification())
        claimed = a_notification().claimed(NOW, timeout_seconds=10)
        stored = repository.save([Change(notification=claimed)]).stored["ntf_1"]

        again = repository.save(
            [Change(notification=stored.accepted(NOW, provider_message_id="wa-1"))]
        ).stored

        assert again["ntf_1"].version == 2
        assert repository.get("andinos", "ntf_1") == again["ntf_1"]

    def test_in_a_batch_a_lost_race_costs_the_others_nothing(
        self, repository: NotificationRepository
    ) -> None:
        notifications = [a_notification(f"ntf_{number}") for number in range(30)]
        for notification in notifications:
            repository.create(notification)
        lost = notifications[7].claimed(NOW, timeout_seconds=10)
        repository.save([Change(notification=lost)])

        changes = [Change(notification=n.claimed(NOW, timeout_seconds=10)) for n in notifications]
        stored = repository.save(changes).stored

        assert len(stored) == 29
        assert "ntf_7" not in stored

    def test_a_change_of_what_does_not_exist_is_not_stored(
        self, repository: NotificationRepository
    ) -> None:
        assert repository.save([Change(notification=a_notification())]) == Saved()
        assert repository.get("andinos", "ntf_1") is None

    def test_an_attempt_is_stored_even_where_its_change_lost_the_race(
        self, repository: NotificationRepository
    ) -> None:
        repository.create(a_notification())
        stale = a_notification().model_copy(update={"version": 9})
        entry = HistoryEntry(at=NOW, kind="fallback")

        repository.save([Change(notification=stale, attempt=an_attempt(), history=entry)])

        assert repository.attempt(key_of(stale), 1) == an_attempt()
        timeline = repository.timeline("andinos", "ntf_1")
        assert timeline is not None
        assert timeline.history == ()

    def test_a_later_record_of_an_attempt_replaces_the_earlier(
        self, repository: NotificationRepository
    ) -> None:
        repository.create(a_notification())
        stale = a_notification().model_copy(update={"version": 9})
        repository.save([Change(notification=stale, attempt=an_attempt(outcome=Outcome.UNKNOWN))])
        repository.save([Change(notification=stale, attempt=an_attempt())])

        timeline = repository.timeline("andinos", "ntf_1")
        assert timeline is not None
        assert timeline.attempts == (an_attempt(),)

    def test_an_attempt_is_found_by_its_providers_id(
        self, repository: NotificationRepository
    ) -> None:
        repository.create(a_notification())
        claimed = a_notification().claimed(NOW, timeout_seconds=10)
        repository.save([Change(notification=claimed, attempt=an_attempt(3))])

        found = repository.attempt_of("andinos", "wa", "wamid.1")

        assert found == (key_of(claimed), 3)
        assert repository.attempt_of("andinos", "wa", "wamid.2") is None
        assert repository.attempt_of("andinos", "other", "wamid.1") is None

    def test_invariant_10_another_tenant_finds_no_attempt_by_its_providers_id(
        self, repository: NotificationRepository
    ) -> None:
        repository.create(a_notification())
        change = Change(
            notification=a_notification().claimed(NOW, timeout_seconds=10), attempt=an_attempt()
        )
        repository.save([change])

        assert repository.attempt_of("costa", "wa", "wamid.1") is None

    def test_a_timeline_is_in_order(self, repository: NotificationRepository) -> None:
        repository.create(a_notification())
        current = a_notification()
        for number in (1, 2, 3):
            entry = HistoryEntry(at=NOW + timedelta(seconds=number), kind="fallback")
            change = Change(notification=current, attempt=an_attempt(number), history=entry)
            current = repository.save([change]).stored["ntf_1"]

        timeline = repository.timeline("andinos", "ntf_1")

        assert timeline is not None
        assert [attempt.number for attempt in timeline.attempts] == [1, 2, 3]
        assert [entry.at.second for entry in timeline.history] == [1, 2, 3]

    def test_the_clock_finds_what_is_overdue_the_oldest_first(
        self, repository: NotificationRepository
    ) -> None:
        for number in range(12):
            repository.create(
                a_notification(f"ntf_{number:02}").queued(NOW - timedelta(minutes=20 - number))
            )
        repository.create(a_notification("ntf_future").queued(NOW))

        found = [key.notification_id for key in repository.due(NOW, limit=5)]

        assert found == [f"ntf_{number:02}" for number in range(5)]

    def test_the_clock_forgets_what_has_nothing_overdue(
        self, repository: NotificationRepository
    ) -> None:
        repository.create(a_notification())
        sent = (
            a_notification()
            .claimed(NOW, timeout_seconds=1)
            .accepted(NOW, provider_message_id="wa-1")
        )

        repository.save([Change(notification=sent)])

        assert list(repository.due(NOW + timedelta(days=1), limit=10)) == []

    def test_the_clock_leaves_alone_what_it_was_told_to(
        self, repository: NotificationRepository
    ) -> None:
        for number in range(2):
            repository.create(a_notification(f"ntf_{number}"))
        later = NOW + timedelta(hours=2)

        repository.look_again([key_of(a_notification("ntf_0"))], later)

        found = repository.due(later - timedelta(seconds=1), limit=10)
        assert [key.notification_id for key in found] == ["ntf_1"]
        assert len(list(repository.due(later, limit=10))) == 2

    def test_many_are_read_at_once_without_those_that_do_not_exist(
        self, repository: NotificationRepository
    ) -> None:
        for number in range(3):
            repository.create(a_notification(f"ntf_{number}"))
        keys = [key_of(a_notification(f"ntf_{number}")) for number in range(120)]

        assert repository.get_many(keys).keys() == {"ntf_0", "ntf_1", "ntf_2"}
        assert repository.get_many([]) == {}
