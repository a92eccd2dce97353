"""What cancelling does to a notification, by where it stands."""

from __future__ import annotations

from datetime import timedelta

import pytest

from recado.domain.cancellation import cancel
from recado.domain.notification import Notification, RouteStep, State
from tests.fakes.clock import NOON
from tests.unit.domain.notifications import STEPS, claimed_notification, new_notification

LATER = NOON + timedelta(hours=1)


def patient(notification: Notification) -> Notification:
    """With a first channel whose silence is borne for half an hour only."""
    first: RouteStep = STEPS[0].model_copy(update={"undelivered_after": 30, "unread_after": 30})
    return notification.model_copy(update={"route": (first, *notification.route[1:])})


@pytest.mark.parametrize(
    "waiting",
    [
        new_notification().scheduled(NOON, LATER),
        new_notification().queued(NOON),
        claimed_notification().to_retry(NOON, delay=timedelta(seconds=9), reason="429"),
        claimed_notification().given_up(NOON, reason="131026"),
        claimed_notification().given_up(NOON, reason="131026").advanced(NOON),
        claimed_notification(channels=1).given_up(NOON, reason="503").advanced(NOON),
    ],
    ids=["scheduled", "queued", "to be retried", "given up", "next channel", "to be taken up"],
)
def test_what_waits_to_be_sent_is_cancelled(waiting: Notification) -> None:
    change = cancel(waiting, LATER, why="moved")

    assert change is not None
    cancelled = change.notification
    assert (cancelled.state, cancelled.reason, cancelled.detail) == (
        State.CANCELLED,
        "cancelled",
        "moved",
    )
    assert cancelled.is_final
    assert change.history is not None
    assert (change.history.kind, change.history.detail) == ("cancelled", "moved")
    assert cancel(cancelled, LATER) is None


@pytest.mark.parametrize(
    "over",
    [
        claimed_notification(),
        claimed_notification().accepted(NOON, provider_message_id="wamid.1"),
        claimed_notification().reached(NOON, State.READ, at=NOON),
        new_notification().ended(NOON, State.FAILED, reason="route_exhausted"),
        new_notification().ended(NOON, State.SUPPRESSED, reason="suppressed"),
        new_notification().ended(NOON, State.EXPIRED, reason="deadline_passed"),
    ],
    ids=lambda each: str(each.state),
)
def test_what_is_being_sent_or_over_is_left_alone(over: Notification) -> None:
    assert cancel(over, LATER) is None


@pytest.mark.parametrize("state", [State.SENT, State.DELIVERED])
def test_what_was_sent_stays_so_and_no_other_channel_follows(state: State) -> None:
    sent = patient(claimed_notification()).accepted(NOON, provider_message_id="wamid.1")
    if state is State.DELIVERED:
        sent = sent.reached(NOON, State.DELIVERED, at=NOON)
    assert sent.due_at is not None

    change = cancel(sent, LATER)

    assert change is not None
    assert (change.notification.state, change.notification.due_at) == (state, None)
    assert cancel(change.notification, LATER) is None


def test_an_unknown_outcome_is_not_followed_by_another_channel() -> None:
    unknown = claimed_notification().outcome_unknown(NOON, wait=timedelta(minutes=5))

    change = cancel(unknown, LATER)

    assert change is not None
    assert (change.notification.state, change.notification.due_at) == (State.UNKNOWN, None)


def test_what_an_earlier_channel_delivered_stands_when_the_next_one_is_called_off() -> None:
    sent = patient(claimed_notification()).accepted(NOON, provider_message_id="wamid.1")
    on_the_next = sent.left_in_silence(NOON, reason="not_delivered")
    assert on_the_next.state is State.QUEUED

    change = cancel(on_the_next, LATER)

    assert change is not None
    assert (change.notification.state, change.notification.due_at) == (State.SENT, None)
