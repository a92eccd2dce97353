"""Read customers: one, a list, what must not be sent to them."""

from __future__ import annotations

from recado.domain.access import Caller
from recado.domain.channels import Channel
from recado.domain.contact import ON_A_PHONE
from recado.domain.directory import Address, Recipient, Suppression
from recado.domain.model import Model
from recado.domain.sorting import Position, sort_form
from recado.ports.directory import DirectoryRepository
from recado.ports.people import PeoplePage, PeopleRepository
from recado.services.find_customer import find_customer

MOST_AT_ADDRESS = 50
"""How many people who share a number or a mail address are found."""

LOOKED_AT = 200
"""How many of them are looked at, for those of a division or with a name."""


class CustomerQuery(Model):
    """Which customers are wanted: all conditions hold at once.

    Parameters
    ----------
    name
        How their name begins, in any case and without accents.
    email, phone
        An address of theirs in any spelling.
    """

    name: str = ""
    email: str | None = None
    phone: str | None = None
    division: str | None = None
    descending: bool = False
    after: Position | None = None
    limit: int


class ReadCustomers:
    """A key of a division sees the customers of that division alone."""

    def __init__(self, *, people: PeopleRepository, directory: DirectoryRepository) -> None:
        self._people = people
        self._directory = directory

    def one(self, caller: Caller, customer_id: str) -> Recipient:
        """A customer; a NotFoundError where there is none."""
        return find_customer(self._people, caller, customer_id)

    def page(self, caller: Caller, query: CustomerQuery) -> PeoplePage:
        """Some customers, by name.

        Those of an address are all on one page, at most fifty.
        """
        division = query.division or caller.division
        if not caller.sees(division):
            return PeoplePage(people=())
        if query.email is not None or query.phone is not None:
            return PeoplePage(people=tuple(self._reached(caller, query, division)))
        return self._people.people(
            caller.tenant_id,
            division=division,
            name=query.name,
            descending=query.descending,
            after=query.after,
            limit=query.limit,
        )

    def suppressions(self, customer: Recipient) -> list[Suppression]:
        """Which addresses of a customer must not be written to, and why."""
        hit = self._directory.suppressed(customer.tenant_id, customer.addresses)
        found = (
            self._directory.suppression(customer.tenant_id, address)
            for address in customer.addresses
            if (address.channel, address.value) in hit
        )
        return [suppression for suppression in found if suppression is not None]

    def _reached(
        self, caller: Caller, query: CustomerQuery, division: str | None
    ) -> list[Recipient]:
        found: list[dict[str, Recipient]] = []
        if query.email is not None:
            found.append(self._at(caller, (Channel.EMAIL,), query.email))
        if query.phone is not None:
            found.append(self._at(caller, ON_A_PHONE, query.phone))
        people = {
            person.recipient_id: person
            for person in found[0].values()
            if all(person.recipient_id in others for others in found)
            and division in (None, person.division)
            and sort_form(person.name).startswith(sort_form(query.name))
        }
        found_people = sorted(
            people.values(), key=lambda person: person.position, reverse=query.descending
        )
        return found_people[:MOST_AT_ADDRESS]

    def _at(
        self, caller: Caller, channels: tuple[Channel, ...], value: str
    ) -> dict[str, Recipient]:
        return {
            person.recipient_id: person
            for channel in channels
            for person in self._directory.reached_at(
                caller.tenant_id, Address(channel=channel, value=value), limit=LOOKED_AT
            )
        }
