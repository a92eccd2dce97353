"""A deployment inside the process, without any tenant or with one."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from unittest.mock import patch

import boto3
import pytest

from recado.bootstrap.deployment import Stack
from recado.config import Config
from tests import workshop as small_workshop
from tests.cloud import (
    TABLES,
    create_bucket_and_bus,
    create_queues,
    create_secrets,
    create_tables,
)

TENANT = small_workshop.TENANT.tenant_id


@dataclass(frozen=True)
class Deployment:
    """The deployment as tests see it, beside the command."""

    environment: dict[str, str]

    @property
    def stack(self) -> Stack:
        """Its tables, with nothing remembered from earlier reads."""
        return Stack(Config(self.environment))

    def rows(self) -> dict[str, list[dict[str, Any]]]:
        """Every row of every table of documents, by the table's variable."""
        client = boto3.client("dynamodb")
        return {
            variable: sorted(
                (
                    item
                    for page in client.get_paginator("scan").paginate(TableName=name)
                    for item in page["Items"]
                ),
                key=lambda item: (item["pk"]["S"], item["sk"]["S"]),
            )
            for variable, name in TABLES.items()
        }


@pytest.fixture(autouse=True)
def no_laptop_cloud(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """An empty folder, so that no laptop cloud of this checkout is found; nothing set stays."""
    monkeypatch.chdir(tmp_path)
    with patch.dict(os.environ):
        yield


@pytest.fixture
def deployment(aws: None) -> Iterator[Deployment]:
    """Empty tables and queues."""
    variables = {
        **create_tables(boto3.client("dynamodb")),
        **create_queues(boto3.client("sqs")),
        **create_secrets(),
        **create_bucket_and_bus(),
        "ENVIRONMENT": "test",
        "STACK_NAME": "recado-test",
        "PUBLIC_URL": "https://recado.example.com",
    }
    with patch.dict(os.environ, variables):
        yield Deployment(variables)


@pytest.fixture
def workshop(deployment: Deployment) -> Deployment:
    """The deployment with the small workshop set up in it."""
    small_workshop.furnish(deployment.stack.configuration, deployment.stack.directory)
    return deployment
