"""Addresses that mean the same are the same."""

from __future__ import annotations

import pytest

from recado.domain.addresses import normal_form
from recado.domain.channels import Channel


@pytest.mark.parametrize(
    "written",
    ["carlos@example.com", "Carlos@Example.com", "CARLOS@EXAMPLE.COM", " carlos@example.com "],
)
def test_a_mail_address_has_no_case(written: str) -> None:
    assert normal_form(Channel.EMAIL, written) == "carlos@example.com"


def test_a_mail_address_is_the_same_in_every_unicode_form() -> None:
    composed, decomposed = "jos\u00e9@example.com", "jose\u0301@example.com"

    assert normal_form(Channel.EMAIL, composed) == normal_form(Channel.EMAIL, decomposed)


@pytest.mark.parametrize("channel", [Channel.WHATSAPP, Channel.SMS])
@pytest.mark.parametrize(
    "written", ["+593991234567", "593991234567", "+593 99 123-4567", "whatsapp:+593991234567"]
)
def test_a_phone_number_is_its_digits(channel: Channel, written: str) -> None:
    assert normal_form(channel, written) == "+593991234567"


def test_a_push_endpoint_is_taken_as_it_is() -> None:
    endpoint = "https://push.example.com/aBc"

    assert normal_form(Channel.PUSH, endpoint) == endpoint


@pytest.mark.parametrize(
    ("channel", "one", "other"),
    [
        (Channel.EMAIL, "ana@example.com", "ana.maria@example.com"),
        (Channel.SMS, "+593991234567", "+593991234568"),
        (Channel.PUSH, "https://push.example.com/a", "https://push.example.com/A"),
    ],
)
def test_other_addresses_stay_apart(channel: Channel, one: str, other: str) -> None:
    assert normal_form(channel, one) != normal_form(channel, other)
