"""What befalls a WhatsApp business account, its numbers and its templates.

Fields: developers.facebook.com/documentation/business-messaging/whatsapp, page "Webhooks".
"""

from __future__ import annotations

import json
from dataclasses import dataclass

from recado.adapters.webhooks.json_parts import (
    Json,
    UnreadableError,
    moment,
    part,
    required,
    text_of,
)
from recado.adapters.webhooks.meta_reading import Reading
from recado.domain.channels import Provider
from recado.domain.updates import AccountUpdate

MAX_DETAIL_CHARACTERS = 1000


@dataclass(frozen=True, slots=True)
class AccountField:
    """How a field of account webhooks is read.

    Parameters
    ----------
    subject
        What it is about; None stands for the template that it names.
    event
        Where the provider's word stands; None where the field's own name is all there is.
    details
        What else operators want to see.
    """

    subject: str | None
    event: str | None
    details: tuple[str, ...] = ()


ACCOUNT_FIELDS = {
    "message_template_status_update": AccountField(
        None, "event", ("reason", "other_info", "disable_info")
    ),
    "message_template_quality_update": AccountField(
        None, "new_quality_score", ("previous_quality_score",)
    ),
    # Before a category changes, its present one comes as the new one, its next as the correct one.
    "template_category_update": AccountField(
        None, "new_category", ("previous_category", "correct_category", "category_update_timestamp")
    ),
    "message_template_components_update": AccountField(None, None),
    "phone_number_quality_update": AccountField(
        "phone_number",
        "event",
        (
            "display_phone_number",
            "old_limit",
            "current_limit",
            "max_daily_conversations_per_business",
        ),
    ),
    "phone_number_name_update": AccountField(
        "phone_number", "decision", ("display_phone_number", "rejection_reason")
    ),
    "account_update": AccountField(
        "account", "event", ("phone_number", "ban_info", "violation_info", "restriction_info")
    ),
    "account_review_update": AccountField("account", "decision"),
    "account_alerts": AccountField(
        "account",
        "alert_type",
        ("entity_type", "alert_severity", "alert_status", "alert_description"),
    ),
    "business_capability_update": AccountField(
        "account",
        None,
        (
            "max_daily_conversation_per_phone",
            "max_daily_conversations_per_business",
            "max_phone_numbers_per_business",
            "max_phone_numbers_per_waba",
        ),
    ),
}


def add_account_update(reading: Reading, header: Json, field: str, value: Json) -> None:
    """Read a change of one of the `ACCOUNT_FIELDS`: the entry names the business account.

    Raises
    ------
    UnreadableError
        It names no account, or lacks what its field is about.
    """
    if header["id"] is None:
        raise UnreadableError
    account = reading.account(Provider.WHATSAPP_CLOUD, f"waba:{header['id']}")
    if account is None:
        return
    described = ACCOUNT_FIELDS[field]
    # The words of an alert stand in an object of their own, in older releases beside it.
    words = {**value, **part(value, "alert_info")}
    details = {
        name: words[name] for name in described.details if words.get(name) not in (None, "", "NONE")
    }
    detail = ", ".join(f"{name}: {_told(value)}" for name, value in details.items())
    reading.updates.append(
        AccountUpdate(
            tenant_id=account.tenant_id,
            account_id=account.account_id,
            provider=account.provider,
            subject=described.subject or _template(value),
            event=required(words, described.event) if described.event else field,
            detail=detail[:MAX_DETAIL_CHARACTERS],
            at=moment(header.get("time"), otherwise=reading.received_at),
            received_at=reading.received_at,
        )
    )


def _template(value: Json) -> str:
    """A template as the sender names it; Meta writes its language as en_US and as en-US."""
    language = required(value, "message_template_language").replace("-", "_")
    return f"template:{required(value, 'message_template_name')}/{language}"


def _told(value: object) -> str:
    return text_of(value) or json.dumps(value)
