"""What happens when a moment comes: scheduled sends, quiet hours, silence, failures that pass."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta
from decimal import Decimal

import pytest

from recado.domain.cancellation import cancel
from recado.domain.channels import Channel, Provider
from recado.domain.delivery import Change, expire
from recado.domain.directory import Recipient, Suppression, SuppressionReason
from recado.domain.errors import RetryableError
from recado.domain.notification import TAKE_UP_AFTER, State
from recado.domain.orchestration import Patience, Target
from recado.domain.quiet_hours import QuietHours
from recado.domain.receipts import Receipt, ReceiptStatus
from recado.services.apply_receipts import ApplyReceipts
from tests.fakes.clock import NOON
from tests.unit.services.conftest import House
from tests.workshop import ACCOUNTS, CUSTOMER, TENANT

TOMORROW = NOON + timedelta(days=1)
NIGHT = QuietHours(begin=time(21), end=time(8))
LATE = datetime(2026, 3, 3, 3, 30, tzinfo=UTC)
"""Half past ten in the evening in Guayaquil."""
MORNING = datetime(2026, 3, 3, 13, 0, tzinfo=UTC)
"""Eight in Guayaquil."""


def opt_out(house: House, channel: Channel) -> None:
    [address] = CUSTOMER.addresses_on(channel)
    house.directory.suppress(
        Suppression(
            tenant_id=TENANT.tenant_id,
            channel=channel,
            address=address.value,
            reason=SuppressionReason.OPT_OUT,
            evidence="BAJA",
            created_at=NOON,
        )
    )


def change_orchestration(house: House, **changes: object) -> None:
    known = house.configuration.orchestration(TENANT.tenant_id, "mantenimiento", Target.CLIENTS)
    assert known is not None
    house.configuration.put_orchestration(known.model_copy(update=changes))


# ---- scheduled sends ----------------------------------------------------------------------------


def test_a_scheduled_message_goes_by_what_holds_when_its_moment_comes(house: House) -> None:
    planned = house.dispatch(send_at=TOMORROW)
    assert planned.current_step.channel is Channel.WHATSAPP
    opt_out(house, Channel.WHATSAPP)

    house.sweep(TOMORROW)
    assert house.timeline(planned).notification.current_step.channel is Channel.EMAIL


def test_a_scheduled_message_says_what_its_template_says_when_its_moment_comes(
    house: House,
) -> None:
    planned = house.dispatch(send_at=TOMORROW)
    step = planned.current_step
    template = house.configuration.template_version(TENANT.tenant_id, step.template_id or "", 1)
    assert template is not None
    house.configuration.put_template(template.model_copy(update={"version": 2}))

    house.sweep(TOMORROW)
    assert house.timeline(planned).notification.current_step.template_version == 2


def test_a_person_who_opted_out_everywhere_meanwhile_hears_nothing(house: House) -> None:
    planned = house.dispatch(send_at=TOMORROW)
    for channel in (Channel.WHATSAPP, Channel.EMAIL, Channel.PUSH):
        opt_out(house, channel)

    house.sweep(TOMORROW)
    house.work()
    assert house.state(planned) is State.SUPPRESSED
    assert house.senders.attempted == []


def test_a_message_for_a_phase_that_is_no_longer_configured_is_cancelled(house: House) -> None:
    planned = house.dispatch(send_at=TOMORROW)
    change_orchestration(house, matrix={})

    house.sweep(TOMORROW)
    ended = house.timeline(planned).notification
    assert (ended.state, ended.reason) == (State.CANCELLED, "no_longer_configured")


def test_a_moment_that_is_swept_twice_sends_once(house: House) -> None:
    house.dispatch(send_at=TOMORROW)
    house.sweep(TOMORROW)
    house.sweep(TOMORROW)
    house.clock.advance(days=1)
    house.work()

    assert len(house.senders.accepted) == 1


# ---- quiet hours --------------------------------------------------------------------------------


def sleep_at_night(house: House, **changes: object) -> None:
    house.configuration.put_tenant(TENANT.model_copy(update={"quiet_hours": NIGHT}))
    house.directory.put_recipient(CUSTOMER.model_copy(update=changes))
    house.clock.advance(seconds=(LATE - NOON).total_seconds())


def test_in_quiet_hours_a_message_waits_for_the_morning(house: House) -> None:
    sleep_at_night(house)
    planned = house.dispatch()
    house.work()
    waiting = house.timeline(planned)
    assert (waiting.notification.state, waiting.notification.due_at) == (State.PENDING, MORNING)
    assert [entry.kind for entry in waiting.history] == ["quiet_hours"]

    house.sweep(MORNING)
    house.clock.advance(seconds=(MORNING - LATE).total_seconds())
    house.work()
    assert house.state(planned) is State.SENT
    assert house.timeline(planned).notification.attempts == 1


def test_quiet_hours_are_those_of_the_recipients_own_clock(house: House) -> None:
    # Half past five in the morning in Madrid.
    sleep_at_night(house, time_zone="Europe/Madrid")
    planned = house.dispatch()
    house.work()

    assert house.timeline(planned).notification.due_at == datetime(2026, 3, 3, 7, tzinfo=UTC)


def test_a_time_zone_that_there_is_not_holds_nobody_up(house: House) -> None:
    # The hours are then those of UTC, where it is half past three in the night.
    sleep_at_night(house, time_zone="Mars/Olympus")
    planned = house.dispatch()
    house.work()

    assert house.timeline(planned).notification.due_at == datetime(2026, 3, 3, 8, tzinfo=UTC)


def test_what_is_urgent_goes_in_quiet_hours(house: House) -> None:
    sleep_at_night(house)
    planned = house.dispatch(urgent=True)
    house.work()

    assert house.state(planned) is State.SENT


def test_a_message_that_is_worthless_in_the_morning_expires_in_the_night(house: House) -> None:
    sleep_at_night(house)
    planned = house.dispatch(useless_after=MORNING - timedelta(hours=1))
    house.work()

    house.sweep(MORNING - timedelta(hours=1))
    assert house.state(planned) is State.EXPIRED
    assert house.senders.attempted == []


# ---- silence ------------------------------------------------------------------------------------


def be_patient(house: House, **minutes: int) -> None:
    row = {Channel.WHATSAPP: Patience(**minutes)}
    change_orchestration(house, patience={"phase-schedule": row})


def receive(house: House, status: ReceiptStatus, *, attempt: int, notification_id: str) -> None:
    apply = ApplyReceipts(
        notifications=house.notifications,
        orphans=house.notifications,
        directory=house.directory,
        configuration=house.configuration,
        queues=house.queues,
        clock=house.clock,
    )
    now = house.clock.now()
    receipt = Receipt(
        tenant_id=TENANT.tenant_id,
        account_id="wa",
        provider=ACCOUNTS[0].provider,
        provider_message_id="wa-1",
        status=status,
        at=now,
        received_at=now,
        tag=f"{notification_id}.{attempt}",
    )
    assert apply({"m": receipt}) == set()


def test_a_message_that_nobody_gets_goes_by_the_next_channel_after_the_cells_patience(
    house: House,
) -> None:
    be_patient(house, undelivered_after=30)
    planned = house.dispatch()
    house.work()
    house.sweep(NOON + timedelta(minutes=29))
    assert house.timeline(planned).notification.step == 0

    house.sweep(NOON + timedelta(minutes=30))
    house.clock.advance(minutes=30)
    house.work()
    timeline = house.timeline(planned)
    assert (timeline.notification.state, timeline.notification.step) == (State.SENT, 1)
    assert [(entry.kind, entry.detail) for entry in timeline.history] == [
        ("silence", "whatsapp -> email (not_delivered in 30 min)")
    ]


def test_silence_is_no_reason_where_the_provider_never_reports(house: House) -> None:
    smtp = ACCOUNTS[1].model_copy(update={"provider": Provider.SMTP})
    house.configuration.put_account(smtp)
    row = {Channel.EMAIL: Patience(undelivered_after=30, unread_after=30)}
    change_orchestration(house, patience={"phase-schedule": row})
    opt_out(house, Channel.WHATSAPP)
    planned = house.dispatch()
    house.work()
    assert house.timeline(planned).notification.current_step.channel is Channel.EMAIL
    assert house.timeline(planned).notification.is_final

    house.sweep(NOON + timedelta(minutes=30))
    house.work()
    assert len(house.senders.accepted) == 1


@pytest.mark.parametrize("status", [ReceiptStatus.DELIVERED, ReceiptStatus.READ])
def test_invariant_9_a_receipt_calls_the_next_channel_off(
    house: House, status: ReceiptStatus
) -> None:
    be_patient(house, undelivered_after=30)
    planned = house.dispatch()
    house.work()
    receive(house, status, attempt=1, notification_id=planned.notification_id)

    house.sweep(NOON + timedelta(minutes=30))
    house.work()
    assert len(house.senders.accepted) == 1


def test_a_late_receipt_tells_what_it_has_cost(house: House) -> None:
    house.configuration.put_tenant(TENANT.model_copy(update={"prices": {"ses": Decimal("0.0001")}}))
    be_patient(house, undelivered_after=30)
    planned = house.dispatch()
    house.work()
    house.sweep(NOON + timedelta(minutes=30))
    house.clock.advance(minutes=30)
    house.work()

    receive(house, ReceiptStatus.DELIVERED, attempt=1, notification_id=planned.notification_id)
    timeline = house.timeline(planned)
    assert timeline.notification.state is State.DELIVERED
    assert timeline.history[-1].detail == (
        "attempt 1; too late: it went by email as well (0.0001 USD)"
    )


def test_a_receipt_that_comes_before_the_next_channel_sent_costs_nothing(house: House) -> None:
    be_patient(house, undelivered_after=30)
    planned = house.dispatch()
    house.work()
    house.sweep(NOON + timedelta(minutes=30))

    receive(house, ReceiptStatus.DELIVERED, attempt=1, notification_id=planned.notification_id)
    house.work()
    assert len(house.senders.accepted) == 1
    assert house.timeline(planned).history[-1].detail == "attempt 1; in time: email is called off"


# ---- failures that pass -------------------------------------------------------------------------


def test_what_all_channels_failed_to_send_is_taken_up_again_and_sent(house: House) -> None:
    for account in ACCOUNTS:
        house.senders.script[account.account_id].extend([RetryableError("503")] * 4)
    planned = house.dispatch(useless_after=TOMORROW)
    house.work()
    failed = house.timeline(planned).notification
    assert (failed.state, failed.is_final) == (State.FAILED, False)

    house.sweep(failed.updated_at + TAKE_UP_AFTER)
    house.clock.advance(minutes=15)
    house.work()
    assert house.state(planned) is State.SENT
    assert [entry.kind for entry in house.timeline(planned).history].count("taken_up") == 1


# ---- what was found by readers ------------------------------------------------------------------


def test_a_route_that_is_planned_anew_begins_with_its_first_channel(house: House) -> None:
    sleep_at_night(house)
    planned = house.dispatch(send_at=MORNING)
    refused = planned.model_copy(update={"step": 1, "refused_steps": (0,)})
    house.notifications.save([Change(notification=refused)])

    house.sweep(MORNING)
    replanned = house.timeline(planned).notification
    assert (replanned.state, replanned.step, replanned.refused_steps) == (State.QUEUED, 0, ())


def test_one_recipient_that_cannot_be_read_keeps_nobody_else_waiting(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    broken = house.dispatch(send_at=TOMORROW)
    read = house.directory.recipient
    calls = iter([True])

    def unreadable(tenant_id: str, recipient_id: str) -> Recipient | None:
        if next(calls, False):
            raise RuntimeError("injected")
        return read(tenant_id, recipient_id)

    fine = house.dispatch(send_at=TOMORROW)
    monkeypatch.setattr(house.directory, "recipient", unreadable)
    house.sweep(TOMORROW)

    assert {house.state(broken), house.state(fine)} == {State.PENDING, State.QUEUED}


def test_what_nobody_could_carry_when_it_was_planned_is_planned_again(house: House) -> None:
    house.directory.put_recipient(CUSTOMER.model_copy(update={"addresses": ()}))
    planned = house.dispatch(send_at=TOMORROW)
    assert (planned.state, planned.route) == (State.PENDING, ())

    house.directory.put_recipient(CUSTOMER)
    house.sweep(TOMORROW)
    assert house.state(planned) is State.QUEUED


@pytest.mark.parametrize("cause", ["deadline", "cancellation"])
def test_a_message_that_stands_is_not_lost_by_what_comes_after_it(house: House, cause: str) -> None:
    be_patient(house, undelivered_after=30)
    planned = house.dispatch()
    house.work()
    house.sweep(NOON + timedelta(minutes=30))
    moved = house.timeline(planned).notification

    change = expire(moved, NOON) if cause == "deadline" else cancel(moved, NOON)
    assert change is not None
    ended = change.notification
    assert (ended.state, ended.reason, ended.is_final) == (State.SENT, "left_standing", True)


def test_past_its_deadline_silence_is_waited_for_no_more(house: House) -> None:
    be_patient(house, undelivered_after=30)
    planned = house.dispatch(useless_after=NOON + timedelta(minutes=40))
    house.work()

    house.sweep(NOON + timedelta(minutes=41))
    stored = house.timeline(planned).notification
    assert (stored.state, stored.is_final) == (State.SENT, True)


def test_what_failed_is_not_taken_up_past_its_deadline(house: House) -> None:
    for account in ACCOUNTS:
        house.senders.script[account.account_id].extend([RetryableError("503")] * 4)
    planned = house.dispatch(useless_after=TOMORROW)
    house.work()

    house.sweep(TOMORROW)
    stored = house.timeline(planned).notification
    assert (stored.state, stored.reason, stored.is_final) == (State.FAILED, "503", True)


def test_an_old_dead_letter_does_not_give_up_what_was_taken_up_again(house: House) -> None:
    for account in ACCOUNTS:
        house.senders.script[account.account_id].extend([RetryableError("503")] * 4)
    planned = house.dispatch(useless_after=TOMORROW)
    house.work()
    failed = house.timeline(planned).notification
    house.queues.give_up([failed.model_copy(update={"step": 0})])
    old = house.queues.take_dead()

    house.sweep(failed.updated_at + TAKE_UP_AFTER)
    assert house.fall_back(old) == set()
    stored = house.timeline(planned).notification
    assert (stored.state, stored.step) == (State.QUEUED, 0)


def test_a_resting_account_rests_as_long_in_the_morning_as_in_the_evening(house: House) -> None:
    sleep_at_night(house)
    planned = house.dispatch()
    held = planned.model_copy(update={"held_since": LATE, "turn_at": LATE})
    waiting = held.scheduled(LATE, MORNING)

    assert (waiting.held_since, waiting.turn_at) == (None, None)


def test_who_speaks_another_language_by_then_is_written_to_in_it(house: House) -> None:
    planned = house.dispatch(send_at=TOMORROW)
    house.directory.put_recipient(
        CUSTOMER.model_copy(update={"locale": "es-CO", "time_zone": "America/Bogota"})
    )

    house.sweep(TOMORROW)
    replanned = house.timeline(planned).notification
    assert (replanned.locale, replanned.time_zone) == ("es-CO", "America/Bogota")
