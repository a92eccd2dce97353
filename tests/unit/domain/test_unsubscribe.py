"""Signed links by which a recipient stops mail."""

from __future__ import annotations

import base64

import pytest
from hypothesis import given
from hypothesis import strategies as st

from recado.domain.channels import Channel
from recado.domain.unsubscribe import Subscription, UnsubscribeLinks

LINKS = UnsubscribeLinks("https://recado.example.com", b"secret")
SUBSCRIPTION = Subscription(tenant_id="andinos", recipient_id="customer-001", channel=Channel.EMAIL)
SUBSCRIPTIONS = st.builds(
    Subscription, tenant_id=st.text(), recipient_id=st.text(), channel=st.sampled_from(Channel)
)


def token_of(subscription: Subscription, links: UnsubscribeLinks = LINKS) -> str:
    return links.link(subscription).rpartition("/")[2]


@given(SUBSCRIPTIONS)
def test_a_link_is_read_back_as_what_it_was_made_for(subscription: Subscription) -> None:
    assert LINKS.read(token_of(subscription)) == subscription


@given(SUBSCRIPTIONS)
def test_a_link_needs_no_quoting(subscription: Subscription) -> None:
    token = token_of(subscription)

    assert token.isascii()
    assert token.replace("-", "").replace("_", "").replace(".", "").isalnum()


@pytest.mark.parametrize("url", ["https://recado.example.com", "https://recado.example.com/"])
def test_a_link_starts_with_the_public_address(url: str) -> None:
    link = UnsubscribeLinks(url, b"secret").link(SUBSCRIPTION)

    assert link.startswith("https://recado.example.com/u/")


def test_a_link_holds_no_address() -> None:
    payload = token_of(SUBSCRIPTION).partition(".")[0]

    decoded = base64.urlsafe_b64decode(payload + "==")

    assert decoded == b'["andinos","customer-001","email"]'


def test_a_link_made_with_another_secret_is_nobodys() -> None:
    foreign = UnsubscribeLinks("https://recado.example.com", b"another")

    assert LINKS.read(token_of(SUBSCRIPTION, foreign)) is None


@given(st.data())
def test_a_link_with_any_character_changed_is_nobodys(data: st.DataObject) -> None:
    token = token_of(SUBSCRIPTION)
    place = data.draw(st.integers(0, len(token) - 1))
    other = data.draw(st.characters(codec="utf-8").filter(lambda char: char != token[place]))

    assert LINKS.read(token[:place] + other + token[place + 1 :]) is None


def test_the_signature_of_one_link_does_not_serve_another() -> None:
    other = SUBSCRIPTION.model_copy(update={"recipient_id": "customer-002"})
    payload = token_of(other).partition(".")[0]
    signature = token_of(SUBSCRIPTION).partition(".")[2]

    assert LINKS.read(f"{payload}.{signature}") is None


@pytest.mark.parametrize(
    "token",
    [
        "",
        ".",
        "..",
        "a",
        "a.",
        ".a",
        "a.b.c",
        "!!!.???",
        "ñ.ñ",
        "🚗.🚗",
        "=.=",
        "\x00.\x00",
        "a" * 10_000,
        "\ud800",
        "a.\ud800",
        token_of(SUBSCRIPTION) + ".",
        token_of(SUBSCRIPTION) + "=",
        token_of(SUBSCRIPTION).replace(".", ""),
        token_of(SUBSCRIPTION).swapcase(),
    ],
    ids=ascii,
)
def test_an_odd_token_is_nobodys(token: str) -> None:
    assert LINKS.read(token) is None


@given(st.text())
def test_no_text_is_a_link_of_ours(token: str) -> None:
    assert LINKS.read(token) is None
