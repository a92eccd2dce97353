"""The session of an Evolution API v2 server's instance; it has no approved templates.

Protocol: doc.evolution-api.com, page "Connection State".

Settings: `base_url`, `instance`. Secret: `api_key`.
"""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import quote

import httpx

from recado.adapters.accounts.answers import ask, word
from recado.adapters.channels.http import base_url, new_client
from recado.adapters.channels.inputs import credential, setting
from recado.adapters.channels.verdicts import ErrorTable, account_refused
from recado.domain.channels import ChannelAccount
from recado.domain.probes import AccountProblem, ProbedAccount, ProviderTemplate

PROBLEMS: ErrorTable = {
    "http_401": account_refused(
        "the API key was refused: put the account again with the right one"
    ),
    "http_403": account_refused("the API key may not use the instance: use the instance's own key"),
    "http_404": account_refused("the server has no such instance: check the setting 'instance'"),
}
"""The server has no codes of its own: an answer is known by its status."""

MENDS: Mapping[str, str] = {
    "connecting": "The session is connecting: look again, and scan its QR code if it stays so.",
    "close": "The session is closed: scan its QR code on the server.",
    "refused": "Nobody scanned the QR code in time: ask the server for a new one and scan it.",
}
"""What to do when the session is in another state than `open`."""


class EvolutionProbe:
    """Asks about one instance of an Evolution API server."""

    def __init__(
        self,
        account: ChannelAccount,
        credentials: Mapping[str, str],
        transport: httpx.BaseTransport | None = None,
    ) -> None:
        key = credential(credentials, "api_key")
        instance = quote(setting(account, "instance"), safe="")
        self._account = account
        self._url = f"{base_url(account)}/instance/connectionState/{instance}"
        self._client = new_client(account, transport=transport, headers={"apikey": key})

    def close(self) -> None:
        """Let the connections go."""
        self._client.close()

    def state(self) -> ProbedAccount:
        """The instance's session: see `AccountProbe`."""
        answer = ask(
            self._account, self._client, self._url, problems=PROBLEMS, code_of=lambda _: None
        )
        status = word(answer.at("instance", "state")) or "unknown"
        if status == "open":
            return ProbedAccount(connected=True, status=status)
        detail = MENDS.get(status, "The session is in no known state: see the server.")
        return ProbedAccount(
            connected=False,
            status=status,
            problem=AccountProblem(code=f"session_{status.lower()}", detail=detail),
        )

    def templates(self) -> list[ProviderTemplate]:
        """None: free text reaches everybody here."""
        return []
