"""A tenant's configuration in memory."""

from __future__ import annotations

from collections.abc import Sequence

from recado.domain.account_states import AccountState, TemplateState
from recado.domain.api_keys import ApiKey
from recado.domain.channels import ChannelAccount
from recado.domain.orchestration import Catalogue, Orchestration, Target
from recado.domain.reply_rules import ReplyRules
from recado.domain.templates import Template, TemplateSlot
from recado.domain.tenants import Tenant
from recado.domain.weights import AccountWeight
from tests.fakes.templates import FakeTemplates


class FakeConfiguration:
    """Implements `ports.ConfigurationRepository`, `ConfigurationWriter` and `AccountWeights`."""

    def __init__(self) -> None:
        self._tenants: dict[str, Tenant] = {}
        self._catalogues: dict[str, Catalogue] = {}
        self._orchestrations: dict[tuple[str, str, str], Orchestration] = {}
        self.template_store = FakeTemplates()
        self._accounts: dict[tuple[str, str], ChannelAccount] = {}
        self._keys: dict[str, ApiKey] = {}
        self._reply_rules: dict[str, ReplyRules] = {}
        self.states: list[AccountState | TemplateState] = []
        self._weights: dict[tuple[str, str], AccountWeight] = {}

    def tenant(self, tenant_id: str) -> Tenant | None:
        return self._tenants.get(tenant_id)

    def catalogue(self, tenant_id: str) -> Catalogue | None:
        return self._catalogues.get(tenant_id)

    def orchestration(
        self, tenant_id: str, service_type: str, target: Target
    ) -> Orchestration | None:
        return self._orchestrations.get((tenant_id, service_type, target))

    def templates(self, tenant_id: str, slots: Sequence[TemplateSlot]) -> dict[str, Template]:
        return self.template_store.in_force(tenant_id, [slot.template_id for slot in slots])

    def template_version(self, tenant_id: str, template_id: str, version: int) -> Template | None:
        return self.template_store.version(tenant_id, template_id, version)

    def accounts(self, tenant_id: str) -> list[ChannelAccount]:
        return [a for (tenant, _), a in self._accounts.items() if tenant == tenant_id]

    def api_key(self, key_id: str) -> ApiKey | None:
        return self._keys.get(key_id)

    def put_tenant(self, tenant: Tenant) -> None:
        self._tenants[tenant.tenant_id] = tenant

    def tenants(self) -> list[Tenant]:
        return list(self._tenants.values())

    def put_catalogue(self, tenant_id: str, catalogue: Catalogue) -> None:
        self._catalogues[tenant_id] = catalogue

    def put_orchestration(self, orchestration: Orchestration) -> None:
        key = (orchestration.tenant_id, orchestration.service_type, orchestration.target)
        self._orchestrations[key] = orchestration

    def put_account(self, account: ChannelAccount) -> None:
        self._accounts[account.tenant_id, account.account_id] = account

    def put_template(self, template: Template) -> None:
        self.template_store.put(template)

    def reply_rules(self, tenant_id: str) -> ReplyRules:
        return self._reply_rules.get(tenant_id, ReplyRules())

    def put_reply_rules(self, tenant_id: str, rules: ReplyRules) -> None:
        self._reply_rules[tenant_id] = rules

    def learn(self, state: AccountState | TemplateState) -> None:
        self.states.append(state)

    def weights(self, tenant_id: str) -> dict[str, AccountWeight]:
        return {w.account_id: w for w in self._weights.values() if w.tenant_id == tenant_id}

    def save_weight(self, weight: AccountWeight) -> bool:
        key = (weight.tenant_id, weight.account_id)
        stored = self._weights.get(key)
        if (stored.version if stored else 0) != weight.version:
            return False
        self._weights[key] = weight.model_copy(update={"version": weight.version + 1})
        return True

    def template_states(self, tenant_id: str) -> list[TemplateState]:
        known: dict[tuple[str, str, str], TemplateState] = {}
        for state in self.states:
            if isinstance(state, TemplateState) and state.tenant_id == tenant_id:
                key = (state.account_id, state.content_sid or state.name, state.language)
                known[key] = known[key].updated_by(state) if key in known else state
        return list(known.values())

    def put_api_key(self, key: ApiKey) -> None:
        self._keys[key.key_id] = key

    def replace_api_key(self, key: ApiKey, *, read: ApiKey) -> bool:
        if self._keys.get(read.key_id) != read:
            return False
        self.put_api_key(key)
        return True

    def api_keys(self, tenant_id: str) -> list[ApiKey]:
        return [key for key in self._keys.values() if key.tenant_id == tenant_id]
