"""Suppressions and conversations in one look, in memory and in DynamoDB, keep one contract."""

from __future__ import annotations

from typing import Any

import pytest

from recado.adapters.dynamodb.conversations import DynamoDBConversationRepository
from recado.adapters.dynamodb.directory import DynamoDBDirectoryRepository
from recado.adapters.dynamodb.reach import DynamoDBReachReader
from recado.ports.conversations import ConversationRepository
from recado.ports.directory import DirectoryRepository
from recado.ports.reach import ReachReader
from tests.contract.repositories.reach_contract import MAIL, PHONE, WHATSAPP, ReachContract
from tests.fakes.conversations import FakeConversations
from tests.fakes.directory import FakeDirectory
from tests.fakes.reach import FakeReach


class TestFakeReach(ReachContract):
    @pytest.fixture
    def directory(self) -> DirectoryRepository:
        return FakeDirectory()

    @pytest.fixture
    def conversations(self) -> ConversationRepository:
        return FakeConversations()

    @pytest.fixture
    def reader(
        self, directory: DirectoryRepository, conversations: ConversationRepository
    ) -> ReachReader:
        return FakeReach(directory, conversations)


class TestDynamoDBReachReader(ReachContract):
    @pytest.fixture
    def directory(self, dynamodb: Any) -> DirectoryRepository:
        return DynamoDBDirectoryRepository(dynamodb, "directory")

    @pytest.fixture
    def conversations(self, dynamodb: Any) -> ConversationRepository:
        return DynamoDBConversationRepository(dynamodb, "conversations")

    @pytest.fixture
    def reader(self, dynamodb: Any) -> ReachReader:
        return DynamoDBReachReader(
            dynamodb, directory_table="directory", conversations_table="conversations"
        )

    def test_whoever_never_wrote_costs_one_read(self, reader: ReachReader, dynamodb: Any) -> None:
        calls: list[str] = []
        dynamodb.meta.events.register(
            "before-call.dynamodb", lambda model, **_: calls.append(model.name)
        )

        reader.reach("andinos", [WHATSAPP, MAIL], [("meta", PHONE), ("twilio", PHONE)])

        assert calls == ["BatchGetItem"]
