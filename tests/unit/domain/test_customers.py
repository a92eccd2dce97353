"""Customers as clients write them: shorthands and further addresses."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from recado.domain.channels import Channel
from recado.domain.contact import email_of, phone_of
from recado.domain.customers import (
    ChannelPreference,
    CustomerInput,
    CustomerPatch,
    as_written,
    further_addresses,
    input_of,
    with_preferences,
)
from recado.domain.directory import Address, Preference, PushKeys, Recipient

BROWSER = Address(
    channel=Channel.PUSH, value="https://e.com/x", push_keys=PushKeys(p256dh="p", auth="a")
)
ADDRESSES = st.sampled_from(
    [
        BROWSER,
        *(
            Address(channel=channel, value=value)
            for channel, values in {
                Channel.WHATSAPP: ("+593991111111", "+593992222222", "123@lid"),
                Channel.SMS: ("+593991111111", "+593992222222"),
                Channel.EMAIL: ("a@example.com", "b@example.com"),
                Channel.TELEGRAM: ("1",),
            }.items()
            for value in values
        ),
    ]
)
PEOPLE = st.lists(ADDRESSES, unique=True, max_size=8).map(
    lambda addresses: Recipient(
        tenant_id="t", recipient_id="r", name="Ana", addresses=tuple(addresses)
    )
)
EMPTY = Recipient(tenant_id="t", recipient_id="r", name="Ana")


def values(person: Recipient, channel: Channel) -> list[str]:
    return [address.value for address in person.addresses_on(channel)]


@given(PEOPLE)
def test_what_was_read_and_is_written_back_changes_nothing(person: Recipient) -> None:
    assert as_written(person, input_of(person)) == person


@given(PEOPLE)
def test_every_address_is_a_shorthands_or_a_further_one(person: Recipient) -> None:
    phone, email = phone_of(person), email_of(person)
    shown = {
        *((Channel.WHATSAPP, phone), (Channel.SMS, phone), (Channel.EMAIL, email)),
        *((address.channel, address.value) for address in further_addresses(person)),
        (Channel.PUSH, BROWSER.value),
    }
    assert {(address.channel, address.value) for address in person.addresses} <= shown


@given(PEOPLE)
def test_another_phone_takes_the_place_of_the_old_one_alone(person: Recipient) -> None:
    wanted = input_of(person).model_copy(update={"phone": "+593999999999"})

    after = as_written(person, wanted)

    assert phone_of(after) == "+593999999999"
    assert values(after, Channel.SMS)[0] == "+593999999999"
    assert set(further_addresses(after)) == set(further_addresses(person))
    assert after.addresses_on(Channel.PUSH) == person.addresses_on(Channel.PUSH)


def test_the_first_of_two_spellings_is_kept() -> None:
    further = ({"channel": "email", "value": "B@example.com"},) * 2
    wanted = CustomerInput.model_validate(
        {"name": "Ana", "email": "b@example.com", "addresses": further}
    )

    assert values(as_written(EMPTY, wanted), Channel.EMAIL) == ["b@example.com"]


def test_addresses_keep_their_order() -> None:
    further = [
        {"channel": "whatsapp", "value": "+593992222222"},
        {"channel": "whatsapp", "value": "+593991111111"},
    ]
    wanted = CustomerInput.model_validate(
        {"name": "Ana", "phone": "+593991111111", "addresses": further}
    )

    after = as_written(EMPTY, wanted)
    assert values(after, Channel.WHATSAPP) == ["+593991111111", "+593992222222"]


@pytest.mark.parametrize("name", ["123@lid", "EC.abc123", "EC.ENT.abc123"])
def test_whatsapp_may_name_a_person_without_a_phone(name: str) -> None:
    wanted = CustomerInput.model_validate(
        {"name": "Ana", "addresses": [{"channel": "whatsapp", "value": name}]}
    )

    assert values(as_written(EMPTY, wanted), Channel.WHATSAPP) == [name]


def test_a_patch_says_only_what_it_was_given() -> None:
    patch = CustomerPatch.model_validate({"email": None, "preferences": []})

    assert patch.changes() == {"email": None, "preferences": ()}


def test_a_patch_that_may_be_left_out_has_no_default_in_its_schema() -> None:
    schema = CustomerPatch.model_json_schema()

    assert "default" not in schema["properties"]["name"]
    assert schema.get("required", []) == []


def test_wishes_for_other_channels_stay() -> None:
    person = EMPTY.model_copy(
        update={"preferences": (Preference(channel=Channel.SMS, priority=3),)}
    )
    wish = ChannelPreference(channel=Channel.EMAIL, priority=1, enabled=False)

    assert with_preferences(person, [wish]).preferences == (
        Preference(channel=Channel.SMS, priority=3),
        Preference(channel=Channel.EMAIL, priority=1, enabled=False),
    )
