"""The pages about the API, as a browser loads them from the deployed functions."""

import re

import httpx
import pytest


@pytest.mark.parametrize("page", ["/api/docs/", "/api/redoc/"])
def test_a_page_gets_all_that_it_loads_from_its_own_domain(
    variables: dict[str, str], page: str
) -> None:
    with httpx.Client(base_url=variables["RECADO_URL"], timeout=90, trust_env=False) as browser:
        shown = browser.get(page)
        assert shown.status_code == 200
        addresses = re.findall(r'(?:src|href|spec-url)="([^"]+)"', shown.text)
        for address in addresses:
            assert address.startswith("/api/")
            assert len(browser.get(address).raise_for_status().content) > 100


def test_the_document_describes_what_is_deployed(variables: dict[str, str]) -> None:
    url = f"{variables['RECADO_URL']}/api/schema"
    document = httpx.get(url, timeout=90, trust_env=False).raise_for_status().json()
    assert document["openapi"] == "3.1.0"
    assert "/api/v1/notifications/events/dispatch/" in document["paths"]
