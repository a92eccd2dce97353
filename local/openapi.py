"""Describes the API in OpenAPI, as its functions would serve it: `python -m local.openapi`."""

import json
import os
from typing import Any
from unittest.mock import patch

from local.places import ROOT, shown
from recado.api.description.document import describe
from recado.api.description.examples import ANSWERS, EXAMPLES
from recado.api.description.routes import API_KEY, INTERNAL_SECRET, Part
from recado.bootstrap import http_api
from recado.bootstrap.deployment import Stack
from recado.config import Config

DOCUMENT = ROOT / "functions/api_docs/openapi.json"

_FUNCTIONS = {
    "api": API_KEY,
    "whatsapp_accounts": API_KEY,
    "management_api": API_KEY,
    "internal_api": INTERNAL_SECRET,
}
"""What builds each part of the API, with what its callers show."""


_NOBODY = {
    "AWS_DEFAULT_REGION": "us-east-1",
    "AWS_ACCESS_KEY_ID": "nobody",
    "AWS_SECRET_ACCESS_KEY": "nobody",
}
"""What clients of AWS look for when they are made."""


class _Nowhere(dict[str, str]):
    """An environment in which every variable is its own value: nothing is called here."""

    def __missing__(self, name: str) -> str:
        return name


def parts() -> list[Part]:
    """The parts of the API as their functions build them, over a stack that is not there."""
    somewhere = patch.dict(os.environ, _NOBODY)
    nowhere = patch.object(http_api, "stack", lambda: Stack(Config(_Nowhere())))
    built = []
    with somewhere, nowhere:
        for name, security in _FUNCTIONS.items():
            # What the cache keeps belongs to the stack that this process has.
            api = getattr(http_api, name).__wrapped__()
            built.append(Part(api.app, api.open_paths, security))
    return built


def document() -> dict[str, Any]:
    """The OpenAPI document of the code as it is."""
    return describe(parts(), EXAMPLES, ANSWERS)


def text() -> str:
    """The document as it is committed."""
    return json.dumps(document(), indent=1, ensure_ascii=False) + "\n"


def main() -> None:
    """Write the document."""
    DOCUMENT.write_text(text(), encoding="utf-8")
    print(f"Wrote {shown(DOCUMENT)}.")


if __name__ == "__main__":
    main()
