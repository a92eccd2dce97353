"""What every implementation of `ports.EventRepository` must do."""

from __future__ import annotations

from datetime import timedelta

from recado.domain.domain_events import DomainEvent
from recado.ports.events import EventRepository
from tests.fakes.clock import NOON

TODAY = NOON.date()


def an_event(number: int = 1, **changes: object) -> DomainEvent:
    return DomainEvent(
        id=f"evt_{number}",
        tenant_id="andinos",
        type="notification.sent",
        at=NOON,
        data={"notification_id": "ntf_1", "attempts": 1, "reply": None, "list": [1.5, "é"]},
    ).model_copy(update=changes)


class EventRepositoryContract:
    """Inherit and give a fixture `repository` that is empty."""

    def test_an_event_is_found_as_it_was(self, repository: EventRepository) -> None:
        repository.keep([an_event()])

        assert repository.event("andinos", TODAY, "evt_1") == an_event()

    def test_an_event_that_is_not_there_is_not_found(self, repository: EventRepository) -> None:
        repository.keep([an_event()])

        assert repository.event("andinos", TODAY, "evt_2") is None
        assert repository.event("andinos", TODAY + timedelta(days=1), "evt_1") is None

    def test_invariant_10_another_tenant_finds_nothing(self, repository: EventRepository) -> None:
        repository.keep([an_event()])

        assert repository.event("costa", TODAY, "evt_1") is None
        assert list(repository.events_of("costa", TODAY)) == []

    def test_an_event_that_is_stored_twice_is_there_once(self, repository: EventRepository) -> None:
        repository.keep([an_event(), an_event()])
        repository.keep([an_event()])

        assert list(repository.events_of("andinos", TODAY)) == [an_event()]

    def test_more_events_than_fit_a_call_are_all_stored(self, repository: EventRepository) -> None:
        repository.keep([an_event(number) for number in range(60)])

        found = {event.id for event in repository.events_of("andinos", TODAY)}
        assert found == {f"evt_{number}" for number in range(60)}

    def test_a_days_events_are_those_of_that_day(self, repository: EventRepository) -> None:
        tomorrow = an_event(2, at=NOON + timedelta(days=1))
        repository.keep([an_event(), tomorrow])

        assert list(repository.events_of("andinos", tomorrow.day)) == [tomorrow]

    def test_no_events_are_no_mistake(self, repository: EventRepository) -> None:
        repository.keep([])

        assert list(repository.events_of("andinos", TODAY)) == []
