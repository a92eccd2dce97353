"""What tenants have set up, as services see it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Protocol

from recado.domain.account_states import TemplateState
from recado.domain.api_keys import ApiKey
from recado.domain.channels import ChannelAccount
from recado.domain.orchestration import Catalogue, Orchestration, Target
from recado.domain.templates import Template, TemplateSlot
from recado.domain.tenants import Tenant

if TYPE_CHECKING:
    from recado.domain.reply_rules import ReplyRules
    from recado.domain.weights import AccountWeight


class ConfigurationRepository(Protocol):
    """What a tenant has set up. Reads may be as old as the adapter's cache says."""

    def tenant(self, tenant_id: str) -> Tenant | None:
        """A tenant's rules."""
        ...

    def catalogue(self, tenant_id: str) -> Catalogue | None:
        """A tenant's services, phases and variables."""
        ...

    def orchestration(
        self, tenant_id: str, service_type: str, target: Target
    ) -> Orchestration | None:
        """The channel matrix of a service type for a target."""
        ...

    def templates(self, tenant_id: str, slots: Sequence[TemplateSlot]) -> dict[str, Template]:
        """The templates in force in some slots, by template id; empty slots are left out."""
        ...

    def template_version(self, tenant_id: str, template_id: str, version: int) -> Template | None:
        """One version of a template; versions never change."""
        ...

    def accounts(self, tenant_id: str) -> list[ChannelAccount]:
        """All channel accounts of a tenant."""
        ...

    def weights(self, tenant_id: str) -> dict[str, AccountWeight]:
        """How far a tenant's accounts are from the weights at which they rest, by account."""
        ...

    def template_states(self, tenant_id: str) -> list[TemplateState]:
        """What providers said last of a tenant's approved templates."""
        ...

    def api_key(self, key_id: str) -> ApiKey | None:
        """An API key by its public id."""
        ...


class ConfigurationWriter(Protocol):
    """How a tenant is set up: by the seed and by operators' commands."""

    def put_tenant(self, tenant: Tenant) -> None:
        """Store a tenant's rules."""
        ...

    def tenants(self) -> list[Tenant]:
        """All tenants."""
        ...

    def put_catalogue(self, tenant_id: str, catalogue: Catalogue) -> None:
        """Store a tenant's services, phases and variables."""
        ...

    def put_orchestration(self, orchestration: Orchestration) -> None:
        """Store the channel matrix of a service type and target."""
        ...

    def put_account(self, account: ChannelAccount) -> None:
        """Store a channel account."""
        ...

    def put_template(self, template: Template) -> None:
        """Store a version of a template and put it in force."""
        ...

    def put_reply_rules(self, tenant_id: str, rules: ReplyRules) -> None:
        """Store how a tenant has its replies understood."""
        ...

    def put_api_key(self, key: ApiKey) -> None:
        """Store an API key."""
        ...

    def replace_api_key(self, key: ApiKey, *, read: ApiKey) -> bool:
        """Store an API key where it is still as it was read; False when it is not."""
        ...

    def api_keys(self, tenant_id: str) -> list[ApiKey]:
        """All API keys of a tenant, revoked ones too."""
        ...
