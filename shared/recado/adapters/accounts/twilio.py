"""A Twilio account and its Content templates with WhatsApp's approval.

Protocol: twilio.com/docs/iam/api/account and twilio.com/docs/content/content-api-resources.

Settings: `account_sid`; `from`, the WhatsApp number; `base_url` (default: Twilio's);
`content_base_url` for the Content API, which has an address of its own (default: `base_url` where
that is set, so that a mock account never calls Twilio; else Twilio's). Secret: `auth_token`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from urllib.parse import quote

import httpx

from recado.adapters.accounts.answers import (
    MOST_PAGES,
    ask,
    listed,
    phone_number,
    placeholders,
    text,
    too_many_templates,
    unreadable_template,
    word,
)
from recado.adapters.channels.http import Answer, base_url, new_client
from recado.adapters.channels.inputs import credential, setting
from recado.adapters.channels.twilio import BASE_URL
from recado.adapters.channels.verdicts import ErrorTable, account_refused, try_later
from recado.domain.channels import ChannelAccount
from recado.domain.errors import AccountError
from recado.domain.probes import AccountProblem, ProbedAccount, ProviderTemplate

CONTENT_BASE_URL = "https://content.twilio.com"

PAGE_SIZE = "50"
"""Twilio's default."""

_FAILED = try_later("Twilio failed: look again in a few minutes")

PROBLEMS: ErrorTable = {
    "20003": account_refused(
        "the credentials were refused: put the account again with its current auth token"
    ),
    "20404": account_refused("there is no such account: check the setting 'account_sid'"),
    "20429": try_later("Twilio's limit of calls is reached: look again in a few minutes"),
    "20500": _FAILED,
    "20503": _FAILED,
}
"""Twilio's codes that a question can meet, each with how it is mended."""

MENDS: Mapping[str, str] = {
    "suspended": "Twilio has suspended the account: settle it in Twilio's console.",
    "closed": "The Twilio account is closed: use another one.",
}
"""What to do when the account is in another state than `active`."""

NAMED_TEXTS = ("body", "title")
"""Where the types of content keep what the person reads first."""


class TwilioProbe:
    """Asks about one Twilio account."""

    def __init__(
        self,
        account: ChannelAccount,
        credentials: Mapping[str, str],
        transport: httpx.BaseTransport | None = None,
    ) -> None:
        sid = setting(account, "account_sid")
        token = credential(credentials, "auth_token")
        path = f"2010-04-01/Accounts/{quote(sid, safe='')}.json"
        self._account = account
        self._account_url = f"{base_url(account, BASE_URL)}/{path}"
        self._contents_url = f"{_content_base_url(account)}/v1/ContentAndApprovals"
        self._client = new_client(account, transport=transport, auth=httpx.BasicAuth(sid, token))

    def close(self) -> None:
        """Let the connections go."""
        self._client.close()

    def state(self) -> ProbedAccount:
        """The Twilio account: see `AccountProbe`. Of the number itself Twilio says nothing here."""
        status = word(self._ask(self._account_url).at("status")) or "unknown"
        number = phone_number(self._account.settings.get("from"))
        if status == "active":
            return ProbedAccount(connected=True, status=status, display_phone_number=number)
        detail = MENDS.get(status, "The account is in no known state: see Twilio's console.")
        return ProbedAccount(
            connected=False,
            status=status,
            display_phone_number=number,
            problem=AccountProblem(code=f"account_{status.lower()}", detail=detail),
        )

    def templates(self) -> list[ProviderTemplate]:
        """The Content templates: see `AccountProbe`."""
        return [_template(each) for answer in self._pages() for each in listed(answer, "contents")]

    def _pages(self) -> Iterator[Answer]:
        params = {"PageSize": PAGE_SIZE}
        for _ in range(MOST_PAGES):
            answer = self._ask(self._contents_url, params)
            yield answer
            following = answer.at("meta", "next_page_url")
            if not following:
                return
            # Only its query is taken: the credentials go to no host but the account's.
            params = _query(following)
        raise too_many_templates()

    def _ask(self, url: str, params: dict[str, str] | None = None) -> Answer:
        return ask(
            self._account,
            self._client,
            url,
            params=params,
            problems=PROBLEMS,
            code_of=lambda answer: answer.error_number("code"),
        )


def _content_base_url(account: ChannelAccount) -> str:
    named = account.settings.get("content_base_url") or account.settings.get("base_url")
    settings = {**account.settings, "base_url": named or CONTENT_BASE_URL}
    return base_url(account.model_copy(update={"settings": settings}))


def _query(address: object) -> dict[str, str]:
    try:
        params = dict(httpx.URL(str(address)).params)
    except httpx.InvalidURL:
        params = {}
    if not params:
        raise AccountError(
            "unreadable_answer", "a page without an address for the next: look again later"
        )
    return params


def _template(found: object) -> ProviderTemplate:
    if not isinstance(found, dict):
        raise unreadable_template()
    sid, language = word(found.get("sid")), word(found.get("language"))
    approval = found.get("approval_requests")
    approval = approval if isinstance(approval, dict) else {}
    name = text(approval.get("name")) or text(found.get("friendly_name")) or sid
    if sid is None or name is None or language is None:
        raise unreadable_template()
    body = _body(found.get("types"))
    variables = found.get("variables")
    status = word(approval.get("status")) or "unsubmitted"
    reason = approval.get("rejection_reason")
    return ProviderTemplate(
        name=name,
        language=language,
        status=status.upper(),
        category=word(approval.get("category")),
        body=body,
        parameters=len(variables) if isinstance(variables, dict) else placeholders(body),
        # WhatsApp's sentence, which Twilio passes on, stays in Twilio's console.
        rejected_reason=(word(reason) or "SEE_PROVIDER") if reason else None,
        content_sid=sid,
    )


def _body(types: object) -> str | None:
    contents = types.values() if isinstance(types, dict) else ()
    return next(
        (
            found
            for content in contents
            if isinstance(content, dict)
            for name in NAMED_TEXTS
            if (found := text(content.get(name)))
        ),
        None,
    )
