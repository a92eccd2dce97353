"""What providers say of accounts and of approved templates, in words of our own."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from enum import StrEnum
from typing import Literal, Protocol

from recado.domain.channels import ChannelAccount, Provider
from recado.domain.model import Model
from recado.domain.updates import AccountUpdate


class AccountStatus(StrEnum):
    """How well a channel account works, by its provider."""

    HEALTHY = "healthy"
    DEGRADED = "degraded"
    DISCONNECTED = "disconnected"
    DISABLED = "disabled"


class AccountState(Model):
    """The last that a provider said of an account; `event` is its own word."""

    kind: Literal["account"] = "account"
    tenant_id: str
    account_id: str
    provider: Provider
    status: AccountStatus
    event: str
    detail: str = ""
    at: datetime


class NamedTemplate(Protocol):
    """How a message, or the content that it is made from, names an approved template."""

    @property
    def name(self) -> str:
        """Its name at Meta."""
        ...

    @property
    def language(self) -> str:
        """Its language at Meta."""
        ...

    @property
    def content_sid(self) -> str | None:
        """Its id at Twilio."""
        ...


class TemplateState(Model):
    """The last that a provider said of an approved template, in its own words.

    What it has not said yet is None. `reason` belongs to the status, and so does `at`, once there
    is one. `content_sid` is set where messages name the template by it (Twilio).
    """

    kind: Literal["template"] = "template"
    tenant_id: str
    account_id: str
    name: str
    language: str
    status: str | None = None
    reason: str = ""
    quality: str | None = None
    category: str | None = None
    content_sid: str | None = None
    at: datetime

    def is_about(self, named: NamedTemplate) -> bool:
        """Whether a message that names a template so would use this one."""
        if self.content_sid is not None:
            return named.content_sid == self.content_sid
        return (named.name, named.language) == (self.name, self.language)

    def updated_by(self, told: TemplateState) -> TemplateState:
        """With what was said beside it; an older status changes nothing."""
        changes = {"quality": told.quality, "category": told.category}
        merged = self.model_copy(update={k: v for k, v in changes.items() if v is not None})
        if told.status is None or (self.status is not None and told.at < self.at):
            return merged
        return merged.model_copy(
            update={"status": told.status, "reason": told.reason, "at": told.at}
        )


STATUS_OF_EVENT: dict[str, AccountStatus] = {
    # Evolution says of its connection:
    "open": AccountStatus.HEALTHY,
    "connecting": AccountStatus.DISCONNECTED,
    "close": AccountStatus.DISCONNECTED,
    "refused": AccountStatus.DISCONNECTED,
    # Meta says of an account, field account_update:
    "ACCOUNT_RESTRICTION": AccountStatus.DEGRADED,
    "ACCOUNT_VIOLATION": AccountStatus.DEGRADED,
    "DISABLED_UPDATE": AccountStatus.DISABLED,
    "ACCOUNT_DELETED": AccountStatus.DISABLED,
    "PARTNER_REMOVED": AccountStatus.DISABLED,
    "VERIFIED_ACCOUNT": AccountStatus.HEALTHY,
    # … and of a number, field phone_number_quality_update:
    "FLAGGED": AccountStatus.DEGRADED,
    "DOWNGRADE": AccountStatus.DEGRADED,
    "UNFLAGGED": AccountStatus.HEALTHY,
    "UPGRADE": AccountStatus.HEALTHY,
    "ONBOARDING": AccountStatus.HEALTHY,
    "THROUGHPUT_UPGRADE": AccountStatus.HEALTHY,
    # Slack says of an installation:
    "app_uninstalled": AccountStatus.DISABLED,
    "tokens_revoked": AccountStatus.DISABLED,
}
"""Words of providers that tell how an account works; all others only tell something."""

QUALITIES = frozenset({"GREEN", "YELLOW", "RED", "UNKNOWN"})
CATEGORIES = frozenset({"AUTHENTICATION", "MARKETING", "UTILITY"})
"""Words that say something else of a template than its status (Meta, "Webhooks")."""

NOT_SENT = frozenset({"PAUSED", "REJECTED", "DISABLED", "DELETED", "PENDING_DELETION"})
"""Statuses in which a provider surely refuses a template; with every other word it may be sent,
and the provider has the last one."""

WITHHELD = frozenset(f"template_{status.lower()}" for status in NOT_SENT)
"""The reasons for which a message does not go then."""

PASSING = "template_paused"
"""The one of them that ends by itself."""

DELETED = "DELETED"
"""Also our word for a template that its provider lists no longer."""

_TEMPLATE = "template:"


def learned_from(update: AccountUpdate) -> AccountState | TemplateState | None:
    """The state that an update tells of; None when it tells of none."""
    if update.subject.startswith(_TEMPLATE):
        return _learned_of_template(update)
    status = STATUS_OF_EVENT.get(update.event)
    if status is None:
        return None
    return AccountState(
        tenant_id=update.tenant_id,
        account_id=update.account_id,
        provider=update.provider,
        status=status,
        event=update.event,
        detail=update.detail,
        at=update.at,
    )


def _learned_of_template(update: AccountUpdate) -> TemplateState | None:
    name, _, language = update.subject.removeprefix(_TEMPLATE).rpartition("/")
    state = TemplateState(
        tenant_id=update.tenant_id,
        account_id=update.account_id,
        name=name,
        language=language,
        at=update.at,
    )
    if update.event in QUALITIES:
        return state.model_copy(update={"quality": update.event})
    if update.event in CATEGORIES:
        return state.model_copy(update={"category": update.event})
    if not update.event.isupper():
        return None
    return state.model_copy(update={"status": update.event, "reason": update.detail})


def withheld_as(
    account: ChannelAccount,
    named: NamedTemplate,
    *,
    accounts: Iterable[ChannelAccount],
    states: Iterable[TemplateState],
) -> str | None:
    """The reason for which an account's provider does not send a template now.

    None where it may, and where nothing was said of it. Numbers of one business account share its
    templates, and webhooks tell only one of them.
    """
    sharing = {each.account_id for each in accounts if _shares_templates(each, account)}
    told = [
        state
        for state in states
        if state.account_id in sharing and state.status is not None and state.is_about(named)
    ]
    status = max(told, key=lambda state: state.at).status if told else None
    return f"template_{status.lower()}" if status and status in NOT_SENT else None


def _shares_templates(one: ChannelAccount, other: ChannelAccount) -> bool:
    if one.account_id == other.account_id:
        return True
    business = one.settings.get("business_account_id")
    return (
        one.provider is other.provider
        and business is not None
        and business == other.settings.get("business_account_id")
    )
