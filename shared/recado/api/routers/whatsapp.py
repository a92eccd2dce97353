"""WhatsApp accounts and their templates, as the providers describe them at this moment."""

from __future__ import annotations

from datetime import datetime
from http import HTTPStatus
from typing import Annotated

from aws_lambda_powertools.event_handler import Response
from aws_lambda_powertools.event_handler.openapi.params import Query
from aws_lambda_powertools.event_handler.router import APIGatewayHttpRouter
from pydantic import BaseModel

from recado.api.security import caller, requires
from recado.api.views import masked
from recado.domain.account_states import AccountStatus
from recado.domain.api_keys import Scope
from recado.domain.channels import Channel, Provider
from recado.domain.directory import Address
from recado.domain.probes import AccountProblem, AccountReport, TemplateReport, TemplateReports
from recado.services.acknowledge_message import AcknowledgeMessage
from recado.services.look_at_whatsapp import LookAtWhatsApp


class ProblemView(BaseModel):
    """What is wrong, with the sentence that says how to mend it."""

    code: str
    detail: str

    @classmethod
    def of(cls, problem: AccountProblem) -> ProblemView:
        """The view of a problem."""
        return cls(code=problem.code, detail=problem.detail)


class LastToldView(BaseModel):
    """What the provider told last by webhook; `event` is its own word."""

    status: AccountStatus
    event: str
    at: datetime


class AccountView(BaseModel):
    """An account; its number is masked, `status` and `quality` are the provider's own words."""

    account_id: str
    provider: Provider
    connected: bool
    status: str
    display_phone_number: str | None
    verified_name: str | None
    quality: str | None
    checked_at: datetime
    problem: ProblemView | None
    last_told: LastToldView | None

    @classmethod
    def of(cls, report: AccountReport) -> AccountView:
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
            problem=ProblemView.of(found.problem) if found.problem else None,
            last_told=(
                LastToldView(status=told.status, event=told.event, at=told.at) if told else None
            ),
        )


class AccountsView(BaseModel):
    """All enabled WhatsApp accounts, the preferred one first."""

    accounts: list[AccountView]


class TemplateView(BaseModel):
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
    def of(cls, report: TemplateReport) -> TemplateView:
        """The view of a template."""
        return cls(
            account_id=report.account_id,
            used_by=list(report.used_by),
            **report.template.model_dump(exclude={"content_sid"}),
        )


class UnlistedView(BaseModel):
    """An account whose templates are not in the list, with the reason."""

    account_id: str
    provider: Provider
    problem: ProblemView


class TemplatesView(BaseModel):
    """The templates of all accounts that could be asked, and the accounts that could not."""

    templates: list[TemplateView]
    unlisted: list[UnlistedView]

    @classmethod
    def of(cls, reports: TemplateReports) -> TemplatesView:
        """The view of a list."""
        return cls(
            templates=[TemplateView.of(report) for report in reports.templates],
            unlisted=[
                UnlistedView(
                    account_id=each.account_id,
                    provider=each.provider,
                    problem=ProblemView.of(each.problem),
                )
                for each in reports.unlisted
            ],
        )


Word = Annotated[str | None, Query(min_length=1, max_length=512)]


LONGEST_ID = 64
"""Of a message; DynamoDB refuses a key of more than 2048 bytes as a fault of ours."""


def whatsapp_router(
    *, look: LookAtWhatsApp, acknowledge: AcknowledgeMessage
) -> APIGatewayHttpRouter:
    """The routes of WhatsApp under `/api/v1/communications/whatsapp`."""
    router = APIGatewayHttpRouter()
    may_read = [requires(Scope.NOTIFICATIONS_READ)]

    @router.get("/status", middlewares=may_read)
    def accounts() -> AccountsView:
        reports = look.accounts(caller(router).tenant_id)
        return AccountsView(accounts=[AccountView.of(report) for report in reports])

    @router.get("/templates", middlewares=may_read)
    def templates(name: Word = None, status: Word = None, language: Word = None) -> TemplatesView:
        tenant_id = caller(router).tenant_id
        reports = look.templates(tenant_id, name=name, status=status, language=language)
        return TemplatesView.of(reports)

    def shown(message_id: str, *, typing: bool) -> Response[None]:
        acknowledge(caller(router).tenant_id, message_id[:LONGEST_ID], typing=typing)
        return Response(status_code=HTTPStatus.NO_CONTENT.value)

    @router.post("/messages/<message_id>/read", middlewares=[requires(Scope.NOTIFICATIONS_SEND)])
    def read(message_id: str) -> Response[None]:
        return shown(message_id, typing=False)

    @router.post("/messages/<message_id>/typing", middlewares=[requires(Scope.NOTIFICATIONS_SEND)])
    def typing(message_id: str) -> Response[None]:
        return shown(message_id, typing=True)

    return router
