"""Templates: which slot each one fills, what it holds per channel, how it becomes a message."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Annotated, Literal, Self

from pydantic import AfterValidator, Field, StringConstraints, model_validator

from recado.domain.channels import Channel
from recado.domain.email_layout import html_from_escaped
from recado.domain.errors import (
    MessageTooLongError,
    MissingVariablesError,
    TemplateRefusedError,
)
from recado.domain.locales import normal_locale
from recado.domain.messages import (
    ApprovedTemplateMessage,
    Button,
    ChatMessage,
    EmailMessage,
    Message,
    PushMessage,
    SmsMessage,
    WhatsAppMessage,
)
from recado.domain.model import Model, RequestModel
from recado.domain.orchestration import Target
from recado.domain.template_language import CheckedTemplate, check_template

_WHITESPACE = re.compile(r"\s+")


def _composed(name: str) -> str:
    return unicodedata.normalize("NFC", name)


VariableName = Annotated[
    str, StringConstraints(min_length=1, max_length=60), AfterValidator(_composed)
]
"""A variable's name as texts in the template language name it: in NFC."""

LONGEST_MESSAGE = 400_000
"""Characters as JSON: with the largest ones it still fits into a function's answer of 6 MB."""

Locale = Annotated[
    str,
    StringConstraints(pattern=r"^[a-z]{2,3}(-[A-Za-z0-9]{2,8})?$"),
    AfterValidator(normal_locale),
]
"""A language, perhaps with its region: `es`, `es-CO`."""


class EmailContent(RequestModel):
    """Subject and text; without `html` the HTML part is made from the text's paragraphs."""

    channel: Literal[Channel.EMAIL] = Channel.EMAIL
    subject: str = Field(min_length=1, max_length=500)
    text: str = Field(min_length=1)
    html: str | None = None


class ApprovedTemplate(RequestModel):
    """The provider's approved twin of a WhatsApp text.

    `parameters` are the variables that fill {{1}}, {{2}}, … in this order.
    """

    name: str = Field(pattern=r"^[a-z0-9_]{1,512}$")
    language: str = Field(min_length=2, max_length=10)
    content_sid: str | None = Field(default=None, pattern=r"^HX[0-9a-fA-F]{32}$")
    parameters: tuple[VariableName, ...] = Field(default=(), max_length=100)


class ButtonContent(RequestModel):
    """A button under free text: pressing it answers with `payload`, or opens `url`."""

    title: str = Field(min_length=1, max_length=60)
    payload: str | None = Field(default=None, min_length=1, max_length=200)
    url: str | None = Field(default=None, min_length=1, max_length=1000)

    @model_validator(mode="after")
    def _answers_or_opens(self) -> Self:
        if (self.payload is None) == (self.url is None):
            raise ValueError("a button has either a payload or a url")
        return self


class WhatsAppContent(RequestModel):
    """Free text (at most 4,096 characters when rendered) and, mostly, an approved template.

    Free text, with its buttons, goes to people who wrote in the last 24 hours; providers that
    know no such window always send it.
    """

    channel: Literal[Channel.WHATSAPP] = Channel.WHATSAPP
    text: str = Field(min_length=1, max_length=4096)
    buttons: tuple[ButtonContent, ...] = Field(default=(), max_length=10)
    approved_template: ApprovedTemplate | None = None


class SmsContent(RequestModel):
    """A text message; at most 1,600 characters, which Twilio takes as one message."""

    channel: Literal[Channel.SMS] = Channel.SMS
    text: str = Field(min_length=1, max_length=1600)


class PushContent(RequestModel):
    """Title, body and the page that a tap opens."""

    channel: Literal[Channel.PUSH] = Channel.PUSH
    title: str = Field(min_length=1, max_length=120)
    body: str = Field(min_length=1, max_length=500)
    url: str | None = Field(default=None, max_length=1000)


class ChatContent(RequestModel):
    """Text and buttons for a chat channel without approved templates."""

    channel: Literal[Channel.TELEGRAM, Channel.MESSENGER, Channel.INSTAGRAM, Channel.SLACK]
    text: str = Field(min_length=1, max_length=4000)
    buttons: tuple[ButtonContent, ...] = Field(default=(), max_length=10)


TemplateContent = Annotated[
    EmailContent | WhatsAppContent | SmsContent | PushContent | ChatContent,
    Field(discriminator="channel"),
]


class TemplateSlot(Model):
    """The place that a template fills; at most one template is in force in a slot."""

    service_type: str
    phase: str
    target: Target
    channel: Channel
    locale: str

    @property
    def template_id(self) -> str:
        """The readable id of whatever template fills this slot."""
        return ".".join((self.service_type, self.phase, self.target, self.channel, self.locale))


class Template(Model):
    """One version of a template; versions count from 1 and are never changed.

    `created_at` is None for those of releases that did not note it.
    """

    tenant_id: str
    slot: TemplateSlot
    version: int = Field(ge=1)
    content: TemplateContent
    created_at: datetime | None = None

    @property
    def template_id(self) -> str:
        """The id that is shared by all versions."""
        return self.slot.template_id


def locale_chain(locale: str, default: str) -> list[str]:
    """Locales to try, best first: `es-CO`, then `es`, then the tenant's default.

    What is stored may be written in another way: `es_co`.
    """
    normal = normal_locale(locale)
    return list(dict.fromkeys([locale, normal, normal.partition("-")[0], default]))


def candidate_slots(
    *,
    service_types: Iterable[str],
    phase: str,
    target: Target,
    channel: Channel,
    locales: Iterable[str],
) -> list[TemplateSlot]:
    """The slots to look in, best first: the subtype before its parent, then by locale."""
    languages = list(locales)
    return [
        TemplateSlot(
            service_type=service_type, phase=phase, target=target, channel=channel, locale=locale
        )
        for service_type in service_types
        for locale in languages
    ]


def sources(content: TemplateContent) -> dict[str, CheckedTemplate]:
    """Compile every text of a template, by field.

    Raises
    ------
    TemplateRefusedError
        A text is outside the template language; `field` names it.
    """
    texts = {
        name: getattr(content, name)
        for name in ("subject", "text", "html", "title", "body", "url")
        if getattr(content, name, None) is not None
    }
    for number, button in enumerate(getattr(content, "buttons", ())):
        texts[f"buttons.{number}.title"] = button.title
        if button.url is not None:
            texts[f"buttons.{number}.url"] = button.url
    compiled = {}
    for field, source in texts.items():
        try:
            compiled[field] = check_template(source, html=field == "html")
        except TemplateRefusedError as error:
            error.field = f"content.{field}"
            raise
    return compiled


def variables_of(content: TemplateContent) -> frozenset[str]:
    """Every variable that a template names, parameters of its approved twin included."""
    named = frozenset[str]().union(*(source.variables for source in sources(content).values()))
    return named | _parameters(content)


def refuse_undeclared(content: TemplateContent, declared: Iterable[str]) -> None:
    """Refuse a template that names other variables than the declared ones.

    Raises
    ------
    TemplateRefusedError
        Names them; or a text is outside the template language.
    """
    undeclared = sorted(variables_of(content) - set(declared))
    if undeclared:
        raise TemplateRefusedError(
            "undeclared variables: {names}", field="content", names=", ".join(undeclared)
        )


def required_variables(content: TemplateContent) -> frozenset[str]:
    """The variables without which a template would leave a hole."""
    needed = frozenset[str]().union(*(source.required for source in sources(content).values()))
    return needed | _parameters(content)


def render(content: TemplateContent, values: Mapping[str, str], *, locale: str) -> Message:
    """Render a template with exact variable names.

    Raises
    ------
    MissingVariablesError
        Names what has no value; permanent for the message.
    MessageTooLongError
        The values are too long for so many places; permanent for the message.
    """
    missing = sorted(name for name in required_variables(content) if not values.get(name))
    if missing:
        raise MissingVariablesError(missing)
    message = _rendered(content, values, locale)
    if len(message.model_dump_json()) > LONGEST_MESSAGE:
        raise MessageTooLongError(
            "with these values the message has more than {most} characters",
            field="context",
            most=LONGEST_MESSAGE,
        )
    return message


def approved_template(content: TemplateContent) -> ApprovedTemplate | None:
    """A content's approved twin, on the one channel that knows such."""
    return content.approved_template if isinstance(content, WhatsAppContent) else None


def one_line(text: str) -> str:
    """Fold all white space into single spaces.

    For places in which a line break is an injection (mail headers) or refused by the provider
    (WhatsApp template parameters take no newline, tab or run of spaces).
    """
    return _WHITESPACE.sub(" ", text).strip()


def _rendered(content: TemplateContent, values: Mapping[str, str], locale: str) -> Message:
    texts = {field: source.render(values) for field, source in sources(content).items()}
    match content:
        case EmailContent():
            subject = one_line(texts["subject"])
            html = texts.get("html") or _html_twin(content.text, values, subject, locale)
            return EmailMessage(subject=subject, text=texts["text"], html=html)
        case WhatsAppContent():
            approved = content.approved_template
            return WhatsAppMessage(
                text=texts["text"],
                buttons=_buttons(content.buttons, texts),
                approved_template=_fill_approved(approved, values) if approved else None,
            )
        case SmsContent():
            return SmsMessage(text=texts["text"])
        case PushContent():
            return PushMessage(title=texts["title"], body=texts["body"], url=texts.get("url"))
        case ChatContent():
            buttons = _buttons(content.buttons, texts)
            return ChatMessage(channel=content.channel, text=texts["text"], buttons=buttons)


def _parameters(content: TemplateContent) -> frozenset[str]:
    approved = approved_template(content)
    return frozenset(approved.parameters) if approved else frozenset()


def _buttons(buttons: Iterable[ButtonContent], texts: Mapping[str, str]) -> tuple[Button, ...]:
    return tuple(
        Button(
            title=one_line(texts[f"buttons.{number}.title"]),
            payload=button.payload,
            url=texts.get(f"buttons.{number}.url"),
        )
        for number, button in enumerate(buttons)
    )


def _html_twin(source: str, values: Mapping[str, str], title: str, locale: str) -> str:
    escaped = check_template(source, html=True).render(values)
    return html_from_escaped(escaped.split("\n\n"), title=title, locale=locale)


def _fill_approved(
    approved: ApprovedTemplate, values: Mapping[str, str]
) -> ApprovedTemplateMessage:
    return ApprovedTemplateMessage(
        name=approved.name,
        language=approved.language,
        content_sid=approved.content_sid,
        parameters=tuple(one_line(values[name]) for name in approved.parameters),
    )
