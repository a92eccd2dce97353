"""Import a customer: one line of a file."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from recado.domain.channels import Channel
from recado.domain.contact import ON_A_PHONE
from recado.domain.customer_csv import Column
from recado.domain.customers import new_customer_id
from recado.domain.directory import Address, Recipient
from recado.domain.errors import AlreadyExistsError, LostRaceError, UnprocessableError
from recado.domain.sorting import sort_form
from recado.domain.sync import ImportedCustomer, SyncedKind
from recado.domain.tasks import RecordOutcome, TaskPart
from recado.ports.directory import DirectoryRepository
from recado.ports.people import PeopleRepository
from recado.ports.tasks import Departures

MOST_PEOPLE = 20
"""How many who share an address are looked at."""


class ImportCustomer:
    """Carries out lines of imported files."""

    def __init__(
        self,
        *,
        people: PeopleRepository,
        directory: DirectoryRepository,
        departures: Departures,
    ) -> None:
        self._people = people
        self._directory = directory
        self._departures = departures

    def __call__(self, part: TaskPart, document: Mapping[str, Any]) -> RecordOutcome:
        """Store a customer, or change one that is there; twice changes nothing more.

        It counts as of when the file came: whatever happened to the customer since stands.

        A line without an id is about whoever has its phone or mail address and its name.

        Raises
        ------
        AlreadyExistsError
            The id is one of a customer of another division.
        UnprocessableError
            Several customers may be meant; names the field.
        LostRaceError
            Somebody changed the customer meanwhile: try again at once.
        """
        line = ImportedCustomer.model_validate(document)
        stored = self._meant(part, line)
        if stored is not None and part.division not in (None, stored.division):
            raise AlreadyExistsError(
                "there is a customer of that id already", field=Column.CUSTOMER_ID
            )
        before = stored or Recipient(
            tenant_id=part.tenant_id,
            recipient_id=line.customer_id or new_customer_id(),
            name=line.name,
            created_at=part.accepted_at,
        )
        after = line.applied_to(before)
        if after == stored:
            return RecordOutcome.UNCHANGED
        if self._is_late(part, before):
            return RecordOutcome.STALE
        if not self._people.save_person(after.model_copy(update={"updated_at": part.accepted_at})):
            raise LostRaceError
        return RecordOutcome.APPLIED

    def _is_late(self, part: TaskPart, person: Recipient) -> bool:
        """Whether somebody was changed or removed after their file came.

        Asked after they were read: whoever erases them marks them first and removes them then.
        """
        if person.updated_at is not None and person.updated_at > part.accepted_at:
            return True
        departed = self._departures.departed(
            part.tenant_id, SyncedKind.CUSTOMER, person.recipient_id
        )
        return departed is not None and departed.source_at > part.accepted_at

    def _meant(self, part: TaskPart, line: ImportedCustomer) -> Recipient | None:
        if line.customer_id is not None:
            return self._people.person(part.tenant_id, line.customer_id)
        asked = [(Column.PHONE, channel, line.phone) for channel in ON_A_PHONE]
        for column, channel, value in [*asked, (Column.EMAIL, Channel.EMAIL, line.email)]:
            if value is None:
                continue
            address = Address(channel=channel, value=value)
            reached = self._directory.reached_at(part.tenant_id, address, limit=MOST_PEOPLE)
            named = _of_that_name(reached, line.name, part.division)
            if len(named) > 1:
                raise UnprocessableError(
                    "several customers have this and that name: give a customer_id", field=column
                )
            if named:
                return self._people.person(part.tenant_id, named[0].recipient_id)
        return None


def _of_that_name(people: Sequence[Recipient], name: str, division: str | None) -> list[Recipient]:
    return [
        person
        for person in people
        if sort_form(person.name) == sort_form(name) and division in (None, person.division)
    ]
