"""A first message with the code of an invitation activates WhatsApp, once and for one person."""

from __future__ import annotations

from datetime import timedelta

import pytest

from recado.domain.activation import Activation, ActivationCodes, ends_at
from recado.domain.channels import Channel, Provider
from recado.domain.directory import Address, Preference, Recipient, Suppression, SuppressionReason
from recado.domain.identities import Identity, IdentityKind
from recado.domain.messages import WhatsAppMessage
from recado.domain.notification import Mode, Notification, State
from recado.domain.replies import Interest, OptChoice
from recado.domain.updates import InboundType
from recado.services.activate_whatsapp import EVENT_TYPE
from tests.unit.services.conftest import House
from tests.unit.services.test_receive_inbound import CODES, PHONE, USER, Post
from tests.workshop import CUSTOMER, TENANT

ANOTHER = Identity(kind=IdentityKind.PHONE, value="+593998887766")
MAIL_ONLY = CUSTOMER.model_copy(
    update={
        "addresses": CUSTOMER.addresses_on(Channel.EMAIL),
        "preferences": (
            Preference(channel=Channel.EMAIL, priority=1),
            Preference(channel=Channel.WHATSAPP, priority=2, enabled=False),
        ),
    }
)


@pytest.fixture
def post(house: House) -> Post:
    house.directory.put_recipient(MAIL_ONLY)
    return Post(house)


def code(house: House, **changes: object) -> str:
    invited: dict[str, object] = {
        "tenant_id": TENANT.tenant_id,
        "mode": Mode.LIVE,
        "recipient_id": CUSTOMER.recipient_id,
        "expires_at": ends_at(house.clock.now()),
        "nonce": b"first!",
    }
    return CODES.code(Activation.model_validate({**invited, **changes}))


def customer(house: House) -> Recipient:
    person = house.directory.person(TENANT.tenant_id, CUSTOMER.recipient_id)
    assert person is not None
    return person


def whatsapp_of(house: House) -> list[str]:
    return [address.value for address in customer(house).addresses_on(Channel.WHATSAPP)]


def wishes(house: House) -> list[tuple[str, int, bool]]:
    return [(p.channel, p.priority, p.enabled) for p in customer(house).preferences]


def suppress(house: House, reason: SuppressionReason) -> None:
    house.directory.suppress(
        Suppression(
            tenant_id=TENANT.tenant_id,
            channel=Channel.WHATSAPP,
            address=PHONE.value,
            reason=reason,
            evidence="before",
            created_at=house.clock.now(),
        )
    )


def answers(house: House) -> list[str]:
    """What the workshop has answered so far."""
    house.work()
    texts = [message.content for message in house.senders.accepted]
    return [content.text for content in texts if isinstance(content, WhatsAppMessage)]


def confirmations(house: House) -> list[Notification]:
    sent = house.notifications.latest_to(
        TENANT.tenant_id, CUSTOMER.recipient_id, since=house.clock.now(), limit=50
    )
    return [each for each in sent if each.event_type == EVENT_TYPE]


def test_the_code_makes_whatsapp_the_first_channel_of_the_customer(
    house: House, post: Post
) -> None:
    received = post.send(f"Activar {code(house)}")

    assert whatsapp_of(house) == [PHONE.value]
    assert wishes(house) == [("whatsapp", 1, True), ("email", 2, True)]
    assert received.recipient_id == post.conversation.recipient_id == CUSTOMER.recipient_id
    assert (received.choice, received.activates) == (OptChoice.OPT_IN, True)
    assert (received.interest, received.replies_to) == (Interest.UNKNOWN, None)


def test_the_address_is_exactly_the_one_that_they_wrote_from(house: House, post: Post) -> None:
    house.directory.put_recipient(CUSTOMER)

    post.send(code(house), sender=(USER, PHONE))

    assert whatsapp_of(house) == [USER.value, PHONE.value]


@pytest.mark.parametrize(
    ("locale", "words"), [("es", "responda BAJA"), ("en-US", "answer STOP"), (None, "responda")]
)
def test_it_is_confirmed_once_in_their_language(
    house: House, post: Post, locale: str | None, words: str
) -> None:
    house.directory.put_recipient(MAIL_ONLY.model_copy(update={"locale": locale}))

    post.send(code(house))

    [text] = answers(house)
    assert "Talleres Andinos" in text
    assert words in text


def test_the_confirmation_goes_in_quiet_hours_too(house: House, post: Post) -> None:
    post.send(code(house))

    [confirmation] = confirmations(house)
    assert confirmation.urgent


def test_the_same_message_twice_has_one_effect(house: House, post: Post) -> None:
    message = post.message(f"Activar {code(house)}")

    assert post.take_in(message, message) == set()
    assert post.take_in(message) == set()

    assert customer(house).version == 3
    assert len(answers(house)) == 1


def test_the_same_person_who_writes_the_code_again_gets_no_second_answer(
    house: House, post: Post
) -> None:
    post.send(f"Activar {code(house)}")
    house.clock.advance(minutes=5)
    post.send(f"Activar {code(house)}")

    assert len(answers(house)) == 1
    assert whatsapp_of(house) == [PHONE.value]


def test_who_opted_out_after_activating_is_back_with_the_code(house: House, post: Post) -> None:
    invitation = code(house)
    post.send(invitation)
    post.send("BAJA")
    assert house.directory.suppressions

    post.send(invitation)

    assert not house.directory.suppressions


def test_an_invitation_belongs_to_the_first_who_took_it_up(house: House, post: Post) -> None:
    invitation = code(house)
    post.send(invitation)

    received = post.send(invitation, sender=(ANOTHER,))

    assert whatsapp_of(house) == [PHONE.value]
    assert (received.recipient_id, received.activates) == (None, False)
    assert len(answers(house)) == 1


def test_the_code_is_an_opt_in(house: House, post: Post) -> None:
    suppress(house, SuppressionReason.OPT_OUT)

    received = post.send(f"Activar {code(house)}")

    assert not house.directory.suppressions
    assert received.choice is OptChoice.OPT_IN
    assert len(answers(house)) == 1


def test_a_complaint_stays(house: House, post: Post) -> None:
    suppress(house, SuppressionReason.COMPLAINT)

    post.send(code(house))

    assert len(house.directory.suppressions) == 1
    assert answers(house) == []


def test_an_opt_out_in_the_same_breath_wins(house: House, post: Post) -> None:
    received = post.send(f"Activar {code(house)}. Por favor no me escriban más")

    assert (received.choice, received.activates) == (OptChoice.OPT_OUT, False)
    assert wishes(house) == [("email", 1, True), ("whatsapp", 2, False)]


@pytest.mark.parametrize("number", [PHONE, ANOTHER])
def test_a_code_that_comes_late_does_nothing_after_a_newer_opt_out(
    house: House, post: Post, number: Identity
) -> None:
    known = Address(channel=Channel.WHATSAPP, value=ANOTHER.value)
    house.directory.put_recipient(MAIL_ONLY.model_copy(update={"addresses": (known,)}))
    late = post.message(f"Activar {code(house)}")
    house.clock.advance(days=2)
    post.send("BAJA", sender=(number,))
    suppressed = set(house.directory.suppressions)
    house.clock.advance(days=2)

    assert post.take_in(late) == set()

    assert set(house.directory.suppressions) == suppressed
    assert wishes(house) == [("email", 1, True), ("whatsapp", 2, False)]
    assert not list(house.notifications.inbound.values())[-1].activates


@pytest.mark.parametrize("opts_out_later", [True, False])
def test_a_code_that_did_nothing_because_of_an_opt_out_is_still_the_writers_own(
    house: House, post: Post, opts_out_later: bool
) -> None:
    invitation = code(house)
    message = post.message(f"{invitation} no me escriban más")
    if opts_out_later:
        message = post.message(invitation)
        house.clock.advance(minutes=1)
        post.send("BAJA")
    assert post.take_in(message) == set()

    assert not post.send(invitation, sender=(ANOTHER,)).activates
    assert "Listo: desde ahora" not in "".join(answers(house))
    house.clock.advance(minutes=1)
    assert post.send(invitation).activates


def test_the_code_of_a_test_key_does_nothing(house: House, post: Post) -> None:
    received = post.send(f"Activar {code(house, mode=Mode.TEST)}")

    assert (received.choice, received.activates) == (OptChoice.NONE, False)
    assert wishes(house) == [("email", 1, True), ("whatsapp", 2, False)]
    assert answers(house) == []


def test_an_invitation_that_somebody_else_took_up_can_be_replaced_at_once(
    house: House, post: Post
) -> None:
    post.send(code(house), sender=(ANOTHER,))

    post.send(code(house, nonce=b"second"))

    assert whatsapp_of(house) == [PHONE.value, ANOTHER.value]


@pytest.mark.parametrize(
    "changes",
    [
        {"tenant_id": "valle"},
        {"recipient_id": "nobody"},
        {"expires_at": "2026-03-02T11:59:59Z"},
    ],
)
def test_the_code_of_another_tenant_an_erased_person_or_a_past_day_does_nothing(
    house: House, post: Post, changes: dict[str, object]
) -> None:
    received = post.send(f"Activar {code(house, **changes)}")

    assert (received.choice, received.activates) == (OptChoice.NONE, False)
    assert customer(house).version == 2
    assert answers(house) == []


def test_a_code_signed_by_somebody_else_does_nothing(house: House, post: Post) -> None:
    forged = ActivationCodes(lambda: b"guess").code(
        Activation(
            tenant_id=TENANT.tenant_id,
            mode=Mode.LIVE,
            recipient_id=CUSTOMER.recipient_id,
            expires_at=ends_at(house.clock.now()),
            nonce=b"first!",
        )
    )

    assert not post.send(f"Activar {forged}").activates


@pytest.mark.parametrize(
    "changes",
    [
        {"type": InboundType.REACTION},
        {"type": InboundType.EDIT},
        {"provider": Provider.TWILIO_SMS, "account_id": "sms"},
    ],
)
def test_only_a_text_on_whatsapp_takes_an_invitation_up(
    house: House, post: Post, changes: dict[str, object]
) -> None:
    assert not post.send(code(house), **changes).activates


def test_an_ordinary_first_message_changes_no_preferences(house: House, post: Post) -> None:
    known = MAIL_ONLY.model_copy(
        update={"addresses": (Address(channel=Channel.WHATSAPP, value=PHONE.value),)}
    )
    house.directory.put_recipient(known)

    post.send("Hola, ¿a qué hora abren?")

    assert wishes(house) == [("email", 1, True), ("whatsapp", 2, False)]


def test_it_answers_nothing_that_was_sent_before(house: House, post: Post) -> None:
    house.directory.put_recipient(CUSTOMER)
    notification = house.dispatch()
    house.work()
    house.clock.advance(minutes=1)

    post.send(code(house))

    assert house.state(notification) is State.SENT


def test_an_answer_to_the_confirmation_answers_no_notification(house: House, post: Post) -> None:
    post.send(code(house))
    house.work()
    house.clock.advance(minutes=1)

    assert post.send("Gracias").replies_to is None


def test_what_breaks_off_half_way_is_made_up_for(
    house: House, post: Post, monkeypatch: pytest.MonkeyPatch
) -> None:
    message = post.message(code(house))

    def fail(*_: object) -> bool:
        raise RuntimeError("injected")

    with monkeypatch.context() as broken:
        broken.setattr(house.directory, "save_person", fail)
        assert post.take_in(message) == {"m0"}
    assert post.take_in(message) == set()

    assert whatsapp_of(house) == [PHONE.value]
    assert answers(house) == []
    house.clock.advance(minutes=6)
    house.sweep()
    assert len(answers(house)) == 1


def test_a_change_of_the_customer_meanwhile_is_not_lost(
    house: House, post: Post, monkeypatch: pytest.MonkeyPatch
) -> None:
    save = house.directory.save_person
    others = [customer(house).model_copy(update={"name": "Carlos M."})]

    def save_after_another(person: Recipient) -> bool:
        if others:
            assert save(others.pop())
        return save(person)

    monkeypatch.setattr(house.directory, "save_person", save_after_another)
    post.send(code(house))

    assert customer(house).name == "Carlos M."
    assert whatsapp_of(house) == [PHONE.value]


def test_the_confirmation_outlives_the_invitation(house: House, post: Post) -> None:
    house.configuration.put_tenant(TENANT.model_copy(update={"retention_days": 1}))
    post.send(code(house))

    [confirmation] = confirmations(house)
    assert confirmation.expires_at > house.clock.now() + timedelta(days=30)
