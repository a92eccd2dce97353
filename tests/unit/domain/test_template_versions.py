"""Which version is in force, which were, and what differs between two."""

from __future__ import annotations

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from recado.domain.channels import Channel
from recado.domain.errors import ConflictError
from recado.domain.orchestration import Target
from recado.domain.template_versions import (
    MOST_COMPARED_LINES,
    MOST_REMEMBERED,
    TemplateHead,
    TemplateStatus,
    difference,
    first_head,
)
from recado.domain.templates import (
    ApprovedTemplate,
    ButtonContent,
    EmailContent,
    Template,
    TemplateContent,
    TemplateSlot,
    WhatsAppContent,
)
from tests.fakes.clock import NOON

LATER = NOON + timedelta(hours=1)
SLOT = TemplateSlot(
    service_type="a", phase="b", target=Target.CLIENTS, channel=Channel.WHATSAPP, locale="es"
)


def version(content: TemplateContent, number: int = 1) -> Template:
    return Template(tenant_id="t", slot=SLOT, version=number, content=content)


def a_head() -> TemplateHead:
    return first_head(version(WhatsAppContent(text="x")), NOON)


def test_a_version_that_is_published_already_changes_nothing() -> None:
    assert a_head().publishing(1, LATER) == a_head()


def test_rolling_back_goes_back_one_publication_after_the_other() -> None:
    head = a_head()
    for _ in range(2):
        head = head.with_next_version(LATER, publish=True)

    assert head.rolled_back(LATER).published == 2
    assert head.rolled_back(LATER).rolled_back(LATER).published == 1
    with pytest.raises(ConflictError):
        head.rolled_back(LATER).rolled_back(LATER).rolled_back(LATER)


def test_a_draft_version_does_not_change_what_is_published() -> None:
    head = a_head().with_next_version(LATER, publish=False)

    assert (head.latest, head.published, head.status) == (2, 1, TemplateStatus.PUBLISHED)


def test_an_archived_template_that_is_revived_can_go_back_to_what_was_sent_before() -> None:
    archived = a_head().archived(LATER)
    revived = archived.with_next_version(LATER, publish=True)

    assert (archived.status, archived.published) == (TemplateStatus.ARCHIVED, None)
    assert (revived.status, revived.published) == (TemplateStatus.PUBLISHED, 2)
    assert revived.rolled_back(LATER).published == 1


@given(st.lists(st.sampled_from(["next", "draft", "first", "back", "archive"]), max_size=80))
def test_whatever_is_done_the_head_names_only_versions_that_exist(steps: list[str]) -> None:
    head = a_head()
    for step in steps:
        match step:
            case "next" | "draft":
                head = head.with_next_version(LATER, publish=step == "next")
            case "first":
                head = head.publishing(1, LATER)
            case "back" if head.published_before:
                head = head.rolled_back(LATER)
            case "archive":
                head = head.archived(LATER)

        named = {*head.published_before, *([head.published] if head.published else [])}
        assert named <= set(range(1, head.latest + 1))
        assert len(head.published_before) <= MOST_REMEMBERED


def test_a_difference_is_told_field_by_field_with_the_lines_of_texts() -> None:
    old = WhatsAppContent(
        text="Hola {{Nombre}}.\nVenga el {{Fecha}}.",
        buttons=(ButtonContent(title="Sí", payload="yes"),),
        approved_template=ApprovedTemplate(name="cita", language="es", parameters=("Nombre",)),
    )
    new = WhatsAppContent(
        text="Hola {{Nombre}}.\nVenga a las {{Hora}}.",
        approved_template=ApprovedTemplate(
            name="cita", language="es", parameters=("Nombre", "Placa")
        ),
    )

    found = difference(version(old), version(new, 2))

    assert (found.from_version, found.to_version) == (1, 2)
    assert {change.field: (change.before, change.after) for change in found.fields} == {
        "text": (old.text, new.text),
        "buttons.0.title": ("Sí", None),
        "buttons.0.payload": ("yes", None),
        "approved_template.parameters": (("Nombre",), ("Nombre", "Placa")),
    }
    assert found.fields[0].lines == (
        "@@ -1,2 +1,2 @@",
        " Hola {{Nombre}}.",
        "-Venga el {{Fecha}}.",
        "+Venga a las {{Hora}}.",
    )
    assert found.variables_added == ("Hora", "Placa")
    assert found.variables_removed == ("Fecha",)


def test_a_text_of_very_many_lines_is_told_whole_without_its_lines() -> None:
    long = "x\n" * (MOST_COMPARED_LINES + 1)

    [change] = difference(
        version(EmailContent(subject="s", text=long)),
        version(EmailContent(subject="s", text=long + "y"), 2),
    ).fields

    assert (change.field, change.lines) == ("text", ())


def test_a_version_does_not_differ_from_itself() -> None:
    content = EmailContent(subject="s", text="{{Nombre}}", html="<p>x</p>")

    assert difference(version(content), version(content)).fields == ()
