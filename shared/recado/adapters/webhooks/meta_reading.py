"""One verified request of Meta's: whose accounts it may speak for, and what was read of it."""

from __future__ import annotations

import json
import logging
import re
from collections.abc import Collection
from datetime import datetime
from typing import Any

from recado.adapters.webhooks.json_parts import Json
from recado.domain.channels import ChannelAccount, Provider
from recado.domain.updates import Update
from recado.ports.webhooks import WebhookAccounts

logger = logging.getLogger(__name__)

MAX_LOGGED_CHARACTERS = 40

_META_ID = re.compile(r"[0-9]{1,40}")


class Reading:
    """What has been read of a request so far.

    Parameters
    ----------
    object_name
        Which of Meta's products the request is about.
    apps
        The ids of the apps that signed it.
    """

    def __init__(
        self,
        object_name: str,
        accounts: WebhookAccounts,
        apps: Collection[str],
        received_at: datetime,
    ) -> None:
        self.updates: list[Update] = []
        self.unreadable: list[str] = []
        self.received_at = received_at
        self._object_name = object_name
        self._accounts = accounts
        self._apps = apps
        self._known: dict[tuple[Provider, str], ChannelAccount | None] = {}

    def account(self, provider: Provider, external_id: str) -> ChannelAccount | None:
        """The account of that id, if one of the apps that signed may speak for it."""
        key = (provider, external_id)
        if key in self._known:
            return self._known[key]
        account = self._accounts.by_external_id(provider, external_id)
        if account is None:
            logger.warning("webhook for an unknown account", extra={"external_id": external_id})
        elif (app_id := account.settings.get("app_id")) and app_id not in self._apps:
            logger.warning("webhook of an app that is not the account's", extra=names_of(account))
            account = None
        self._known[key] = account
        return account

    def keep(self, entry: object) -> None:
        """Keep an entry that cannot be read, as Meta would have sent it alone."""
        self.unreadable.append(json.dumps({"object": self._object_name, "entry": [entry]}))


def header_of(entry: Json) -> dict[str, Any]:
    """Whom an entry is about, and when it was sent."""
    time = entry.get("time")
    return {"id": meta_id(entry.get("id")), **({"time": time} if isinstance(time, int) else {})}


def meta_id(value: object) -> str | None:
    """An id of Meta's: digits, so that none can pass for an id of another kind."""
    return value if isinstance(value, str) and _META_ID.fullmatch(value) else None


def names_of(account: ChannelAccount) -> dict[str, str]:
    """An account, as logs name it."""
    return {"tenant_id": account.tenant_id, "account_id": account.account_id}
