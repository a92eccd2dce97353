"""Conversations, in memory and in DynamoDB, keep one contract."""

from __future__ import annotations

from typing import Any

import boto3
import pytest

from recado.adapters.dynamodb.conversations import DynamoDBConversationRepository
from recado.ports.conversations import ConversationRepository
from tests.cloud import create_table
from tests.contract.repositories.conversation_contract import ConversationRepositoryContract
from tests.fakes.conversations import FakeConversations


class TestFakeConversations(ConversationRepositoryContract):
    @pytest.fixture
    def repository(self) -> ConversationRepository:
        return FakeConversations()


class TestDynamoDBConversationRepository(ConversationRepositoryContract):
    @pytest.fixture
    def repository(self, aws: None) -> ConversationRepository:
        client: Any = boto3.client("dynamodb")
        create_table(client, "talk", {})
        return DynamoDBConversationRepository(client, "talk")
