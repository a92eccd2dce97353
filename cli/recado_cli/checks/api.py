"""Check of the HTTP API, as a client sees it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from recado_cli.api_client import ApiClient
from recado_cli.checks import variables
from recado_cli.checks.finding import Finding
from recado_cli.refusals import Refusal


def check_api(environment: Mapping[str, str]) -> Iterator[Finding]:
    """The API answers, and takes the key."""
    url, key = (environment.get(name) for name in variables.API)
    if not (url and key):
        return
    try:
        with ApiClient(url, key) as client:
            client.catalogue()
    except Refusal as refusal:
        yield Finding("api", url, refusal.problem, refusal.mend)
    else:
        yield Finding("api", url)
