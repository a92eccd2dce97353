"""Customers: contact data, wishes, and what is theirs."""

from __future__ import annotations

from enum import StrEnum
from functools import partial
from http import HTTPStatus
from typing import Annotated

from aws_lambda_powertools.event_handler import Response
from aws_lambda_powertools.event_handler.openapi.params import Query
from aws_lambda_powertools.event_handler.router import APIGatewayHttpRouter

from recado.api.customer_views import CustomerList, CustomerView, PreferencesView
from recado.api.positions import Cursor, Limit, position_of
from recado.api.preconditions import check_match
from recado.api.reminder_views import ReminderList
from recado.api.security import Middleware, caller, requires
from recado.api.vehicle_views import VehicleList
from recado.api.versioned import IF_MATCH, created, no_content, versioned
from recado.domain.api_keys import Scope
from recado.domain.customers import CustomerInput, CustomerPatch, NewCustomer, PreferencesUpdate
from recado.services.delete_customer import DeleteCustomer
from recado.services.edit_customers import EditCustomers
from recado.services.read_customers import CustomerQuery, ReadCustomers
from recado.services.read_reminders import ReadReminders, ReminderQuery
from recado.services.read_vehicles import ReadVehicles, VehicleQuery

TAGS = ["Customers"]
MAY_READ: list[Middleware] = [requires(Scope.CUSTOMERS_READ)]
MAY_WRITE: list[Middleware] = [requires(Scope.CUSTOMERS_WRITE)]

DIVISION = "A key of a division sees and makes customers of that division alone."
SHORTHAND = (
    "`email` is the first mail address, `phone` the number for WhatsApp and SMS; `addresses` are "
    "all others."
)


class CustomerOrdering(StrEnum):
    """How customers may be sorted."""

    NAME = "name"
    NAME_DESCENDING = "-name"


def customers_router(
    *,
    read: ReadCustomers,
    edit: EditCustomers,
    delete: DeleteCustomer,
    vehicles: ReadVehicles,
    reminders: ReadReminders,
    idempotent: Middleware,
) -> APIGatewayHttpRouter:
    """The routes under `/api/v1/notifications/customers`."""
    router = APIGatewayHttpRouter()
    _serve_all(router, read, edit, idempotent)
    _serve_one(router, read, edit, delete)
    _serve_preferences(router, read, edit)
    _serve_theirs(router, read, vehicles, reminders)
    return router


def _serve_all(
    router: APIGatewayHttpRouter, read: ReadCustomers, edit: EditCustomers, idempotent: Middleware
) -> None:
    @router.get(
        "/",
        middlewares=MAY_READ,
        summary="List customers",
        description=(
            "By name, without regard to case and accents. With `email` or `phone` everybody at "
            f"that address is on one page, at most fifty. {DIVISION}"
        ),
        tags=TAGS,
        operation_id="listCustomers",
    )
    def list_them(
        name: Annotated[str, Query(max_length=200, description="How the name begins.")] = "",
        email: Annotated[
            str | None, Query(min_length=1, max_length=320, description="In any case.")
        ] = None,
        phone: Annotated[
            str | None, Query(min_length=1, max_length=40, description="In any spelling.")
        ] = None,
        division: Annotated[str | None, Query(min_length=1, max_length=80)] = None,
        ordering: Annotated[CustomerOrdering, Query()] = CustomerOrdering.NAME,
        cursor: Cursor = None,
        limit: Limit = 50,
    ) -> CustomerList:
        query = CustomerQuery(
            name=name,
            email=email,
            phone=phone,
            division=division,
            descending=ordering is CustomerOrdering.NAME_DESCENDING,
            after=position_of(cursor),
            limit=limit,
        )
        return CustomerList.of(read.page(caller(router), query))

    @router.post(
        "/",
        middlewares=[*MAY_WRITE, idempotent],
        status_code=HTTPStatus.CREATED,
        summary="Create a customer",
        description=(
            f"{SHORTHAND} 409 `already_exists` when there is a customer of that id. {DIVISION}"
        ),
        tags=TAGS,
        operation_id="createCustomer",
    )
    def create(customer: NewCustomer) -> Response[CustomerView]:
        stored = edit.create(caller(router), customer)
        location = f"/api/v1/notifications/customers/{stored.recipient_id}/"
        return created(CustomerView.of(stored), stored.version, location=location)


def _serve_one(
    router: APIGatewayHttpRouter, read: ReadCustomers, edit: EditCustomers, delete: DeleteCustomer
) -> None:
    check = partial(check_match, router)

    @router.get(
        "/<customer_id>",
        middlewares=MAY_READ,
        summary="Read a customer",
        description=f"{SHORTHAND} The `ETag` names the version for a later change.",
        tags=TAGS,
        operation_id="readCustomer",
    )
    def one(customer_id: str) -> Response[CustomerView]:
        customer = read.one(caller(router), customer_id)
        return versioned(CustomerView.of(customer), customer.version)

    @router.put(
        "/<customer_id>",
        middlewares=MAY_WRITE,
        summary="Replace a customer",
        description=(
            "What is not sent is cleared, but push subscriptions, which are browsers'. "
            f"{SHORTHAND} {IF_MATCH}"
        ),
        tags=TAGS,
        operation_id="replaceCustomer",
    )
    def replace(customer_id: str, customer: CustomerInput) -> Response[CustomerView]:
        stored = edit.replace(caller(router), customer_id, customer, check=check)
        return versioned(CustomerView.of(stored), stored.version)

    @router.patch(
        "/<customer_id>",
        middlewares=MAY_WRITE,
        summary="Change a customer",
        description=(
            "A JSON merge patch: what is not sent stays, null clears. A list takes the place of "
            f"the whole list. {SHORTHAND} {IF_MATCH}"
        ),
        tags=TAGS,
        operation_id="changeCustomer",
    )
    def patch(customer_id: str, changes: CustomerPatch) -> Response[CustomerView]:
        stored = edit.patch(caller(router), customer_id, changes, check=check)
        return versioned(CustomerView.of(stored), stored.version)

    @router.delete(
        "/<customer_id>",
        middlewares=MAY_WRITE,
        status_code=HTTPStatus.NO_CONTENT,
        summary="Delete a customer",
        description=(
            "409 `in_use` while they have vehicles or reminders; `erase/` removes those too, and "
            f"who they were from the log. {IF_MATCH}"
        ),
        tags=TAGS,
        operation_id="deleteCustomer",
    )
    def remove(customer_id: str) -> Response[None]:
        delete(caller(router), customer_id, check=check)
        return no_content()


def _serve_preferences(
    router: APIGatewayHttpRouter, read: ReadCustomers, edit: EditCustomers
) -> None:
    @router.get(
        "/<customer_id>/preferences",
        middlewares=MAY_READ,
        summary="Read a customer's preferences",
        description=(
            "In the order of their priority, with the addresses that are not written to and why. "
            "The `ETag` is the customer's."
        ),
        tags=TAGS,
        operation_id="readCustomerPreferences",
    )
    def preferences(customer_id: str) -> Response[PreferencesView]:
        customer = read.one(caller(router), customer_id)
        view = PreferencesView.of(customer, read.suppressions(customer))
        return versioned(view, customer.version)

    @router.post(
        "/<customer_id>/update_preferences",
        middlewares=MAY_WRITE,
        summary="Change a customer's preferences",
        description=(
            "Sets priority and whether it is enabled for the channels that are named, all or none "
            f"of them; others stay. {IF_MATCH}"
        ),
        tags=TAGS,
        operation_id="updateCustomerPreferences",
    )
    def update_preferences(
        customer_id: str, update: PreferencesUpdate
    ) -> Response[PreferencesView]:
        stored = edit.update_preferences(
            caller(router), customer_id, update.preferences, check=partial(check_match, router)
        )
        view = PreferencesView.of(stored, read.suppressions(stored))
        return versioned(view, stored.version)


def _serve_theirs(
    router: APIGatewayHttpRouter,
    read: ReadCustomers,
    vehicles: ReadVehicles,
    reminders: ReadReminders,
) -> None:
    @router.get(
        "/<customer_id>/vehicles",
        middlewares=MAY_READ,
        summary="List a customer's vehicles",
        description="The customer's vehicles, by plate.",
        tags=TAGS,
        operation_id="listCustomerVehicles",
    )
    def their_vehicles(customer_id: str, cursor: Cursor = None, limit: Limit = 50) -> VehicleList:
        customer = read.one(caller(router), customer_id)
        query = VehicleQuery(
            customer_id=customer.recipient_id, after=position_of(cursor), limit=limit
        )
        return VehicleList.of(vehicles.page(caller(router), query))

    @router.get(
        "/<customer_id>/reminders",
        middlewares=MAY_READ,
        summary="List a customer's reminders",
        description="By the day on which they are due; those due by mileage alone come last.",
        tags=TAGS,
        operation_id="listCustomerReminders",
    )
    def their_reminders(customer_id: str, cursor: Cursor = None, limit: Limit = 50) -> ReminderList:
        customer = read.one(caller(router), customer_id)
        query = ReminderQuery(
            customer_id=customer.recipient_id, after=position_of(cursor), limit=limit
        )
        return ReminderList.of(reminders.page(caller(router), query))
