"""Codes of invitations to WhatsApp, and what taking one up makes of a customer."""

from __future__ import annotations

import base64
from datetime import datetime, timedelta
from urllib.parse import parse_qs, urlsplit

import pytest
from hypothesis import assume, example, given
from hypothesis import strategies as st

from recado.domain.activation import (
    LIFE,
    NONCE_BYTES,
    Activation,
    ActivationCodes,
    activated,
    chat_link,
    chat_number,
    ends_at,
)
from recado.domain.channels import Channel, ChannelAccount, Provider
from recado.domain.directory import Address, Preference, Recipient
from recado.domain.notification import Mode
from recado.domain.unsubscribe import Subscription, UnsubscribeLinks
from tests.fakes.clock import NOON

CODES = ActivationCodes(lambda: b"secret")
INVITED = Activation(
    tenant_id="andinos",
    mode=Mode.LIVE,
    recipient_id="customer-001",
    expires_at=ends_at(NOON),
    nonce=b"\0nonce",
)
CODE = CODES.code(INVITED)

invitations = st.builds(
    Activation,
    tenant_id=st.from_regex(r"[a-z0-9-]{2,40}", fullmatch=True),
    mode=st.sampled_from(Mode),
    recipient_id=st.text(min_size=1, max_size=128),
    expires_at=st.integers(1, 100_000).map(lambda hours: NOON + timedelta(hours=hours)),
    nonce=st.binary(min_size=NONCE_BYTES, max_size=NONCE_BYTES),
)


@given(invitations)
def test_a_code_is_read_back_as_what_it_was_made_for(invited: Activation) -> None:
    assert CODES.read(CODES.code(invited), now=NOON) == invited


@given(invitations, st.sampled_from(["Activar {}", "{}", "hola, {}.", "«{}»\n", "x/{}?y"]))
@example(INVITED, "Activate {} gracias")
def test_a_code_is_found_whatever_is_written_around_it(invited: Activation, text: str) -> None:
    assert CODES.found_in(text.format(CODES.code(invited)), now=NOON) == invited


@given(st.text(max_size=600) | st.from_regex(r"[A-Za-z0-9_-]{1,500}", fullmatch=True))
@example("=" * 40)
@example("A" * 60_000)
@example("ñ" * 60)
@example("A-" * 5_000)
def test_what_people_write_holds_no_code_and_breaks_nothing(text: str) -> None:
    assert CODES.found_in(text, now=NOON) is None
    assert CODES.read(text, now=NOON) is None


@given(st.data())
def test_a_code_with_any_character_changed_is_nobodys(data: st.DataObject) -> None:
    place = data.draw(st.integers(0, len(CODE) - 1))
    other = data.draw(st.characters(codec="utf-8"))
    assume(other != CODE[place])

    assert CODES.read(CODE[:place] + other + CODE[place + 1 :], now=NOON) is None


@given(st.integers(0, len(CODE) - 1))
def test_a_part_of_a_code_is_nobodys(length: int) -> None:
    assert CODES.read(CODE[:length], now=NOON) is None


def test_nobody_asks_for_the_secret_where_nothing_could_be_a_code() -> None:
    def no_secret() -> bytes:
        raise AssertionError("asked for")

    assert ActivationCodes(no_secret).found_in("Hola, ¿abren mañana?", now=NOON) is None


def test_a_code_made_with_another_secret_is_nobodys() -> None:
    assert ActivationCodes(lambda: b"another").read(CODE, now=NOON) is None


def test_what_was_signed_for_another_purpose_is_no_code() -> None:
    links = UnsubscribeLinks("https://recado.example.com", b"secret")
    link = links.link(
        Subscription(tenant_id="andinos", recipient_id="customer-001", channel=Channel.EMAIL)
    )
    payload, _, signature = link.rpartition("/")[2].partition(".")

    assert CODES.found_in(payload + signature[:14], now=NOON) is None
    assert links.read(CODE) is None


def test_a_code_holds_no_address() -> None:
    decoded = base64.urlsafe_b64decode(CODE + "=" * (-len(CODE) % 4))

    assert decoded[4:-10] == b"\0" + INVITED.nonce + b"andinos\0customer-001"


@pytest.mark.parametrize("other", [{"mode": Mode.TEST}, {"nonce": b"second"}])
def test_another_invitation_of_the_same_person_is_taken_up_on_its_own(
    other: dict[str, object],
) -> None:
    another = INVITED.model_copy(update=other)

    assert CODES.code(another) != CODE
    assert another.digest != INVITED.digest


def test_the_longest_names_still_make_a_code_that_is_found() -> None:
    longest = INVITED.model_copy(update={"tenant_id": "t" * 40, "recipient_id": "🚗" * 128})

    assert CODES.found_in(f"Activar {CODES.code(longest)}", now=NOON) == longest


@pytest.mark.parametrize(
    ("after", "holds"),
    [
        (timedelta(), True),
        (LIFE, True),
        (LIFE + timedelta(hours=1, seconds=-1), True),
        (LIFE + timedelta(hours=1), False),
        (LIFE * 12, False),
    ],
)
def test_a_code_holds_for_thirty_days(after: timedelta, holds: bool) -> None:
    assert (CODES.read(CODE, now=NOON + after) is not None) == holds


@given(st.datetimes(datetime(2026, 1, 1), datetime(2036, 1, 1)))
def test_what_is_asked_for_within_an_hour_ends_at_one_time(moment: datetime) -> None:
    now = moment.replace(tzinfo=NOON.tzinfo)
    later = now.replace(minute=59, second=59)

    assert ends_at(now) == ends_at(later)
    assert LIFE < ends_at(now) - now <= LIFE + timedelta(hours=1)


def test_a_link_opens_the_chat_with_the_message_written() -> None:
    link = urlsplit(chat_link("593991234567", CODE, locale="es-EC"))

    assert (link.scheme, link.netloc, link.path) == ("https", "wa.me", "/593991234567")
    assert parse_qs(link.query) == {"text": [f"Activar {CODE}"]}
    assert "text=Activate%20" in chat_link("593991234567", CODE, locale="en")


def account(account_id: str, provider: Provider, **changes: object) -> ChannelAccount:
    fields = {"tenant_id": "andinos", "account_id": account_id, "provider": provider, **changes}
    return ChannelAccount.model_validate(fields)


def saying(number: str, account_id: str = "wa", **changes: object) -> ChannelAccount:
    settings = {"display_phone_number": number}
    return account(account_id, Provider.WHATSAPP_CLOUD, settings=settings, **changes)


@pytest.mark.parametrize(
    ("accounts", "number"),
    [
        ([saying("+593 99 123-4567")], "593991234567"),
        ([account("t", Provider.TWILIO_WHATSAPP, settings={"from": "whatsapp:+15550100200"})],
         "15550100200"),
        ([account("s", Provider.TWILIO_SMS, settings={"from": "+15550100200"})], None),
        ([saying("+593991234567", enabled=False)], None),
        ([saying("nobody knows")], None),
        ([account("wa", Provider.WHATSAPP_CLOUD)], None),
        ([], None),
        ([saying("+593990000002", priority=2),
          saying("+593990000001", account_id="wb", priority=1)], "593990000001"),
        ([saying("+593990000002", priority=2), account("wb", Provider.EVOLUTION)],
         "593990000002"),
    ],
)  # fmt: skip
def test_people_write_to_the_first_account_that_says_its_number(
    accounts: list[ChannelAccount], number: str | None
) -> None:
    assert chat_number(accounts) == number


PHONE = Address(channel=Channel.WHATSAPP, value="+593991234567")
USER = Address(channel=Channel.WHATSAPP, value="EC.1349101112")
MAIL = Address(channel=Channel.EMAIL, value="carlos@example.com")
CARLOS = Recipient(tenant_id="andinos", recipient_id="c", name="Carlos", addresses=(MAIL, PHONE))


def test_the_address_that_they_wrote_from_comes_first() -> None:
    assert activated(CARLOS, USER).addresses == (USER, MAIL, PHONE)
    assert activated(CARLOS, PHONE).addresses == (PHONE, MAIL)


@pytest.mark.parametrize(
    ("wanted", "becomes"),
    [
        ([], [("whatsapp", 1, True)]),
        ([("email", 1, True)], [("whatsapp", 1, True), ("email", 2, True)]),
        (
            [("email", 1, True), ("sms", 2, False), ("whatsapp", 3, False)],
            [("whatsapp", 1, True), ("email", 2, True), ("sms", 3, False)],
        ),
        ([("whatsapp", 7, True), ("email", 1000, True)],
         [("whatsapp", 1, True), ("email", 2, True)]),
    ],
)  # fmt: skip
def test_whatsapp_comes_first_and_the_others_move_down(
    wanted: list[tuple[str, int, bool]], becomes: list[tuple[str, int, bool]]
) -> None:
    preferences = tuple(
        Preference(channel=Channel(channel), priority=priority, enabled=enabled)
        for channel, priority, enabled in wanted
    )
    person = activated(CARLOS.model_copy(update={"preferences": preferences}), PHONE)

    assert [(p.channel, p.priority, p.enabled) for p in person.preferences] == becomes
    assert activated(person, PHONE) == person
