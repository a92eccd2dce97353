"""Questions to providers about accounts, and the parts of their answers that may be shown."""

from __future__ import annotations

import re
from collections.abc import Callable

import httpx

from recado.adapters.channels.http import Answer, exchange, refusal
from recado.adapters.channels.verdicts import ErrorTable, Verdict, account_refused, try_later
from recado.domain.channels import ChannelAccount
from recado.domain.errors import AccountError

LONGEST_TEXT = 1024
"""Characters of a template's body, the longest text that is shown."""

MOST_PAGES = 80
"""Of a list of templates; the largest accounts that Meta knows have some thousands."""

_WORD = re.compile(r"[A-Za-z0-9_-]{1,64}")
_PLACEHOLDER = re.compile(r"\{\{\s*(\w+)\s*\}\}")


def ask(
    account: ChannelAccount,
    client: httpx.Client,
    url: str,
    *,
    problems: ErrorTable,
    code_of: Callable[[Answer], str | None],
    params: dict[str, str] | None = None,
) -> Answer:
    """Ask; gives an answer whose body is a JSON object.

    `problems` holds the provider's codes (`code_of` reads them) with the sentence that says how
    each is mended; what it lacks is told by the HTTP status.

    Raises
    ------
    AccountError, RetryableError, OutcomeUnknownError
        As `AccountProbe` describes them.
    """
    answer = exchange(client, client.build_request("GET", url, params=params))
    if not answer.is_success:
        raise refusal(
            account, problems, code_of(answer), answer, otherwise=_by_status(answer.status)
        )
    if not isinstance(answer.body, dict):
        raise AccountError(
            "unreadable_answer", "something else than the provider answers: check base_url"
        )
    return answer


def listed(answer: Answer, name: str) -> list[object]:
    """The list that an answer holds under a name, which may be empty.

    Raises
    ------
    AccountError
        There is none: taken for an empty one it would say that everything is gone.
    """
    found = answer.at(name)
    if not isinstance(found, list):
        raise AccountError("unreadable_answer", "an answer without a list: look again later")
    return found


def unreadable_template() -> AccountError:
    """The error of a list with a template that has no readable name or language."""
    return AccountError(
        "unreadable_answer", "a template without a readable name or language: look again later"
    )


def too_many_templates() -> AccountError:
    """The error of a list that has more than `MOST_PAGES` pages."""
    return AccountError("too_many_templates", "more templates than are read here: delete old ones")


def word(value: object) -> str | None:
    """A word of the provider's own, such as a status; None for anything that may be a text."""
    return value if isinstance(value, str) and _WORD.fullmatch(value) else None


def text(value: object) -> str | None:
    """A text that the account's owner wrote, cut to `LONGEST_TEXT`; None for anything else."""
    return value[:LONGEST_TEXT] if isinstance(value, str) and value else None


def phone_number(value: object) -> str | None:
    """A phone number as E.164, however it is spelled; None for what can be none."""
    digits = re.sub(r"\D", "", value) if isinstance(value, str) else ""
    return f"+{digits}" if 7 <= len(digits) <= 15 else None


def placeholders(body: str | None) -> int:
    """How many different placeholders a template's body has, by number or name."""
    return len(set(_PLACEHOLDER.findall(body or "")))


def _by_status(status: int) -> Verdict:
    if status in (408, 429):
        return try_later("the provider limits calls: look again in a few minutes")
    if status >= 500:
        return try_later("the provider failed: look again in a few minutes")
    if status in (401, 403):
        return account_refused("access was denied: check the account's credentials and rights")
    if status == 404 or 300 <= status < 400:
        return account_refused("there is nothing at that address: check the account's settings")
    return account_refused("the provider refused: look the code up in its manual")
