"""Several accounts of one channel: who carries a message, and who does when that one cannot."""

from __future__ import annotations

from datetime import timedelta

import pytest

from recado.domain.channels import Channel, ChannelAccount, Provider
from recado.domain.conversations import Conversation
from recado.domain.directory import Address
from recado.domain.errors import (
    AccountError,
    DeliveryError,
    NotAttemptedError,
    OutcomeUnknownError,
    PermanentRecipientError,
    RetryableError,
)
from recado.domain.identities import Identity, IdentityKind
from recado.domain.notification import Mode, Notification, State
from recado.domain.orchestration import Target
from recado.domain.retry import RetryPolicy
from recado.domain.templates import (
    ApprovedTemplate,
    Template,
    TemplateSlot,
    WhatsAppContent,
)
from recado.domain.weights import STEPS, WeightReason, at_rest
from recado.ports.channels import OutboundMessage
from tests.unit.services.conftest import House
from tests.workshop import ACCOUNTS, CUSTOMER, TENANT, event

WA = ACCOUNTS[0]
PHONE = Identity(kind=IdentityKind.PHONE, value="+593991234567")
RESTS = NotAttemptedError("circuit_open", "resting", retry_after=30)


def second_account(
    house: House,
    account_id: str = "wa-2",
    *,
    provider: Provider = Provider.WHATSAPP_CLOUD,
    priority: int = 2,
    weight: int = 100,
) -> ChannelAccount:
    account = WA.model_copy(
        update={
            "account_id": account_id,
            "provider": provider,
            "priority": priority,
            "weight": weight,
        }
    )
    house.configuration.put_account(account)
    return account


def write(house: House, account_id: str, *, hours_ago: float = 1) -> None:
    """Let the customer have written to an account."""
    conversation = Conversation(
        tenant_id=TENANT.tenant_id,
        conversation_id=f"cnv_{account_id}",
        account_id=account_id,
        provider=Provider.WHATSAPP_CLOUD,
        identities=(PHONE,),
        started_at=house.clock.now() - timedelta(days=9),
        last_inbound_at=house.clock.now() - timedelta(hours=hours_ago),
    )
    assert house.conversations.save(conversation, names=[PHONE])


def put_template(house: House, content: WhatsAppContent) -> None:
    slot = TemplateSlot(
        service_type="mantenimiento",
        phase="phase-schedule",
        target=Target.CLIENTS,
        channel=Channel.WHATSAPP,
        locale="es",
    )
    house.configuration.put_template(
        Template(tenant_id=TENANT.tenant_id, slot=slot, version=2, content=content)
    )


def attempts(house: House, notification: Notification) -> list[tuple[str, str]]:
    return [(a.account_id, a.outcome) for a in house.timeline(notification).attempts]


def told(house: House, notification: Notification) -> list[tuple[str, str]]:
    return [(entry.kind, entry.detail) for entry in house.timeline(notification).history]


# Planning


def planned_accounts(house: House, times: int = 60) -> set[str]:
    return {house.dispatch().route[0].account_id for _ in range(times)}


def test_messages_are_shared_among_accounts_of_one_priority(house: House) -> None:
    second_account(house, priority=1)

    assert planned_accounts(house) == {"wa", "wa-2"}


def test_an_account_that_lost_all_weight_gets_no_message(house: House) -> None:
    second_account(house, priority=1)
    weight = at_rest(WA)
    for _ in range(STEPS):
        weight = weight.lowered(100, house.clock.now(), WeightReason.ERRORS, "")
    assert house.configuration.save_weight(weight)

    assert planned_accounts(house) == {"wa-2"}


def test_a_conversation_stays_on_the_account_to_which_the_person_wrote(house: House) -> None:
    second_account(house, "wa-2", priority=1)
    second_account(house, "wa-9", priority=9)
    write(house, "wa-9")

    notification = house.dispatch()

    assert notification.route[0].account_id == "wa-9"
    assert notification.route[0].free_text_until is not None


def test_an_account_that_knows_no_such_template_is_not_drawn(house: House) -> None:
    second_account(house, "twilio", provider=Provider.TWILIO_WHATSAPP, priority=1)

    assert planned_accounts(house) == {"wa"}


# Failover


@pytest.mark.parametrize(
    ("error", "outcomes"),
    [
        (RESTS, [("wa-2", "accepted")]),
        (RetryableError("503"), [("wa", "retryable"), ("wa-2", "accepted")]),
        (AccountError("190"), [("wa", "retryable"), ("wa-2", "accepted")]),
    ],
)
def test_what_an_account_cannot_take_goes_by_the_next_one_at_once(
    house: House, error: DeliveryError, outcomes: list[tuple[str, str]]
) -> None:
    second_account(house)
    house.senders.script["wa"].append(error)
    before = house.clock.now()

    notification = house.dispatch()
    house.work()

    assert attempts(house, notification) == outcomes
    assert told(house, notification) == [("account", f"wa -> wa-2 ({error.code})")]
    assert house.state(notification) is State.SENT
    assert house.clock.now() == before
    step = house.timeline(notification).notification.current_step
    assert (step.account_id, step.provider) == ("wa-2", Provider.WHATSAPP_CLOUD)


@pytest.mark.parametrize(
    "error",
    [
        OutcomeUnknownError("timeout"),
        PermanentRecipientError("131026"),
        RetryableError("busy", account_fault=False),
        NotAttemptedError("circuit_unknown", retry_after=10),
    ],
)
def test_what_does_not_speak_against_the_account_stays_with_it(
    house: House, error: DeliveryError
) -> None:
    second_account(house)
    house.senders.script["wa"].append(error)

    notification = house.dispatch()
    house.work()

    assert "account" not in dict(told(house, notification))
    assert "wa-2" not in dict(attempts(house, notification))


def test_each_account_gets_a_message_once_and_then_it_waits_and_takes_the_next_channel(
    house: House,
) -> None:
    second_account(house)
    for account_id in ("wa", "wa-2"):
        house.senders.script[account_id].extend([RetryableError("503")] * 9)

    notification = house.dispatch()
    house.work()

    assert attempts(house, notification) == [
        ("wa", "retryable"),
        *[("wa-2", "retryable")] * 3,
        ("mail", "accepted"),
    ]
    assert [kind for kind, _ in told(house, notification)] == ["account", "fallback"]


def test_while_all_accounts_rest_a_message_waits_two_minutes_at_most(house: House) -> None:
    second_account(house)
    for account_id in ("wa", "wa-2"):
        house.senders.script[account_id].extend([RESTS] * 20)
    notification = house.dispatch()

    batch = house.queues.take_queued()
    for _ in range(20):
        kept = house.deliver(batch)
        batch = [delivery for delivery in batch if delivery.message_id in kept]
        batch += house.queues.take_queued()
        house.clock.advance(seconds=15)
    house.fall_back(house.queues.take_dead())
    house.work()

    assert attempts(house, notification) == [("mail", "accepted")]
    assert [kind for kind, _ in told(house, notification)] == ["account", "fallback"]


def test_another_account_is_no_try_more_than_the_tenant_allows(house: House) -> None:
    house.configuration.put_tenant(TENANT.model_copy(update={"retry": RetryPolicy(max_retries=0)}))
    second_account(house)
    house.senders.script["wa"].append(RetryableError("503"))
    notification = house.dispatch()
    house.work()
    assert attempts(house, notification) == [("wa", "retryable"), ("mail", "accepted")]

    house.senders.script["wa"].append(RESTS)
    notification = house.dispatch()
    house.work()
    assert attempts(house, notification) == [("wa-2", "accepted")]


def test_an_account_that_was_switched_off_is_replaced_before_anything_is_tried(
    house: House,
) -> None:
    second_account(house)
    notification = house.dispatch()
    house.configuration.put_account(WA.model_copy(update={"enabled": False}))
    house.work()

    assert attempts(house, notification) == [("wa-2", "accepted")]
    assert told(house, notification) == [("account", "wa -> wa-2 (no_account)")]


def test_a_standby_account_carries_only_what_the_others_could_not(house: House) -> None:
    second_account(house, "standby", priority=1, weight=0)
    assert planned_accounts(house, 30) == {"wa"}
    house.queues.queued.clear()
    house.senders.script["wa"].append(RESTS)

    notification = house.dispatch()
    house.work()

    assert attempts(house, notification) == [("standby", "accepted")]


def test_what_was_sent_is_recorded_where_no_other_account_can_be_looked_for(
    house: House, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    second_account(house)
    sent = [house.dispatch() for _ in range(3)]
    house.senders.script["wa"].append(RetryableError("503"))

    def throttle(*_: object) -> object:
        raise RuntimeError("the store's own words")

    monkeypatch.setattr(house.configuration, "weights", throttle)
    house.deliver(house.queues.take_queued())

    states = sorted(house.state(each) for each in sent)
    assert states == [State.QUEUED, State.SENT, State.SENT]
    assert sorted(attempt for each in sent for attempt in attempts(house, each)) == [
        ("wa", "accepted"),
        ("wa", "accepted"),
        ("wa", "retryable"),
    ]
    assert "no other account could be looked for" in caplog.text
    assert "the store's own words" not in caplog.text


# Windows


def test_without_its_window_a_message_goes_as_the_approved_template(house: House) -> None:
    second_account(house)
    write(house, "wa")
    house.senders.script["wa"].append(RESTS)

    notification = house.dispatch()
    assert notification.route[0].free_text_until is not None
    house.work()

    [message] = house.senders.accepted
    assert message.content.free_text is False  # type: ignore[union-attr]
    assert house.timeline(notification).notification.current_step.free_text_until is None


def test_free_text_without_a_template_keeps_the_account_on_which_the_window_is_open(
    house: House,
) -> None:
    put_template(house, WhatsAppContent(text="Hola {{Nombre}}"))
    second_account(house)
    write(house, "wa")
    house.senders.script["wa"].append(RESTS)

    notification = house.dispatch()
    house.work()

    assert attempts(house, notification) == [("wa", "accepted")]


def test_an_account_without_windows_takes_free_text(house: House) -> None:
    put_template(house, WhatsAppContent(text="Hola {{Nombre}}"))
    second_account(house, "evo", provider=Provider.EVOLUTION)
    write(house, "wa")
    house.senders.script["wa"].append(RESTS)

    notification = house.dispatch()
    house.work()

    assert attempts(house, notification) == [("evo", "accepted")]
    step = house.timeline(notification).notification.current_step
    assert step.provider is Provider.EVOLUTION


def test_an_account_that_knows_no_such_template_takes_nothing_over(house: House) -> None:
    second_account(house, provider=Provider.TWILIO_WHATSAPP)
    house.senders.script["wa"].append(RESTS)
    notification = house.dispatch()
    house.work()
    assert attempts(house, notification) == [("wa", "accepted")]

    sid = ApprovedTemplate(name="cita", language="es", content_sid=f"HX{'0' * 32}")
    put_template(house, WhatsAppContent(text="Hola", approved_template=sid))
    house.senders.script["wa"].append(RESTS)
    notification = house.dispatch()
    house.work()
    assert attempts(house, notification) == [("wa-2", "accepted")]


def test_a_name_that_one_account_gave_means_nobody_to_another(house: House) -> None:
    second_account(house)
    addresses = (Address(channel=Channel.WHATSAPP, value="4711@lid"), *CUSTOMER.addresses[1:])
    house.directory.put_recipient(CUSTOMER.model_copy(update={"addresses": addresses}))
    house.senders.script["wa"].append(AccountError("190"))

    notification = house.dispatch()
    house.work()

    assert attempts(house, notification) == [("wa", "permanent"), ("mail", "accepted")]


# What is noted


def test_a_batch_is_noted_with_one_write_for_each_account(house: House) -> None:
    second_account(house, priority=1)
    for number in range(10, 30):
        phone = Address(channel=Channel.WHATSAPP, value=f"+5939912345{number}")
        customer = {"recipient_id": f"customer-{number}", "addresses": (phone,)}
        house.directory.put_recipient(CUSTOMER.model_copy(update=customer))
        house.dispatch(customer_id=f"customer-{number}")
    house.deliver(house.queues.take_queued())

    assert house.performance.writes == 2
    later = house.clock.now() + timedelta(minutes=1)
    counted = [
        each
        for account_id in ("wa", "wa-2")
        for each in house.performance.latest(TENANT.tenant_id, account_id, before=later)
    ]
    assert sum(each.tries for each in counted) == 20
    assert sum(each.failures + each.slow for each in counted) == 0


def test_what_an_open_circuit_turned_away_speaks_against_its_account(house: House) -> None:
    second_account(house, priority=1)
    for account_id in ("wa", "wa-2"):
        house.senders.script[account_id].append(RESTS)
    house.dispatch()
    house.deliver(house.queues.take_queued())

    later = house.clock.now() + timedelta(minutes=1)
    counted = [
        each
        for account_id in ("wa", "wa-2")
        for each in house.performance.latest(TENANT.tenant_id, account_id, before=later)
    ]
    assert [(each.tries, each.failures) for each in counted] == [(1, 1)]


@pytest.mark.parametrize("seconds", [5, 6])
def test_a_call_of_more_than_half_its_time_out_is_slow(house: House, seconds: float) -> None:
    def takes(_: OutboundMessage) -> None:
        house.clock.advance(seconds=seconds)

    second_account(house, priority=1)
    for account_id in ("wa", "wa-2"):
        house.senders.script[account_id].append(takes)
    house.dispatch()
    house.deliver(house.queues.take_queued())

    later = house.clock.now() + timedelta(minutes=1)
    [counted] = [
        each
        for account_id in ("wa", "wa-2")
        for each in house.performance.latest(TENANT.tenant_id, account_id, before=later)
    ]
    assert counted.slow == (seconds > 5)


def test_where_accounts_are_alone_nothing_is_written(house: House) -> None:
    second_account(house, priority=2)
    second_account(house, "standby", priority=1, weight=0)
    house.dispatch()
    house.work()

    assert house.performance.writes == 0


def test_a_test_message_says_nothing_of_an_account(house: House) -> None:
    second_account(house, priority=1)
    house.plan(TENANT.tenant_id, Mode.TEST, event())
    house.work()

    assert house.performance.writes == 0


def test_a_send_does_not_suffer_from_notes_that_cannot_be_stored(house: House) -> None:
    second_account(house, priority=1)
    house.performance.error = ConnectionError("no store")
    notification = house.dispatch()
    house.work()

    assert house.state(notification) is State.SENT
