"""What every implementation of `ports.ClientEndpoints` must do."""

from __future__ import annotations

from recado.domain.client_endpoints import ClientEndpoint, DisabledReason
from recado.ports.events import ClientEndpoints
from tests.fakes.clock import NOON


def an_endpoint(name: str = "ep_1", *, tenant_id: str = "andinos") -> ClientEndpoint:
    return ClientEndpoint(
        tenant_id=tenant_id,
        endpoint_id=name,
        url="https://crm.example.com/hook",
        event_types=("notification.*", "reply.received"),
        secret_name="s",
        created_at=NOON,
    )


def stored(endpoint: ClientEndpoint) -> ClientEndpoint:
    return endpoint.model_copy(update={"version": endpoint.version + 1})


class ClientEndpointsContract:
    """Inherit and give a fixture `endpoints` that is empty."""

    def test_an_endpoint_is_found_as_it_was(self, endpoints: ClientEndpoints) -> None:
        assert endpoints.save_client_endpoint(an_endpoint())

        assert endpoints.client_endpoint("andinos", "ep_1") == stored(an_endpoint())
        assert endpoints.client_endpoint("andinos", "ep_2") is None

    def test_all_endpoints_of_a_tenant_are_listed(self, endpoints: ClientEndpoints) -> None:
        for name in ("ep_1", "ep_2"):
            endpoints.save_client_endpoint(an_endpoint(name))

        found = {endpoint.endpoint_id for endpoint in endpoints.client_endpoints("andinos")}
        assert found == {"ep_1", "ep_2"}

    def test_invariant_10_another_tenant_finds_nothing(self, endpoints: ClientEndpoints) -> None:
        endpoints.save_client_endpoint(an_endpoint())

        assert endpoints.client_endpoint("costa", "ep_1") is None
        assert endpoints.client_endpoints("costa") == []

    def test_a_change_is_seen_at_once_by_who_made_it(self, endpoints: ClientEndpoints) -> None:
        endpoints.save_client_endpoint(an_endpoint())
        [current] = endpoints.client_endpoints("andinos")

        assert endpoints.save_client_endpoint(current.disabled(DisabledReason.GONE))

        [changed] = endpoints.client_endpoints("andinos")
        assert (changed.enabled, changed.version) == (False, 2)

    def test_only_one_of_two_changes_of_a_version_is_stored(
        self, endpoints: ClientEndpoints
    ) -> None:
        endpoints.save_client_endpoint(an_endpoint())
        current = stored(an_endpoint())

        assert endpoints.save_client_endpoint(current.after_failure(NOON))
        assert not endpoints.save_client_endpoint(current.disabled(DisabledReason.GONE))

        kept = endpoints.client_endpoint("andinos", "ep_1")
        assert kept is not None
        assert (kept.enabled, kept.failing_since) == (True, NOON)

    def test_a_new_endpoint_never_replaces_one(self, endpoints: ClientEndpoints) -> None:
        endpoints.save_client_endpoint(an_endpoint())

        assert not endpoints.save_client_endpoint(an_endpoint())
