"""What Amazon SES tells us of mails, through a topic of Amazon SNS that calls a function.

Protocol: docs.aws.amazon.com/ses/latest/dg, "Contents of event data that Amazon SES publishes to
Amazon SNS". Only the topic may call the function, so IAM takes the place of a signature.

A bounce is SES's last word: it has tried again for hours itself where that could help. So a
transient bounce takes the next channel at once and suppresses nothing, while a permanent one and
a complaint suppress the address. A complaint mostly follows the arrival of the mail, and must
suppress all the same.
"""

from __future__ import annotations

import json
import logging
import re
from datetime import UTC, datetime
from typing import Any

from recado.adapters.channels.ses import TAG_NAME
from recado.adapters.channels.verdicts import (
    ErrorTable,
    Verdict,
    message_refused,
    no_recipient,
    opted_out,
    recipient_refused,
    unlisted,
)
from recado.adapters.webhooks.json_parts import Json, text_of
from recado.adapters.webhooks.json_parts import part as part_of
from recado.domain.channels import ChannelAccount, Provider
from recado.domain.directory import SuppressionReason
from recado.domain.errors import MalformedWebhookError, PermanentRecipientError
from recado.domain.receipts import Failure, Receipt, ReceiptStatus
from recado.ports.clock import Clock
from recado.ports.webhooks import Webhook, WebhookAccounts, WebhookAnswer

logger = logging.getLogger(__name__)

ANSWER = WebhookAnswer(status=200)
"""There is nobody to answer; it says that the message is done with."""

TOPIC_TEST = "Successfully validated SNS topic for Amazon SES"
"""How the text begins that SES publishes once when it is told to use a topic."""

WITHOUT_MEANING = frozenset(
    {"Open", "Click", "DeliveryDelay", "Subscription", "AmazonSnsSubscriptionSucceeded"}
)
"""Events that move nothing. Opens are no reading: programs fetch a mail's images by themselves."""

STATUSES = {
    "Send": ReceiptStatus.SENT,
    "Delivery": ReceiptStatus.DELIVERED,
    "Bounce": ReceiptStatus.FAILED,
    "Complaint": ReceiptStatus.FAILED,
    "Reject": ReceiptStatus.FAILED,
    "Rendering Failure": ReceiptStatus.FAILED,
}

RECIPIENTS = {
    "Delivery": ("delivery", "recipients"),
    "Bounce": ("bounce", "bouncedRecipients"),
    "Complaint": ("complaint", "complainedRecipients"),
}
"""Where an event lists those whom it is about; the other events are about the mail as a whole."""

MAX_ID = 340
"""Characters of what an account is looked up by: a mail address has 320 at most (RFC 3696)."""

ERRORS: ErrorTable = {
    "Reject": message_refused("SES found a virus in the mail"),
    "Rendering Failure": message_refused("SES could not fill in the template"),
    "Complaint": Verdict(
        PermanentRecipientError,
        "the recipient called the mail unwanted",
        suppression=SuppressionReason.COMPLAINT,
    ),
    "Permanent": no_recipient("the address takes no mail"),
    "Permanent.UnsubscribedRecipient": opted_out("the recipient unsubscribed at SES"),
    "Transient": recipient_refused("the mailbox took no mail for as long as SES tried"),
    "Transient.MessageTooLarge": message_refused("the mail is too large for the mailbox"),
    "Transient.ContentRejected": message_refused("the mailbox refused the content"),
    "Transient.AttachmentRejected": message_refused("the mailbox refused an attachment"),
    "Undetermined": recipient_refused("the mail came back and nobody says why"),
}
"""By type, or by type and subtype where the subtype means something else."""

_UNLISTED = recipient_refused("a kind of bounce that is not in the error table")
_WORD = re.compile(r"[A-Za-z-]{1,60}")


class SesEventReader:
    """Reads SES's events for all accounts."""

    def __init__(self, accounts: WebhookAccounts, clock: Clock) -> None:
        self._accounts = accounts
        self._clock = clock

    def read_notification(self, message: str) -> Webhook:
        """What the text of an SNS message means: a receipt for each recipient that it names.

        Raises
        ------
        MalformedWebhookError
            It is no event of SES: another try would not help.
        """
        if message.startswith(TOPIC_TEST):
            return Webhook(answer=ANSWER)
        event = _event(message)
        kind = event.get("eventType") or event.get("notificationType")
        if not isinstance(kind, str):
            raise MalformedWebhookError("not an event of SES")
        if kind in WITHOUT_MEANING:
            return Webhook(answer=ANSWER)
        mail = part_of(event, "mail")
        recipients = _recipients(event, kind)
        if kind not in STATUSES or not text_of(mail.get("messageId")) or not recipients:
            return Webhook(answer=ANSWER, unreadable=(message,))
        account = self._account(mail)
        if account is None:
            return Webhook(answer=ANSWER)
        return self._receipts(account, kind, event, recipients)

    def _account(self, mail: Json) -> ChannelAccount | None:
        """The account that a mail is from: by its address, else by its configuration set."""
        # An address alone, or behind a name: Taller Andinos <avisos@andinos.example>.
        address = (text_of(mail.get("source")) or "").rpartition("<")[2].removesuffix(">")
        configuration_set = _tag(mail, "ses:configuration-set")
        names = [address, f"configuration_set:{configuration_set}" if configuration_set else ""]
        for external_id in names:
            if external_id and external_id.isprintable() and len(external_id) <= MAX_ID:
                account = self._accounts.by_external_id(Provider.SES, external_id)
                if account:
                    return account
        logger.warning("webhook for an unknown account", extra={"provider": Provider.SES.value})
        return None

    def _receipts(
        self, account: ChannelAccount, kind: str, event: Json, recipients: list[Any]
    ) -> Webhook:
        mail = part_of(event, "mail")
        now = self._clock.now()
        told_at = part_of(event, kind.lower()).get("timestamp") or mail.get("timestamp")
        receipt = Receipt(
            tenant_id=account.tenant_id,
            account_id=account.account_id,
            provider=account.provider,
            provider_message_id=text_of(mail["messageId"]) or "",
            status=STATUSES[kind],
            at=_moment(told_at, otherwise=now),
            received_at=now,
            tag=_own_tag(mail),
            failure=_failure(account, kind, event),
        )
        readable = [recipient for recipient in recipients if _is_recipient(kind, recipient)]
        unreadable = [
            json.dumps({"eventType": kind, "messageId": mail["messageId"], "recipient": recipient})
            for recipient in recipients
            if not _is_recipient(kind, recipient)
        ]
        return Webhook(
            answer=ANSWER, updates=(receipt,) * len(readable), unreadable=tuple(unreadable)
        )


def _event(message: str) -> Json:
    try:
        event = json.loads(message)
    # Deep nesting ends in a RecursionError, anything else in a ValueError.
    except (ValueError, RecursionError):
        raise MalformedWebhookError("not JSON") from None
    if not isinstance(event, dict):
        raise MalformedWebhookError("not an event of SES")
    return event


def _recipients(event: Json, kind: str) -> list[Any]:
    """Those whom an event is about; for an event about the mail, one that is the mail itself."""
    if kind not in RECIPIENTS:
        return [event.get("mail")]
    part, field = RECIPIENTS[kind]
    recipients = part_of(event, part).get(field)
    return recipients if isinstance(recipients, list) else []


def _is_recipient(kind: str, recipient: object) -> bool:
    match recipient:
        case str():
            return kind == "Delivery"
        case {"emailAddress": str()}:
            return kind in ("Bounce", "Complaint")
        case _:
            return kind not in RECIPIENTS


def _tag(mail: Json, name: str) -> str | None:
    """The first value of one of the mail's tags."""
    match part_of(mail, "tags").get(name):
        case [value, *_]:
            return text_of(value)
        case _:
            return None


def _own_tag(mail: Json) -> str | None:
    """Our tag as it was before a mail tag's alphabet made its dot a dash."""
    notification_id, dash, number = (_tag(mail, TAG_NAME) or "").rpartition("-")
    return f"{notification_id}.{number}" if dash else None


def _failure(account: ChannelAccount, kind: str, event: Json) -> Failure | None:
    if STATUSES[kind] is not ReceiptStatus.FAILED:
        return None
    code = _code(kind, part_of(event, kind.lower()))
    verdict = ERRORS.get(code) or ERRORS.get(code.partition(".")[0])
    return Failure.of((verdict or unlisted(account, code, _UNLISTED)).to_error(code))


def _code(kind: str, part: Json) -> str:
    """SES's words for a failure: a bounce's type and subtype, a complaint's kind."""
    if kind == "Bounce":
        return ".".join(_words(part, "bounceType", "bounceSubType")) or kind
    if kind == "Complaint":
        said = _words(part, "complaintSubType") or _words(part, "complaintFeedbackType")
        return ".".join([kind, *said])
    return kind


def _words(part: Json, *fields: str) -> list[str]:
    """The provider's words in some fields, up to the first that has none."""
    words: list[str] = []
    for field in fields:
        word = part.get(field)
        if not (isinstance(word, str) and _WORD.fullmatch(word)):
            break
        words.append(word)
    return words


def _moment(value: object, *, otherwise: datetime) -> datetime:
    """A time in ISO 8601; without a zone it is UTC."""
    try:
        moment = datetime.fromisoformat(value if isinstance(value, str) else "")
        return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).astimezone(UTC)
    except (ValueError, OverflowError):
        return otherwise
