"""Credentials in Secrets Manager, and the ways in which they are not to be had."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import boto3
import pytest

from recado.adapters.secrets import SecretsManagerSource
from recado.domain.errors import AccountError
from tests.faults import Faults

NAME = "recado/test/channel-accounts/andinos/wa"


@pytest.fixture
def client(aws: None) -> Any:
    return boto3.client("secretsmanager")


def test_credentials_are_read_once_and_remembered(client: Any) -> None:
    client.create_secret(Name=NAME, SecretString='{"access_token": "t", "n": 1}')
    source = SecretsManagerSource(client)

    assert source.credentials(NAME) == {"access_token": "t", "n": "1"}
    client.delete_secret(SecretId=NAME, ForceDeleteWithoutRecovery=True)
    assert source.credentials(NAME) == {"access_token": "t", "n": "1"}


def make_none(client: Any) -> None:
    """Leave the secret out."""


def make_deleted(client: Any) -> None:
    client.create_secret(Name=NAME, SecretString="{}")
    client.delete_secret(SecretId=NAME)


def make_binary(client: Any) -> None:
    client.create_secret(Name=NAME, SecretBinary=b"\x00")


def make_text(client: Any) -> None:
    client.create_secret(Name=NAME, SecretString="password")


def make_list(client: Any) -> None:
    client.create_secret(Name=NAME, SecretString="[]")


def make_forbidden(client: Any) -> None:
    Faults(client).refuse("GetSecretValue", code="AccessDeniedException")


@pytest.mark.parametrize(
    "make", [make_none, make_deleted, make_binary, make_text, make_list, make_forbidden]
)
def test_a_secret_that_only_people_can_mend_is_a_fault_of_the_account(
    client: Any, make: Callable[[Any], None]
) -> None:
    make(client)

    with pytest.raises(AccountError) as raised:
        SecretsManagerSource(client).credentials(NAME)

    assert NAME in raised.value.detail


def test_a_throttled_store_is_no_fault_of_the_account(client: Any) -> None:
    Faults(client).refuse("GetSecretValue", code="ThrottlingException", times=9)

    with pytest.raises(client.exceptions.ClientError):
        SecretsManagerSource(client).credentials(NAME)
