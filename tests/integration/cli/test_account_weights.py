"""`recado accounts weights`: how messages are shared, and why that changed."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest
import yaml

from recado.domain.channels import ChannelAccount, Provider
from recado.domain.weights import WeightReason, at_rest
from tests.integration.cli.conftest import TENANT, Deployment
from tests.unit.cli.running import run

pytestmark = pytest.mark.usefixtures("workshop")

AT = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)
SES = {"from_address": "avisos@example.com", "from_name": "Talleres Andinos"}


def second_mail(deployment: Deployment, **changes: object) -> ChannelAccount:
    account = ChannelAccount.model_validate(
        {"tenant_id": TENANT, "account_id": "mail-2", "provider": Provider.SES, **changes}
    )
    deployment.stack.configuration.put_account(account)
    return account


def test_current_weights_and_the_latest_changes_are_shown(deployment: Deployment) -> None:
    account = second_mail(deployment, weight=50)
    lowered = at_rest(account).lowered(50, AT, WeightReason.ERRORS, "9 of the latest 12 failed")
    assert deployment.stack.configuration.save_weight(lowered)

    shown = run("accounts", "weights")
    document = json.loads(run("accounts", "weights", "--tenant", TENANT, "--json").stdout)

    assert "50 -> 40  errors: 9 of the latest 12 failed" in shown.stdout
    assert [(w["account_id"], w["resting"], w["current"]) for w in document] == [
        ("mail", 100, 100),
        ("mail-2", 50, 40),
    ]
    assert document[1]["changes"] == [
        {
            "at": "2026-03-02T12:00:00Z",
            "before": 50,
            "after": 40,
            "reason": "errors",
            "detail": "9 of the latest 12 failed",
        }
    ]


def test_where_no_accounts_share_a_channel_it_says_so(deployment: Deployment) -> None:
    second_mail(deployment, weight=0)

    shown = run("accounts", "weights")

    assert shown.stdout == ""
    assert "No channel has several accounts" in shown.stderr
    assert json.loads(run("accounts", "weights", "--json").stdout) == []


@pytest.mark.parametrize(
    ("weight", "told"), [(0, None), (1000, None), (-1, "weight"), (1001, "weight")]
)
def test_a_file_gives_an_account_its_weight(
    deployment: Deployment, tmp_path: Path, weight: int, told: str | None
) -> None:
    entry = {"account_id": "mail-2", "tenant_id": TENANT, "provider": "ses"}
    file = tmp_path / "accounts.yaml"
    file.write_text(yaml.safe_dump([{**entry, "settings": SES, "weight": weight}]))

    result = run("accounts", "put", str(file))

    stored = {a.account_id: a.weight for a in deployment.stack.configuration.accounts(TENANT)}
    if told is None:
        assert stored["mail-2"] == weight
    else:
        assert told in result.stderr
        assert "mail-2" not in stored
