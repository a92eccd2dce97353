"""Templates, in memory and in DynamoDB, keep their contract."""

from __future__ import annotations

from typing import Any

import pytest
from botocore.exceptions import ClientError

from recado.adapters.dynamodb import keys
from recado.adapters.dynamodb.configuration import DynamoDBConfigurationRepository
from recado.adapters.dynamodb.table import StoreBusyError
from recado.adapters.dynamodb.templates import DynamoDBTemplateRepository
from tests.contract.repositories.template_contract import (
    ID,
    TENANT,
    TemplateRepositoryContract,
    WritableTemplates,
    a_slot,
    a_template,
    create,
    stored,
)
from tests.fakes.templates import FakeTemplates


class TestFakeTemplates(TemplateRepositoryContract):
    @pytest.fixture
    def repository(self) -> WritableTemplates:
        return FakeTemplates()


class TestDynamoDBTemplateRepository(TemplateRepositoryContract):
    @pytest.fixture
    def repository(self, dynamodb: Any) -> WritableTemplates:
        return DynamoDBTemplateRepository(dynamodb, "configuration")

    def test_what_the_planning_of_notifications_reads_is_the_version_in_force(
        self, dynamodb: Any, repository: WritableTemplates
    ) -> None:
        create(repository, a_template())

        planning = DynamoDBConfigurationRepository(dynamodb, "configuration")

        assert planning.templates(TENANT, [a_slot()]) == {ID: a_template()}
        assert planning.template_version(TENANT, ID, 1) == a_template()

    def test_loading_restores_rows_that_were_lost(
        self, dynamodb: Any, repository: WritableTemplates
    ) -> None:
        repository.put(a_template())
        for sort in (keys.template(ID), keys.template_version(ID, 1)):
            key = {"pk": {"S": TENANT}, "sk": {"S": sort}}
            dynamodb.delete_item(TableName="configuration", Key=key)

        repository.put(a_template())

        assert repository.in_force(TENANT, [ID]) == {ID: a_template()}
        assert repository.version(TENANT, ID, 1) == a_template()
        assert stored(repository).version == 1

    def test_a_transaction_that_met_another_one_is_tried_again(
        self, dynamodb: Any, repository: WritableTemplates, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        cancel(dynamodb, monkeypatch, "TransactionConflict", times=2)

        assert repository.save(create_head().model_copy(update={"version": 0}))

    def test_a_transaction_that_meets_others_each_time_is_no_lost_race(
        self, dynamodb: Any, repository: WritableTemplates, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        cancel(dynamodb, monkeypatch, "TransactionConflict")

        with pytest.raises(StoreBusyError):
            repository.save(create_head())

    def test_a_transaction_that_is_throttled_is_no_lost_race(
        self, dynamodb: Any, repository: WritableTemplates, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        cancel(dynamodb, monkeypatch, "ThrottlingError")

        with pytest.raises(ClientError):
            repository.save(create_head())


def create_head() -> Any:
    repository = FakeTemplates()
    return create(repository, a_template())


def cancel(
    client: Any, monkeypatch: pytest.MonkeyPatch, reason: str, *, times: int | None = None
) -> None:
    """Let the next transactions, or all, be cancelled for a reason."""
    write = client.transact_write_items
    cancelled: list[object] = []

    def transact_write_items(**arguments: object) -> None:
        if len(cancelled) == times:
            write(**arguments)
            return
        cancelled.append(arguments)
        raise client.exceptions.TransactionCanceledException(
            {
                "Error": {"Code": "TransactionCanceledException", "Message": reason},
                "CancellationReasons": [{"Code": "None"}, {"Code": reason}],
            },
            "TransactWriteItems",
        )

    monkeypatch.setattr(client, "transact_write_items", transact_write_items)
    monkeypatch.setattr("recado.adapters.dynamodb.transaction.back_off", lambda _: None)
