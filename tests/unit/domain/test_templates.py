"""Templates: what they become on each channel, and where they are looked for."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markupsafe import escape
from pydantic import TypeAdapter, ValidationError

from recado.domain.channels import Channel
from recado.domain.errors import (
    MessageTooLongError,
    MissingVariablesError,
    TemplateRefusedError,
)
from recado.domain.messages import (
    ApprovedTemplateMessage,
    EmailMessage,
    PushMessage,
    SmsMessage,
    WhatsAppMessage,
)
from recado.domain.orchestration import Target
from recado.domain.templates import (
    ApprovedTemplate,
    EmailContent,
    PushContent,
    SmsContent,
    Template,
    TemplateContent,
    TemplateSlot,
    WhatsAppContent,
    candidate_slots,
    locale_chain,
    one_line,
    render,
    required_variables,
    sources,
    variables_of,
)

VALUES = {"Nombre": "Ana & Co", "Placa": "ABC123", "Vehículo": "Haval H6"}
APPROVED = ApprovedTemplate(name="cita", language="es", parameters=("Nombre", "Placa"))

# Rendering


def test_a_text_message_is_its_text() -> None:
    content = SmsContent(text="{{Nombre}}: {{Placa}}")

    assert render(content, VALUES, locale="es") == SmsMessage(text="Ana & Co: ABC123")


def test_a_push_message_has_title_body_and_page() -> None:
    content = PushContent(title="{{Placa}}", body="Hola {{Nombre}}", url="/autos/{{Placa}}")

    assert render(content, VALUES, locale="es") == PushMessage(
        title="ABC123", body="Hola Ana & Co", url="/autos/ABC123"
    )


def test_a_push_message_needs_no_page() -> None:
    message = render(PushContent(title="Cita", body="Hoy"), {}, locale="es")

    assert message == PushMessage(title="Cita", body="Hoy", url=None)


def test_a_whatsapp_message_without_an_approved_template_is_free_text() -> None:
    message = render(WhatsAppContent(text="Hola {{Nombre}}"), VALUES, locale="es")

    assert message == WhatsAppMessage(text="Hola Ana & Co", approved_template=None)


def test_a_whatsapp_message_carries_its_approved_template_with_the_values_in_order() -> None:
    approved = ApprovedTemplate(
        name="cita",
        language="es_EC",
        content_sid="HX" + "0" * 32,
        parameters=("Placa", "Nombre", "Placa"),
    )
    content = WhatsAppContent(text="Hola {{Nombre}}, {{Placa}}", approved_template=approved)

    assert render(content, VALUES, locale="es") == WhatsAppMessage(
        text="Hola Ana & Co, ABC123",
        approved_template=ApprovedTemplateMessage(
            name="cita",
            language="es_EC",
            content_sid="HX" + "0" * 32,
            parameters=("ABC123", "Ana & Co", "ABC123"),
        ),
    )


def test_a_mail_has_a_text_part_and_an_html_part_made_from_its_paragraphs() -> None:
    content = EmailContent(subject="Cita de {{Nombre}}", text="Hola {{Nombre}}:\n\nGracias.")

    message = render(content, VALUES, locale="es-CO")

    assert isinstance(message, EmailMessage)
    assert message.subject == "Cita de Ana & Co"
    assert message.text == "Hola Ana & Co:\n\nGracias."
    assert message.html.count("<p ") == 2
    assert ">Hola Ana &amp; Co:</p>" in message.html
    assert "<title>Cita de Ana &amp; Co</title>" in message.html
    assert '<html lang="es-CO">' in message.html


def test_a_mail_with_html_of_its_own_keeps_it_and_escapes_only_the_values() -> None:
    content = EmailContent(subject="Cita", text="{{Nombre}}", html="<h1>{{Nombre}}</h1>")

    message = render(content, VALUES, locale="es")

    assert message == EmailMessage(subject="Cita", text="Ana & Co", html="<h1>Ana &amp; Co</h1>")


@given(st.text(alphabet="<>&\"'/= abcsript", min_size=1, max_size=60))
def test_no_value_ever_becomes_html(value: str) -> None:
    own = EmailContent(subject="x", text="x", html="<b title='{{Nombre}}'>{{Nombre}}</b>")
    made = EmailContent(subject="{{Nombre}}", text="Hola {{Nombre}}.")
    escaped = str(escape(value))

    own_message = render(own, {"Nombre": value}, locale="es")
    made_message = render(made, {"Nombre": value}, locale="es")

    assert isinstance(own_message, EmailMessage)
    assert isinstance(made_message, EmailMessage)
    assert own_message.html == f"<b title='{escaped}'>{escaped}</b>"
    assert f">Hola {escaped}.</p>" in made_message.html
    assert made_message.html.count("<script") == 0


BREAKS = ["\n", "\r", "\r\n", "\t", "\v", "\f", "\x1c", "\x85", "\u2028", "\u2029", "     "]


@pytest.mark.parametrize("gap", BREAKS, ids=ascii)
def test_a_value_cannot_add_a_line_to_a_mails_headers(gap: str) -> None:
    content = EmailContent(subject="Cita de {{Nombre}}", text="x")
    values = {"Nombre": f"Ana{gap}Bcc: all@example.com{gap}"}

    message = render(content, values, locale="es")

    assert isinstance(message, EmailMessage)
    assert message.subject == "Cita de Ana Bcc: all@example.com"


@pytest.mark.parametrize("gap", BREAKS, ids=ascii)
def test_a_parameter_of_an_approved_template_is_one_line(gap: str) -> None:
    content = WhatsAppContent(text="x", approved_template=APPROVED)
    values = {"Nombre": f"{gap}Ana{gap}Pérez{gap}", "Placa": "ABC"}

    message = render(content, values, locale="es")

    assert isinstance(message, WhatsAppMessage)
    assert message.approved_template is not None
    assert message.approved_template.parameters == ("Ana Pérez", "ABC")


@given(st.text())
def test_one_line_is_one_line(text: str) -> None:
    assert len(one_line(text).splitlines()) <= 1
    assert "  " not in one_line(text)
    assert one_line(text).split() == text.split()


# Variables


@pytest.mark.parametrize(
    ("content", "named", "required"),
    [
        (SmsContent(text="{{A}}{% if B %}{{B}}{% endif %}"), "AB", "A"),
        (PushContent(title="{{A}}", body="{{B}}", url="/{{C|default('x')}}"), "ABC", "AB"),
        (EmailContent(subject="{{A}}", text="{{B}}"), "AB", "AB"),
        (EmailContent(subject="{{A}}", text="x", html="{{B}}"), "AB", "AB"),
        (WhatsAppContent(text="x"), "", ""),
        (
            WhatsAppContent(
                text="{% if A %}{{A}}{% endif %}{{B}}",
                approved_template=ApprovedTemplate(name="x", language="es", parameters=("A", "C")),
            ),
            "ABC",
            "ABC",
        ),
    ],
)
def test_a_templates_variables_are_those_of_all_its_texts_and_parameters(
    content: TemplateContent, named: str, required: str
) -> None:
    assert variables_of(content) == set(named)
    assert required_variables(content) == set(required)


@pytest.mark.parametrize(
    "content",
    [
        SmsContent(text="{{Nombre}}{{Placa}}"),
        WhatsAppContent(text="{{Nombre}}{{Placa}}"),
        WhatsAppContent(text="Hola", approved_template=APPROVED),
        EmailContent(subject="x", text="{{Nombre}}{{Placa}}"),
        EmailContent(subject="{{Nombre}}", text="{{Placa}}"),
        EmailContent(subject="x", text="{{Nombre}}", html="{{Placa}}"),
        PushContent(title="{{Nombre}}", body="{{Placa}}"),
    ],
)
def test_rendering_names_every_missing_variable(content: TemplateContent) -> None:
    with pytest.raises(MissingVariablesError) as caught:
        render(content, {"Vehículo": "Haval"}, locale="es")

    assert caught.value.names == ("Nombre", "Placa")


@pytest.mark.parametrize(
    ("content", "field"),
    [
        (SmsContent(text="{{ 1 }}"), "content.text"),
        (EmailContent(subject="{{ 1 }}", text="x"), "content.subject"),
        (EmailContent(subject="x", text="x", html="{{ 1 }}"), "content.html"),
        (PushContent(title="x", body="{{ 1 }}"), "content.body"),
        (PushContent(title="{{ 1 }}", body="x"), "content.title"),
        (PushContent(title="x", body="x", url="{{ 1 }}"), "content.url"),
    ],
)
def test_a_refused_template_names_the_field(content: TemplateContent, field: str) -> None:
    with pytest.raises(TemplateRefusedError) as caught:
        sources(content)

    assert caught.value.field == field


@pytest.mark.parametrize(
    "content",
    [
        EmailContent(subject="x", text="{{Nombre}}" * 60),
        EmailContent(subject="x", text="x", html="{{Nombre}}" * 110),
        WhatsAppContent(
            text="x",
            approved_template=ApprovedTemplate(
                name="cita", language="es", parameters=("Nombre",) * 100
            ),
        ),
    ],
)
def test_values_do_not_make_a_message_longer_than_any_may_be(content: TemplateContent) -> None:
    with pytest.raises(MessageTooLongError) as caught:
        render(content, {"Nombre": "ñ" * 4000}, locale="es")

    assert caught.value.field == "context"


# Shapes


@pytest.mark.parametrize(
    "fields",
    [
        {"channel": "sms", "text": ""},
        {"channel": "sms", "text": "a" * 1601},
        {"channel": "sms", "text": "a", "subject": "b"},
        {"channel": "whatsapp", "text": "a" * 4097},
        {"channel": "email", "subject": "", "text": "a"},
        {"channel": "email", "text": "a"},
        {"channel": "push", "title": "a" * 121, "body": "b"},
        {"channel": "fax", "text": "a"},
        {"text": "a"},
        {
            "channel": "whatsapp",
            "text": "a",
            "approved_template": {"name": "With Spaces", "language": "es"},
        },
        {
            "channel": "whatsapp",
            "text": "a",
            "approved_template": {"name": "a", "language": "es", "content_sid": "HX1"},
        },
    ],
)
def test_content_that_no_channel_can_take_is_refused(fields: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        TypeAdapter[TemplateContent](TemplateContent).validate_python(fields)


def test_content_is_read_by_its_channel() -> None:
    content = TypeAdapter[TemplateContent](TemplateContent).validate_python(
        {"channel": "push", "title": "a", "body": "b"}
    )

    assert content == PushContent(title="a", body="b")


# Slots


@pytest.mark.parametrize(
    ("locale", "default", "chain"),
    [
        ("es-CO", "es", ["es-CO", "es"]),
        ("es-CO", "en", ["es-CO", "es", "en"]),
        ("es_co", "en", ["es_co", "es-CO", "es", "en"]),
        ("es", "es", ["es"]),
        ("en", "es", ["en", "es"]),
        ("pt-BR", "es-EC", ["pt-BR", "pt", "es-EC"]),
    ],
)
def test_a_locale_falls_back_to_its_language_and_then_to_the_tenants(
    locale: str, default: str, chain: list[str]
) -> None:
    assert locale_chain(locale, default) == chain


def test_the_subtypes_templates_come_before_its_types_in_every_locale() -> None:
    slots = candidate_slots(
        service_types=("averia-frenos", "averia-revision"),
        phase="phase-schedule",
        target=Target.CLIENTS,
        channel=Channel.SMS,
        locales=locale_chain("es-CO", "en"),
    )

    assert [slot.template_id for slot in slots] == [
        "averia-frenos.phase-schedule.clients.sms.es-CO",
        "averia-frenos.phase-schedule.clients.sms.es",
        "averia-frenos.phase-schedule.clients.sms.en",
        "averia-revision.phase-schedule.clients.sms.es-CO",
        "averia-revision.phase-schedule.clients.sms.es",
        "averia-revision.phase-schedule.clients.sms.en",
    ]


def test_all_versions_of_a_template_share_its_id() -> None:
    slot = TemplateSlot(
        service_type="a", phase="b", target=Target.STAFF, channel=Channel.SMS, locale="es"
    )
    versions = [
        Template(tenant_id="t", slot=slot, version=number, content=SmsContent(text="x"))
        for number in (1, 2)
    ]

    assert {version.template_id for version in versions} == {"a.b.staff.sms.es"}


def test_versions_count_from_one() -> None:
    slot = TemplateSlot(
        service_type="a", phase="b", target=Target.STAFF, channel=Channel.SMS, locale="es"
    )

    with pytest.raises(ValidationError):
        Template(tenant_id="t", slot=slot, version=0, content=SmsContent(text="x"))
