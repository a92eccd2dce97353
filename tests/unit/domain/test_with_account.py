"""A notification that goes on by another account of its channel."""

from __future__ import annotations

from datetime import timedelta

import pytest

from recado.domain.channels import ChannelAccount, Provider
from recado.domain.delivery import go_by
from recado.domain.errors import AccountError, NotAttemptedError, RetryableError
from recado.domain.notification import Carrier, Notification, Outcome, State
from tests.fakes.clock import NOON
from tests.unit.domain.notifications import STEPS, claimed_notification, new_notification

EVOLUTION = ChannelAccount(tenant_id="andinos", account_id="evo", provider=Provider.EVOLUTION)


def with_window(notification: Notification) -> Notification:
    step = notification.current_step.model_copy(
        update={"free_text_until": NOON + timedelta(hours=3)}
    )
    return notification.model_copy(update={"route": (step, *notification.route[1:])})


def test_only_the_current_step_changes_and_its_window_is_gone() -> None:
    before = with_window(claimed_notification())

    moved = before.with_account(EVOLUTION)

    step = moved.current_step
    assert (step.account_id, step.provider) == ("evo", Provider.EVOLUTION)
    assert step.free_text_until is None
    assert step.address == before.current_step.address
    assert moved.route[1:] == before.route[1:]
    assert moved.accounts_left == ("wa",)


@pytest.mark.parametrize(
    ("left", "taken", "is_waited_for"),
    [(Provider.SES, Provider.SMTP, False), (Provider.SMTP, Provider.SES, True)],
)
def test_silence_counts_as_the_account_reports_by_which_it_goes_on(
    left: Provider, taken: Provider, is_waited_for: bool
) -> None:
    claimed = claimed_notification()
    mail = STEPS[1].model_copy(update={"provider": left, "undelivered_after": 30})
    account = ChannelAccount(tenant_id="andinos", account_id="other", provider=taken)

    moved = claimed.model_copy(update={"route": (mail, STEPS[0])}).with_account(account)

    due_at = NOON + timedelta(minutes=30) if is_waited_for else None
    assert moved.accepted(NOON, provider_message_id="2").due_at == due_at


def test_accounts_are_left_on_one_step_only() -> None:
    moved = new_notification().queued(NOON).with_account(EVOLUTION)
    given_up = moved.given_up(NOON, reason="503")

    advanced = given_up.advanced(NOON)
    again = advanced.given_up(NOON, reason="503").advanced(NOON).taken_up(NOON)
    tried_again = moved.tried_again(
        NOON, route=moved.route, deadline=NOON, expires_at=moved.expires_at
    )

    assert given_up.accounts_left == ("wa",)
    assert advanced.accounts_left == again.accounts_left == tried_again.accounts_left == ()


def test_what_was_sent_by_the_account_before_stays_sent_by_it() -> None:
    sent = claimed_notification().accepted(NOON, provider_message_id="1")
    failed = sent.to_retry(NOON, delay=timedelta(), reason="131000")

    moved = failed.with_account(EVOLUTION)

    assert moved.sent_by == Carrier(provider=Provider.WHATSAPP_CLOUD)
    assert (
        moved.claimed(NOON, timeout_seconds=9).accepted(NOON, provider_message_id="2").sent_by
        is None
    )


def test_a_try_that_failed_is_kept_as_an_attempt_of_the_account_that_made_it() -> None:
    for error in (RetryableError("503"), AccountError("190")):
        concluded = go_by(claimed_notification(), EVOLUTION, error=error, now=NOON)

        moved, attempt = concluded.change.notification, concluded.change.attempt
        assert attempt is not None
        assert (attempt.account_id, attempt.outcome) == ("wa", Outcome.RETRYABLE)
        assert (moved.state, moved.tries, moved.delay) == (State.QUEUED, 1, timedelta())
        assert concluded.is_deferred


def test_what_a_resting_account_turned_down_is_no_attempt_and_has_waited_since() -> None:
    error = NotAttemptedError("circuit_open", retry_after=30)

    concluded = go_by(claimed_notification(), EVOLUTION, error=error, now=NOON)

    moved = concluded.change.notification
    assert concluded.change.attempt is None
    assert (moved.tries, moved.attempts, moved.held_since) == (0, 0, NOON)
    assert concluded.change.history is not None
    assert concluded.change.history.detail == "wa -> evo (circuit_open)"


def test_before_anything_was_tried_there_is_no_attempt() -> None:
    error = AccountError("no_account")

    concluded = go_by(new_notification().queued(NOON), EVOLUTION, error=error, now=NOON)

    assert concluded.change.attempt is None
    assert concluded.change.notification.attempts == 0
