"""The accounts file says which providers exist; a wrong one is explained in a sentence."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from local.simulator.accounts import Accounts, AccountsError
from local.simulator.app import build_simulator
from tests.unit.simulator.running import ACCOUNTS, running


def test_unknown_keys_are_tolerated(tmp_path: Path) -> None:
    file = tmp_path / "accounts.json"
    file.write_text(json.dumps({"pigeon": {}, "smtp": {"username": "a", "password": "b", "c": 1}}))
    assert Accounts.load(file).secrets() == ("b",)


@pytest.mark.parametrize(
    ("content", "complaint"),
    [
        (None, "No such file"),
        ("{", "Invalid JSON"),
        ("[]", "the whole file"),
        ('{"smtp": {"username": "a"}}', "smtp.password: Field required"),
    ],
)
def test_a_file_that_cannot_be_used_is_explained(
    tmp_path: Path, content: str | None, complaint: str
) -> None:
    file = tmp_path / "accounts.json"
    if content is not None:
        file.write_text(content)
    with pytest.raises(AccountsError, match=complaint):
        Accounts.load(file)


def test_every_credential_is_known_as_a_secret() -> None:
    assert set(ACCOUNTS.secrets()) == {
        "meta-token",
        "meta-secret",
        "page-token",
        "instagram-token",
        "twilio-token",
        "evolution-key",
        "smtp-password",
        "110201543:telegram-token",
        "telegram-secret",
        "xoxb-slack-token",
        "slack-secret",
    }


def test_a_provider_without_an_account_is_not_served() -> None:
    with running(build_simulator(Accounts())) as simulator:
        assert simulator.http.post("/graph/v25.0/1090/messages").status_code == 404
        assert simulator.smtp_port == 0
        assert simulator.http.get("/_sim/health").status_code == 200
