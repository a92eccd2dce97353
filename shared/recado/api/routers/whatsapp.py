"""WhatsApp accounts and their templates, as the providers describe them at this moment."""

from __future__ import annotations

from datetime import datetime
from http import HTTPStatus
from typing import TYPE_CHECKING, Annotated

from aws_lambda_powertools.event_handler import Response
from aws_lambda_powertools.event_handler.openapi.params import Query
from aws_lambda_powertools.event_handler.router import APIGatewayHttpRouter

from recado.api.security import caller, requires
from recado.api.views import masked
from recado.domain.account_states import AccountStatus
from recado.domain.api_keys import Scope
from recado.domain.channels import Channel, Provider
from recado.domain.directory import Address
from recado.domain.model import Model
from recado.domain.probes import AccountProblem, AccountReport, TemplateReport, TemplateReports
from recado.services.acknowledge_message import AcknowledgeMessage
from recado.services.look_at_whatsapp import LookAtWhatsApp

if TYPE_CHECKING:
    from aws_lambda_powertools.event_handler.openapi.types import OpenAPIResponse


class AccountProblemView(Model):
    """What is wrong, with the sentence that says how to mend it."""

    code: str
    detail: str

    @classmethod
    def of(cls, problem: AccountProblem) -> AccountProblemView:
        """The view of a problem."""
        return cls(code=problem.code, detail=problem.detail)


class LastToldView(Model):
    """What the provider told last by webhook; `event` is its own word."""

    status: AccountStatus
    event: str
    at: datetime


class WhatsAppAccountView(Model):
    """An account; its number is masked, `status` and `quality` are the provider's own words."""

    account_id: str
    provider: Provider
    connected: bool
    status: str
    display_phone_number: str | None
    verified_name: str | None
    quality: str | None
    checked_at: datetime
    problem: AccountProblemView | None
    last_told: LastToldView | None

    @classmethod
    def of(cls, report: AccountReport) -> WhatsAppAccountView:
        """The view of an account."""
        found, told = report.found, report.last_told
        number = found.display_phone_number
        return cls(
            account_id=report.account_id,
            provider=report.provider,
            connected=found.connected,
            status=found.status,
            display_phone_number=(
                masked(Address(channel=Channel.WHATSAPP, value=number)) if number else None
            ),
            verified_name=found.verified_name,
            quality=found.quality,
            checked_at=report.checked_at,
            problem=AccountProblemView.of(found.problem) if found.problem else None,
            last_told=(
                LastToldView(status=told.status, event=told.event, at=told.at) if told else None
            ),
        )


class WhatsAppAccountsView(Model):
    """All enabled WhatsApp accounts, the preferred one first."""

    accounts: list[WhatsAppAccountView]


class WhatsAppTemplateView(Model):
    """A template of an account; `parameters` is how many values it takes.

    `used_by` names our templates that are sent by it. Status `MISSING`: they name it, and the
    provider does not have it.
    """

    account_id: str
    name: str
    language: str
    status: str
    category: str | None
    body: str | None
    parameters: int
    rejected_reason: str | None
    quality: str | None
    used_by: list[str]

    @classmethod
    def of(cls, report: TemplateReport) -> WhatsAppTemplateView:
        """The view of a template."""
        return cls(
            account_id=report.account_id,
            used_by=list(report.used_by),
            **report.template.model_dump(exclude={"content_sid"}),
        )


class UnlistedAccountView(Model):
    """An account whose templates are not in the list, with the reason."""

    account_id: str
    provider: Provider
    problem: AccountProblemView


class WhatsAppTemplatesView(Model):
    """The templates of all accounts that could be asked, and the accounts that could not."""

    templates: list[WhatsAppTemplateView]
    unlisted: list[UnlistedAccountView]

    @classmethod
    def of(cls, reports: TemplateReports) -> WhatsAppTemplatesView:
        """The view of a list."""
        return cls(
            templates=[WhatsAppTemplateView.of(report) for report in reports.templates],
            unlisted=[
                UnlistedAccountView(
                    account_id=each.account_id,
                    provider=each.provider,
                    problem=AccountProblemView.of(each.problem),
                )
                for each in reports.unlisted
            ],
        )


Word = Annotated[str | None, Query(min_length=1, max_length=512)]


TAGS = ["WhatsApp"]
SHOWN: dict[int, OpenAPIResponse] = {
    HTTPStatus.NO_CONTENT: {"description": "The provider shows it."},
    HTTPStatus.BAD_GATEWAY: {"description": "The provider failed or refused."},
}

LONGEST_ID = 64
"""Of a message; DynamoDB refuses a key of more than 2048 bytes as a fault of ours."""


def whatsapp_router(
    *, look: LookAtWhatsApp, acknowledge: AcknowledgeMessage
) -> APIGatewayHttpRouter:
    """The routes of WhatsApp under `/api/v1/communications/whatsapp`."""
    router = APIGatewayHttpRouter()
    may_read = [requires(Scope.NOTIFICATIONS_READ)]
    may_send = [requires(Scope.NOTIFICATIONS_SEND)]

    @router.get(
        "/status",
        middlewares=may_read,
        summary="Look at the WhatsApp accounts",
        description=(
            "Asks each provider now. One that fails is told with what is wrong and how to mend it, "
            "and costs the others nothing."
        ),
        tags=TAGS,
        operation_id="readWhatsAppStatus",
    )
    def accounts() -> WhatsAppAccountsView:
        reports = look.accounts(caller(router).tenant_id)
        return WhatsAppAccountsView(accounts=[WhatsAppAccountView.of(report) for report in reports])

    @router.get(
        "/templates",
        middlewares=may_read,
        summary="List the approved templates",
        description="The templates as the providers have them, and which of ours they serve.",
        tags=TAGS,
        operation_id="listWhatsAppTemplates",
    )
    def templates(
        name: Word = None, status: Word = None, language: Word = None
    ) -> WhatsAppTemplatesView:
        tenant_id = caller(router).tenant_id
        reports = look.templates(tenant_id, name=name, status=status, language=language)
        return WhatsAppTemplatesView.of(reports)

    def shown(message_id: str, *, typing: bool) -> Response[None]:
        who = caller(router)
        acknowledge(who.tenant_id, message_id[:LONGEST_ID], typing=typing, division=who.division)
        return Response(status_code=HTTPStatus.NO_CONTENT.value)

    @router.post(
        "/messages/<message_id>/read",
        middlewares=may_send,
        summary="Show that a message was read",
        description="Turns the ticks of a person's message blue.",
        tags=TAGS,
        responses=SHOWN,
        operation_id="markAsRead",
    )
    def read(message_id: str) -> Response[None]:
        return shown(message_id, typing=False)

    @router.post(
        "/messages/<message_id>/typing",
        middlewares=may_send,
        summary="Show that somebody types",
        description="Turns the ticks blue and shows that an answer is written, for 25 seconds.",
        tags=TAGS,
        responses=SHOWN,
        operation_id="showTyping",
    )
    def typing(message_id: str) -> Response[None]:
        return shown(message_id, typing=True)

    return router
