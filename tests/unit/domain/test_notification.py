"""How a notification moves from state to state."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from recado.domain.channels import Provider
from recado.domain.notification import (
    DUE_SHARDS,
    FALLBACK_GRACE,
    LEASE_MARGIN,
    MOST_TAKE_UPS,
    RANK,
    STUCK_AFTER,
    TAKE_UP_AFTER,
    Notification,
    State,
    new_notification_id,
)
from tests.fakes.clock import NOON
from tests.unit.domain.notifications import DEADLINE, claimed_notification, new_notification

LATER = NOON + timedelta(minutes=3)


def test_receipts_raise_a_rank_from_pending_to_replied() -> None:
    ladder = ["pending", "queued", "sending", "sent", "delivered", "read", "replied"]

    assert sorted(RANK, key=RANK.__getitem__) == ladder
    assert sorted(RANK.values()) == list(range(7))


@pytest.mark.parametrize(
    "state",
    [State.FAILED, State.UNKNOWN, State.EXPIRED, State.CANCELLED, State.SUPPRESSED],
)
def test_an_end_of_another_kind_has_no_rank(state: State) -> None:
    assert state not in RANK


def test_a_queued_notification_is_looked_at_when_no_worker_took_it() -> None:
    queued = new_notification().queued(NOON, delay=timedelta(seconds=30))

    assert queued.state is State.QUEUED
    assert queued.not_before == NOON + timedelta(seconds=30)
    assert queued.due_at == NOON + timedelta(seconds=30) + STUCK_AFTER


def test_a_queued_notification_is_looked_at_by_its_deadline_at_the_latest() -> None:
    queued = new_notification(deadline=NOON + timedelta(minutes=1)).queued(NOON)

    assert queued.due_at == NOON + timedelta(minutes=1)


def test_a_notification_that_may_be_sent_at_once_waits_for_nothing() -> None:
    delayed = new_notification().queued(NOON, delay=timedelta(seconds=30))

    assert delayed.queued(LATER).not_before is None


def test_a_scheduled_notification_waits_for_its_moment() -> None:
    scheduled = new_notification().scheduled(NOON, LATER)

    assert (scheduled.state, scheduled.due_at) == (State.PENDING, LATER)


def test_a_claim_counts_an_attempt_and_holds_a_lease() -> None:
    claimed = new_notification().queued(NOON).claimed(LATER, timeout_seconds=10)

    assert claimed.state is State.SENDING
    assert (claimed.tries, claimed.attempts) == (1, 1)
    assert claimed.lease_until == LATER + timedelta(seconds=10) + LEASE_MARGIN
    assert claimed.due_at == claimed.lease_until


def test_a_lease_is_live_until_it_ends() -> None:
    claimed = claimed_notification()
    assert claimed.lease_until is not None

    assert claimed.lease_is_live(NOON)
    assert claimed.lease_is_live(claimed.lease_until - timedelta(microseconds=1))
    assert not claimed.lease_is_live(claimed.lease_until)


@pytest.mark.parametrize(
    "move",
    [
        lambda n: n.queued(LATER),
        lambda n: n.accepted(LATER, provider_message_id="wa-1"),
        lambda n: n.to_retry(LATER, delay=timedelta(seconds=5), reason="503"),
        lambda n: n.deferred(LATER, delay=timedelta(seconds=5)),
        lambda n: n.given_up(LATER, reason="x"),
        lambda n: n.outcome_unknown(LATER, wait=timedelta(minutes=10)),
        lambda n: n.ended(LATER, State.EXPIRED, reason="x"),
    ],
    ids=["queued", "accepted", "to retry", "deferred", "given up", "unknown", "ended"],
)
def test_no_lease_outlives_its_attempt(move: Callable[[Notification], Notification]) -> None:
    moved = move(claimed_notification())

    assert not moved.lease_is_live(LATER)
    assert moved.lease_until is None
    assert moved.updated_at == LATER


def test_an_accepted_notification_is_sent_and_its_earlier_troubles_are_forgotten() -> None:
    troubled = claimed_notification().model_copy(update={"reason": "503", "detail": "busy"})
    accepted = troubled.accepted(LATER, provider_message_id="wa-1")

    assert (accepted.state, accepted.sent_at) == (State.SENT, LATER)
    assert (accepted.reason, accepted.detail, accepted.due_at) == (None, "", None)
    assert accepted.is_final


def test_a_retry_keeps_the_channel_and_the_count_of_its_attempts() -> None:
    waiting = claimed_notification(tries=2).to_retry(
        LATER, delay=timedelta(seconds=40), reason="503"
    )

    assert (waiting.state, waiting.step, waiting.tries, waiting.attempts) == (
        State.QUEUED,
        0,
        2,
        2,
    )
    assert (waiting.reason, waiting.not_before) == ("503", LATER + timedelta(seconds=40))


def test_waiting_for_a_resting_account_is_no_attempt() -> None:
    waiting = claimed_notification(tries=2).deferred(LATER, delay=timedelta(seconds=30))

    assert (waiting.state, waiting.tries, waiting.attempts) == (State.QUEUED, 1, 1)
    assert waiting.held_since == LATER


def test_a_longer_rest_still_counts_from_its_beginning() -> None:
    once = claimed_notification().deferred(NOON, delay=timedelta(seconds=30))
    twice = once.claimed(LATER, timeout_seconds=10).deferred(LATER, delay=timedelta(seconds=30))

    assert twice.held_since == NOON


def test_a_wait_for_a_turn_is_no_attempt_and_no_wait_for_a_resting_account() -> None:
    held = claimed_notification(tries=2).deferred(NOON, delay=timedelta(seconds=30))
    waiting = held.in_line(LATER, wait=timedelta(minutes=5), has_turn=True)

    assert (waiting.state, waiting.tries, waiting.attempts) == (State.QUEUED, 1, 1)
    assert waiting.turn_at == waiting.not_before == LATER + timedelta(minutes=5)
    assert waiting.held_since == NOON + timedelta(minutes=5)


def test_a_turn_is_kept_until_it_is_taken() -> None:
    wait = timedelta(seconds=5)
    first = new_notification().queued(NOON).in_line(NOON, wait=wait, has_turn=True)
    missed = first.in_line(LATER, wait=wait, has_turn=True)

    assert missed.turn_at == NOON + wait
    assert missed.claimed(LATER, timeout_seconds=10).turn_at is None
    assert missed.in_line(LATER, wait=wait, has_turn=False).turn_at is None


def test_who_waits_for_a_turn_at_the_deadline_is_for_the_clock() -> None:
    queued = new_notification(deadline=NOON + timedelta(seconds=30)).queued(NOON)

    waiting = queued.in_line(NOON, wait=timedelta(minutes=5), has_turn=True)

    assert waiting.due_at == waiting.deadline


def test_a_channel_that_was_given_up_is_moved_on_by_the_clock_if_need_be() -> None:
    given_up = claimed_notification().given_up(LATER, reason="131026", detail="no WhatsApp")

    assert (given_up.state, given_up.reason, given_up.detail) == (
        State.PENDING,
        "131026",
        "no WhatsApp",
    )
    assert given_up.due_at == LATER + FALLBACK_GRACE


def test_the_next_channel_starts_with_all_its_attempts() -> None:
    waiting = claimed_notification(tries=3).deferred(NOON, delay=timedelta(seconds=9))
    moved = waiting.given_up(LATER, reason="x").advanced(LATER)

    assert (moved.state, moved.step, moved.tries, moved.attempts) == (State.QUEUED, 1, 0, 2)
    assert moved.held_since is None
    assert moved.current_step.account_id == "mail"


@pytest.mark.parametrize(
    ("attempts", "reason", "state", "told"),
    [
        (1, "131026", State.FAILED, "131026"),
        (0, "no_template", State.FAILED, "no_template"),
        (0, "suppressed", State.SUPPRESSED, "suppressed"),
        (1, "suppressed", State.FAILED, "suppressed"),
        (1, None, State.FAILED, "route_exhausted"),
    ],
)
def test_after_the_last_channel_a_notification_ends_with_its_last_reason(
    attempts: int, reason: str | None, state: State, told: str
) -> None:
    last = new_notification(channels=1).model_copy(
        update={"attempts": attempts, "reason": reason, "detail": "why"}
    )
    ended = last.with_step_refused().advanced(LATER)

    assert (ended.state, ended.reason, ended.detail) == (state, told, "why")
    assert ended.is_final


def failed(notification: Notification) -> Notification:
    """All channels given up, for passing reasons."""
    for _ in notification.route[notification.step :]:
        notification = notification.given_up(LATER, reason="503").advanced(LATER)
    return notification


def test_what_failed_for_a_passing_reason_is_taken_up_again_after_a_quarter_of_an_hour() -> None:
    waiting = failed(claimed_notification())

    assert (waiting.state, waiting.due_at) == (State.FAILED, LATER + TAKE_UP_AFTER)
    assert not waiting.is_final
    taken = waiting.taken_up(LATER + TAKE_UP_AFTER)
    assert (taken.state, taken.step, taken.tries, taken.take_ups) == (State.QUEUED, 0, 0, 1)


def test_a_channel_that_refused_is_left_out_when_it_is_taken_up() -> None:
    refused = claimed_notification().given_up(LATER, reason="131026", refused=True)
    waiting = failed(refused.advanced(LATER))

    assert waiting.taken_up(LATER).step == 1


def test_nothing_is_taken_up_more_than_so_often() -> None:
    notification = claimed_notification()
    for _ in range(MOST_TAKE_UPS):
        notification = failed(notification).taken_up(LATER)

    assert failed(notification).is_final


def test_nothing_is_taken_up_past_its_deadline() -> None:
    soon = new_notification(deadline=LATER + TAKE_UP_AFTER).queued(NOON)

    assert failed(soon).is_final


def patient(*, channels: int = 2, **minutes: int) -> Notification:
    """A notification whose first channel's silence is borne for so long, just sent by it."""
    claimed = claimed_notification(channels=channels)
    first = claimed.route[0].model_copy(update=minutes)
    route = (first, *claimed.route[1:])
    sent = claimed.model_copy(update={"route": route})
    return sent.accepted(LATER, provider_message_id="wamid.1")


def test_without_a_receipt_the_next_channel_is_tried_after_the_channels_patience() -> None:
    sent = patient(undelivered_after=30)
    assert sent.due_at == LATER + timedelta(minutes=30)

    moved = sent.left_in_silence(LATER, reason="not_delivered")
    assert (moved.state, moved.step, moved.standing) == (State.QUEUED, 1, State.SENT)


@pytest.mark.parametrize("provider", [Provider.SES, Provider.TWILIO_SMS])
def test_a_reading_that_is_never_told_is_not_waited_for(provider: Provider) -> None:
    claimed = claimed_notification()
    first = {"provider": provider, "undelivered_after": 30, "unread_after": 60}
    route = (claimed.route[0].model_copy(update=first), *claimed.route[1:])
    sent = claimed.model_copy(update={"route": route}).accepted(LATER, provider_message_id="1")
    assert sent.due_at == LATER + timedelta(minutes=30)

    assert sent.reached(LATER, State.DELIVERED, at=LATER).is_final


def test_a_delivery_ends_the_wait_for_itself_and_begins_the_one_for_a_reading() -> None:
    sent = patient(undelivered_after=30, unread_after=60)
    at = LATER + timedelta(minutes=5)

    assert sent.reached(at, State.DELIVERED, at=at).due_at == at + timedelta(minutes=60)
    assert sent.reached(at, State.READ, at=at).is_final


@pytest.mark.parametrize("channels", [1, 2])
def test_silence_changes_nothing_where_no_channel_is_left_or_time_is_up(channels: int) -> None:
    minutes = 30 if channels == 1 else 25 * 60

    assert patient(channels=channels, undelivered_after=minutes).is_final


def test_what_was_sent_before_the_silence_stands_when_the_next_channel_fails() -> None:
    moved = patient(undelivered_after=30).left_in_silence(LATER, reason="not_delivered")
    ended = moved.given_up(LATER, reason="503").advanced(LATER)

    assert (ended.state, ended.reason, ended.is_final) == (State.SENT, "left_standing", True)


def test_who_had_it_before_the_silence_still_has_it_when_the_next_channel_takes_it() -> None:
    sent = patient(unread_after=30).reached(LATER, State.DELIVERED, at=LATER)
    moved = sent.left_in_silence(LATER, reason="not_read")

    assert moved.accepted(LATER, provider_message_id="x").state is State.DELIVERED


@pytest.mark.parametrize("state", [State.DELIVERED, State.READ, State.REPLIED])
def test_a_receipt_that_comes_after_the_silence_calls_the_next_channel_off(state: State) -> None:
    moved = patient(undelivered_after=30).left_in_silence(LATER, reason="not_delivered")

    assert moved.reached(LATER, state, at=LATER).is_final


def test_an_unknown_outcome_waits_for_a_receipt_before_it_is_final() -> None:
    unknown = claimed_notification().outcome_unknown(LATER, wait=timedelta(minutes=10))

    assert (unknown.state, unknown.due_at) == (State.UNKNOWN, LATER + timedelta(minutes=10))
    assert not unknown.is_final
    assert unknown.ended(LATER, State.UNKNOWN, reason="outcome_unknown").is_final


@pytest.mark.parametrize("state", [State.PENDING, State.QUEUED, State.SENDING])
def test_work_in_hand_is_never_final(state: State) -> None:
    assert not new_notification().model_copy(update={"state": state, "due_at": None}).is_final


def test_the_deadline_itself_is_too_late() -> None:
    notification = new_notification()

    assert notification.is_past_deadline(DEADLINE)
    assert not notification.is_past_deadline(DEADLINE - timedelta(microseconds=1))


def test_every_attempt_has_a_tag_of_its_own() -> None:
    assert [claimed_notification(tries=tries).tag() for tries in (1, 2)] == ["ntf_1.1", "ntf_1.2"]


def test_moving_a_notification_leaves_the_old_one_as_it_was() -> None:
    notification = new_notification()
    before = notification.model_dump()

    notification.queued(LATER).claimed(LATER, timeout_seconds=1).accepted(
        LATER, provider_message_id="wa-1"
    )

    assert notification.model_dump() == before


@given(st.lists(st.text(min_size=1), unique=True, min_size=1, max_size=20))
def test_a_notification_stays_on_one_shard_of_the_clocks_index(ids: list[str]) -> None:
    for notification_id in ids:
        notification = new_notification().model_copy(update={"notification_id": notification_id})

        assert notification.due_shard in {f"due#{number}" for number in range(DUE_SHARDS)}
        assert notification.due_shard == notification.queued(LATER).due_shard


def test_new_ids_use_every_shard() -> None:
    shards = {
        new_notification().model_copy(update={"notification_id": new_notification_id()}).due_shard
        for _ in range(500)
    }

    assert len(shards) == DUE_SHARDS
