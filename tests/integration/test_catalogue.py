"""The catalogue over HTTP: what front ends read, again and again."""

from __future__ import annotations

from typing import Any

import pytest

from recado.adapters.dynamodb.configuration import DynamoDBConfigurationRepository
from recado.api.routers.catalogue import catalogue_router, phases_router, service_types_router
from recado.domain.api_keys import Scope
from recado.domain.orchestration import Phase
from tests.routes import WHOLE_TENANT, Routes
from tests.workshop import CATALOGUE, TENANT

CATALOG, PHASES, SERVICE_TYPES = (
    f"/api/v1/notifications/{name}/" for name in ("catalog", "phases", "service-types")
)
ALL = pytest.mark.parametrize("path", [CATALOG, PHASES, SERVICE_TYPES])


@pytest.fixture
def configuration(dynamodb: Any) -> DynamoDBConfigurationRepository:
    configuration = DynamoDBConfigurationRepository(dynamodb, "configuration")
    configuration.put_catalogue(TENANT.tenant_id, CATALOGUE)
    return configuration


@pytest.fixture
def api(configuration: DynamoDBConfigurationRepository) -> Routes:
    return Routes(
        {
            CATALOG.rstrip("/"): catalogue_router(configuration=configuration),
            PHASES.rstrip("/"): phases_router(configuration=configuration),
            SERVICE_TYPES.rstrip("/"): service_types_router(configuration=configuration),
        }
    )


PHASE = {"slug": "phase-schedule", "name": "Agendar Cita", "icon": "Calendar", "order": 1}
SERVICE_TYPE = {
    "slug": "mantenimiento",
    "name": "Mantenimiento",
    "icon": "Settings",
    "subtypes": [{"slug": "aceite", "name": "Aceite", "icon": "Droplet"}],
}


@pytest.mark.parametrize(
    ("path", "document"),
    [
        (CATALOG, {"service_types": [SERVICE_TYPE], "phases": [PHASE]}),
        (PHASES, {"phases": [PHASE]}),
        (SERVICE_TYPES, {"service_types": [SERVICE_TYPE]}),
    ],
)
def test_each_part_of_the_catalogue_has_its_contracted_shape(
    api: Routes, path: str, document: dict[str, object]
) -> None:
    status, body, _ = api.request("GET", path)

    assert (status, body) == (200, document)


def test_phases_come_in_their_order(
    api: Routes, configuration: DynamoDBConfigurationRepository
) -> None:
    first = Phase(slug="phase-call", name="Llamada", icon="Phone", order=0)
    changed = CATALOGUE.model_copy(update={"phases": (*CATALOGUE.phases, first)})
    configuration.put_catalogue(TENANT.tenant_id, changed)

    for path in (PHASES, CATALOG):
        slugs = [phase["slug"] for phase in api.request("GET", path)[1]["phases"]]
        assert slugs == ["phase-call", "phase-schedule"]


@ALL
@pytest.mark.parametrize("form", ["{tag}", "W/{tag}", '"other", {tag}', "*"])
def test_who_has_the_catalogue_already_is_told_so_without_a_body(
    api: Routes, path: str, form: str
) -> None:
    tag = api.request("GET", path)[2]["ETag"]

    headers = {"if-none-match": form.format(tag=tag)}
    status, body, answered = api.request("GET", path, headers=headers)

    assert (status, body, answered["ETag"]) == (304, {}, tag)


@ALL
def test_who_has_an_older_catalogue_gets_the_new_one(
    api: Routes, configuration: DynamoDBConfigurationRepository, path: str
) -> None:
    tag = api.request("GET", path)[2]["ETag"]
    phases = tuple(each.model_copy(update={"name": "X"}) for each in CATALOGUE.phases)
    types = tuple(each.model_copy(update={"name": "X"}) for each in CATALOGUE.service_types)
    changed = CATALOGUE.model_copy(update={"phases": phases, "service_types": types})
    configuration.put_catalogue(TENANT.tenant_id, changed)

    status, body, answered = api.request("GET", path, headers={"if-none-match": tag})

    assert status == 200
    assert body != {} and answered["ETag"] != tag


@ALL
def test_the_parts_of_the_catalogue_need_the_scope(api: Routes, path: str) -> None:
    api.caller = WHOLE_TENANT.model_copy(
        update={"scopes": frozenset(Scope) - {Scope.TEMPLATES_READ}}
    )

    status, _, headers = api.request("GET", path, headers={"if-none-match": "*"})

    assert status == 403
    assert "ETag" not in headers


@ALL
def test_a_tenant_without_a_catalogue_has_none(api: Routes, path: str) -> None:
    api.caller = WHOLE_TENANT.model_copy(update={"tenant_id": "costa"})

    assert api.request("GET", path)[0] == 404
