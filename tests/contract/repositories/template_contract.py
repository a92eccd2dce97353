"""What every implementation of `ports.TemplateRepository` must do."""

from __future__ import annotations

from datetime import timedelta
from typing import Protocol

from recado.domain.channels import Channel
from recado.domain.orchestration import Target
from recado.domain.template_versions import TemplateHead, first_head
from recado.domain.templates import SmsContent, Template, TemplateSlot
from recado.ports.templates import TemplateRepository
from tests.fakes.clock import NOON

TENANT = "andinos"
LATER = NOON + timedelta(hours=1)


class WritableTemplates(TemplateRepository, Protocol):
    """A repository that a tenant's files are loaded into, too."""

    def put(self, template: Template) -> None:
        """Store a version whose number somebody else chose, and put it in force."""
        ...


def a_slot(phase: str = "phase-schedule", locale: str = "es") -> TemplateSlot:
    return TemplateSlot(
        service_type="mantenimiento",
        phase=phase,
        target=Target.CLIENTS,
        channel=Channel.SMS,
        locale=locale,
    )


def a_template(
    version: int = 1, text: str = "Hola", *, slot: TemplateSlot | None = None, tenant: str = TENANT
) -> Template:
    return Template(
        tenant_id=tenant,
        slot=slot or a_slot(),
        version=version,
        content=SmsContent(text=text),
        created_at=NOON,
    )


ID = a_slot().template_id


def create(repository: TemplateRepository, template: Template) -> TemplateHead:
    """Store a first version in force; gives the head as it is stored."""
    head = first_head(template, NOON)
    assert repository.save(head, added=template, in_force=template)
    return head.model_copy(update={"version": 1})


def stored(repository: TemplateRepository) -> TemplateHead:
    head = repository.head(TENANT, ID)
    assert head is not None
    return head


class TemplateRepositoryContract:
    """Inherit and give a fixture `repository` that is empty."""

    def test_a_new_template_is_there_with_its_version_and_in_force(
        self, repository: WritableTemplates
    ) -> None:
        head = create(repository, a_template())

        assert repository.head(TENANT, ID) == head
        assert repository.version(TENANT, ID, 1) == a_template()
        assert repository.in_force(TENANT, [ID]) == {ID: a_template()}
        assert repository.which_in_force(TENANT, [ID, "none"]) == {ID}
        assert repository.heads(TENANT) == [head]
        assert repository.heads_of(TENANT, [ID, "other"]) == {ID: head}

    def test_a_draft_is_not_in_force(self, repository: WritableTemplates) -> None:
        head = first_head(a_template(), NOON, publish=False)

        assert repository.save(head, added=a_template(), in_force=a_template())

        assert repository.in_force(TENANT, [ID]) == {}
        assert repository.version(TENANT, ID, 1) == a_template()

    def test_a_new_template_never_replaces_one(self, repository: WritableTemplates) -> None:
        create(repository, a_template())
        other = a_template(text="other")

        assert not repository.save(first_head(other, NOON), added=other, in_force=other)

        assert repository.in_force(TENANT, [ID]) == {ID: a_template()}
        assert repository.version(TENANT, ID, 1) == a_template()

    def test_of_two_changes_of_one_version_one_is_stored_and_nothing_of_the_other(
        self, repository: WritableTemplates
    ) -> None:
        head = create(repository, a_template())
        first, second = a_template(2, "first"), a_template(2, "second")
        changed = head.with_next_version(LATER, publish=True)

        assert repository.save(changed, added=first, in_force=first)
        assert not repository.save(changed, added=second, in_force=second)

        assert repository.in_force(TENANT, [ID]) == {ID: first}
        assert repository.version(TENANT, ID, 2) == first
        assert stored(repository).version == 2

    def test_nothing_is_stored_where_a_template_that_is_needed_is_not_in_force(
        self, repository: WritableTemplates
    ) -> None:
        other = a_template(slot=a_slot(locale="en"))
        archived = create(repository, a_template()).archived(LATER)

        assert not repository.save(archived, needed={other.template_id})
        assert repository.which_in_force(TENANT, [ID]) == {ID}
        create(repository, other)

        assert repository.save(archived, needed={other.template_id})
        assert repository.which_in_force(TENANT, [ID]) == set()

    def test_a_version_is_never_written_over(self, repository: WritableTemplates) -> None:
        head = create(repository, a_template())

        assert not repository.save(head.named("x", LATER), added=a_template(text="other"))

        assert stored(repository).name is None
        assert repository.version(TENANT, ID, 1) == a_template()

    def test_a_change_that_is_not_about_the_version_in_force_leaves_it(
        self, repository: WritableTemplates
    ) -> None:
        head = create(repository, a_template())
        draft = a_template(2, "draft")

        assert repository.save(head.with_next_version(LATER, publish=False), added=draft)

        assert repository.in_force(TENANT, [ID]) == {ID: a_template()}
        assert stored(repository).latest == 2

    def test_an_archived_template_is_out_of_force_and_keeps_its_versions(
        self, repository: WritableTemplates
    ) -> None:
        head = create(repository, a_template())

        assert repository.save(head.archived(LATER))

        assert repository.in_force(TENANT, [ID]) == {}
        assert repository.version(TENANT, ID, 1) == a_template()
        assert stored(repository).archived_at == LATER

    def test_versions_come_newest_first_page_by_page(self, repository: WritableTemplates) -> None:
        head = create(repository, a_template())
        for number in range(2, 12):
            head = stored(repository).with_next_version(LATER, publish=False)
            assert repository.save(head, added=a_template(number, f"text {number}"))

        found, before = [], None
        while True:
            page = repository.versions(TENANT, ID, before=before, limit=4)
            found += [template.version for template in page.versions]
            if page.next is None:
                break
            before = page.next

        assert found == list(range(11, 0, -1))

    def test_versions_of_another_template_with_a_longer_id_are_not_among_them(
        self, repository: WritableTemplates
    ) -> None:
        create(repository, a_template())
        create(repository, a_template(slot=a_slot(locale="es-CO")))

        page = repository.versions(TENANT, ID, before=None, limit=10)

        assert [template.slot.locale for template in page.versions] == ["es"]

    def test_invariant_10_another_tenant_finds_nothing(self, repository: WritableTemplates) -> None:
        create(repository, a_template())

        assert repository.head("costa", ID) is None
        assert repository.heads("costa") == []
        assert repository.heads_of("costa", [ID]) == {}
        assert repository.version("costa", ID, 1) is None
        assert repository.versions("costa", ID, before=None, limit=10).versions == ()
        assert repository.in_force("costa", [ID]) == {}

    def test_loading_a_version_puts_it_in_force_and_makes_the_head(
        self, repository: WritableTemplates
    ) -> None:
        repository.put(a_template())
        repository.put(a_template(2, "next"))

        head = stored(repository)
        assert (head.latest, head.published, head.published_before) == (2, 2, (1,))
        assert repository.in_force(TENANT, [ID]) == {ID: a_template(2, "next")}

    def test_loading_the_same_again_changes_nothing(self, repository: WritableTemplates) -> None:
        repository.put(a_template())
        before = stored(repository)

        repository.put(a_template())

        assert stored(repository) == before

    def test_loading_brings_an_archived_template_back(self, repository: WritableTemplates) -> None:
        head = create(repository, a_template())
        repository.save(head.archived(LATER))

        repository.put(a_template(2, "next"))

        assert stored(repository).archived_at is None
        assert repository.in_force(TENANT, [ID]) == {ID: a_template(2, "next")}
