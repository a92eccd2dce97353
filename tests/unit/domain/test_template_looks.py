"""What a look at a provider's templates tells beyond what webhooks said."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from recado.domain.account_states import TemplateState, withheld_as
from recado.domain.channels import ChannelAccount, Provider
from recado.domain.probes import ProviderTemplate
from recado.domain.template_looks import LIST_LAGS, Learned, learned_by_looking
from recado.domain.templates import ApprovedTemplate
from tests.fakes.clock import NOON

HOUR = timedelta(hours=1)
SID = "HX" + "0" * 32
CITA = ApprovedTemplate(name="cita", language="es")


def account(account_id: str = "wa", **settings: str) -> ChannelAccount:
    return ChannelAccount(
        tenant_id="andinos",
        account_id=account_id,
        provider=Provider.WHATSAPP_CLOUD,
        settings=settings,
    )


def state(status: str | None = "APPROVED", **changes: object) -> TemplateState:
    fields: dict[str, object] = {"name": "cita", "language": "es", "at": NOON, "status": status}
    return TemplateState.model_validate(
        {"tenant_id": "andinos", "account_id": "wa", **fields, **changes}
    )


def listed(status: str = "APPROVED", **changes: object) -> ProviderTemplate:
    fields: dict[str, object] = {"name": "cita", "language": "es", "status": status}
    return ProviderTemplate.model_validate({**fields, **changes})


def look(
    *templates: ProviderTemplate,
    known: tuple[TemplateState, ...] = (),
    at: datetime = NOON + HOUR,
) -> list[Learned]:
    return learned_by_looking(account(), templates, known=known, looked_at=at)


def test_the_first_look_learns_everything() -> None:
    [learned] = look(listed("REJECTED", rejected_reason="SCAM", quality="RED", category="UTILITY"))

    assert learned.before is None
    assert learned.told == state(
        "REJECTED", reason="SCAM", quality="RED", category="UTILITY", at=NOON + HOUR
    )
    assert not learned.is_recategorised


def test_what_is_as_it_was_is_not_learned_again() -> None:
    known = state("PAUSED", reason="FIRST_PAUSE", quality="RED", category="UTILITY")

    assert look(listed("PAUSED", quality="RED", category="UTILITY"), known=(known,)) == []
    assert look(listed("PAUSED"), known=(known,)) == []


def test_a_look_takes_the_place_of_an_older_word() -> None:
    known = state("PAUSED", reason="FIRST_PAUSE")

    [learned] = look(listed("APPROVED"), known=(known,))

    assert known.updated_by(learned.told) == state("APPROVED", at=NOON + HOUR)


@pytest.mark.parametrize("said_after_the_look", [-LIST_LAGS / 2, timedelta(), LIST_LAGS, HOUR])
def test_a_webhooks_newer_word_stays(said_after_the_look: timedelta) -> None:
    known = state("PAUSED", at=NOON + said_after_the_look)

    assert look(listed("APPROVED"), known=(known,), at=NOON) == []
    assert look(known=(known,), at=NOON) == []


@pytest.mark.parametrize("word", ["FLAGGED", "REINSTATED"])
def test_a_word_that_lists_do_not_know_stays(word: str) -> None:
    assert look(listed("APPROVED"), known=(state(word),)) == []
    assert len(look(listed("PAUSED"), known=(state(word),))) == 1


def test_a_status_that_cannot_be_read_changes_nothing() -> None:
    assert look(listed("UNKNOWN"), known=(state("PAUSED"),)) == []


def test_a_template_that_vanished_is_deleted_once() -> None:
    known = state("APPROVED", quality="GREEN")

    [learned] = look(known=(known,))

    assert learned.told.status == "DELETED"
    assert look(known=(known.updated_by(learned.told),), at=NOON + 2 * HOUR) == []


def test_another_accounts_templates_do_not_vanish() -> None:
    assert look(known=(state(account_id="another"),)) == []


def test_another_category_is_noticed() -> None:
    [learned] = look(listed(category="MARKETING"), known=(state(category="UTILITY"),))

    assert learned.is_recategorised
    assert learned.told.status is None
    assert state(category="UTILITY").updated_by(learned.told).category == "MARKETING"


def test_twilio_has_several_templates_of_one_name() -> None:
    others = [listed(content_sid=f"HX{number:032}") for number in range(3)]

    assert len(look(*others)) == 3


statuses = st.sampled_from(["APPROVED", "PAUSED", "REJECTED", "FLAGGED", "UNKNOWN"])


@given(
    before=st.none() | st.builds(state, statuses, category=st.sampled_from([None, "UTILITY"])),
    now=st.none() | st.builds(listed, statuses, quality=st.sampled_from([None, "GREEN"])),
    minutes=st.integers(-30, 30),
)
def test_a_second_look_learns_nothing(
    before: TemplateState | None, now: ProviderTemplate | None, minutes: int
) -> None:
    templates = () if now is None else (now,)
    at = NOON + timedelta(minutes=minutes)
    first = look(*templates, known=() if before is None else (before,), at=at)
    after = [each.before.updated_by(each.told) if each.before else each.told for each in first]
    known = tuple(after) or (() if before is None else (before,))

    assert look(*templates, known=known, at=at) == []


@pytest.mark.parametrize(
    ("status", "reason"),
    [
        ("PAUSED", "template_paused"),
        ("REJECTED", "template_rejected"),
        ("DISABLED", "template_disabled"),
        ("DELETED", "template_deleted"),
        ("PENDING_DELETION", "template_pending_deletion"),
        ("APPROVED", None),
        ("FLAGGED", None),
        ("PENDING", None),
        ("SOMETHING_NEW", None),
        (None, None),
    ],
)
def test_only_what_is_surely_refused_is_withheld(status: str | None, reason: str | None) -> None:
    found = withheld_as(account(), CITA, accounts=[account()], states=[state(status)])
    assert found == reason


def test_of_what_nothing_was_said_may_be_sent() -> None:
    others = [state("PAUSED", name="otra"), state("PAUSED", language="en")]

    assert withheld_as(account(), CITA, accounts=[account()], states=others) is None


def test_numbers_of_one_business_account_share_what_was_said() -> None:
    one, other = account("wa", business_account_id="9"), account("wb", business_account_id="9")
    stranger = account("wc", business_account_id="8")
    accounts = [one, other, stranger]
    states = [state("APPROVED"), state("PAUSED", account_id="wb", at=NOON + HOUR)]

    assert withheld_as(one, CITA, accounts=accounts, states=states) == "template_paused"
    assert withheld_as(stranger, CITA, accounts=accounts, states=states) is None
    later = state("APPROVED", at=NOON + 2 * HOUR)
    assert withheld_as(other, CITA, accounts=accounts, states=[*states, later]) is None


def test_twilio_names_a_template_by_its_sid_alone() -> None:
    paused = state("PAUSED", name="Cita de taller", content_sid=SID)
    named = CITA.model_copy(update={"content_sid": SID})

    assert withheld_as(account(), named, accounts=[account()], states=[paused]) is not None
    assert withheld_as(account(), CITA, accounts=[account()], states=[paused]) is None
