"""What a look at a provider's list of templates tells beyond what is known already."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from typing import NamedTuple

from recado.domain.account_states import DELETED, TemplateState
from recado.domain.channels import ChannelAccount
from recado.domain.probes import ProviderTemplate

LIST_LAGS = timedelta(minutes=5)
"""A list may be so much older than what a webhook said: that stays until the next look."""

LISTED_AS = {"FLAGGED": "APPROVED", "REINSTATED": "APPROVED"}
"""Words that webhooks say and lists do not: a list calls such a template by another one."""

UNREADABLE = "UNKNOWN"
"""Status of a template whose own one is no word of a provider's."""


class Learned(NamedTuple):
    """What a look told of a template, and what was known before."""

    before: TemplateState | None
    told: TemplateState

    @property
    def is_recategorised(self) -> bool:
        """Whether the provider bills it as something else from now on."""
        return (
            self.before is not None
            and self.before.category is not None
            and self.told.category not in (None, self.before.category)
        )


def learned_by_looking(
    account: ChannelAccount,
    listed: Iterable[ProviderTemplate],
    *,
    known: Iterable[TemplateState],
    looked_at: datetime,
) -> list[Learned]:
    """What is new in the whole list of an account's templates; what vanished from it is deleted.

    `looked_at` is when the provider was asked, `known` what it had said until it answered.
    """
    said = {_key(state): state for state in known if state.account_id == account.account_id}
    found = {_key(template): template for template in listed}
    looks = [
        (said.get(key), _told(account, template, looked_at)) for key, template in found.items()
    ]
    looks += [
        (state, state.model_copy(update={"status": DELETED, "reason": "", "at": looked_at}))
        for key, state in said.items()
        if key not in found
    ]
    return list(_news(looks))


def _key(template: TemplateState | ProviderTemplate) -> tuple[str, str]:
    return template.content_sid or template.name, template.language


def _told(
    account: ChannelAccount, template: ProviderTemplate, looked_at: datetime
) -> TemplateState:
    return TemplateState(
        tenant_id=account.tenant_id,
        account_id=account.account_id,
        name=template.name,
        language=template.language,
        status=None if template.status == UNREADABLE else template.status,
        reason=template.rejected_reason or "",
        quality=template.quality,
        category=template.category,
        content_sid=template.content_sid,
        at=looked_at,
    )


def _news(looks: Iterable[tuple[TemplateState | None, TemplateState]]) -> Iterator[Learned]:
    for before, look in looks:
        told = look
        if before is not None and before.status is not None:
            is_same = look.status in (before.status, LISTED_AS.get(before.status))
            if is_same or before.at > look.at - LIST_LAGS:
                # A status keeps the moment and the reason with which it came.
                told = look.model_copy(update={"status": None})
        if before is None or before.updated_by(told) != before:
            yield Learned(before, told)
