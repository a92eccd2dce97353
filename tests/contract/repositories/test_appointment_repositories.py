"""Appointments, in memory and in DynamoDB, keep one contract."""

from __future__ import annotations

from typing import Any

import pytest

from recado.adapters.dynamodb.appointments import DynamoDBAppointmentRepository
from tests.contract.repositories.appointment_contract import AppointmentRepositoryContract
from tests.fakes.appointments import FakeAppointments


class TestFakeAppointments(AppointmentRepositoryContract):
    @pytest.fixture
    def appointments(self) -> FakeAppointments:
        return FakeAppointments()


class TestDynamoDBAppointmentRepository(AppointmentRepositoryContract):
    @pytest.fixture
    def appointments(self, dynamodb: Any) -> DynamoDBAppointmentRepository:
        return DynamoDBAppointmentRepository(dynamodb, "directory")
