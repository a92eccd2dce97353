"""Routes behind the API, called without a function around them."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from aws_lambda_powertools.event_handler.router import APIGatewayHttpRouter

from recado.api.app import Api
from recado.domain.access import Caller
from recado.domain.api_keys import Role, Scope
from recado.domain.errors import AuthenticationError
from recado.domain.notification import Mode
from tests.cloud import LambdaContext, http_event
from tests.workshop import TENANT

WHOLE_TENANT = Caller(
    key_id="key",
    tenant_id=TENANT.tenant_id,
    mode=Mode.LIVE,
    role=Role.TENANT,
    scopes=frozenset(Scope),
)


class Routes:
    """Routers in an API, whose caller is `caller`; nobody when that is None."""

    def __init__(
        self,
        routers: Mapping[str, APIGatewayHttpRouter],
        open_routers: Mapping[str, APIGatewayHttpRouter] | None = None,
    ) -> None:
        self.caller: Caller | None = WHOLE_TENANT
        self._api = Api(authenticate=self._authenticate, routers=routers, open_routers=open_routers)

    def request(
        self,
        method: str,
        path: str,
        body: object = None,
        *,
        headers: dict[str, str] | None = None,
    ) -> tuple[int, dict[str, Any], dict[str, str]]:
        """Call a route; gives status, document and headers."""
        answer = self._api(http_event(method, path, body, headers or {}), LambdaContext())  # type: ignore[arg-type]
        text = answer.get("body")
        return answer["statusCode"], json.loads(text) if text else {}, answer["headers"]

    def _authenticate(self, text: str | None, *, tenant_id: str | None = None) -> Caller:
        if self.caller is None:
            raise AuthenticationError("an API key is required")
        return self.caller
