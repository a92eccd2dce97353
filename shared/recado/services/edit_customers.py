"""Make customers and change them."""

from __future__ import annotations

from collections.abc import Callable

from recado.domain.access import Caller
from recado.domain.customers import (
    ChannelPreferences,
    CustomerInput,
    CustomerPatch,
    NewCustomer,
    as_written,
    input_of,
    new_customer_id,
    with_preferences,
)
from recado.domain.directory import Recipient
from recado.domain.errors import AlreadyExistsError, ForbiddenError
from recado.ports.clock import Clock
from recado.ports.people import PeopleRepository
from recado.services.change_stored import VersionCheck, change_stored
from recado.services.find_customer import find_customer


class EditCustomers:
    """Each change is stored whole or not at all, and none is lost.

    A key of a division makes and changes customers of that division, and moves none to another.
    """

    def __init__(self, *, people: PeopleRepository, clock: Clock) -> None:
        self._people = people
        self._clock = clock

    def create(self, caller: Caller, wanted: NewCustomer) -> Recipient:
        """Store a new customer.

        Raises
        ------
        AlreadyExistsError
            The tenant has a customer of that id.
        UnprocessableError
            They have too many addresses.
        ForbiddenError
            Another division than the caller's.
        """
        now = self._clock.now()
        customer = Recipient(
            tenant_id=caller.tenant_id,
            recipient_id=wanted.customer_id or new_customer_id(),
            name=wanted.name,
            division=_division(caller, wanted.division),
            created_at=now,
            updated_at=now,
        )
        customer = as_written(customer, wanted)
        if not self._people.save_person(customer):
            raise AlreadyExistsError(
                "there is a customer '{customer}' already",
                field="customer_id",
                customer=customer.recipient_id,
            )
        return customer.model_copy(update={"version": 1})

    def replace(
        self, caller: Caller, customer_id: str, wanted: CustomerInput, *, check: VersionCheck
    ) -> Recipient:
        """Put something else in place of all that a client says of a customer.

        Raises
        ------
        NotFoundError
            There is no such customer.
        PreconditionFailedError, ChangedMeanwhileError
            Somebody else changed them.
        UnprocessableError, ForbiddenError
            As `create`.
        """
        return self._change(
            caller, customer_id, lambda stored: _written(caller, stored, wanted), check
        )

    def patch(
        self, caller: Caller, customer_id: str, patch: CustomerPatch, *, check: VersionCheck
    ) -> Recipient:
        """Change some fields; raises what `replace` raises."""

        def change(stored: Recipient) -> Recipient:
            wanted = input_of(stored).model_copy(update=patch.changes())
            return _written(caller, stored, wanted)

        return self._change(caller, customer_id, change, check)

    def update_preferences(
        self,
        caller: Caller,
        customer_id: str,
        preferences: ChannelPreferences,
        *,
        check: VersionCheck,
    ) -> Recipient:
        """Change what a customer wants of some channels, all or none of them.

        Raises
        ------
        NotFoundError
            There is no such customer.
        PreconditionFailedError, ChangedMeanwhileError
            Somebody else changed them.
        """
        return self._change(
            caller, customer_id, lambda stored: with_preferences(stored, preferences), check
        )

    def _change(
        self,
        caller: Caller,
        customer_id: str,
        change: Callable[[Recipient], Recipient],
        check: VersionCheck,
    ) -> Recipient:
        def read() -> Recipient:
            stored = find_customer(self._people, caller, customer_id)
            check(stored.version)
            return stored

        return change_stored(read, change, self._people.save_person, now=self._clock.now())


def _written(caller: Caller, stored: Recipient, wanted: CustomerInput) -> Recipient:
    division = _division(caller, wanted.division)
    return as_written(stored, wanted).model_copy(update={"division": division})


def _division(caller: Caller, wanted: str | None) -> str | None:
    """The division that a customer gets: a division's key leaves them in its own."""
    if caller.division is None:
        return wanted
    if wanted is not None and not caller.sees(wanted):
        raise ForbiddenError(
            "a key of a division cannot put customers into another one", field="division"
        )
    return caller.division
