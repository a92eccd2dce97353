"""The directory, in memory and in DynamoDB, keeps one contract."""

from __future__ import annotations

from typing import Any

import pytest

from recado.adapters.dynamodb.directory import DynamoDBDirectoryRepository
from recado.domain.directory import Recipient
from recado.ports.directory import DirectoryRepository
from tests.contract.repositories.directory_contract import (
    EMAIL,
    PHONE,
    DirectoryRepositoryContract,
    suppression_of,
)
from tests.fakes.directory import FakeDirectory


class TestFakeDirectory(DirectoryRepositoryContract):
    @pytest.fixture
    def repository(self) -> DirectoryRepository:
        return FakeDirectory()

    def test_the_first_evidence_is_kept(self) -> None:
        directory = FakeDirectory()
        _suppress_twice(directory)

        [kept] = directory.suppressions.values()
        assert kept.evidence == "BAJA"


class TestDynamoDBDirectoryRepository(DirectoryRepositoryContract):
    @pytest.fixture
    def repository(self, dynamodb: Any) -> DirectoryRepository:
        return DynamoDBDirectoryRepository(dynamodb, "directory")

    def test_the_first_evidence_is_kept(self, dynamodb: Any) -> None:
        _suppress_twice(DynamoDBDirectoryRepository(dynamodb, "directory"))

        [row] = dynamodb.scan(TableName="directory")["Items"]
        assert '"evidence":"BAJA"' in row["document"]["S"]

    def test_no_row_of_a_former_address_or_division_is_left(self, dynamodb: Any) -> None:
        repository = DynamoDBDirectoryRepository(dynamodb, "directory")
        one = Recipient(tenant_id="andinos", recipient_id="one", name="One", addresses=(EMAIL,))
        repository.put_recipient(one)
        rows = dynamodb.scan(TableName="directory")["Count"]

        for update in ({"addresses": (PHONE, EMAIL)}, {"division": "norte"}, {}):
            repository.put_recipient(one.model_copy(update=update))

        assert dynamodb.scan(TableName="directory")["Count"] == rows


def _suppress_twice(directory: DirectoryRepository) -> None:
    first = suppression_of(EMAIL)
    directory.suppress(first)
    again = {"address": EMAIL.value.upper(), "evidence": "later"}
    directory.suppress(first.model_copy(update=again))
