"""People, vehicles and reminders, in memory and in DynamoDB, keep one contract."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from recado.adapters.dynamodb import keys
from recado.adapters.dynamodb.directory import DynamoDBDirectoryRepository
from recado.adapters.dynamodb.people import DynamoDBPeopleRepository
from recado.adapters.dynamodb.reminders import DynamoDBReminderRepository
from recado.adapters.dynamodb.table import row
from recado.adapters.dynamodb.vehicles import DynamoDBVehicleRepository
from recado.domain.channels import Channel
from recado.domain.directory import Address
from tests.contract.repositories.people_contract import (
    PeopleRepositoryContract,
    ReminderRepositoryContract,
    VehicleRepositoryContract,
    a_person,
    a_reminder,
    a_vehicle,
)
from tests.fakes.people import FakePeople, FakeReminders, FakeVehicles


class TestFakePeople(PeopleRepositoryContract):
    @pytest.fixture
    def people(self) -> FakePeople:
        return FakePeople()

    @pytest.fixture
    def directory(self, people: FakePeople) -> FakePeople:
        return people


class TestDynamoDBPeopleRepository(PeopleRepositoryContract):
    @pytest.fixture
    def people(self, dynamodb: Any) -> DynamoDBPeopleRepository:
        return DynamoDBPeopleRepository(dynamodb, "directory")

    @pytest.fixture
    def directory(self, dynamodb: Any) -> DynamoDBDirectoryRepository:
        return DynamoDBDirectoryRepository(dynamodb, "directory")

    def test_a_change_writes_only_the_rows_that_differ(
        self, dynamodb: Any, people: DynamoDBPeopleRepository
    ) -> None:
        people.save_person(a_person())
        written: list[Any] = []
        dynamodb.meta.events.register(
            "before-parameter-build.dynamodb.TransactWriteItems",
            lambda params, **_: written.extend(params["TransactItems"]),
        )

        people.save_person(a_person("Ana", version=1))

        [change] = written
        assert change["Put"]["Item"]["sk"] == {"S": keys.PROFILE}

    def test_who_was_stored_before_versions_were_counted_can_be_changed(
        self, dynamodb: Any, people: DynamoDBPeopleRepository
    ) -> None:
        old = row(
            keys.recipient("andinos", "customer-001"),
            keys.PROFILE,
            a_person().model_dump_json(exclude={"version"}),
        )
        dynamodb.put_item(TableName="directory", Item=old)

        assert people.person("andinos", "customer-001") == a_person(version=1)
        assert not people.save_person(a_person("New"))
        assert people.save_person(a_person("Ana", version=1))
        assert not people.save_person(a_person("Eva", version=1))
        assert people.person("andinos", "customer-001") == a_person("Ana", version=2)

    def test_a_person_with_more_addresses_than_a_transaction_takes_can_be_deleted(
        self,
        dynamodb: Any,
        people: DynamoDBPeopleRepository,
        directory: DynamoDBDirectoryRepository,
    ) -> None:
        many = tuple(
            Address(channel=Channel.EMAIL, value=f"c{number}@example.com") for number in range(120)
        )
        directory.put_recipient(a_person(addresses=many))

        assert people.delete_person(a_person(version=1))
        assert dynamodb.scan(TableName="directory")["Items"] == []


class TestFakeVehicles(VehicleRepositoryContract):
    @pytest.fixture
    def vehicles(self) -> FakeVehicles:
        return FakeVehicles()


class TestDynamoDBVehicleRepository(VehicleRepositoryContract):
    @pytest.fixture
    def vehicles(self, dynamodb: Any) -> DynamoDBVehicleRepository:
        return DynamoDBVehicleRepository(dynamodb, "directory")

    def test_a_new_vehicle_needs_its_customer(
        self, dynamodb: Any, vehicles: DynamoDBVehicleRepository
    ) -> None:
        assert not vehicles.add_vehicle(a_vehicle())
        DynamoDBPeopleRepository(dynamodb, "directory").save_person(a_person())

        assert [vehicles.add_vehicle(a_vehicle()) for _ in range(2)] == [True, False]
        assert vehicles.vehicle("andinos", "v-1") == a_vehicle(version=1)


class TestFakeReminders(ReminderRepositoryContract):
    @pytest.fixture
    def reminders(self) -> FakeReminders:
        return FakeReminders()


class TestDynamoDBReminderRepository(ReminderRepositoryContract):
    @pytest.fixture
    def reminders(self, dynamodb: Any) -> DynamoDBReminderRepository:
        return DynamoDBReminderRepository(dynamodb, "directory")

    def test_a_new_reminder_needs_its_customer(
        self, dynamodb: Any, reminders: DynamoDBReminderRepository
    ) -> None:
        assert not reminders.add_reminder(a_reminder())
        DynamoDBPeopleRepository(dynamodb, "directory").save_person(a_person())

        assert [reminders.add_reminder(a_reminder()) for _ in range(2)] == [True, False]
        assert reminders.reminder("andinos", "r-1") == a_reminder(version=1)

    def test_what_waits_is_found_over_several_pages_of_the_index(
        self, dynamodb: Any, reminders: DynamoDBReminderRepository
    ) -> None:
        for number in range(5):
            reminders.save_reminder(a_reminder(f"r-{number}", look_on=date(2026, 4, 1)))
        dynamodb.meta.events.register(
            "before-parameter-build.dynamodb.Query", lambda params, **_: params.update(Limit=2)
        )

        found = list(reminders.to_look_at("andinos", date(2026, 4, 1)))

        assert found == [f"r-{number}" for number in range(5)]
