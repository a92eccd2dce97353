"""What a tenant's team should hear of, in what is known of its messages and accounts."""

from __future__ import annotations

from collections import Counter
from datetime import timedelta
from decimal import Decimal

import pytest

from recado.domain.account_states import AccountState, AccountStatus, TemplateState
from recado.domain.alert_rules import AlertRules
from recado.domain.alerts import AlertKind, Condition
from recado.domain.channel_health import AccountHealth, ChannelHealth
from recado.domain.channels import Channel, Provider
from recado.domain.circuits import Circuit, CircuitState
from recado.domain.conditions import (
    account_down,
    account_quality,
    broken_channels,
    budget_exhausted,
    dead_letters,
    is_expiry_unreadable,
    template_conditions,
    token_expires,
    token_expiry,
    too_many_failed,
)
from recado.domain.spending import Spending
from recado.domain.tallies import Tally
from recado.domain.templates import ApprovedTemplate
from tests.fakes.clock import NOON
from tests.workshop import ACCOUNTS, TENANT

WHATSAPP, MAIL, _ = ACCOUNTS
RULES = AlertRules()
CITA = ApprovedTemplate(name="cita", language="es")


def tally(carried: int = 0, **states: int) -> Tally:
    found = Tally()
    found.add(Counter({"read": carried, **states}))
    return found


def state_of(condition: Condition | None) -> bool | None:
    """Whether it stands; None where there is none."""
    return condition.stands if condition else None


@pytest.mark.parametrize(
    ("carried", "failed", "stands"),
    [
        (1000, 10, False),
        (1000, 11, True),
        (1000, 6, False),
        (1000, 5, None),
        # A tenant of twenty messages a day.
        (20, 0, None),
        (19, 1, None),
        (17, 3, False),
        (15, 5, True),
        # So few that a share says nothing; what was raised stays so.
        (4, 3, False),
        (6, 2, True),
        (1, 1, False),
        (0, 0, None),
    ],
)
def test_failures_count_in_number_and_as_a_share(
    carried: int, failed: int, stands: bool | None
) -> None:
    assert state_of(too_many_failed(tally(carried, failed=failed), RULES)) is stands


def test_what_expired_and_what_nobody_knows_of_did_not_arrive() -> None:
    found = too_many_failed(tally(9, failed=5, expired=3, unknown=3, suppressed=50), RULES)

    assert found is not None
    assert found.facts == {"failed": "11", "ended": "20"}


def test_the_tenants_own_limits_hold() -> None:
    none_may_fail = AlertRules(failed_in_24_hours=0)

    assert state_of(too_many_failed(tally(1000, failed=1), none_may_fail)) is True
    assert too_many_failed(tally(1000), none_may_fail) is None


@pytest.mark.parametrize(
    ("said", "days", "expired"),
    [
        ("2026-03-09", 7, ""),
        ("2026-03-09T12:00:00Z", 7, ""),
        ("2026-03-09T13:00:00+01:00", 7, ""),
        ("2026-03-02T12:00:00", 7, "yes"),
        ("2026-04-01T12:00:00Z", 30, ""),
        (str(int((NOON + timedelta(days=2)).timestamp())), 7, ""),
    ],
)
def test_a_token_is_asked_for_so_many_days_before(said: str, days: int, expired: str) -> None:
    account = WHATSAPP.model_copy(update={"settings": {"token_expires_at": said}})

    found = token_expires(account, NOON, AlertRules(expiry_days=days))

    assert found is not None
    assert (found.subject, found.facts["expired"]) == ("wa", expired)
    assert found.channel is (Channel.WHATSAPP if expired else None)


@pytest.mark.parametrize(
    "said",
    ["0001-01-01", "1999-12-31", "9999-01-01", "0001-01-01T00:00:00+05:00", "253402300799", "60"],
)
def test_a_year_that_no_token_has_is_no_moment(said: str, caplog: pytest.LogCaptureFixture) -> None:
    account = WHATSAPP.model_copy(update={"settings": {"token_expires_at": said}})

    assert token_expiry(account) is None
    assert token_expires(account, NOON, RULES) is None
    assert is_expiry_unreadable(account)
    assert "no moment" in caplog.text


@pytest.mark.parametrize("said", ["", " ", "0", "00", "2027-01-20", "2000-01-01", "9998-12-31"])
def test_a_moment_or_none_can_be_read(said: str, caplog: pytest.LogCaptureFixture) -> None:
    account = WHATSAPP.model_copy(update={"settings": {"token_expires_at": said}})

    assert (token_expiry(account) is None) is (not said.strip(" 0"))
    assert not is_expiry_unreadable(account)
    assert caplog.text == ""


@pytest.mark.parametrize("said", ["2026-03-09T12:00:01Z", "0", "", "soon", "9" * 30, "2026-13-01"])
def test_a_token_that_lasts_or_of_which_nothing_is_known_is_no_concern(said: str) -> None:
    account = WHATSAPP.model_copy(update={"settings": {"token_expires_at": said}})

    assert token_expires(account, NOON, RULES) is None


def test_a_moment_that_cannot_be_read_is_logged(caplog: pytest.LogCaptureFixture) -> None:
    assert token_expiry(WHATSAPP.model_copy(update={"settings": {"token_expires_at": "x"}})) is None
    assert "no moment" in caplog.text


def health(
    circuit: CircuitState = CircuitState.CLOSED, status: AccountStatus | None = None
) -> AccountHealth:
    told = status and AccountState(
        tenant_id="andinos",
        account_id="wa",
        provider=Provider.WHATSAPP_CLOUD,
        status=status,
        event="FLAGGED",
        at=NOON,
    )
    opened_at = None if circuit is CircuitState.CLOSED else NOON
    return AccountHealth(WHATSAPP, Circuit(state=circuit, opened_at=opened_at), told)


@pytest.mark.parametrize(
    ("circuit", "status", "down", "quality"),
    [
        (CircuitState.CLOSED, None, None, None),
        (CircuitState.OPEN, None, True, None),
        (CircuitState.HALF_OPEN, None, False, None),
        (CircuitState.CLOSED, AccountStatus.HEALTHY, None, None),
        (CircuitState.CLOSED, AccountStatus.DEGRADED, None, True),
        (CircuitState.CLOSED, AccountStatus.DISCONNECTED, True, False),
        (CircuitState.HALF_OPEN, AccountStatus.DISABLED, True, False),
    ],
)
def test_an_account_is_down_or_limited(
    circuit: CircuitState, status: AccountStatus | None, down: bool | None, quality: bool | None
) -> None:
    found = health(circuit, status)

    assert state_of(account_down(found)) is down
    assert state_of(account_quality(found)) is quality
    for condition in filter(None, (account_down(found), account_quality(found))):
        assert condition.channel is Channel.WHATSAPP


def a_state(
    *, status: str | None = None, quality: str | None = None, **changes: object
) -> TemplateState:
    state = TemplateState(
        tenant_id="andinos",
        account_id="wa",
        name="cita",
        language="es",
        status=status,
        quality=quality,
        at=NOON,
    )
    return state.model_copy(update=changes)


@pytest.mark.parametrize(
    ("status", "quality", "found"),
    [
        ("APPROVED", "GREEN", []),
        (None, None, []),
        ("REJECTED", None, [(AlertKind.TEMPLATE_STOPPED, True)]),
        ("PAUSED", None, [(AlertKind.TEMPLATE_STOPPED, True)]),
        ("PENDING", None, [(AlertKind.TEMPLATE_STOPPED, False)]),
        ("APPROVED", "YELLOW", [(AlertKind.TEMPLATE_QUALITY, False)]),
        (
            "DISABLED",
            "RED",
            [(AlertKind.TEMPLATE_STOPPED, True), (AlertKind.TEMPLATE_QUALITY, True)],
        ),
    ],
)
def test_a_template_is_stopped_or_of_low_quality(
    status: str | None, quality: str | None, found: list[tuple[AlertKind, bool]]
) -> None:
    state = a_state(status=status, quality=quality)

    conditions = list(template_conditions([state], {"wa"}, [CITA]))

    assert [(each.kind, each.stands) for each in conditions] == found
    assert all(each.subject == "wa/cita/es" for each in conditions)


def test_templates_that_nothing_in_force_names_are_nobodys_concern() -> None:
    states = [
        a_state(status="REJECTED", name="old"),
        a_state(status="REJECTED", language="en"),
        a_state(status="REJECTED", account_id="gone"),
    ]

    assert list(template_conditions(states, {"wa"}, [CITA])) == []


def test_a_template_of_twilio_is_known_by_its_id() -> None:
    sid = "HX" + "0" * 32
    state = a_state(status="REJECTED", name="copy_cita", content_sid=sid)
    named = CITA.model_copy(update={"content_sid": sid})

    assert len(list(template_conditions([state], {"wa"}, [named]))) == 1


def test_every_queue_that_is_not_empty_is_told_of() -> None:
    found = dead_letters({"requests": 0, "inbound": 2, "parked": 1})

    assert [each.facts for each in found] == [
        {"queue": "inbound", "messages": "2"},
        {"queue": "parked", "messages": "1"},
    ]


def test_a_budget_is_exhausted_until_it_is_another() -> None:
    spending = Spending(spent=Decimal("9.99"), budget=Decimal(10), exhausted_at=NOON)
    tenant = TENANT.model_copy(update={"monthly_budget": Decimal(10)})

    found = budget_exhausted(spending, tenant)

    assert found is not None
    assert found.facts == {"spent": "9.99", "budget": "10.00", "currency": "USD"}
    raised = tenant.model_copy(update={"monthly_budget": Decimal(20)})
    assert budget_exhausted(spending, raised) is None
    assert budget_exhausted(Spending(spent=Decimal(9)), tenant) is None
    assert budget_exhausted(spending, TENANT) is None


def test_one_account_out_or_most_messages_lost_is_enough_to_avoid_a_channel() -> None:
    mail = AccountHealth(MAIL, Circuit(), None)
    expired = AccountHealth(
        MAIL.model_copy(update={"settings": {"token_expires_at": "2026-03-01"}}), Circuit(), None
    )

    def broken(*accounts: AccountHealth, channel: Channel, counts: Tally) -> bool:
        one = ChannelHealth(channel=channel, tally=counts, accounts=accounts)
        return broken_channels([one], NOON) == {channel}

    down = health(CircuitState.OPEN)
    assert broken(down, health(), channel=Channel.WHATSAPP, counts=tally())
    assert broken(expired, channel=Channel.EMAIL, counts=tally())
    assert broken(mail, channel=Channel.EMAIL, counts=tally(2, failed=3))
    assert not broken(mail, channel=Channel.EMAIL, counts=tally(2, failed=2))
    limited = health(status=AccountStatus.DEGRADED)
    assert not broken(limited, channel=Channel.WHATSAPP, counts=tally(10))
