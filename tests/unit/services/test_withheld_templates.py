"""An approved template that its provider refuses is routed around, until it is sent again."""

from __future__ import annotations

from datetime import timedelta

import pytest

from recado.domain.account_states import TemplateState
from recado.domain.channels import Provider
from recado.domain.conversations import Conversation
from recado.domain.identities import Identity, IdentityKind
from recado.domain.notification import Notification, State
from tests.unit.services.conftest import House
from tests.workshop import CUSTOMER, TENANT

PHONE = Identity(kind=IdentityKind.PHONE, value="+593991234567")


def tell(house: House, status: str) -> None:
    """Let WhatsApp say something of the workshop's template."""
    house.configuration.learn(
        TemplateState(
            tenant_id=TENANT.tenant_id,
            account_id="wa",
            name="cita",
            language="es",
            status=status,
            at=house.clock.now(),
        )
    )


def write_to_us(house: House) -> None:
    """Open the customer's window."""
    conversation = Conversation(
        tenant_id=TENANT.tenant_id,
        conversation_id="cnv_1",
        account_id="wa",
        provider=Provider.WHATSAPP_CLOUD,
        identities=(PHONE,),
        recipient_id=CUSTOMER.recipient_id,
        started_at=house.clock.now(),
        last_inbound_at=house.clock.now(),
    )
    assert house.conversations.save(conversation, names=(PHONE,))


def carriers(notification: Notification) -> list[str]:
    return [step.channel for step in notification.route]


@pytest.mark.parametrize("status", ["PAUSED", "REJECTED", "DISABLED", "DELETED"])
def test_a_plan_goes_round_a_template_that_cannot_be_sent(house: House, status: str) -> None:
    tell(house, status)

    notification = house.dispatch()

    assert carriers(notification) == ["email", "push"]
    assert notification.decisions[0].reason == f"template_{status.lower()}"


def test_a_template_that_can_be_sent_again_is_planned_again(house: House) -> None:
    tell(house, "PAUSED")
    house.clock.advance(hours=3)
    tell(house, "APPROVED")

    assert carriers(house.dispatch())[0] == "whatsapp"


def test_free_text_goes_whatever_became_of_the_template(house: House) -> None:
    tell(house, "PAUSED")
    write_to_us(house)

    notification = house.dispatch()
    house.work()

    assert house.state(notification) is State.SENT
    [message] = house.senders.accepted
    assert message.to.channel == "whatsapp"


def test_what_goes_later_is_not_planned_by_how_templates_are_now(house: House) -> None:
    tell(house, "PAUSED")

    notification = house.dispatch(send_at=house.clock.now() + timedelta(days=2))

    assert carriers(notification)[0] == "whatsapp"


def test_a_template_that_was_paused_after_planning_gives_its_channel_up_for_now(
    house: House,
) -> None:
    notification = house.dispatch()
    tell(house, "PAUSED")
    house.work()

    timeline = house.timeline(notification)
    assert timeline.notification.refused_steps == ()
    assert timeline.history[0].detail == "template_paused"
    assert [message.to.channel for message in house.senders.accepted] == ["email"]


def test_a_template_that_was_rejected_after_planning_gives_its_channel_up_for_good(
    house: House,
) -> None:
    notification = house.dispatch()
    tell(house, "REJECTED")
    house.work()

    assert house.timeline(notification).notification.refused_steps == (0,)
    assert [message.to.channel for message in house.senders.accepted] == ["email"]


def test_what_no_other_channel_could_carry_goes_when_the_pause_is_over(house: House) -> None:
    house.directory.put_recipient(CUSTOMER.model_copy(update={"addresses": CUSTOMER.addresses[:1]}))
    notification = house.dispatch()
    tell(house, "PAUSED")
    house.work()
    assert house.state(notification) is State.FAILED

    house.clock.advance(minutes=16)
    tell(house, "APPROVED")
    house.sweep()
    house.work()

    assert house.state(notification) is State.SENT


def test_a_message_that_outlives_its_window_does_not_go_by_a_paused_template(
    house: House,
) -> None:
    write_to_us(house)
    house.dispatch()
    tell(house, "PAUSED")
    house.clock.advance(hours=23, minutes=59)
    house.clock.advance(hours=0.1)
    house.work()

    assert all(message.to.channel != "whatsapp" for message in house.senders.accepted)
