"""What an adapter is given, checked: the account's settings, its credentials, the content."""

from __future__ import annotations

from collections.abc import Mapping
from ipaddress import ip_address

from recado.domain.channels import ChannelAccount
from recado.domain.errors import AccountError, PermanentMessageError
from recado.domain.messages import Message


def setting(account: ChannelAccount, name: str, default: str | None = None) -> str:
    """A setting of the account, or the default.

    Raises
    ------
    AccountError
        It is missing and has no default, or holds a line break or another control character
        (which would be an injection into a header or a command).
    """
    value = account.settings.get(name) or default
    if not value:
        raise AccountError("missing_setting", f"the account's setting {name!r} is missing")
    if not value.isprintable():
        raise AccountError("bad_setting", f"the account's setting {name!r} is not printable text")
    return value


def credential(credentials: Mapping[str, str], name: str) -> str:
    """A credential of the account.

    Raises
    ------
    AccountError
        It is missing, or not printable ASCII, which is all that HTTP headers and SMTP can carry.
    """
    value = credentials.get(name)
    if not value:
        raise AccountError("missing_credential", f"the account's secret lacks {name!r}")
    if not (value.isascii() and value.isprintable()):
        raise AccountError("bad_credential", f"{name!r} in the account's secret is not ASCII text")
    return value


def content_of[Content: Message](content: Message, kind: type[Content]) -> Content:
    """The content as the kind that the channel carries.

    Raises
    ------
    PermanentMessageError
        The message was rendered for another channel.
    """
    if not isinstance(content, kind):
        raise PermanentMessageError("wrong_content", f"the channel carries {kind.__name__} only")
    return content


def is_host_name(host: str) -> bool:
    """Whether a host can be looked up: no label of its name is empty or over 63 characters."""
    try:
        host.encode("idna")
    except UnicodeError:
        return False
    return True


def is_loopback(host: str) -> bool:
    """Whether a host is this machine, so that what is sent to it needs no encryption."""
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
