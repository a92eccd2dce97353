"""What every implementation of `ports.OrchestrationRepository` must do."""

from __future__ import annotations

import pytest

from recado.domain.channels import Channel
from recado.domain.orchestration import Orchestration, OrchestrationName, Target
from recado.ports.orchestration import OrchestrationQuery, OrchestrationRepository
from tests.fakes.clock import NOON


def an_orchestration(
    service_type: str = "frenos", target: Target = Target.CLIENTS, *, tenant_id: str = "andinos"
) -> Orchestration:
    return Orchestration(
        tenant_id=tenant_id,
        service_type=service_type,
        target=target,
        matrix={"phase-schedule": {Channel.EMAIL: True, Channel.SMS: False}},
        updated_at=NOON,
    )


def stored(orchestration: Orchestration) -> Orchestration:
    return orchestration.model_copy(update={"version": orchestration.version + 1})


def ids(
    orchestrations: OrchestrationRepository, *, tenant_id: str = "andinos", **query: object
) -> list[str]:
    asked = OrchestrationQuery.model_validate({"limit": 50, **query})
    return [each.name.orchestration_id for each in orchestrations.page(tenant_id, asked)]


class OrchestrationRepositoryContract:
    """Inherit and give a fixture `orchestrations` that is empty."""

    @pytest.fixture
    def several(self, orchestrations: OrchestrationRepository) -> OrchestrationRepository:
        for service_type in ("pintura", "frenos", "frenos-abs"):
            for target in Target:
                orchestrations.save(an_orchestration(service_type, target))
        return orchestrations

    def test_an_orchestration_is_found_as_it_was(
        self, orchestrations: OrchestrationRepository
    ) -> None:
        assert orchestrations.save(an_orchestration())

        found = orchestrations.find("andinos", an_orchestration().name)
        assert found == stored(an_orchestration())

    def test_what_is_not_there_is_not_found(self, orchestrations: OrchestrationRepository) -> None:
        orchestrations.save(an_orchestration())

        staff = OrchestrationName(service_type="frenos", target=Target.STAFF)
        assert orchestrations.find("andinos", staff) is None

    def test_invariant_10_another_tenant_finds_nothing(
        self, orchestrations: OrchestrationRepository
    ) -> None:
        orchestrations.save(an_orchestration())

        assert orchestrations.find("costa", an_orchestration().name) is None
        assert ids(orchestrations, tenant_id="costa") == []

    def test_a_new_one_never_replaces_one(self, orchestrations: OrchestrationRepository) -> None:
        orchestrations.save(an_orchestration())

        assert not orchestrations.save(an_orchestration())

    def test_only_one_of_two_changes_of_a_version_is_stored(
        self, orchestrations: OrchestrationRepository
    ) -> None:
        orchestrations.save(an_orchestration())
        current = stored(an_orchestration())
        first = current.model_copy(update={"matrix": {"phase-schedule": {Channel.PUSH: True}}})

        assert orchestrations.save(first)
        assert not orchestrations.save(current.model_copy(update={"matrix": {}}))

        assert orchestrations.find("andinos", current.name) == stored(first)

    def test_what_was_read_can_be_removed(self, orchestrations: OrchestrationRepository) -> None:
        orchestrations.save(an_orchestration())

        assert orchestrations.delete(stored(an_orchestration()))

        assert orchestrations.find("andinos", an_orchestration().name) is None
        assert orchestrations.save(an_orchestration())

    def test_what_was_changed_meanwhile_is_not_removed(
        self, orchestrations: OrchestrationRepository
    ) -> None:
        orchestrations.save(an_orchestration())
        orchestrations.save(stored(an_orchestration()))

        assert not orchestrations.delete(stored(an_orchestration()))
        assert orchestrations.find("andinos", an_orchestration().name) is not None

    def test_what_was_removed_is_neither_changed_nor_removed_again(
        self, orchestrations: OrchestrationRepository
    ) -> None:
        orchestrations.save(an_orchestration())
        orchestrations.delete(stored(an_orchestration()))

        assert not orchestrations.save(stored(an_orchestration()))
        assert not orchestrations.delete(stored(an_orchestration()))

    def test_all_are_listed_by_service_type_and_target(
        self, several: OrchestrationRepository
    ) -> None:
        in_order = [
            *("frenos.clients", "frenos.staff", "frenos-abs.clients", "frenos-abs.staff"),
            *("pintura.clients", "pintura.staff"),
        ]
        assert ids(several) == in_order
        assert ids(several, descending=True) == in_order[::-1]

    def test_a_list_is_narrowed_by_service_type_and_target(
        self, several: OrchestrationRepository
    ) -> None:
        assert ids(several, service_type="frenos") == ["frenos.clients", "frenos.staff"]
        assert ids(several, service_type="frenos", target="staff") == ["frenos.staff"]
        assert ids(several, target="clients", limit=2) == ["frenos.clients", "frenos-abs.clients"]
        assert ids(several, service_type="avaluo") == []

    @pytest.mark.parametrize("limit", [1, 2, 4, 5, 6])
    @pytest.mark.parametrize("descending", [False, True])
    @pytest.mark.parametrize("target", [None, Target.STAFF])
    def test_pages_together_are_the_whole_list(
        self,
        several: OrchestrationRepository,
        limit: int,
        descending: bool,
        target: Target | None,
    ) -> None:
        walked: list[str] = []
        after = None
        asked = {"descending": descending, "target": target}
        while page := several.page(
            "andinos",
            OrchestrationQuery.model_validate({**asked, "after": after, "limit": limit}),
        ):
            assert len(page) <= limit
            walked += [each.name.orchestration_id for each in page]
            after = page[-1].name

        assert walked == ids(several, **asked)

    @pytest.mark.parametrize("descending", [False, True])
    def test_a_page_after_what_was_removed_goes_on_where_it_was(
        self, several: OrchestrationRepository, descending: bool
    ) -> None:
        gone = OrchestrationName(service_type="frenos-abs", target=Target.CLIENTS)
        read = several.find("andinos", gone)
        assert read is not None and several.delete(read)

        [following] = ids(several, after=gone, limit=1, descending=descending)
        assert following == ("frenos.staff" if descending else "frenos-abs.staff")

    @pytest.mark.parametrize("descending", [False, True])
    @pytest.mark.parametrize("after", ["avaluo", "zapatas"])
    def test_a_page_never_leaves_its_service_type(
        self, several: OrchestrationRepository, after: str, descending: bool
    ) -> None:
        name = OrchestrationName(service_type=after, target=Target.CLIENTS)
        found = ids(several, service_type="frenos", after=name, descending=descending)

        is_before = (after == "zapatas") is descending
        whole = (
            ["frenos.staff", "frenos.clients"]
            if descending
            else ids(several, service_type="frenos")
        )
        assert found == (whole if is_before else [])
