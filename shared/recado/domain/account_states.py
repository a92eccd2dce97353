"""What providers say of accounts and of approved templates, in words of our own."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Literal

from recado.domain.channels import Provider
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


class TemplateState(Model):
    """The last that a provider said of an approved template, in its own words.

    What it has not said yet is None. `reason` belongs to the status, and so does `at`, once there
    is one.
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
    at: datetime

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
