"""Lines of imported files: what came after the file stands, however late a line is carried out."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest

from recado.domain.contact import with_phone
from recado.domain.directory import Recipient
from recado.domain.sync import SourceMark, SyncedKind
from recado.domain.tasks import RecordOutcome, TaskKind
from recado.services.import_customer import ImportCustomer
from tests.contract.repositories.task_contract import PART
from tests.fakes.clock import NOON
from tests.fakes.people import FakePeople
from tests.fakes.tasks import FakeDepartures

APPLIED, UNCHANGED, STALE = RecordOutcome.APPLIED, RecordOutcome.UNCHANGED, RecordOutcome.STALE
PHONE = "+593991234567"
MINUTE = timedelta(minutes=1)


class Import:
    """The service over fakes."""

    def __init__(self) -> None:
        self.people = FakePeople()
        self.departures = FakeDepartures()
        self._import = ImportCustomer(
            people=self.people, directory=self.people, departures=self.departures
        )

    def __call__(self, *, accepted_at: datetime = NOON, **line: Any) -> RecordOutcome:
        part = PART.model_copy(
            update={"kind": TaskKind.CUSTOMERS_IMPORT, "accepted_at": accepted_at}
        )
        return self._import(part, {"customer_id": "c-1", "name": "Ana", **line})

    def edit(self, at: datetime, **changes: Any) -> None:
        stored = self.ana or Recipient(tenant_id="andinos", recipient_id="c-1", name="Ana")
        assert self.people.save_person(stored.model_copy(update={**changes, "updated_at": at}))

    def erase(self, at: datetime) -> None:
        self.departures.depart("andinos", SyncedKind.CUSTOMER, "c-1", SourceMark(source_at=at))
        if self.ana is not None:
            assert self.people.delete_person(self.ana)

    @property
    def ana(self) -> Recipient | None:
        return self.people.person("andinos", "c-1")


@pytest.fixture
def imports() -> Import:
    return Import()


def test_a_line_does_not_overwrite_what_was_changed_after_its_file_came(imports: Import) -> None:
    imports.edit(NOON + MINUTE, locale="en")

    assert imports(locale="es") is STALE
    assert imports.ana is not None
    assert imports.ana.locale == "en"


def test_a_line_that_is_found_by_its_phone_overwrites_nothing_newer_either(
    imports: Import,
) -> None:
    nobody = Recipient(tenant_id="andinos", recipient_id="c-1", name="Ana")
    imports.edit(NOON + MINUTE, addresses=with_phone(nobody, PHONE).addresses, locale="en")

    assert imports(customer_id=None, phone=PHONE, locale="es") is STALE
    assert imports.ana is not None
    assert imports.ana.locale == "en"


def test_a_line_that_says_what_is_there_is_not_late(imports: Import) -> None:
    assert imports(locale="es") is APPLIED
    imports.edit(NOON + MINUTE)

    assert imports(locale="es") is UNCHANGED


@pytest.mark.parametrize("order", [(0, 1), (1, 0)])
def test_of_two_files_the_later_one_stands_in_whichever_order_they_are_carried_out(
    imports: Import, order: tuple[int, int]
) -> None:
    for number in order:
        imports(accepted_at=NOON + number * MINUTE, locale=("es", "en")[number])

    assert imports.ana is not None
    assert imports.ana.locale == "en"


@pytest.mark.parametrize("was_there", [True, False])
def test_a_line_does_not_bring_back_who_was_erased_after_its_file_came(
    imports: Import, *, was_there: bool
) -> None:
    if was_there:
        imports()
    imports.erase(NOON + MINUTE)

    assert imports() is STALE
    assert imports.ana is None


def test_who_was_erased_before_a_file_came_is_there_again_by_it(imports: Import) -> None:
    imports()
    imports.erase(NOON + MINUTE)

    assert imports(accepted_at=NOON + 2 * MINUTE) is APPLIED
    assert imports.ana is not None
