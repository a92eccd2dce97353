"""What a provider answers when it is asked about an account, and what failed in asking."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from recado.domain.account_states import AccountState
from recado.domain.channels import Provider
from recado.domain.errors import DeliveryError
from recado.domain.model import Model
from recado.domain.templates import ApprovedTemplate


class AccountProblem(Model):
    """What is wrong with an account: a code, and a sentence that says how to mend it."""

    code: str
    detail: str


class ProbedAccount(Model):
    """An account as its provider describes it now.

    Parameters
    ----------
    connected
        Whether it can send.
    status
        The provider's own word, or one of ours: `refused` (people must act), `unreachable` (look
        again later).
    display_phone_number
        E.164; None where the provider names none.
    quality
        The provider's own word (Meta: GREEN, YELLOW, RED, UNKNOWN).
    """

    connected: bool
    status: str
    display_phone_number: str | None = None
    verified_name: str | None = None
    quality: str | None = None
    problem: AccountProblem | None = None


class ProviderTemplate(Model):
    """An approved template, or one on its way to be, as its provider describes it now.

    `parameters` counts the placeholders that a message must fill. `content_sid` is set where
    messages name the template by it (Twilio) and not by name and language.
    """

    name: str
    language: str
    status: str
    category: str | None = None
    body: str | None = None
    parameters: int = 0
    rejected_reason: str | None = None
    quality: str | None = None
    content_sid: str | None = None

    def is_named_by(self, approved: ApprovedTemplate) -> bool:
        """Whether a message with that approved template would use this one."""
        if self.content_sid is not None:
            return approved.content_sid == self.content_sid
        return (approved.name, approved.language) == (self.name, self.language)


class AccountReport(Model):
    """An account as it was found, beside what its provider told last by webhook."""

    account_id: str
    provider: Provider
    found: ProbedAccount
    checked_at: datetime
    last_told: AccountState | None = None


class TemplateReport(Model):
    """A provider's template with the ids of our templates that name it."""

    account_id: str
    template: ProviderTemplate
    used_by: tuple[str, ...] = ()


class UnlistedAccount(Model):
    """An account whose templates could not be listed."""

    account_id: str
    provider: Provider
    problem: AccountProblem


class TemplateReports(Model):
    """The templates of all accounts that could be asked, and the accounts that could not."""

    templates: tuple[TemplateReport, ...] = ()
    unlisted: tuple[UnlistedAccount, ...] = ()


MISSING = "MISSING"
"""Status of a template that ours name and the provider does not have."""

TIMED_OUT = AccountProblem(
    code="timed_out",
    detail="The provider takes too long to answer: look again in a few minutes.",
)
INTERNAL = AccountProblem(
    code="internal_error",
    detail="Something failed on our side: look again, then see the function's log.",
)

_MENDS: Mapping[str, str] = {
    "not_connected": "no connection: check the account's base_url, or look again in a few minutes",
    "no_free_connection": "no connection was free: look again",
    "no_answer": "the provider did not answer: look again in a few minutes",
    "no_secret": "the account's secret cannot be read: put the account again with its credentials",
    "bad_secret": "the account's secret holds no credentials: put the account again with them",
}
"""Of codes of our own whose detail is for logs only."""


def account_problem(error: DeliveryError) -> AccountProblem:
    """What an error in asking means for the person who looks."""
    detail = _MENDS.get(error.code) or error.detail or "see the code in the provider's manual"
    return AccountProblem(code=error.code, detail=f"{detail[:1].upper()}{detail[1:]}.")
