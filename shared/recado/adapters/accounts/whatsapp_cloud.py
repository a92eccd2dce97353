"""A number and its templates, as Meta's Cloud API describes them.

Protocol: developers.facebook.com/docs/whatsapp/business-management-api, pages "Phone numbers" and
"Message templates".

Settings: `phone_number_id`, `business_account_id`, `base_url` (default: Meta's, with the version
of the Graph API). Secret: `access_token`.
"""

from __future__ import annotations

import re
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
from recado.adapters.channels.verdicts import ErrorTable, account_refused, try_later
from recado.adapters.channels.whatsapp_cloud_content import BASE_URL
from recado.domain.channels import ChannelAccount
from recado.domain.errors import AccountError
from recado.domain.probes import AccountProblem, ProbedAccount, ProviderTemplate

NUMBER_FIELDS = "verified_name,display_phone_number,quality_rating,status"
TEMPLATE_FIELDS = (
    "name,status,category,language,components,parameter_format,rejected_reason,quality_score"
)

PAGE_SIZE = "25"
"""Templates; a template with ten cards has about 10 KB, and an answer is read up to 256 KB."""

_NO_RIGHT = account_refused(
    "the access token lacks a right: give its system user the business account with "
    "whatsapp_business_management"
)
_NO_OBJECT = account_refused(
    "the access token sees no such object: check phone_number_id and business_account_id"
)
_LOCKED = account_refused("Meta has locked the account: appeal in the WhatsApp Manager")
_LIMITED = try_later("Meta's limit of calls is reached: look again in an hour")
_FAILED = try_later("Meta failed: look again in a few minutes")
_NO_TOKEN = account_refused(
    "the access token is not valid, or no longer: make a new one for the system user and put the "
    "account again with it"
)

PROBLEMS: ErrorTable = {
    "0": _NO_TOKEN,
    "190": _NO_TOKEN,
    "3": _NO_RIGHT,
    "10": _NO_RIGHT,
    **{str(code): _NO_RIGHT for code in range(200, 300)},
    "33": _NO_OBJECT,
    "100": _NO_OBJECT,
    "368": _LOCKED,
    "131031": _LOCKED,
    "4": _LIMITED,
    "613": _LIMITED,
    "80007": _LIMITED,
    "80008": _LIMITED,
    "1": _FAILED,
    "2": _FAILED,
}
"""The Graph API's codes that a question can meet, each with how it is mended."""

_UNREGISTERED = "Register the number for the Cloud API in the WhatsApp Manager."
_GONE = "The number has left the business account: check phone_number_id."
_UNLIKED = "People report the number's messages: see its quality in the WhatsApp Manager."

STATES: Mapping[str, tuple[bool, str | None]] = {
    "CONNECTED": (True, None),
    "FLAGGED": (True, _UNLIKED),
    "RATE_LIMITED": (True, "The number's limit of messages is reached: wait for the next day."),
    "RESTRICTED": (True, "Meta restricts the number: see why in the WhatsApp Manager."),
    "BANNED": (False, "Meta has banned the number: appeal in the WhatsApp Manager."),
    "PENDING": (False, _UNREGISTERED),
    "UNVERIFIED": (False, _UNREGISTERED),
    "DISCONNECTED": (False, _UNREGISTERED),
    "DELETED": (False, _GONE),
    "MIGRATED": (False, _GONE),
}
"""A number's states: whether it can send, and what to do."""

_NAME = re.compile(r"[A-Za-z0-9_]{1,512}")
"""A template's name as Meta allows it."""

_OTHER_STATE = (False, "Meta calls the number's state something new: see the WhatsApp Manager.")


class WhatsAppCloudProbe:
    """Asks about one number of a WhatsApp Business account."""

    def __init__(
        self,
        account: ChannelAccount,
        credentials: Mapping[str, str],
        transport: httpx.BaseTransport | None = None,
    ) -> None:
        token = credential(credentials, "access_token")
        self._account = account
        self._base_url = base_url(account, BASE_URL)
        self._client = new_client(
            account, transport=transport, headers={"Authorization": f"Bearer {token}"}
        )

    def close(self) -> None:
        """Let the connections go."""
        self._client.close()

    def state(self) -> ProbedAccount:
        """The number: see `AccountProbe`."""
        answer = self._ask(setting(self._account, "phone_number_id"), {"fields": NUMBER_FIELDS})
        status = word(answer.at("status")) or "UNKNOWN"
        connected, mend = STATES.get(status, _OTHER_STATE)
        return ProbedAccount(
            connected=connected,
            status=status,
            display_phone_number=phone_number(answer.at("display_phone_number")),
            verified_name=text(answer.at("verified_name")),
            quality=word(answer.at("quality_rating")),
            problem=AccountProblem(code=f"number_{status.lower()}", detail=mend) if mend else None,
        )

    def templates(self) -> list[ProviderTemplate]:
        """The business account's templates: see `AccountProbe`."""
        path = f"{quote(setting(self._account, 'business_account_id'), safe='')}/message_templates"
        return [_template(each) for answer in self._pages(path) for each in listed(answer, "data")]

    def _pages(self, path: str) -> Iterator[Answer]:
        params = {"fields": TEMPLATE_FIELDS, "limit": PAGE_SIZE}
        for _ in range(MOST_PAGES):
            answer = self._ask(path, params)
            yield answer
            # The address of the next page is not called: it could be anybody's.
            if answer.at("paging", "next") is None:
                return
            after = answer.at("paging", "cursors", "after")
            if not isinstance(after, str):
                raise AccountError("unreadable_answer", "a page without a cursor: look again later")
            params = {**params, "after": after}
        raise too_many_templates()

    def _ask(self, path: str, params: dict[str, str]) -> Answer:
        return ask(
            self._account,
            self._client,
            f"{self._base_url}/{path}",
            params=params,
            problems=PROBLEMS,
            code_of=lambda answer: answer.error_number("error", "code"),
        )


def _objects(value: object) -> list[dict[str, object]]:
    return [each for each in value if isinstance(each, dict)] if isinstance(value, list) else []


def _template(found: object) -> ProviderTemplate:
    if not isinstance(found, dict):
        raise unreadable_template()
    name, language = found.get("name"), word(found.get("language"))
    if not isinstance(name, str) or not _NAME.fullmatch(name) or language is None:
        raise unreadable_template()
    components = _objects(found.get("components"))
    body = next((text(each.get("text")) for each in components if each.get("type") == "BODY"), None)
    reason = word(found.get("rejected_reason"))
    score = found.get("quality_score")
    return ProviderTemplate(
        name=name,
        language=language,
        status=word(found.get("status")) or "UNKNOWN",
        category=word(found.get("category")),
        body=body,
        parameters=placeholders(body),
        rejected_reason=None if reason == "NONE" else reason,
        quality=word(score.get("score")) if isinstance(score, dict) else None,
    )
