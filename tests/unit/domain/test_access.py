"""Who calls, and how far they reach."""

from __future__ import annotations

from typing import Any

import pytest

from recado.domain.access import Caller, caller_of, refuse_division
from recado.domain.api_keys import ApiKey, Role, Scope, new_key
from recado.domain.errors import ForbiddenError
from recado.domain.notification import Mode
from tests.fakes.clock import NOON


def a_key(role: Role = Role.TENANT, **changes: Any) -> ApiKey:
    division = "norte" if role is Role.DIVISION else None
    key, _ = new_key(
        **{"tenant_id": "andinos", "mode": Mode.TEST, "name": "x", "now": NOON}
        | {"role": role, "division": division}
        | changes
    )
    return key


def a_caller(role: Role = Role.TENANT) -> Caller:
    return caller_of(a_key(role), tenant_id=None)


def test_a_caller_has_the_rights_of_the_key() -> None:
    key = a_key(Role.DIVISION, scopes={Scope.CUSTOMERS_READ})

    caller = caller_of(key, tenant_id=None)

    assert (caller.key_id, caller.tenant_id, caller.mode) == (key.key_id, "andinos", Mode.TEST)
    assert (caller.role, caller.scopes) == (Role.DIVISION, {Scope.CUSTOMERS_READ})
    assert caller.division == "norte"


@pytest.mark.parametrize("role", Role)
@pytest.mark.parametrize("named", [None, "", "andinos"])
def test_every_key_serves_its_own_tenant(role: Role, named: str | None) -> None:
    assert caller_of(a_key(role), tenant_id=named).tenant_id == "andinos"


@pytest.mark.parametrize("role", [Role.TENANT, Role.DIVISION])
def test_another_tenant_is_refused(role: Role) -> None:
    with pytest.raises(ForbiddenError) as refused:
        caller_of(a_key(role), tenant_id="costa")

    assert refused.value.field == "X-Tenant-Id"


def test_a_super_administrator_serves_every_tenant() -> None:
    key = a_key(Role.SUPER_ADMINISTRATOR)

    assert caller_of(key, tenant_id="costa").tenant_id == "costa"


@pytest.mark.parametrize(
    ("role", "sees"),
    [
        (Role.SUPER_ADMINISTRATOR, {"norte", "sur", None}),
        (Role.TENANT, {"norte", "sur", None}),
        (Role.DIVISION, {"norte"}),
    ],
)
def test_a_division_sees_what_is_its_own_alone(role: Role, sees: set[str | None]) -> None:
    caller = a_caller(role)

    assert {division for division in ("norte", "sur", None) if caller.sees(division)} == sees


@pytest.mark.parametrize("role", [Role.SUPER_ADMINISTRATOR, Role.TENANT])
def test_what_is_the_whole_tenants_is_open_to_who_sees_it_all(role: Role) -> None:
    refuse_division(a_caller(role))


def test_what_is_the_whole_tenants_is_closed_to_a_division() -> None:
    with pytest.raises(ForbiddenError):
        refuse_division(a_caller(Role.DIVISION))
