"""Orchestrations, in memory and in DynamoDB, keep their contract."""

from __future__ import annotations

from typing import Any

import pytest

from recado.adapters.dynamodb.configuration import DynamoDBConfigurationRepository
from recado.adapters.dynamodb.orchestrations import DynamoDBOrchestrations
from recado.domain.orchestration import Orchestration
from recado.ports.orchestration import OrchestrationRepository
from tests.contract.repositories.orchestration_contract import (
    OrchestrationRepositoryContract,
    an_orchestration,
)
from tests.fakes.orchestration import FakeOrchestrations


class TestFakeOrchestrations(OrchestrationRepositoryContract):
    @pytest.fixture
    def orchestrations(self) -> OrchestrationRepository:
        return FakeOrchestrations()


class TestDynamoDBOrchestrations(OrchestrationRepositoryContract):
    @pytest.fixture
    def orchestrations(self, dynamodb: Any) -> OrchestrationRepository:
        return DynamoDBOrchestrations(dynamodb, "configuration")

    @pytest.fixture
    def seed(self, dynamodb: Any) -> DynamoDBConfigurationRepository:
        return DynamoDBConfigurationRepository(dynamodb, "configuration")

    def test_what_was_loaded_from_files_can_be_changed(
        self, orchestrations: OrchestrationRepository, seed: DynamoDBConfigurationRepository
    ) -> None:
        seed.put_orchestration(an_orchestration())

        found = _found(orchestrations)
        assert found.version == 1
        assert orchestrations.save(found.model_copy(update={"matrix": {}}))
        changed = seed.orchestration("andinos", found.service_type, found.target)
        assert changed is not None and changed.matrix == {}

    def test_loading_from_files_is_a_change_that_who_read_before_notices(
        self, orchestrations: OrchestrationRepository, seed: DynamoDBConfigurationRepository
    ) -> None:
        orchestrations.save(an_orchestration())
        read = _found(orchestrations)

        seed.put_orchestration(an_orchestration().model_copy(update={"matrix": {}}))

        assert not orchestrations.save(read)
        assert _found(orchestrations).version == 2

    def test_loading_what_is_stored_already_is_no_change(
        self, orchestrations: OrchestrationRepository, seed: DynamoDBConfigurationRepository
    ) -> None:
        orchestrations.save(an_orchestration())

        seed.put_orchestration(an_orchestration())

        assert _found(orchestrations).version == 1

    def test_rows_of_earlier_releases_have_no_version_and_can_be_changed_and_removed(
        self, dynamodb: Any, orchestrations: OrchestrationRepository
    ) -> None:
        row = {
            "pk": {"S": "andinos"},
            "sk": {"S": "ORCHESTRATION#frenos#clients"},
            "document": {"S": an_orchestration().model_dump_json(exclude={"version"})},
        }
        dynamodb.put_item(TableName="configuration", Item=row)
        read = _found(orchestrations)

        assert read.version == 0
        assert orchestrations.save(read)
        assert not orchestrations.delete(read)
        assert _found(orchestrations).version == 1
        dynamodb.put_item(TableName="configuration", Item=row)
        assert orchestrations.delete(read)


def _found(orchestrations: OrchestrationRepository) -> Orchestration:
    found = orchestrations.find("andinos", an_orchestration().name)
    assert found is not None
    return found
