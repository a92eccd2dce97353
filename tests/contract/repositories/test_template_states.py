"""What providers say of templates, in memory and in DynamoDB, is kept by one contract."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from recado.adapters.dynamodb.configuration import DynamoDBConfigurationRepository
from tests.contract.repositories.template_state_contract import (
    States,
    TemplateStatesContract,
    said,
)
from tests.fakes.clock import NOON
from tests.fakes.configuration import FakeConfiguration

TABLE = "configuration"


class TestFakeStates(TemplateStatesContract):
    @pytest.fixture
    def states(self) -> States:
        return FakeConfiguration()


class TestDynamoDBStates(TemplateStatesContract):
    @pytest.fixture
    def states(self, dynamodb: Any) -> States:
        return DynamoDBConfigurationRepository(dynamodb, TABLE)

    def test_of_two_who_learn_at_once_the_newer_word_stays(self, dynamodb: Any) -> None:
        one = DynamoDBConfigurationRepository(dynamodb, TABLE)
        other = DynamoDBConfigurationRepository(dynamodb, TABLE)
        newer = said("PAUSED", at=NOON + timedelta(hours=1))
        meanwhile = [newer]

        def come_between(**_: object) -> None:
            if meanwhile:
                other.learn(meanwhile.pop())

        dynamodb.meta.events.register("before-call.dynamodb.PutItem", come_between)
        one.learn(said("APPROVED"))

        assert one.template_states("andinos") == [newer]
