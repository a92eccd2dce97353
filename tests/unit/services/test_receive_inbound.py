"""What people send us: whose it is, what it answers, what it says, what follows."""

from __future__ import annotations

import itertools
import logging
from datetime import datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from recado.domain.account_states import AccountState, AccountStatus, TemplateState
from recado.domain.activation import ActivationCodes
from recado.domain.channels import Channel, Provider
from recado.domain.conversations import Conversation
from recado.domain.directory import Address, Suppression, SuppressionReason
from recado.domain.errors import OutcomeUnknownError, PermanentMessageError, WindowClosedError
from recado.domain.interest import Keywords
from recado.domain.messages import WhatsAppMessage
from recado.domain.notification import Mode, Notification, State
from recado.domain.receipts import Failure, Receipt, ReceiptStatus
from recado.domain.received import Received
from recado.domain.replies import Interest, OptChoice
from recado.domain.reply_rules import ReplyRules
from recado.domain.updates import (
    AccountUpdate,
    ContactEvent,
    ContactUpdate,
    Identity,
    IdentityChange,
    IdentityKind,
    InboundMessage,
    InboundType,
    InboundUpdate,
    Media,
    ReadUpTo,
)
from recado.ports.inbound import InboundDelivery
from recado.services.activate_whatsapp import ActivateWhatsApp
from recado.services.answer_appointment import AnswerAppointment
from recado.services.apply_receipts import ApplyReceipts
from recado.services.carry_out_choice import CarryOutChoice
from recado.services.follow_people import FollowPeople
from recado.services.receive_inbound import ReceiveInbound
from recado.services.take_in_message import TakeInMessage
from tests.unit.services.conftest import House
from tests.workshop import CUSTOMER, TENANT, event

PHONE = Identity(kind=IdentityKind.PHONE, value="+593991234567")
CODES = ActivationCodes(lambda: b"secret")
USER = Identity(kind=IdentityKind.META_USER, value="EC.1349101112")


class Post:
    """A person's side: sends messages to the workshop's WhatsApp account."""

    def __init__(self, house: House) -> None:
        self.house = house
        self.fetched: list[Received] = []
        self._numbers = itertools.count(1)
        self.put_aside: list[InboundDelivery] = []
        self.receive = ReceiveInbound(
            messages=TakeInMessage(
                notifications=house.notifications,
                log=house.notifications,
                conversations=house.conversations,
                directory=house.directory,
                configuration=house.configuration,
                rules=house.configuration,
                choices=CarryOutChoice(
                    notifications=house.notifications,
                    directory=house.directory,
                    queues=house.queues,
                    clock=house.clock,
                ),
                activate=ActivateWhatsApp(
                    codes=CODES,
                    people=house.directory,
                    directory=house.directory,
                    notifications=house.notifications,
                    queues=house.queues,
                    clock=house.clock,
                ),
                appointments=AnswerAppointment(
                    appointments=house.appointments,
                    configuration=house.configuration,
                    clock=house.clock,
                ),
                media=self,
                clock=house.clock,
            ),
            people=FollowPeople(
                notifications=house.notifications,
                log=house.notifications,
                conversations=house.conversations,
                directory=house.directory,
                clock=house.clock,
            ),
            states=house.configuration,
            dead_letters=self,
        )

    def put(self, delivery: InboundDelivery) -> None:
        self.put_aside.append(delivery)

    def put_media(self, received: Received) -> None:
        self.fetched.append(received)

    def message(self, text: str = "", **changes: object) -> InboundMessage:
        fields: dict[str, object] = {
            "tenant_id": TENANT.tenant_id,
            "account_id": "wa",
            "provider": Provider.WHATSAPP_CLOUD,
            "provider_message_id": f"wamid.{next(self._numbers)}",
            "sender": (PHONE,),
            "at": self.house.clock.now(),
            "received_at": self.house.clock.now(),
            "type": InboundType.TEXT,
            "text": text,
        }
        return InboundMessage.model_validate({**fields, **changes})

    def take_in(self, *updates: InboundUpdate) -> set[str]:
        return self.receive([delivery(f"m{n}", update) for n, update in enumerate(updates)])

    def send(self, text: str = "", **changes: object) -> Received:
        """Let the workshop take a message in; gives its row."""
        message = self.message(text, **changes)
        assert self.take_in(message) == set()
        return list(self.house.notifications.inbound.values())[-1]

    @property
    def conversation(self) -> Conversation:
        [conversation] = self.house.conversations.all()
        return conversation


def delivery(
    message_id: str, update: InboundUpdate | None, *, group: str = "group", receives: int = 1
) -> InboundDelivery:
    return InboundDelivery(
        message_id=message_id, group=group, receives=receives, body="{}", update=update
    )


@pytest.fixture
def post(house: House) -> Post:
    return Post(house)


def sent(house: House) -> Notification:
    notification = house.dispatch()
    house.work()
    house.clock.advance(minutes=1)
    return notification


def now_of(house: House, notification: Notification) -> Notification:
    return house.timeline(notification).notification


def test_an_answer_makes_the_notification_replied_and_stands_on_it(
    house: House, post: Post
) -> None:
    notification = sent(house)

    received = post.send("Sí, me interesa")

    answered = now_of(house, notification)
    assert answered.state is State.REPLIED
    assert answered.reply is not None
    assert answered.reply.message_id == received.message_id
    assert answered.reply.text == "Sí, me interesa"
    assert answered.reply.interest is Interest.INTERESTED
    assert (received.replies_to, received.recipient_id) == (
        notification.notification_id,
        CUSTOMER.recipient_id,
    )


def test_invariant_11_an_answer_is_logged_by_the_names_of_what_it_answers(
    house: House, post: Post, caplog: pytest.LogCaptureFixture
) -> None:
    notification = house.plan(TENANT.tenant_id, Mode.LIVE, event(), correlation_id="order-7")
    house.work()
    with caplog.at_level(logging.INFO, logger="recado"):
        received = post.send("Sí, CANARIO")

    [line] = [vars(r) for r in caplog.records if r.getMessage() == "reply linked"]
    assert line["notification_id"] == notification.notification_id
    assert (line["correlation_id"], line["message_id"]) == ("order-7", received.message_id)
    assert "CANARIO" not in str(line)


def test_a_quoted_message_is_the_one_that_is_answered_even_if_a_later_one_came(
    house: House, post: Post
) -> None:
    first, second = sent(house), sent(house)

    received = post.send("no puedo ese día", refers_to="wa-1")

    assert received.replies_to == first.notification_id
    assert house.state(first) is State.REPLIED
    assert house.state(second) is State.SENT


def test_without_a_quote_the_latest_message_that_came_is_answered(house: House, post: Post) -> None:
    first, second = sent(house), sent(house)

    assert post.send("ok").replies_to == second.notification_id
    assert house.state(first) is State.SENT


def test_many_messages_that_are_only_planned_do_not_hide_the_one_that_is_answered(
    house: House, post: Post
) -> None:
    notification = sent(house)
    in_a_week = house.clock.now() + timedelta(days=7)
    for _ in range(60):
        house.dispatch(send_at=in_a_week.isoformat())

    assert post.send("ok").replies_to == notification.notification_id


def test_so_many_planned_messages_are_read_and_no_more(house: House, post: Post) -> None:
    sent(house)
    limits: list[int] = []
    latest_to = house.notifications.latest_to

    def read(*who: str, since: datetime, limit: int) -> list[Notification]:
        found = latest_to(*who, since=since, limit=1)
        limits.extend(limit for _ in found)
        return [each.model_copy(update={"state": State.PENDING}) for each in found] * limit

    house.notifications.latest_to = read  # type: ignore[method-assign,assignment]

    assert post.send("ok").replies_to is None
    assert limits == [50, 100, 200, 400]


def test_what_became_of_a_message_that_was_planned_long_ago_need_not_be_known(
    house: House, post: Post
) -> None:
    in_a_week = house.clock.now() + timedelta(days=7)
    notification = house.dispatch(send_at=in_a_week.isoformat())
    house.clock.advance(days=7)
    house.senders.script["wa"].append(OutcomeUnknownError("timeout", ""))
    house.sweep(house.clock.now())
    house.deliver(house.queues.take_queued())
    assert house.state(notification) is State.UNKNOWN
    house.clock.advance(minutes=1)

    assert post.send("ok").replies_to == notification.notification_id


def test_an_answer_long_after_the_last_message_answers_nothing(house: House, post: Post) -> None:
    notification = sent(house)
    house.clock.advance(hours=73)

    received = post.send("hola")

    assert received.replies_to is None
    assert received.recipient_id == CUSTOMER.recipient_id
    assert house.state(notification) is State.SENT


def test_how_long_an_answer_may_take_is_the_tenants_choice(house: House, post: Post) -> None:
    house.configuration.put_reply_rules(TENANT.tenant_id, ReplyRules(window_hours=100))
    notification = sent(house)
    house.clock.advance(hours=99)

    assert post.send("hola").replies_to == notification.notification_id


def test_the_same_message_twice_has_one_effect(house: House, post: Post) -> None:
    notification = sent(house)
    message = post.message("me interesa")

    assert post.take_in(message, message) == set()
    assert post.take_in(message) == set()

    assert len(house.notifications.inbound) == 1
    assert [e.kind for e in house.timeline(notification).history] == ["replied"]


def test_of_several_answers_the_latest_stands_on_the_notification(house: House, post: Post) -> None:
    notification = sent(house)
    post.send("sí")
    house.clock.advance(minutes=2)
    post.send("perdón, no me interesa")

    reply = now_of(house, notification).reply
    assert reply is not None
    assert reply.interest is Interest.NOT_INTERESTED


def test_a_message_of_somebody_unknown_is_kept_under_their_conversation(
    house: House, post: Post
) -> None:
    received = post.send("¿hay turno mañana?", sender=(USER,), sender_name="Ana")

    assert received.recipient_id is None
    assert (
        received.correspondent_id == received.conversation_id == post.conversation.conversation_id
    )
    assert received.interest is Interest.QUESTION
    assert post.conversation.name == "Ana"
    assert post.conversation.address == Address(channel=Channel.WHATSAPP, value=USER.value)


@pytest.mark.parametrize(
    ("stored", "wrote"),
    [
        ("+525512345678", "+5215512345678"),
        ("+541123456789", "+5491123456789"),
        ("+5511987654321", "+551187654321"),
    ],
)
def test_a_number_is_found_in_each_of_its_spellings_and_answered_in_its_own(
    house: House, post: Post, stored: str, wrote: str
) -> None:
    address = Address(channel=Channel.WHATSAPP, value=stored)
    house.directory.put_recipient(CUSTOMER.model_copy(update={"addresses": (address,)}))
    notification = sent(house)

    received = post.send("ok", sender=(Identity(kind=IdentityKind.PHONE, value=wrote),))

    assert received.replies_to == notification.notification_id
    assert post.conversation.address.value == wrote


def renaming(house: House, old: Identity, new: Identity) -> IdentityChange:
    return IdentityChange(
        tenant_id=TENANT.tenant_id,
        account_id="wa",
        provider=Provider.WHATSAPP_CLOUD,
        old=old,
        new=new,
        at=house.clock.now(),
        received_at=house.clock.now(),
    )


def test_a_person_who_got_a_new_name_keeps_their_conversation(house: House, post: Post) -> None:
    first = post.send("hola", sender=(PHONE, USER))
    new = Identity(kind=IdentityKind.META_USER, value="EC.9999")
    change = renaming(house, USER, new)

    assert post.take_in(change, change) == set()
    again = post.send("soy yo", sender=(new,))

    assert again.conversation_id == first.conversation_id
    assert post.conversation.address.value == new.value
    assert post.send("otro", sender=(USER,)).conversation_id != first.conversation_id


def test_a_reaction_says_nothing_and_opens_no_window(house: House, post: Post) -> None:
    notification = sent(house)

    received = post.send("👍", type=InboundType.REACTION, refers_to="wa-1")

    assert received.interest is None
    assert house.state(notification) is State.SENT
    assert post.conversation.window_until() is None


def fails(house: House, times: int) -> str:
    """A notification whose next changes are not taken."""
    notification_id = sent(house).notification_id
    house.notifications.saves_to_fail += [notification_id] * times
    return notification_id


def test_a_lost_race_is_tried_again_at_once(house: House, post: Post) -> None:
    fails(house, 2)

    post.send("sí")

    assert [r.text for r in house.notifications.inbound.values()] == ["sí"]


def test_a_failed_message_stops_those_that_follow_it_in_its_group(house: House, post: Post) -> None:
    fails(house, 3)
    first, second = post.message("uno"), post.message("dos")
    other = post.message("tres", sender=(USER,))
    batch = [delivery("a", first), delivery("b", second), delivery("c", other, group="two")]

    assert post.receive(batch) == {"a", "b"}
    assert [r.text for r in house.notifications.inbound.values()] == ["tres"]
    assert post.receive(batch[:2]) == set()
    assert len(house.notifications.inbound) == 3


def test_what_fails_too_often_is_put_aside_and_lets_the_others_pass(
    house: House, post: Post
) -> None:
    fails(house, 3)
    last = delivery("a", post.message("uno"), receives=4)

    assert post.receive([last, delivery("b", post.message("dos"))]) == set()

    assert post.put_aside == [last]
    assert [r.text for r in house.notifications.inbound.values()] == ["dos"]


def test_what_nobody_can_read_is_put_aside_at_once(post: Post) -> None:
    unreadable = delivery("a", None)

    assert post.receive([unreadable, delivery("b", post.message("dos"))]) == set()

    assert post.put_aside == [unreadable]
    assert post.conversation.last_inbound_at is not None


def test_invariant_6_an_opt_out_holds_though_a_receipt_wins_the_race(
    house: House, post: Post
) -> None:
    fails(house, 3)

    post.take_in(post.message("BAJA"))

    address = Address(channel=Channel.WHATSAPP, value=PHONE.value)
    assert house.directory.suppressed(TENANT.tenant_id, [address])


def test_invariant_6_an_opt_out_of_a_stranger_counts_for_every_spelling(
    house: House, post: Post
) -> None:
    post.send("BAJA", sender=(Identity(kind=IdentityKind.PHONE, value="+5215512345678"),))

    written = Address(channel=Channel.WHATSAPP, value="+525512345678")
    assert house.directory.suppressed(TENANT.tenant_id, [written])


def test_invariant_6_an_opt_out_that_quotes_us_stops_the_number_that_we_wrote_to(
    house: House, post: Post
) -> None:
    sent(house)

    post.send("BAJA", sender=(USER,), refers_to="wa-1")

    assert house.dispatch().current_step.channel is Channel.EMAIL


def test_invariant_6_an_opt_out_holds_under_a_new_name(house: House, post: Post) -> None:
    post.send("BAJA", sender=(USER,))
    new = Identity(kind=IdentityKind.META_USER, value="EC.9999")
    post.take_in(renaming(house, USER, new))

    address = Address(channel=Channel.WHATSAPP, value=new.value)
    assert house.directory.suppressed(TENANT.tenant_id, [address])


def test_who_writes_has_an_address_that_works(house: House, post: Post) -> None:
    house.directory.suppress(
        Suppression(
            tenant_id=TENANT.tenant_id,
            channel=Channel.WHATSAPP,
            address=PHONE.value,
            reason=SuppressionReason.INVALID_ADDRESS,
            evidence="131026",
            created_at=house.clock.now(),
        )
    )

    post.send("hola")

    assert house.dispatch().current_step.channel is Channel.WHATSAPP


def test_an_answer_to_a_message_that_was_planned_long_ago_belongs_to_it(
    house: House, post: Post
) -> None:
    notification = house.dispatch(send_at=house.clock.now() + timedelta(days=5))
    house.clock.advance(days=5, minutes=1)
    house.sweep()
    house.work()
    house.clock.advance(minutes=1)

    assert post.send("ok").replies_to == notification.notification_id


def test_a_strangers_answer_is_not_booked_on_somebody_elses_message(
    house: House, post: Post
) -> None:
    notification = sent(house)
    house.conversations.save(
        Conversation(
            tenant_id=TENANT.tenant_id,
            conversation_id="cnv_1",
            account_id="wa",
            provider=Provider.WHATSAPP_CLOUD,
            identities=(USER,),
            recipient_id=CUSTOMER.recipient_id,
            started_at=house.clock.now(),
        ),
        names=[USER],
    )

    assert post.send("no me interesa", sender=(USER,)).replies_to is None
    assert house.state(notification) is State.SENT


def test_a_test_message_is_no_message_to_a_person(house: House, post: Post) -> None:
    house.plan(TENANT.tenant_id, Mode.TEST, event())
    house.work()
    house.clock.advance(minutes=1)

    assert post.send("hola").replies_to is None


def test_what_was_sent_after_the_person_wrote_is_not_what_they_answer(
    house: House, post: Post
) -> None:
    first = sent(house)
    message = post.message("sí, confirmo")
    house.clock.advance(seconds=40)
    sent(house)

    post.take_in(message)

    [received] = house.notifications.inbound.values()
    assert received.replies_to == first.notification_id


def test_an_answer_to_an_events_own_confirmation_is_linked(house: House, post: Post) -> None:
    notification = house.dispatch(event_type="appointment_confirmation")
    house.work()
    house.clock.advance(minutes=1)

    assert post.send("gracias").replies_to == notification.notification_id


def test_answers_go_to_the_name_that_wrote_last(house: House, post: Post) -> None:
    post.send("hola", sender=(PHONE, USER))
    assert post.conversation.address.value == PHONE.value

    post.send("ahora desde aquí", sender=(USER,))

    assert post.conversation.address.value == USER.value


def test_two_conversations_that_turn_out_to_be_with_one_person_are_joined(
    house: House, post: Post
) -> None:
    first = post.send("hola", sender=(PHONE,))
    house.clock.advance(minutes=1)
    second = post.send("hola", sender=(USER,))
    assert first.conversation_id != second.conversation_id

    both = post.send("soy la misma", sender=(PHONE, USER))
    again = post.send("otra vez", sender=(USER,))

    assert both.conversation_id == again.conversation_id == first.conversation_id


def test_a_reaction_to_a_message_that_is_not_ours_is_about_none_of_ours(
    house: House, post: Post
) -> None:
    sent(house)

    assert post.send("👍", type=InboundType.REACTION, refers_to="theirs").replies_to is None


def test_files_are_fetched_once_their_message_is_understood(house: House, post: Post) -> None:
    media = Media(mime_type="image/jpeg", media_id="1")

    received = post.send(type=InboundType.MEDIA, media=(media,))

    assert post.fetched == [received]


def test_a_tenants_own_words_decide_first(house: House, post: Post) -> None:
    house.configuration.put_reply_rules(
        TENANT.tenant_id, ReplyRules(interest=Keywords(interested=("va por esa",)))
    )

    assert post.send("va por esa").interest is Interest.INTERESTED


# Opting out and in


def test_invariant_6_an_opt_out_stops_what_is_planned_already(house: House, post: Post) -> None:
    planned = house.dispatch()

    received = post.send("BAJA")
    house.work()

    assert received.choice is OptChoice.OPT_OUT
    whatsapp = [m for m in house.senders.accepted if m.to.channel is Channel.WHATSAPP]
    assert len(whatsapp) == 1, "the confirmation alone"
    assert house.timeline(planned).notification.current_step.channel is Channel.EMAIL


def test_an_opt_out_is_confirmed_once_and_its_evidence_kept(house: House, post: Post) -> None:
    received = post.send("por favor no me escriban más")
    post.send("BAJA")
    house.work()

    [confirmation] = house.senders.accepted
    assert isinstance(confirmation.content, WhatsAppMessage)
    assert "ALTA" in confirmation.content.text
    [suppression] = house.directory.suppressions.values()
    assert suppression.reason is SuppressionReason.OPT_OUT
    assert suppression.evidence == f"{received.message_id}: por favor no me escriban más"
    assert suppression.recipient_id == CUSTOMER.recipient_id


def test_alta_undoes_an_opt_out(house: House, post: Post) -> None:
    post.send("BAJA")
    house.work()
    post.send("ALTA")
    house.work()

    notification = house.dispatch()
    house.work()

    assert house.state(notification) is State.SENT
    texts = [
        m.content.text for m in house.senders.accepted if isinstance(m.content, WhatsAppMessage)
    ]
    assert "BAJA" in texts[1]


def test_invariant_6_an_opt_in_that_comes_late_does_not_undo_a_newer_opt_out(
    house: House, post: Post
) -> None:
    post.send("BAJA")
    house.clock.advance(minutes=1)
    late = post.message("ALTA")
    house.clock.advance(days=2)
    post.send("BAJA")
    house.clock.advance(days=2)

    assert post.take_in(late) == set()

    assert house.directory.suppressions


def test_an_opt_in_does_not_undo_a_complaint(house: House, post: Post) -> None:
    house.directory.suppress(
        Suppression(
            tenant_id=TENANT.tenant_id,
            channel=Channel.WHATSAPP,
            address=PHONE.value,
            reason=SuppressionReason.COMPLAINT,
            evidence="",
            created_at=house.clock.now(),
        )
    )

    post.send("ALTA")
    house.work()

    assert len(house.directory.suppressions) == 1
    assert house.senders.accepted == []


def test_an_opt_out_says_nothing_of_interest(post: Post) -> None:
    assert post.send("no me interesa, no me escriban más").interest is Interest.UNKNOWN


def test_an_opt_out_counts_for_every_spelling_of_the_number(house: House, post: Post) -> None:
    address = Address(channel=Channel.WHATSAPP, value="+525512345678")
    house.directory.put_recipient(CUSTOMER.model_copy(update={"addresses": (address,)}))

    post.send("BAJA", sender=(Identity(kind=IdentityKind.PHONE, value="+5215512345678"),))

    assert house.directory.suppressed(TENANT.tenant_id, [address]) == {
        (Channel.WHATSAPP, address.value)
    }


def test_an_opt_out_in_english_is_confirmed_in_english(house: House, post: Post) -> None:
    house.directory.put_recipient(CUSTOMER.model_copy(update={"locale": "en"}))

    post.send("STOP")
    house.work()

    [confirmation] = house.senders.accepted
    assert isinstance(confirmation.content, WhatsAppMessage)
    assert "START" in confirmation.content.text


def test_a_confirmation_is_not_lost_when_the_work_breaks_off(house: House, post: Post) -> None:
    message = post.message("BAJA")
    house.queues.down = True
    assert post.take_in(message) == set()
    house.queues.down = False

    house.clock.advance(minutes=6)
    house.sweep()
    house.work()

    assert len(house.senders.accepted) == 1


@settings(max_examples=60, deadline=None)
@given(st.lists(st.sampled_from(["BAJA", "ALTA", "hola", "dispatch", "work"]), max_size=12))
def test_invariant_6_nothing_is_sent_between_an_opt_out_and_an_opt_in(steps: list[str]) -> None:
    house = House()
    post = Post(house)
    opted_out = False
    for step in steps:
        house.clock.advance(minutes=1)
        before = _business(house)
        if step == "dispatch":
            house.dispatch()
        elif step == "work":
            house.work()
        else:
            post.send(step)
            opted_out = {"BAJA": True, "ALTA": False}.get(step, opted_out)
        if opted_out:
            assert _business(house) == before


def _business(house: House) -> int:
    """Messages of the workshop that reached the person on WhatsApp, confirmations apart."""
    return sum(
        isinstance(m.content, WhatsAppMessage) and m.content.approved_template is not None
        for m in house.senders.accepted
    )


# Windows


def test_free_text_goes_while_the_window_is_open_and_the_reason_is_told(
    house: House, post: Post
) -> None:
    post.send("hola")
    notification = sent(house)

    [message] = house.senders.accepted
    assert isinstance(message.content, WhatsAppMessage)
    assert message.content.free_text
    told = next(d for d in now_of(house, notification).decisions if d.channel is Channel.WHATSAPP)
    assert told.detail.startswith("free text: the window is open until")


def test_the_approved_template_goes_when_nobody_wrote_lately(house: House, post: Post) -> None:
    post.send("hola")
    house.clock.advance(hours=23, minutes=55)
    notification = sent(house)

    [message] = house.senders.accepted
    assert isinstance(message.content, WhatsAppMessage)
    assert not message.content.free_text
    told = next(d for d in now_of(house, notification).decisions if d.channel is Channel.WHATSAPP)
    assert told.detail == "approved template: the window is closed"


def test_a_message_that_waits_beyond_the_window_goes_as_template(house: House, post: Post) -> None:
    post.send("hola")
    house.clock.advance(hours=12)
    house.dispatch()
    house.clock.advance(hours=12)
    house.work()

    [message] = house.senders.accepted
    assert isinstance(message.content, WhatsAppMessage)
    assert not message.content.free_text


def test_a_window_that_closed_in_the_providers_eyes_lets_the_template_go(
    house: House, post: Post
) -> None:
    post.send("hola")
    house.senders.script["wa"].append(WindowClosedError("131047"))
    notification = sent(house)

    free, template = house.senders.attempted
    assert [
        m.content.free_text for m in (free, template) if isinstance(m.content, WhatsAppMessage)
    ] == [True, False]
    assert now_of(house, notification).current_step.channel is Channel.WHATSAPP


# Accounts, blocks, watermarks


def update(house: House, subject: str, event: str, **changes: object) -> AccountUpdate:
    return AccountUpdate(
        tenant_id=TENANT.tenant_id,
        account_id="wa",
        provider=Provider.WHATSAPP_CLOUD,
        subject=subject,
        event=event,
        at=house.clock.now(),
        received_at=house.clock.now(),
    )


def test_what_is_said_of_accounts_and_templates_is_kept(house: House, post: Post) -> None:
    post.take_in(
        update(house, "phone_number", "FLAGGED"),
        update(house, "template:cita/es", "PAUSED"),
        update(house, "template:cita/es", "YELLOW"),
        update(house, "account", "PARTNER_ADDED"),
    )

    account, status, quality = house.configuration.states
    assert isinstance(account, AccountState)
    assert account.status is AccountStatus.DEGRADED
    assert isinstance(status, TemplateState)
    assert isinstance(quality, TemplateState)
    assert status.updated_by(quality).model_dump(
        include={"name", "language", "status", "quality"}
    ) == {
        "name": "cita",
        "language": "es",
        "status": "PAUSED",
        "quality": "YELLOW",
    }


def contact(house: House, event: ContactEvent) -> ContactUpdate:
    return ContactUpdate(
        tenant_id=TENANT.tenant_id,
        account_id="wa",
        provider=Provider.WHATSAPP_CLOUD,
        sender=(PHONE,),
        event=event,
        at=house.clock.now(),
        received_at=house.clock.now(),
    )


def test_who_blocks_us_is_not_written_to_until_they_unblock_us(house: House, post: Post) -> None:
    post.send("hola")
    post.take_in(contact(house, ContactEvent.BLOCKED))
    blocked = house.dispatch()
    house.work()
    post.take_in(contact(house, ContactEvent.UNBLOCKED))
    unblocked = house.dispatch()

    assert now_of(house, blocked).current_step.channel is Channel.EMAIL
    assert unblocked.current_step.channel is Channel.WHATSAPP


def test_to_unblock_us_is_no_opt_in(house: House, post: Post) -> None:
    post.send("BAJA")
    post.take_in(contact(house, ContactEvent.BLOCKED), contact(house, ContactEvent.UNBLOCKED))

    assert house.dispatch().current_step.channel is Channel.EMAIL


def read_up_to(house: House, up_to: datetime) -> ReadUpTo:
    return ReadUpTo(
        tenant_id=TENANT.tenant_id,
        account_id="wa",
        provider=Provider.WHATSAPP_CLOUD,
        sender=(PHONE,),
        up_to=up_to,
        at=up_to,
        received_at=house.clock.now(),
    )


def test_a_watermark_marks_all_before_it_as_read(house: House, post: Post) -> None:
    post.send("hola")
    first, second = sent(house), sent(house)
    up_to = house.clock.now() - timedelta(seconds=30)
    third = sent(house)

    assert post.take_in(read_up_to(house, up_to)) == set()

    assert [house.state(n) for n in (first, second, third)] == [State.READ, State.READ, State.SENT]


# Fallbacks and answers


def test_invariant_9_an_answer_cancels_a_fallback_that_waits(house: House, post: Post) -> None:
    notification = sent(house)
    apply = ApplyReceipts(
        notifications=house.notifications,
        orphans=house.notifications,
        directory=house.directory,
        configuration=house.configuration,
        queues=house.queues,
        clock=house.clock,
    )
    failure = Failure.of(PermanentMessageError("131049"))
    apply(
        {
            "m": Receipt(
                tenant_id=TENANT.tenant_id,
                account_id="wa",
                provider=Provider.WHATSAPP_CLOUD,
                provider_message_id="wa-1",
                status=ReceiptStatus.FAILED,
                at=house.clock.now(),
                received_at=house.clock.now(),
                failure=failure,
            )
        }
    )
    assert len(house.queues.dead) == 1

    post.send("ya lo vi, gracias", refers_to="wa-1")
    house.work()

    assert house.state(notification) is State.REPLIED
    assert len(house.senders.accepted) == 1
