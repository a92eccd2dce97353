"""What every store of what providers say of templates must do."""

from __future__ import annotations

from datetime import timedelta
from typing import Protocol

from recado.domain.account_states import TemplateState
from tests.fakes.clock import NOON


class States(Protocol):
    """Implements `ports.StateKeeper` and the reader of template states."""

    def learn(self, state: TemplateState) -> None: ...

    def template_states(self, tenant_id: str) -> list[TemplateState]: ...


def said(status: str | None, **changes: object) -> TemplateState:
    fields: dict[str, object] = {"name": "cita", "language": "es", "status": status, "at": NOON}
    return TemplateState.model_validate(
        {"tenant_id": "andinos", "account_id": "wa", **fields, **changes}
    )


class TemplateStatesContract:
    """Give a subclass a fixture `states` that makes an empty store."""

    def test_what_was_said_is_listed_for_its_tenant(self, states: States) -> None:
        states.learn(said("APPROVED"))
        states.learn(said("PAUSED", tenant_id="valle"))

        assert states.template_states("andinos") == [said("APPROVED")]
        assert states.template_states("nobody") == []

    def test_a_newer_word_takes_the_place_of_an_older_and_never_the_other_way(
        self, states: States
    ) -> None:
        later = said("PAUSED", at=NOON + timedelta(hours=1))
        states.learn(later)
        states.learn(said("APPROVED", quality="GREEN"))

        assert states.template_states("andinos") == [later.model_copy(update={"quality": "GREEN"})]

    def test_a_new_word_is_seen_at_once_by_who_stored_it(self, states: States) -> None:
        states.learn(said("APPROVED"))
        states.template_states("andinos")
        states.learn(said("PAUSED", at=NOON + timedelta(hours=1)))

        assert [each.status for each in states.template_states("andinos")] == ["PAUSED"]

    def test_templates_of_one_name_are_told_apart_by_their_sids(self, states: States) -> None:
        for number in range(2):
            states.learn(said("APPROVED", content_sid=f"HX{number:032}"))

        assert len(states.template_states("andinos")) == 2
