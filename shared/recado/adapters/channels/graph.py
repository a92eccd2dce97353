"""Meta's Graph API: calls about one object of an account, and what its errors mean.

Protocol: developers.facebook.com/docs/graph-api, pages "Handle errors" and "Rate limits". Most
refusals, passing ones included, come as HTTP 400: only the codes tell them apart.
"""

from __future__ import annotations

from collections.abc import Mapping
from json import loads
from urllib.parse import quote

import httpx

from recado.adapters.channels.http import Answer, base_url, exchange, new_client, refusal
from recado.adapters.channels.inputs import credential, setting
from recado.adapters.channels.verdicts import ErrorTable, try_later
from recado.domain.channels import ChannelAccount
from recado.domain.errors import DeliveryError


class GraphObject:
    """A number, a page or an Instagram account, with the token that may speak for it.

    Parameters
    ----------
    id_setting
        The account's setting that holds the object's id.
    default_url
        Where the API is, with its version, for accounts without a setting `base_url`.
    errors
        The product's error table. A code that means something else with a subcode has a row of
        its own for both, written `code/subcode`.
    """

    def __init__(
        self,
        account: ChannelAccount,
        credentials: Mapping[str, str],
        transport: httpx.BaseTransport | None,
        *,
        id_setting: str,
        default_url: str,
        errors: ErrorTable,
    ) -> None:
        token = credential(credentials, "access_token")
        object_id = quote(setting(account, id_setting), safe="")
        self._account = account
        self._errors = errors
        self._url = f"{base_url(account, default_url)}/{object_id}"
        self._client = new_client(
            account, transport=transport, headers={"Authorization": f"Bearer {token}"}
        )

    def post(self, edge: str, payload: Mapping[str, object]) -> Answer:
        """Post JSON to an edge of the object; returns what Meta says when it accepts.

        Raises
        ------
        DeliveryError
            By the error table, as `ChannelSender` describes its classes.
        """
        request = self._client.build_request("POST", f"{self._url}/{edge}", json=payload)
        answer = exchange(self._client, request)
        if not answer.is_success:
            raise self._refusal(answer)
        return answer

    def _refusal(self, answer: Answer) -> DeliveryError:
        code = answer.error_number("error", "code")
        subcode = answer.error_number("error", "error_subcode")
        both = f"{code}/{subcode}"
        transient = answer.at("error", "is_transient") is True
        return refusal(
            self._account,
            self._errors,
            both if both in self._errors else code,
            answer,
            otherwise=try_later("Meta says that it is passing") if transient else None,
            retry_after=_regain_access(answer),
        )


def _regain_access(answer: Answer) -> float | None:
    """Seconds until a throttled business account may call again; None where Meta names no time.

    The header X-Business-Use-Case-Usage names minutes, per business account and use case.
    """
    try:
        usage = loads(answer.headers["x-business-use-case-usage"])
        minutes = [
            float(case["estimated_time_to_regain_access"])
            for cases in usage.values()
            for case in cases
        ]
    except (KeyError, ValueError, TypeError, AttributeError):
        return None
    return max(minutes, default=0.0) * 60 or None
