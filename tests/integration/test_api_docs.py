"""The pages about the API: what a browser gets, and that it needs nobody else's server."""

from __future__ import annotations

import base64
import gzip
import json
import re
from typing import Any

import pytest

from functions.api_docs import handler
from recado.api.documentation_pages import ASSETS
from tests.cloud import LambdaContext, http_event

PAGES = ["/api/docs/", "/api/redoc/"]


def ask(path: str, *, method: str = "GET", **headers: str) -> tuple[int, bytes, dict[str, str]]:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    event = http_event(method, path, None, named)
    answer: dict[str, Any] = handler.lambda_handler(event, LambdaContext())
    body = answer["body"].encode()
    return (
        answer["statusCode"],
        base64.b64decode(body) if answer.get("isBase64Encoded") else body,
        answer["headers"],
    )


def loaded_by(page: str) -> list[str]:
    """The addresses in a page."""
    _, body, _ = ask(page)
    return re.findall(r'(?:src|href|spec-url)="([^"]+)"', body.decode())


@pytest.mark.parametrize("path", [*PAGES, "/api/schema/"])
def test_a_page_is_served_with_and_without_its_last_slash(path: str) -> None:
    assert ask(path)[:2] == ask(path.rstrip("/"))[:2]
    assert ask(path)[0] == 200


@pytest.mark.parametrize("path", PAGES)
def test_a_page_loads_only_what_is_served_here(path: str) -> None:
    addresses = loaded_by(path)
    assert addresses
    assert [ask(address)[0] for address in addresses] == [200] * len(addresses)


@pytest.mark.parametrize("path", PAGES)
def test_a_page_runs_no_script_but_our_own(path: str) -> None:
    _, body, headers = ask(path)
    policy = dict(part.split(" ", 1) for part in headers["content-security-policy"].split("; "))
    assert policy["default-src"] == "'none'"
    assert policy["script-src"] == policy["connect-src"] == "'self'"
    assert re.findall(rb"<script(?![^>]* src=)", body) == []


def test_the_files_are_those_of_the_library() -> None:
    [bundle] = [address for address in loaded_by("/api/docs/") if "swagger-ui.js" in address]
    root = bundle.rpartition("/")[0]
    found = {name: ask(f"{root}/{name}") for name in ASSETS}
    assert {status for status, _, _ in found.values()} == {200}
    assert b"SwaggerUIBundle" in found["swagger-ui.js"][1]
    assert b"Redoc" in found["redoc.js"][1]
    assert found["favicon.png"][1].startswith(b"\x89PNG")


def test_a_file_may_be_kept_for_ever_and_a_page_may_not() -> None:
    [style] = [address for address in loaded_by("/api/docs/") if address.endswith(".css")]
    assert "immutable" in ask(style)[2]["cache-control"]
    assert "immutable" not in ask("/api/docs/")[2]["cache-control"]


def test_a_file_of_another_release_is_not_there() -> None:
    assert ask("/api/docs/assets/0000000000000000/swagger-ui.js")[0] == 404


@pytest.mark.parametrize("path", ["/api/docs/assets/../handler.py", "/api/docs/x", "/api/schema/x"])
def test_nothing_else_is_served(path: str) -> None:
    assert ask(path)[0] == 404


def test_the_document_is_the_one_that_is_committed() -> None:
    _, body, headers = ask("/api/schema/")
    assert headers["content-type"] == "application/json"
    assert json.loads(body) == json.loads(handler.DOCUMENT.read_text(encoding="utf-8"))


def test_a_browser_gets_it_compressed() -> None:
    _, plain, _ = ask("/api/schema/")
    _, packed, headers = ask("/api/schema/", accept_encoding="gzip, deflate, br")
    assert headers["content-encoding"] == "gzip"
    assert gzip.decompress(packed) == plain


def test_who_has_it_already_is_told_so() -> None:
    _, _, headers = ask("/api/schema/")
    status, body, again = ask("/api/schema/", if_none_match=f'"other", {headers["etag"]}')
    assert (status, body, again["etag"]) == (304, b"", headers["etag"])


def test_a_head_request_gets_the_headers_alone() -> None:
    status, body, headers = ask("/api/schema/", method="HEAD")
    assert (status, body) == (200, b"")
    assert headers["etag"] == ask("/api/schema/")[2]["etag"]


def test_nothing_can_be_changed() -> None:
    status, _, headers = ask("/api/docs/", method="POST")
    assert (status, headers["allow"]) == (405, "GET, HEAD")
