"""Find a customer for somebody who may see them."""

from __future__ import annotations

from recado.domain.access import Caller
from recado.domain.customers import LONGEST_ID
from recado.domain.directory import Recipient
from recado.domain.errors import NotFoundError, UnprocessableError
from recado.ports.people import PeopleRepository


def find_customer(people: PeopleRepository, caller: Caller, customer_id: str) -> Recipient:
    """A customer whom the caller sees.

    Raises
    ------
    NotFoundError
        There is none, or they belong to a division that is not the caller's.
    """
    customer = _seen(people, caller, customer_id)
    if customer is None:
        raise NotFoundError(
            "no customer '{customer}'", field="customer_id", customer=customer_id[:LONGEST_ID]
        )
    return customer


def refuse_unknown_customer(people: PeopleRepository, caller: Caller, customer_id: str) -> None:
    """Refuse to make something for somebody whom the caller does not see.

    Raises
    ------
    UnprocessableError
        There is no such customer, or they belong to a division that is not the caller's.
    """
    if _seen(people, caller, customer_id) is None:
        raise UnprocessableError(
            "no customer '{customer}'", field="customer_id", customer=customer_id
        )


def owner_is_seen(people: PeopleRepository, caller: Caller, customer_id: str) -> bool:
    """Whether the caller sees what is a customer's.

    What came before its customer, from another system, is seen by the whole tenant's keys.
    """
    return caller.division is None or _seen(people, caller, customer_id) is not None


def _seen(people: PeopleRepository, caller: Caller, customer_id: str) -> Recipient | None:
    # DynamoDB refuses a key that is empty or too long as a fault of ours.
    if not 0 < len(customer_id) <= LONGEST_ID:
        return None
    customer = people.person(caller.tenant_id, customer_id)
    return customer if customer and caller.sees(customer.division) else None
