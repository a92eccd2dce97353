"""An unsubscribe link, from the mail that a customer got to the next event."""

from __future__ import annotations

import re
from typing import Any
from uuid import uuid4

import httpx
import pytest

from recado.adapters.dynamodb.directory import DynamoDBDirectoryRepository
from recado.domain.channels import Channel
from recado.domain.directory import Address, Recipient
from tests.e2e.test_delivery import dispatch, messages, wait_for_state


@pytest.fixture
def customer(aws: Any, variables: dict[str, str]) -> str:
    """A customer of this test alone, with a mail address."""
    customer_id = f"e2e-{uuid4().hex}"
    address = Address(channel=Channel.EMAIL, value=f"{customer_id}@example.com")
    DynamoDBDirectoryRepository(aws("dynamodb"), variables["DIRECTORY_TABLE"]).put_recipient(
        Recipient(
            tenant_id="talleres-andinos",
            recipient_id=customer_id,
            name="Lucía Andrade",
            addresses=(address,),
        )
    )
    return customer_id


def test_a_customer_unsubscribes_by_the_link_in_a_mail(
    api: httpx.Client, simulator: httpx.Client, customer: str
) -> None:
    wait_for_state(api, dispatch(api, customer_id=customer)["notification_id"])
    [mail] = messages(simulator, channel="email")
    found = re.search(r"<(http[^>]+/u/[^>]+)>", mail["headers"]["List-Unsubscribe"])
    assert found is not None
    assert mail["headers"]["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"

    looked = httpx.get(found[1], trust_env=False)
    assert (looked.status_code, "Talleres Andinos" in looked.text) == (200, True)
    assert "email" in channels(dispatch(api, customer_id=customer))
    form = {"List-Unsubscribe": "One-Click"}
    assert httpx.post(found[1], data=form, trust_env=False).status_code == 200

    accepted = dispatch(api, customer_id=customer)
    assert "email" not in channels(accepted)
    reasons = {decision["channel"]: decision["reason"] for decision in accepted["decisions"]}
    assert reasons["email"] == "suppressed"


def channels(accepted: dict[str, list[dict[str, str]]]) -> list[str]:
    return [step["channel"] for step in accepted["route"]]
