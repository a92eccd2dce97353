"""Settings for property tests, and fixtures for every test that needs AWS inside the process."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from typing import Any

import boto3
import botocore.session
import pytest
from botocore.loaders import create_loader
from hypothesis import settings

from recado.bootstrap import deployment
from tests.cloud import Cloud, create_tables
from tests.deployment import account, deployed
from tests.fakes.partiql import PartiqlEmulation
from tests.workshop import TENANT, furnish

# The machine's speed is no property of what is tested.
settings.register_profile("any machine", deadline=None)
settings.load_profile("any machine")


@pytest.fixture(scope="session", autouse=True)
def sdk_models() -> Iterator[None]:
    """The SDK's descriptions of services are read once, and not for every account."""
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(botocore.session, "create_loader", cache(create_loader))
        yield


@pytest.fixture(scope="session", autouse=True)
def checked_parameters() -> Iterator[None]:
    """The SDK looks at what it is told before it calls a service; in the cloud it does not."""
    configurations = (
        deployment.CLIENT_CONFIG,
        deployment.HASTY_CLIENT_CONFIG,
        deployment.IMPATIENT_CLIENT_CONFIG,
    )
    with pytest.MonkeyPatch.context() as patched:
        for configuration in configurations:
            patched.setattr(configuration, "parameter_validation", True)
        yield


@pytest.fixture
def aws(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """An empty AWS account inside the process."""
    with account(monkeypatch):
        yield


@pytest.fixture
def dynamodb(aws: None) -> Any:
    """A client of DynamoDB with the product's tables in it."""
    client = boto3.client("dynamodb")
    PartiqlEmulation(client)
    create_tables(client)
    return client


@pytest.fixture
def cloud(aws: None, monkeypatch: pytest.MonkeyPatch) -> Iterator[Cloud]:
    """A deployed stack with the workshop set up in it, whose functions keep to their roles."""
    with deployed(monkeypatch, TENANT.tenant_id) as cloud:
        furnish(cloud.stack.configuration, cloud.stack.directory)
        yield cloud
