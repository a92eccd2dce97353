"""The stack deployed into an AWS account inside the process."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import boto3
import pytest
from moto import mock_aws

from recado.adapters.channels import registry
from recado.bootstrap.deployment import stack as deployed_stack
from recado.domain.api_keys import new_key
from recado.domain.notification import Mode
from tests.cloud import (
    BUILDERS,
    Cloud,
    create_bucket_and_bus,
    create_queues,
    create_secrets,
    create_tables,
)
from tests.fakes.clock import NOON
from tests.fakes.partiql import PartiqlEmulation
from tests.fakes.senders import FakeSenders
from tests.permissions import Permissions


@contextmanager
def account(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """An empty AWS account."""
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "testing")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "testing")
    monkeypatch.delenv("AWS_ENDPOINT_URL", raising=False)
    with mock_aws():
        yield


@contextmanager
def deployed(monkeypatch: pytest.MonkeyPatch, tenant_id: str) -> Iterator[Cloud]:
    """The stack with nothing in it but a key of one tenant; its functions keep to their roles."""
    session = boto3.Session()
    monkeypatch.setattr(boto3, "DEFAULT_SESSION", session)
    client = boto3.client("dynamodb")
    environment = {
        **create_tables(client),
        **create_queues(boto3.client("sqs")),
        **create_secrets(),
        **create_bucket_and_bus(),
        "PUBLIC_URL": "https://recado.example.com",
        "OPERATIONS_TENANT": tenant_id,
        "POWERTOOLS_SERVICE_NAME": "recado",
    }
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    permissions = Permissions(environment)
    permissions.watch(session)
    for builder in BUILDERS:
        builder.cache_clear()
    stack = deployed_stack()
    partiql = PartiqlEmulation(stack.dynamodb)
    senders = FakeSenders()
    monkeypatch.setattr(registry, "ChannelSenderRegistry", lambda *_: senders)
    key, text = new_key(
        tenant_id=tenant_id, mode=Mode.LIVE, name="test", now=NOON, requests_per_second=10_000
    )
    stack.configuration.put_api_key(key)
    yield Cloud(
        environment=environment,
        stack=stack,
        api_key=text,
        partiql=partiql,
        senders=senders,
        permissions=permissions,
    )
    for builder in BUILDERS:
        builder.cache_clear()
    assert permissions.missing == set(), "template.yaml allows this function too little"
