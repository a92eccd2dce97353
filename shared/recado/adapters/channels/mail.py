"""What SMTP and Amazon SES have in common: who writes to whom, and with which headers."""

from __future__ import annotations

import re
from email.utils import formataddr

from recado.adapters.channels.inputs import content_of, setting
from recado.domain.channels import ChannelAccount
from recado.domain.errors import AccountError, PermanentMessageError, PermanentRecipientError
from recado.domain.messages import EmailMessage
from recado.ports.channels import OutboundMessage

# A dot-atom and a host name (RFC 5322 section 3.4.1): nothing that means more in a header.
_ADDRESS = re.compile(r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]+@[A-Za-z0-9.-]+")


def sender(account: ChannelAccount) -> str:
    """The account's `from_address` with its `from_name`, as a header writes it."""
    address = setting(account, "from_address")
    if not _ADDRESS.fullmatch(address):
        raise AccountError("bad_setting", "the account's setting 'from_address' is no address")
    return formataddr((setting(account, "from_name"), address))


def reply_to(account: ChannelAccount) -> str | None:
    """The account's setting `reply_to`, where answers go; None when it has none."""
    return setting(account, "reply_to") if "reply_to" in account.settings else None


def recipient(message: OutboundMessage) -> str:
    """The recipient's address.

    Raises
    ------
    PermanentRecipientError
        It is no plain ASCII address: it could name several recipients, add a header or a command.
    """
    if not _ADDRESS.fullmatch(message.to.value):
        raise PermanentRecipientError("bad_address", "not a plain mail address")
    return message.to.value


def content(message: OutboundMessage) -> EmailMessage:
    """The mail to send.

    Raises
    ------
    PermanentMessageError
        Its subject would break out of its header.
    """
    mail = content_of(message.content, EmailMessage)
    if not _is_one_line(mail.subject):
        raise PermanentMessageError("line_break_in_header", "the subject has a line break")
    return mail


def unsubscribe_headers(message: OutboundMessage) -> dict[str, str]:
    """The headers by which a mail program offers to unsubscribe with one click (RFC 8058)."""
    if message.unsubscribe_url is None:
        return {}
    if not _is_one_line(message.unsubscribe_url):
        raise PermanentMessageError("line_break_in_header", "the link has a line break")
    return {
        "List-Unsubscribe": f"<{message.unsubscribe_url}>",
        "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
    }


def _is_one_line(text: str) -> bool:
    return len(text.splitlines()) <= 1 and not text.endswith(("\r", "\n"))
