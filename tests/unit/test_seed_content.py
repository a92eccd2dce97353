"""The workshop's seed, as the loader reads it: complete, well formed and ready to be sent."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from pathlib import Path

import pytest

from recado.domain.appointments import CHANGE, CONFIRM
from recado.domain.channels import Channel
from recado.domain.events import Event
from recado.domain.messages import EmailMessage, PushMessage, WhatsAppMessage
from recado.domain.occasions import Occasion
from recado.domain.orchestration import Target
from recado.domain.templates import (
    TemplateContent,
    TemplateSlot,
    WhatsAppContent,
    render,
    required_variables,
    sources,
    variables_of,
)
from recado.domain.variables import fill
from recado_cli.seed_files import read_seed

WORKSHOP = Path(__file__).parents[2] / "seed" / "workshop"
SEED = read_seed(WORKSHOP)
EXAMPLES = {variable.name: variable.example for variable in SEED.catalogue.variables}
TEMPLATES = [
    pytest.param(slot, content, id=slot.template_id) for slot, content in SEED.templates.items()
]
WHATSAPP_TEMPLATES = [
    pytest.param(slot, content, id=slot.template_id)
    for slot, content in SEED.templates.items()
    if isinstance(content, WhatsAppContent) and content.approved_template
]

PHASES = {
    "phase-schedule": "Agendar Cita",
    "phase-reception": "Recepción",
    "phase-repair": "Reparación",
    "phase-quality": "Control de Calidad",
    "phase-delivery": "Entrega",
}
SERVICE_TYPES = {
    "avaluo-comercial": "Avalúo Comercial",
    "averia-revision": "Avería/Revisión",
    "colision-pintura": "Colisión/Pintura",
    "mantenimiento-preventivo": "Mantenimiento Preventivo",
    "avaluo-mg": "Avalúo MG",
}
SUBTYPES = {
    "averia-revision": {
        "averia-frenos": "Frenos",
        "averia-diagnostico": "Diagnóstico",
        "averia-alineacion": "Alineación",
    },
    "colision-pintura": {
        "colision-siniestro": "Siniestro",
        "colision-golpe": "Golpe",
        "colision-pintura": "Pintura",
    },
}
VARIABLES = ["Nombre", "Placa", "Vehículo", "Fase", "Fecha", "Hora", "Orden", "Técnico", "Taller"]
KNOWN_WHEN_SCHEDULING = {"Nombre", "Placa", "Vehículo", "Fecha", "Hora", "Fase", "Taller"}
PLACEHOLDER = re.compile(
    r"\b(TODO|FIXME|TBD|XXX|[Ll]orem|ipsum|foo|bar|asdf|null)\b|<[a-z ]+>|\[[a-z ]+\]|_{3}"
)
"""What writers leave where words are still to come; `todo` is a Spanish word."""


def texts_of(content: TemplateContent) -> dict[str, str]:
    """The sources of a template by field."""
    fields = content.model_dump(include=set(sources(content)))
    return {name: text for name, text in fields.items() if text is not None}


# Catalogue and matrix


def test_the_catalogue_holds_the_phases_in_their_order() -> None:
    phases = sorted(SEED.catalogue.phases, key=lambda phase: phase.order)

    assert [(phase.slug, phase.name) for phase in phases] == list(PHASES.items())
    assert [phase.order for phase in phases] == [1, 2, 3, 4, 5]


def test_the_catalogue_holds_the_service_types_and_their_subtypes() -> None:
    types = SEED.catalogue.service_types

    assert {kind.slug: kind.name for kind in types} == SERVICE_TYPES
    assert {
        kind.slug: {subtype.slug: subtype.name for subtype in kind.subtypes}
        for kind in types
        if kind.subtypes
    } == SUBTYPES


def test_everything_in_the_catalogue_has_an_icon() -> None:
    phases = [phase.icon for phase in SEED.catalogue.phases]
    types = [kind.icon for kind in SEED.catalogue.service_types]
    subtypes = [subtype.icon for kind in SEED.catalogue.service_types for subtype in kind.subtypes]

    for icon in (*phases, *types, *subtypes):
        assert re.fullmatch(r"([A-Z][a-z0-9]*)+", icon)


def test_the_variables_are_declared_with_description_and_example() -> None:
    names = [variable.name for variable in SEED.catalogue.variables]

    assert names[: len(VARIABLES)] == VARIABLES
    for variable in SEED.catalogue.variables:
        assert variable.description.keys() == {"es", "en"}
        assert all(variable.description.values())
        assert variable.example


def test_every_service_type_is_configured_for_customers_and_for_the_team() -> None:
    configured = Counter((o.service_type, o.target) for o in SEED.orchestrations)

    assert configured == Counter((kind, target) for kind in SERVICE_TYPES for target in Target)


def test_the_matrix_has_150_settings_and_no_phase_without_a_channel() -> None:
    cells = [channels for o in SEED.orchestrations for channels in o.matrix.values()]

    assert sum(len(channels) for channels in cells) == 150
    assert all(o.matrix.keys() == PHASES.keys() for o in SEED.orchestrations)
    for channels in cells:
        assert channels.keys() == {Channel.EMAIL, Channel.WHATSAPP, Channel.PUSH}
        assert any(channels.values())


def test_every_enabled_cell_has_a_template() -> None:
    needed = {
        (o.service_type, phase, o.target, channel)
        for o in SEED.orchestrations
        for phase, channels in o.matrix.items()
        for channel, is_enabled in channels.items()
        if is_enabled
    }
    written = {
        (slot.service_type, slot.phase, slot.target, slot.channel)
        for slot in SEED.templates
        if slot.locale == SEED.tenant.locale
    }

    assert needed - written == set()


# Templates


def test_there_are_40_templates_or_more_for_every_type_phase_channel_and_target() -> None:
    assert len(SEED.templates) >= 40
    assert {slot.phase for slot in SEED.templates} - set(Occasion) == PHASES.keys()
    assert {slot.service_type for slot in SEED.templates} >= SERVICE_TYPES.keys()
    assert {slot.target for slot in SEED.templates} == set(Target)
    assert {slot.channel for slot in SEED.templates} >= {
        Channel.EMAIL,
        Channel.WHATSAPP,
        Channel.PUSH,
    }


@pytest.mark.parametrize(("slot", "content"), TEMPLATES)
def test_a_template_is_within_the_language_and_uses_declared_variables_only(
    slot: TemplateSlot, content: TemplateContent
) -> None:
    assert sources(content)
    assert variables_of(content) <= EXAMPLES.keys(), slot.template_id


@pytest.mark.parametrize(("slot", "content"), TEMPLATES)
def test_a_template_has_real_words_and_no_placeholder(
    slot: TemplateSlot, content: TemplateContent
) -> None:
    for field, text in texts_of(content).items():
        assert not PLACEHOLDER.search(text), field
        assert unicodedata.is_normalized("NFC", text), field
        assert text == text.strip(), field


@pytest.mark.parametrize(("slot", "content"), TEMPLATES)
def test_a_template_needs_only_what_is_known_in_its_phase(
    slot: TemplateSlot, content: TemplateContent
) -> None:
    is_later = slot.phase in PHASES and slot.phase != "phase-schedule"
    optional = {"Técnico", "Fecha", "Hora"} if is_later else set()

    assert not required_variables(content) & optional
    if slot.phase == "phase-schedule":
        assert variables_of(content) <= KNOWN_WHEN_SCHEDULING


@pytest.mark.parametrize("with_optional", [True, False], ids=["all values", "needed values"])
@pytest.mark.parametrize(("slot", "content"), TEMPLATES)
def test_a_template_becomes_a_message_without_a_hole(
    slot: TemplateSlot, content: TemplateContent, with_optional: bool
) -> None:
    names = variables_of(content) if with_optional else required_variables(content)
    values = {name: EXAMPLES[name] for name in names}

    message = render(content, values, locale=slot.locale)

    said = message.model_dump(exclude={"html", "approved_template"}).values()
    for text in (each for each in said if isinstance(each, str)):
        assert not re.search(r"[{}]| {2}|\s[,.;:!?]|\(\)|^\s|\s$", text), text


@pytest.mark.parametrize(("slot", "content"), TEMPLATES)
def test_a_rendered_template_fits_its_channel(slot: TemplateSlot, content: TemplateContent) -> None:
    match render(content, EXAMPLES, locale=slot.locale):
        case PushMessage(title=title, body=body, url=url):
            assert len(title) <= 50
            assert len(body) <= 120
            assert url is None or url.startswith(("/", "https://"))
        case WhatsAppMessage(text=text):
            assert len(text) <= 1024
        case EmailMessage(subject=subject):
            assert len(subject) <= 78
        case message:
            pytest.fail(f"no limit is known for {type(message).__name__}")


@pytest.mark.parametrize(("slot", "content"), TEMPLATES)
def test_spanish_questions_and_exclamations_are_opened_and_closed(
    slot: TemplateSlot, content: TemplateContent
) -> None:
    is_spanish = slot.locale == "es"
    for text in texts_of(content).values():
        assert text.count("¿") == text.count("?") * is_spanish
        assert text.count("¡") == text.count("!") * is_spanish


def test_no_text_is_used_for_two_templates() -> None:
    texts = Counter(
        text
        for content in SEED.templates.values()
        for field, text in texts_of(content).items()
        if field in {"text", "body"}
    )

    assert [text for text, times in texts.items() if times > 1] == []


@pytest.mark.parametrize(("slot", "content"), WHATSAPP_TEMPLATES)
def test_the_parameters_of_an_approved_template_appear_in_its_text(
    slot: TemplateSlot, content: WhatsAppContent
) -> None:
    assert content.approved_template is not None
    parameters = content.approved_template.parameters
    in_text = re.findall(r"\{\{\s*(\w+)", content.text)

    assert list(parameters) == list(dict.fromkeys(in_text))
    assert slot.target is Target.CLIENTS or slot.phase == Occasion.ALERT


def test_every_whatsapp_template_for_customers_has_an_approved_twin_of_its_own() -> None:
    twins = [
        content.approved_template
        and (content.approved_template.name, content.approved_template.language)
        for slot, content in SEED.templates.items()
        if isinstance(content, WhatsAppContent) and slot.target is Target.CLIENTS
    ]

    assert None not in twins
    assert len(set(twins)) == len(twins)


def test_a_button_tells_something_that_is_acted_upon() -> None:
    told = {
        button.payload
        for content in SEED.templates.values()
        for button in getattr(content, "buttons", ())
        if button.payload is not None
    }

    assert told <= {CONFIRM, CHANGE}


def test_the_published_example_event_fills_every_template_that_it_can_reach() -> None:
    event = Event.model_validate(
        {
            "event_type": "appointment_scheduled",
            "service_type_id": "mantenimiento-preventivo",
            "phase_id": "phase-schedule",
            "customer_id": "customer-001",
            "target": "clients",
            "context": {
                "nombre": "Carlos Mendoza",
                "placa": "ABC123",
                "vehiculo": "Haval H6 2024",
                "fecha": "20 de Enero, 2026",
                "hora": "14:30",
            },
        }
    )
    context = {**event.context, "Taller": SEED.tenant.name, "Fase": PHASES[event.phase_id]}
    reached = [
        content
        for slot, content in SEED.templates.items()
        if (slot.service_type, slot.phase, slot.target)
        == (event.service_type_id, event.phase_id, event.target)
    ]

    assert {content.channel for content in reached} == {
        Channel.EMAIL,
        Channel.WHATSAPP,
        Channel.PUSH,
    }
    for content in reached:
        assert fill(variables_of(content), context).keys() >= required_variables(content)


# People


def test_the_customer_of_the_published_example_is_there() -> None:
    [carlos] = [person for person in SEED.customers if person.recipient_id == "customer-001"]

    assert carlos.name == "Carlos Mendoza"
    assert [a.value for a in carlos.addresses_on(Channel.WHATSAPP)] == ["+593991234567"]
    assert [a.value for a in carlos.addresses_on(Channel.EMAIL)] == ["carlos@example.com"]


def test_nobody_in_the_seed_has_a_real_mail_address() -> None:
    for person in (*SEED.customers, SEED.team):
        for address in person.addresses_on(Channel.EMAIL):
            assert address.value.endswith("@example.com")


def test_the_team_can_be_reached() -> None:
    assert SEED.team.recipient_id == SEED.tenant.team_recipient_id
    assert SEED.team.addresses


def test_one_customer_has_opted_out_everywhere() -> None:
    suppressed = {(entry.address.channel, entry.address.value) for entry in SEED.suppressions}

    silent = [
        person.recipient_id
        for person in SEED.customers
        if all((a.channel, a.value) in suppressed for a in person.addresses)
    ]

    assert silent == ["customer-005"]
