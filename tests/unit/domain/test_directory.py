"""People and their addresses."""

from __future__ import annotations

import pytest
from pydantic import ValidationError

from recado.domain.channels import Channel
from recado.domain.directory import Address, Preference, Recipient


def test_a_persons_addresses_on_a_channel_keep_their_order() -> None:
    addresses = (
        Address(channel=Channel.EMAIL, value="first@example.com"),
        Address(channel=Channel.SMS, value="+593991234567"),
        Address(channel=Channel.EMAIL, value="second@example.com"),
    )
    person = Recipient(tenant_id="t", recipient_id="r", name="Ana", addresses=addresses)

    found = person.addresses_on(Channel.EMAIL)

    assert [address.value for address in found] == ["first@example.com", "second@example.com"]
    assert person.addresses_on(Channel.PUSH) == ()


@pytest.mark.parametrize("value", ["", "a" * 2049])
def test_an_address_is_neither_empty_nor_endless(value: str) -> None:
    with pytest.raises(ValidationError, match="value"):
        Address(channel=Channel.PUSH, value=value)


def test_priorities_count_from_one() -> None:
    with pytest.raises(ValidationError, match="priority"):
        Preference(channel=Channel.SMS, priority=0)
