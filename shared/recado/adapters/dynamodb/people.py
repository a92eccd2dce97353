"""People as a whole in DynamoDB: their profile, what leads to them, and their lists."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import TYPE_CHECKING

from recado.adapters.dynamodb import keys
from recado.adapters.dynamodb.listing import BY_LISTING, LAST, listed_rows
from recado.adapters.dynamodb.person_rows import (
    person_of,
    place_of,
    profile_of,
    rows_of,
    subscription_row,
)
from recado.adapters.dynamodb.table import Table
from recado.adapters.dynamodb.transaction import Transaction, version_of
from recado.domain.directory import Address, Recipient
from recado.domain.sorting import sort_form
from recado.ports.people import PeoplePage

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

    from recado.adapters.dynamodb.table import Item
    from recado.domain.sorting import Position


class DynamoDBPeopleRepository:
    """Implements `ports.PeopleRepository`."""

    def __init__(self, client: DynamoDBClient, table_name: str) -> None:
        self._table = Table(client, table_name)

    def person(self, tenant_id: str, recipient_id: str) -> Recipient | None:
        """See `ports.PeopleRepository`."""
        return person_of(self._rows(tenant_id, recipient_id))

    def save_person(self, person: Recipient) -> bool:
        """See `ports.PeopleRepository`."""
        partition = keys.recipient(person.tenant_id, person.recipient_id)
        stored = self._table.get(partition, keys.PROFILE, consistent=True)
        if (version_of(stored) if stored else 0) != person.version:
            return False
        rows = {place_of(item): item for item in rows_of(person, version=person.version + 1)}
        known = profile_of(stored) if stored else None
        known_rows = {place_of(item): item for item in rows_of(known, version=0)} if known else {}
        transaction = Transaction(self._table)
        transaction.put_version(rows.pop((partition, keys.PROFILE)), over=stored)
        for place in known_rows.keys() - rows.keys() - {(partition, keys.PROFILE)}:
            transaction.delete(*place)
        for place, item in rows.items():
            if known_rows.get(place) != item:
                transaction.put(item)
        return transaction.commit()

    def delete_person(self, person: Recipient) -> bool:
        """See `ports.PeopleRepository`."""
        rows = self._rows(person.tenant_id, person.recipient_id)
        stored = next((item for item in rows if item["sk"]["S"] == keys.PROFILE), None)
        if stored is None or version_of(stored) != person.version:
            return False
        profile = profile_of(stored)
        transaction = Transaction(self._table)
        transaction.delete_version(stored)
        others = {place_of(item) for item in (*rows, *rows_of(profile, version=0))} - {
            place_of(stored)
        }
        for partition, sort in sorted(others):
            # Only tenants' files make people with so many addresses. Those that are too many go
            # first: what breaks off leaves a person who can be removed again.
            if transaction.has_room:
                transaction.delete(partition, sort)
            else:
                self._table.delete(partition, sort)
        return transaction.commit()

    def people(
        self,
        tenant_id: str,
        *,
        division: str | None,
        name: str,
        descending: bool,
        after: Position | None,
        limit: int,
    ) -> PeoplePage:
        """See `ports.PeopleRepository`."""
        prefix = sort_form(name)
        bounds = {"low": prefix, "high": f"{prefix}{LAST}"} if prefix else {}
        rows, following = listed_rows(
            self._table,
            BY_LISTING,
            keys.people_listing(tenant_id, division),
            row=keys.PROFILE,
            descending=descending,
            after=after,
            limit=limit,
            **bounds,
        )
        return PeoplePage(people=tuple(profile_of(item) for item in rows), next=following)

    def profiles(self, tenant_id: str, recipient_ids: Collection[str]) -> Mapping[str, Recipient]:
        """See `ports.PeopleRepository`."""
        wanted = [(keys.recipient(tenant_id, name), keys.PROFILE) for name in recipient_ids]
        found = (profile_of(item) for item in self._table.get_many(wanted))
        return {profile.recipient_id: profile for profile in found}

    def subscribe(self, tenant_id: str, recipient_id: str, subscription: Address) -> bool:
        """See `ports.PeopleRepository`."""
        partition = keys.recipient(tenant_id, recipient_id)
        transaction = Transaction(self._table)
        transaction.demand(partition, keys.PROFILE)
        transaction.put(subscription_row(partition, subscription))
        return transaction.commit()

    def unsubscribe(self, tenant_id: str, recipient_id: str, endpoint: str) -> bool:
        """See `ports.PeopleRepository`."""
        partition = keys.recipient(tenant_id, recipient_id)
        sort = keys.push_subscription(endpoint)
        if self._table.get(partition, sort, consistent=True) is None:
            return False
        self._table.delete(partition, sort)
        return True

    def _rows(self, tenant_id: str, recipient_id: str) -> list[Item]:
        partition = keys.recipient(tenant_id, recipient_id)
        return list(self._table.query(partition, consistent=True))
