"""Templates are changed one version after the other, and none is lost."""

from __future__ import annotations

from dataclasses import dataclass, field

import pytest

from recado.domain.account_states import AccountState, TemplateState
from recado.domain.channels import Channel
from recado.domain.errors import (
    AlreadyExistsError,
    ChangedMeanwhileError,
    ConflictError,
    InUseError,
    NotFoundError,
    PreconditionFailedError,
    TemplateRefusedError,
    UnprocessableError,
)
from recado.domain.orchestration import Orchestration, Target
from recado.domain.template_versions import CurrentTemplate, TemplateStatus
from recado.domain.templates import EmailContent, SmsContent, TemplateContent, TemplateSlot
from recado.services.change_stored import VersionCheck
from recado.services.edit_templates import Draft, EditTemplates
from recado.services.explain_template import ExplainTemplate, Place
from recado.services.read_templates import ReadTemplates, TemplateFilter, TemplateOrder
from tests.fakes.clock import FakeClock
from tests.fakes.configuration import FakeConfiguration
from tests.fakes.directory import FakeDirectory
from tests.fakes.orchestration import FakeOrchestrations
from tests.workshop import TENANT, furnish

TENANT_ID = TENANT.tenant_id
IN_USE = "mantenimiento.phase-schedule.clients.email.es"


def a_slot(
    service_type: str = "mantenimiento", locale: str = "es", channel: Channel = Channel.SMS
) -> TemplateSlot:
    return TemplateSlot(
        service_type=service_type,
        phase="phase-schedule",
        target=Target.CLIENTS,
        channel=channel,
        locale=locale,
    )


def sms(text: str) -> SmsContent:
    return SmsContent(text=text)


def draft(content: TemplateContent, *, publish: bool = True, name: str | None = None) -> Draft:
    return Draft(name=name, content=content, publish=publish)


def anything(version: int) -> None:
    """Take any stored version."""


def only(wanted: int) -> VersionCheck:
    def check(version: int) -> None:
        if version != wanted:
            raise PreconditionFailedError("changed")

    return check


@dataclass
class Desk:
    """Where templates are written, over fakes."""

    configuration: FakeConfiguration = field(default_factory=FakeConfiguration)
    orchestrations: FakeOrchestrations = field(default_factory=FakeOrchestrations)
    clock: FakeClock = field(default_factory=FakeClock)

    def __post_init__(self) -> None:
        furnish(self.configuration, FakeDirectory())
        self.templates = self.configuration.template_store
        self.enable(Channel.EMAIL)
        self.edit = EditTemplates(
            templates=self.templates,
            configuration=self.configuration,
            orchestrations=self.orchestrations,
            clock=self.clock,
        )
        self.read = ReadTemplates(templates=self.templates, states=NoStates())
        self.explain = ExplainTemplate(
            templates=self.templates,
            configuration=self.configuration,
            orchestrations=self.orchestrations,
        )

    def enable(self, *channels: Channel) -> None:
        assert self.orchestrations.save(
            Orchestration(
                tenant_id=TENANT_ID,
                service_type="mantenimiento",
                target=Target.CLIENTS,
                matrix={"phase-schedule": dict.fromkeys(channels, True)},
            )
        )

    def create(self, text: str = "uno", slot: TemplateSlot | None = None) -> str:
        slot = slot or a_slot()
        self.edit.create(TENANT_ID, slot, draft(sms(text)))
        return slot.template_id

    def rewrite(self, template_id: str, text: str, *, publish: bool = True) -> CurrentTemplate:
        wanted = draft(sms(text), publish=publish)
        return self.edit.change(TENANT_ID, template_id, lambda _: wanted, check=anything)

    def text_in_force(self, template_id: str) -> str | None:
        template = self.templates.in_force(TENANT_ID, [template_id]).get(template_id)
        if template is None:
            return None
        assert isinstance(template.content, SmsContent)
        return template.content.text


class NoStates:
    """Providers that said nothing."""

    def account_states(self, tenant_id: str) -> list[AccountState]:
        return []

    def template_states(self, tenant_id: str) -> list[TemplateState]:
        return []


@pytest.fixture
def desk() -> Desk:
    return Desk()


def test_a_new_template_is_in_force_at_once(desk: Desk) -> None:
    current = desk.edit.create(TENANT_ID, a_slot(), draft(sms("uno"), name="Cita"))

    assert (current.head.published, current.head.name, current.head.version) == (1, "Cita", 1)
    assert desk.text_in_force(a_slot().template_id) == "uno"


def test_a_template_that_is_not_published_is_a_draft(desk: Desk) -> None:
    current = desk.edit.create(TENANT_ID, a_slot(), draft(sms("uno"), publish=False))

    assert current.head.status is TemplateStatus.DRAFT
    assert desk.text_in_force(a_slot().template_id) is None


@pytest.mark.parametrize(
    ("slot", "content", "error", "field_name"),
    [
        (a_slot("nothing"), sms("x"), UnprocessableError, "service_type_id"),
        (
            a_slot().model_copy(update={"phase": "phase-x"}),
            sms("x"),
            UnprocessableError,
            "phase_id",
        ),
        (a_slot(), EmailContent(subject="s", text="t"), UnprocessableError, "content.channel"),
        (a_slot(), sms("{{Otra}} {{Ajena}}"), TemplateRefusedError, "content"),
        (a_slot(), sms("{% for x in y %}"), TemplateRefusedError, "content.text"),
        (
            a_slot(channel=Channel.EMAIL, locale="en"),
            EmailContent(subject="s", text="é" * 99_000, html="é" * 99_000),
            UnprocessableError,
            "content",
        ),
    ],
)
def test_what_makes_no_template_is_refused_with_its_field(
    desk: Desk,
    slot: TemplateSlot,
    content: TemplateContent,
    error: type[UnprocessableError],
    field_name: str,
) -> None:
    with pytest.raises(error) as refusal:
        desk.edit.create(TENANT_ID, slot, draft(content))

    assert refusal.value.field == field_name
    assert desk.templates.head(TENANT_ID, slot.template_id) is None


def test_undeclared_variables_are_all_named(desk: Desk) -> None:
    with pytest.raises(TemplateRefusedError, match="Ajena, Otra"):
        desk.edit.create(TENANT_ID, a_slot(), draft(sms("{{Otra}} {{Ajena}} {{Nombre}}")))


def test_a_slot_that_is_filled_is_not_filled_again(desk: Desk) -> None:
    desk.create()

    with pytest.raises(AlreadyExistsError):
        desk.create("dos")

    assert desk.text_in_force(a_slot().template_id) == "uno"


def test_another_content_is_the_next_version_and_in_force(desk: Desk) -> None:
    template_id = desk.create()

    current = desk.rewrite(template_id, "dos")

    assert (current.head.latest, current.head.published) == (2, 2)
    assert desk.text_in_force(template_id) == "dos"


def test_a_draft_version_waits_until_it_is_published(desk: Desk) -> None:
    template_id = desk.create()

    desk.rewrite(template_id, "dos", publish=False)
    assert desk.text_in_force(template_id) == "uno"

    desk.edit.publish(TENANT_ID, template_id, 2, check=anything)
    assert desk.text_in_force(template_id) == "dos"


def test_the_same_content_makes_no_version_and_publishes_a_draft(desk: Desk) -> None:
    template_id = desk.create()
    desk.rewrite(template_id, "dos", publish=False)

    current = desk.rewrite(template_id, "dos")
    again = desk.rewrite(template_id, "dos")

    assert (current.head.latest, current.head.published) == (2, 2)
    assert again == current


def test_rolling_back_puts_the_version_before_in_force(desk: Desk) -> None:
    template_id = desk.create()
    desk.rewrite(template_id, "dos")

    desk.edit.roll_back(TENANT_ID, template_id, check=anything)

    assert desk.text_in_force(template_id) == "uno"
    with pytest.raises(ConflictError):
        desk.edit.roll_back(TENANT_ID, template_id, check=anything)


def test_a_version_that_does_not_exist_cannot_be_published(desk: Desk) -> None:
    template_id = desk.create()

    with pytest.raises(NotFoundError):
        desk.edit.publish(TENANT_ID, template_id, 2, check=anything)


def test_of_two_updates_of_one_version_the_second_is_refused(desk: Desk) -> None:
    template_id = desk.create()
    desk.templates.meanwhile = lambda: desk.rewrite(template_id, "theirs")
    mine = draft(sms("mine"))

    with pytest.raises(PreconditionFailedError):
        desk.edit.change(TENANT_ID, template_id, lambda _: mine, check=only(1))

    assert desk.text_in_force(template_id) == "theirs"


def test_of_two_updates_of_any_version_both_are_made_one_after_the_other(desk: Desk) -> None:
    template_id = desk.create()
    desk.templates.meanwhile = lambda: desk.rewrite(template_id, "theirs")

    current = desk.rewrite(template_id, "mine")

    assert current.head.latest == 3
    texts = [
        version.content.text
        for number in (1, 2, 3)
        if (version := desk.templates.version(TENANT_ID, template_id, number))
        and isinstance(version.content, SmsContent)
    ]
    assert texts == ["uno", "theirs", "mine"]


def test_an_update_among_endless_others_gives_up(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    template_id = desk.create()
    monkeypatch.setattr(desk.templates, "save", lambda *_, **__: False)

    with pytest.raises(ChangedMeanwhileError):
        desk.rewrite(template_id, "mine")


class TestArchiving:
    def test_an_archived_template_is_not_sent_and_its_versions_stay(self, desk: Desk) -> None:
        template_id = desk.create()

        desk.edit.archive(TENANT_ID, template_id, check=anything)
        desk.edit.archive(TENANT_ID, template_id, check=anything)

        assert desk.text_in_force(template_id) is None
        assert desk.read.version(TENANT_ID, template_id, 1).newest.version == 1

    def test_the_last_template_of_an_enabled_cell_cannot_be_archived(self, desk: Desk) -> None:
        with pytest.raises(InUseError, match=r"'mantenimiento\.clients'") as refusal:
            desk.edit.archive(TENANT_ID, IN_USE, check=anything)

        assert "mantenimiento, aceite" in str(refusal.value)
        assert IN_USE in desk.templates.in_force(TENANT_ID, [IN_USE])

    def test_a_subtypes_template_can_go_because_its_types_takes_over(self, desk: Desk) -> None:
        slot = a_slot("aceite", channel=Channel.EMAIL)
        content = EmailContent(subject="s", text="t")
        desk.edit.create(TENANT_ID, slot, draft(content))

        desk.edit.archive(TENANT_ID, slot.template_id, check=anything)

        assert desk.templates.in_force(TENANT_ID, [slot.template_id]) == {}

    def test_a_types_template_stays_when_only_a_subtype_has_its_own(self, desk: Desk) -> None:
        slot = a_slot("aceite", channel=Channel.EMAIL)
        desk.edit.create(TENANT_ID, slot, draft(EmailContent(subject="s", text="t")))

        with pytest.raises(InUseError, match=r"for: mantenimiento$"):
            desk.edit.archive(TENANT_ID, IN_USE, check=anything)

    def test_a_regions_template_can_go_because_its_languages_takes_over(self, desk: Desk) -> None:
        slot = a_slot(locale="es-CO", channel=Channel.EMAIL)
        desk.edit.create(TENANT_ID, slot, draft(EmailContent(subject="s", text="t")))

        desk.edit.archive(TENANT_ID, slot.template_id, check=anything)

        assert desk.templates.in_force(TENANT_ID, [slot.template_id]) == {}

    def test_of_two_that_stand_in_for_each_other_one_stays(self, desk: Desk) -> None:
        desk.configuration.put_tenant(TENANT.model_copy(update={"locale": "es-EC"}))
        slot = a_slot(locale="es-EC", channel=Channel.EMAIL)
        desk.edit.create(TENANT_ID, slot, draft(EmailContent(subject="s", text="t")))
        desk.templates.meanwhile = lambda: desk.edit.archive(
            TENANT_ID, slot.template_id, check=anything
        )

        with pytest.raises(InUseError):
            desk.edit.archive(TENANT_ID, IN_USE, check=anything)

        assert desk.templates.which_in_force(TENANT_ID, [IN_USE, slot.template_id]) == {IN_USE}

    def test_a_draft_can_always_go(self, desk: Desk) -> None:
        slot = a_slot(locale="en", channel=Channel.EMAIL)
        content = EmailContent(subject="s", text="t")
        desk.edit.create(TENANT_ID, slot, draft(content, publish=False))

        desk.edit.archive(TENANT_ID, slot.template_id, check=anything)

        assert desk.read.one(TENANT_ID, slot.template_id).head.status is TemplateStatus.ARCHIVED

    def test_an_archived_template_is_revived_as_its_next_version_only(self, desk: Desk) -> None:
        template_id = desk.create()
        desk.edit.archive(TENANT_ID, template_id, check=anything)

        with pytest.raises(ConflictError):
            desk.rewrite(template_id, "dos")
        revived = desk.edit.create(TENANT_ID, a_slot(), draft(sms("dos")))

        assert (revived.head.latest, revived.head.published) == (2, 2)
        assert desk.text_in_force(template_id) == "dos"


class TestLists:
    def page(self, desk: Desk, **wanted: object) -> list[str]:
        found, after = [], None
        while True:
            page = desk.read.page(
                TENANT_ID,
                TemplateFilter.model_validate(wanted),
                order=TemplateOrder.TEMPLATE_ID,
                after=after,
                limit=2,
            )
            found += [head.template_id for head in page.heads]
            if page.next is None:
                return found
            after = page.next

    def test_all_are_listed_page_by_page_in_order(self, desk: Desk) -> None:
        listed = self.page(desk)

        assert len(listed) == 6
        assert listed == sorted(listed)

    def test_filters_narrow_the_list(self, desk: Desk) -> None:
        assert self.page(desk, channel="email", target="clients") == [IN_USE]
        assert self.page(desk, service_type="aceite") == []
        assert len(self.page(desk, phase="phase-schedule", locale="es")) == 6

    def test_archived_ones_are_listed_only_when_asked_for(self, desk: Desk) -> None:
        template_id = desk.create()
        desk.edit.archive(TENANT_ID, template_id, check=anything)

        assert template_id not in self.page(desk)
        assert self.page(desk, status="archived") == [template_id]

    def test_the_latest_change_comes_first_when_asked_so(self, desk: Desk) -> None:
        desk.clock.advance(hours=1)
        template_id = desk.create()

        page = desk.read.page(
            TENANT_ID,
            TemplateFilter(),
            order=TemplateOrder.UPDATED_AT_BACKWARDS,
            after=None,
            limit=1,
        )

        assert [head.template_id for head in page.heads] == [template_id]


class TestExplanations:
    def place(self, **changes: object) -> Place:
        fields = {
            "service_type": "aceite",
            "phase": "phase-schedule",
            "channel": "email",
            "target": "clients",
            **changes,
        }
        return Place.model_validate(fields)

    def test_the_winner_and_every_candidate_are_told(self, desk: Desk) -> None:
        draft_slot = a_slot("aceite", locale="es", channel=Channel.EMAIL)
        content = EmailContent(subject="s", text="t")
        desk.edit.create(TENANT_ID, draft_slot, draft(content, publish=False))

        found = desk.explain(TENANT_ID, self.place(locale="es-CO"))

        assert found.template is not None
        assert found.template.template_id == IN_USE
        assert [(c.template_id, c.found, c.status, c.chosen) for c in found.candidates] == [
            ("aceite.phase-schedule.clients.email.es-CO", False, None, False),
            ("aceite.phase-schedule.clients.email.es", False, TemplateStatus.DRAFT, False),
            ("mantenimiento.phase-schedule.clients.email.es-CO", False, None, False),
            (IN_USE, True, TemplateStatus.PUBLISHED, True),
        ]
        assert found.reason == (
            "The subtype 'aceite' has none in any of the locales, so the one of its service type "
            "'mantenimiento' is used; 'mantenimiento' has none in 'es-CO', so the one in 'es' is "
            "used."
        )
        assert found.channel_enabled is True

    def test_the_first_candidate_wins_without_further_reason(self, desk: Desk) -> None:
        found = desk.explain(TENANT_ID, self.place(service_type="mantenimiento"))

        assert found.reason == "The first candidate has a template in force."

    def test_no_template_is_told_as_none(self, desk: Desk) -> None:
        found = desk.explain(TENANT_ID, self.place(channel="sms"))

        assert (found.template, found.channel_enabled) == (None, False)
        assert found.reason == "None of the 2 candidates has a template in force."

    def test_a_place_without_an_orchestration_says_so(self, desk: Desk) -> None:
        assert desk.explain(TENANT_ID, self.place(target="staff")).channel_enabled is None
