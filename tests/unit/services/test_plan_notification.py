"""Planning: from an event to a stored and queued notification."""

from __future__ import annotations

from datetime import timedelta

import pytest

from recado.domain.channels import Channel
from recado.domain.directory import Address, Preference, Suppression, SuppressionReason
from recado.domain.errors import NoOrchestrationError, NotFoundError, UnprocessableError
from recado.domain.idempotency import IdempotencyKeyReusedError
from recado.domain.notification import Mode, State
from recado.domain.orchestration import Target
from tests.fakes.clock import NOON
from tests.unit.services.conftest import House
from tests.workshop import CUSTOMER, TENANT, event


def test_the_route_follows_the_customers_preferences_and_then_the_tenants_order(
    house: House,
) -> None:
    notification = house.dispatch()

    assert [step.channel for step in notification.route] == ["whatsapp", "email", "push"]
    assert [d.reason for d in notification.decisions if d.chosen] == [
        "recipient_preference",
        "recipient_preference",
        "tenant_priority",
    ]


def test_every_considered_channel_has_a_decision_that_a_person_can_read(house: House) -> None:
    decisions = {d.channel: d.reason for d in house.dispatch().decisions}

    assert decisions[Channel.SMS] == "not_enabled_for_phase"
    assert set(decisions) == set(Channel)


def test_invariant_1_a_row_is_stored_even_when_the_queue_refuses_its_message(
    house: House,
) -> None:
    house.queues.down = True
    notification = house.dispatch()

    assert house.state(notification) is State.QUEUED
    assert house.queues.queued == []


def test_invariant_1_the_clock_queues_again_what_the_queue_lost(house: House) -> None:
    house.queues.down = True
    notification = house.dispatch()
    house.queues.down = False

    house.clock.advance(minutes=6)
    swept = house.sweep()
    house.work()

    assert swept.queued == 1
    assert house.state(notification) is State.SENT
    assert [entry.kind for entry in house.timeline(notification).history] == ["queued_again"]


def test_the_same_idempotency_key_gives_the_same_notification_once(house: House) -> None:
    first = house.plan(TENANT.tenant_id, Mode.LIVE, event(), idempotency_key="k")
    second = house.plan(TENANT.tenant_id, Mode.LIVE, event(), idempotency_key="k")

    assert first.notification_id == second.notification_id
    assert len(house.queues.queued) == 1


def test_an_idempotency_key_with_another_event_is_refused(house: House) -> None:
    house.plan(TENANT.tenant_id, Mode.LIVE, event(), idempotency_key="k")
    noon = house.clock.now()

    for changes in (
        {"context": {"placa": "OTHER"}},
        {"event_type": "other"},
        {"service_type_id": "aceite"},
        {"send_at": noon + timedelta(hours=1)},
        {"useless_after": noon + timedelta(hours=1)},
    ):
        with pytest.raises(IdempotencyKeyReusedError):
            house.plan(TENANT.tenant_id, Mode.LIVE, event(**changes), idempotency_key="k")

    assert len(house.queues.queued) == 1


@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"send_at": NOON + timedelta(hours=3)},
        {"send_at": NOON - timedelta(days=3)},
        {"useless_after": NOON + timedelta(hours=3)},
        {"useless_after": NOON - timedelta(hours=3)},
    ],
)
def test_the_same_event_some_hours_later_is_still_the_same(
    house: House, changes: dict[str, object]
) -> None:
    first = house.plan(TENANT.tenant_id, Mode.LIVE, event(**changes), idempotency_key="k")
    house.clock.advance(hours=2)
    second = house.plan(TENANT.tenant_id, Mode.LIVE, event(**changes), idempotency_key="k")

    assert second.notification_id == first.notification_id


def test_after_24_hours_an_idempotency_key_is_free_again_and_again(house: House) -> None:
    def plan(placa: str) -> str:
        asked = event(context={"placa": placa})
        planned = house.plan(TENANT.tenant_id, Mode.LIVE, asked, idempotency_key="k")
        return planned.notification_id

    ids = []
    for number in range(5):
        ids.append(plan(f"day {number}"))
        house.clock.advance(hours=23, minutes=59)
        assert plan(f"day {number}") == ids[-1]
        with pytest.raises(IdempotencyKeyReusedError):
            plan("another")
        house.clock.advance(minutes=1, hours=5 * number)

    assert len(set(ids)) == 5
    assert len(house.queues.queued) == 5


def test_a_live_and_a_test_key_never_share_an_idempotency_key(house: House) -> None:
    test = house.plan(TENANT.tenant_id, Mode.TEST, event(), idempotency_key="k")
    live = house.plan(TENANT.tenant_id, Mode.LIVE, event(), idempotency_key="k")

    assert live.notification_id != test.notification_id
    assert live.mode is Mode.LIVE
    assert len(house.queues.queued) == 2


def test_invariant_10_the_same_idempotency_key_of_two_tenants_makes_two_notifications(
    house: House,
) -> None:
    other = TENANT.model_copy(update={"tenant_id": "costa"})
    house.configuration.put_tenant(other)

    mine = house.plan(TENANT.tenant_id, Mode.LIVE, event(), idempotency_key="k")
    with pytest.raises(NotFoundError):
        house.plan(other.tenant_id, Mode.LIVE, event(), idempotency_key="k")

    assert house.notifications.get("costa", mine.notification_id) is None


def test_a_scheduled_event_waits_for_its_moment_and_then_goes(house: House) -> None:
    notification = house.dispatch(send_at=house.clock.now() + timedelta(hours=3))
    assert notification.state is State.PENDING
    assert house.queues.queued == []

    house.clock.advance(hours=3)
    house.sweep()
    house.work()

    assert house.state(notification) is State.SENT


def test_a_customer_who_is_suppressed_everywhere_gives_a_suppressed_notification(
    house: House,
) -> None:
    for address in CUSTOMER.addresses:
        house.directory.suppress(
            Suppression(
                tenant_id=TENANT.tenant_id,
                channel=address.channel,
                address=address.value,
                reason=SuppressionReason.OPT_OUT,
                evidence="BAJA",
                created_at=house.clock.now(),
            )
        )

    notification = house.dispatch()

    assert notification.state is State.SUPPRESSED
    assert notification.route == ()
    assert house.queues.queued == []


def test_a_missing_variable_fails_the_notification_and_is_named(house: House) -> None:
    notification = house.dispatch(context={})

    assert notification.state is State.FAILED
    assert (notification.reason, notification.detail) == ("missing_variables", "Placa")


def test_the_product_fills_what_it_knows_but_the_context_wins(house: House) -> None:
    by_default = house.dispatch()
    by_context = house.dispatch(context={"placa": "ABC123", "NOMBRE": "Ana"})

    assert by_default.context["Nombre"] == "Carlos Mendoza"
    assert "Nombre" not in by_context.context


def test_a_channel_that_the_customer_disabled_is_left_out(house: House) -> None:
    preferences = (Preference(channel=Channel.WHATSAPP, priority=1, enabled=False),)
    house.directory.put_recipient(CUSTOMER.model_copy(update={"preferences": preferences}))

    decisions = {d.channel: d.reason for d in house.dispatch().decisions}

    assert decisions[Channel.WHATSAPP] == "disabled_by_recipient"


def test_an_event_for_staff_goes_to_the_tenants_team(house: House) -> None:
    notification = house.dispatch(target="staff", context={"placa": "ABC123", "nombre": "Ana"})

    assert notification.recipient_id == "team"
    assert [step.channel for step in notification.route] == ["email"]


def test_a_subtype_uses_its_types_templates_and_matrix(house: House) -> None:
    notification = house.dispatch(service_type_id="aceite")

    assert notification.route[0].template_id == "mantenimiento.phase-schedule.clients.whatsapp.es"


@pytest.mark.parametrize(
    ("changes", "error", "field"),
    [
        ({"customer_id": "nobody"}, UnprocessableError, "customer_id"),
        ({"phase_id": "phase-x"}, UnprocessableError, "phase_id"),
        ({"service_type_id": "lavado"}, UnprocessableError, "service_type_id"),
    ],
)
def test_an_event_that_names_something_unknown_is_refused_with_the_field(
    house: House, changes: dict[str, object], error: type[UnprocessableError], field: str
) -> None:
    with pytest.raises(error) as refusal:
        house.dispatch(**changes)

    assert refusal.value.field == field


def test_an_event_without_orchestration_is_refused(house: House) -> None:
    orchestration = house.configuration.orchestration("andinos", "mantenimiento", Target.CLIENTS)
    assert orchestration is not None
    house.configuration.put_orchestration(orchestration.model_copy(update={"matrix": {}}))

    with pytest.raises(NoOrchestrationError, match=r"mantenimiento.*phase-schedule.*clients"):
        house.dispatch()


def test_a_deadline_in_the_event_replaces_the_tenants(house: House) -> None:
    moment = house.clock.now() + timedelta(minutes=30)

    assert house.dispatch(useless_after=moment).deadline == moment
    assert house.dispatch().deadline == house.clock.now() + timedelta(hours=24)


@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"send_at": NOON + timedelta(days=400)},
        {"useless_after": NOON + timedelta(days=400)},
        {"useless_after": NOON - timedelta(days=1)},
    ],
)
def test_a_notification_is_kept_for_its_retention_after_it_can_last_be_sent(
    house: House, changes: dict[str, object]
) -> None:
    notification = house.dispatch(**changes)

    kept = timedelta(days=TENANT.retention_days)
    assert notification.expires_at == max(notification.deadline, NOON) + kept


@pytest.mark.parametrize("field", ["send_at", "useless_after"])
def test_an_event_for_the_end_of_time_is_refused_with_the_field(house: House, field: str) -> None:
    with pytest.raises(UnprocessableError) as refusal:
        house.dispatch(**{field: "9999-12-31T23:59:59Z"})

    assert refusal.value.field == field


def test_a_channel_outside_the_tenants_priority_comes_last_and_has_its_decision(
    house: House,
) -> None:
    priority = (Channel.EMAIL,)
    house.configuration.put_tenant(TENANT.model_copy(update={"channel_priority": priority}))
    house.directory.put_recipient(CUSTOMER.model_copy(update={"preferences": ()}))

    notification = house.dispatch()

    assert [step.channel for step in notification.route] == ["whatsapp", "email", "push"]
    assert {decision.channel for decision in notification.decisions} == set(Channel)


def test_invariant_6_an_opt_out_counts_however_the_customers_address_is_written(
    house: House,
) -> None:
    addresses = (Address(channel=Channel.EMAIL, value="Carlos@Example.com"),)
    house.directory.put_recipient(CUSTOMER.model_copy(update={"addresses": addresses}))
    house.directory.suppress(
        Suppression(
            tenant_id=TENANT.tenant_id,
            channel=Channel.EMAIL,
            address="carlos@example.com",
            reason=SuppressionReason.OPT_OUT,
            evidence="BAJA",
            created_at=house.clock.now(),
        )
    )

    assert house.dispatch().state is State.SUPPRESSED
