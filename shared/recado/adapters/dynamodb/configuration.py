"""What tenants have set up, in DynamoDB, remembered for a short while."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, cast

from pydantic import ValidationError

from recado.adapters.dynamodb import keys
from recado.adapters.dynamodb.table import ATTEMPTS, StoreBusyError, Table, row
from recado.domain.account_states import AccountState, TemplateState
from recado.domain.api_keys import ApiKey
from recado.domain.channels import ChannelAccount, Provider
from recado.domain.model import Model
from recado.domain.orchestration import Catalogue, Orchestration, Target
from recado.domain.templates import Template, TemplateSlot
from recado.domain.tenants import Tenant

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

    from recado.adapters.dynamodb.table import Item
    from recado.domain.client_endpoints import ClientEndpoint
    from recado.domain.reply_rules import ReplyRules
    from recado.domain.weights import AccountWeight

logger = logging.getLogger(__name__)

MOST_REMEMBERED = 5_000

REMEMBERED_SECONDS = 30.0
"""A change of configuration takes effect everywhere within this time."""


class DynamoDBConfigurationRepository:
    """Implements `ports.ConfigurationRepository`, `ConfigurationWriter` and `WebhookAccounts`."""

    def __init__(
        self, client: DynamoDBClient, table_name: str, *, remember: float = REMEMBERED_SECONDS
    ) -> None:
        self._table = Table(client, table_name)
        self._memory = _Memory(remember)

    def tenant(self, tenant_id: str) -> Tenant | None:
        """See `ports.ConfigurationRepository`."""
        return self._remembered(Tenant, tenant_id, keys.TENANT)

    def catalogue(self, tenant_id: str) -> Catalogue | None:
        """See `ports.ConfigurationRepository`."""
        return self._remembered(Catalogue, tenant_id, keys.CATALOGUE)

    def orchestration(
        self, tenant_id: str, service_type: str, target: Target
    ) -> Orchestration | None:
        """See `ports.ConfigurationRepository`."""
        return self._remembered(Orchestration, tenant_id, keys.orchestration(service_type, target))

    def templates(self, tenant_id: str, slots: Sequence[TemplateSlot]) -> dict[str, Template]:
        """See `ports.ConfigurationRepository`."""
        wanted = tuple(sorted({slot.template_id for slot in slots}))

        def load() -> dict[str, Template]:
            items = self._table.get_many([(tenant_id, keys.template(name)) for name in wanted])
            found = (Template.model_validate_json(item["document"]["S"]) for item in items)
            return {template.template_id: template for template in found}

        return self._memory.recall(("templates", tenant_id, wanted), load)

    def template_version(self, tenant_id: str, template_id: str, version: int) -> Template | None:
        """See `ports.ConfigurationRepository`."""
        return self._remembered(Template, tenant_id, keys.template_version(template_id, version))

    def accounts(self, tenant_id: str) -> list[ChannelAccount]:
        """See `ports.ConfigurationRepository`."""

        def load() -> list[ChannelAccount]:
            items = self._table.query(tenant_id, prefix=keys.ACCOUNT_PREFIX)
            return [ChannelAccount.model_validate_json(item["document"]["S"]) for item in items]

        return self._memory.recall(("accounts", tenant_id), load)

    def api_key(self, key_id: str) -> ApiKey | None:
        """See `ports.ConfigurationRepository`."""
        return self._remembered(ApiKey, keys.api_key(key_id), keys.API_KEY)

    def put_tenant(self, tenant: Tenant) -> None:
        """See `ports.ConfigurationWriter`."""
        self._put(keys.TENANTS, tenant.tenant_id, tenant)
        self._put(tenant.tenant_id, keys.TENANT, tenant)

    def tenants(self) -> list[Tenant]:
        """See `ports.ConfigurationWriter` and `ports.TenantList`."""

        def load() -> list[Tenant]:
            items = self._table.query(keys.TENANTS)
            return [Tenant.model_validate_json(item["document"]["S"]) for item in items]

        return self._memory.recall(keys.TENANTS, load)

    def put_catalogue(self, tenant_id: str, catalogue: Catalogue) -> None:
        """See `ports.ConfigurationWriter`."""
        self._put(tenant_id, keys.CATALOGUE, catalogue)

    def put_orchestration(self, orchestration: Orchestration) -> None:
        """See `ports.ConfigurationWriter`."""
        sort = keys.orchestration(orchestration.service_type, orchestration.target)
        document = orchestration.model_dump_json(exclude_none=True, exclude={"version"})
        stored = self._table.get(orchestration.tenant_id, sort, consistent=True)
        if stored and stored["document"]["S"] == document:
            return
        # Counts on from the stored version, so that whoever read that one notices.
        self._table.client.update_item(
            TableName=self._table.name,
            Key={"pk": {"S": orchestration.tenant_id}, "sk": {"S": sort}},
            UpdateExpression="SET #document = :document ADD version :one",
            ExpressionAttributeNames={"#document": "document"},
            ExpressionAttributeValues={":document": {"S": document}, ":one": {"N": "1"}},
        )
        self._memory.forget()

    def put_account(self, account: ChannelAccount) -> None:
        """See `ports.ConfigurationWriter`."""
        for external_id in account.external_ids:
            self._put(*keys.external_account(account.provider, external_id), account)
        self._put(account.tenant_id, keys.account(account.account_id), account)

    def by_external_id(self, provider: Provider, external_id: str) -> ChannelAccount | None:
        """See `ports.WebhookAccounts`."""
        named = self._remembered(ChannelAccount, *keys.external_account(provider, external_id))
        # The row may be older than the account, which has changed its ids since.
        current = next(
            (a for a in self.accounts(named.tenant_id) if a.account_id == named.account_id)
            if named
            else iter(()),
            None,
        )
        return current if current and external_id in current.external_ids else None

    def by_id(self, provider: Provider, account_id: str) -> ChannelAccount | None:
        """See `ports.WebhookAccounts`."""
        return self.by_external_id(provider, f"account:{account_id}")

    def reply_rules(self, tenant_id: str) -> ReplyRules:
        """See `ports.ReplyRulesSource`."""
        # Loaded here: the phrases behind them are many, and only replies need them.
        from recado.domain.reply_rules import ReplyRules

        return self._remembered(ReplyRules, tenant_id, keys.REPLY_RULES) or ReplyRules()

    def put_reply_rules(self, tenant_id: str, rules: ReplyRules) -> None:
        """See `ports.ConfigurationWriter`."""
        self._put(tenant_id, keys.REPLY_RULES, rules)

    def learn(self, state: AccountState | TemplateState) -> None:
        """See `ports.StateKeeper`."""
        sort = (
            keys.account_state(state.account_id)
            if isinstance(state, AccountState)
            # At Twilio several templates may have one name.
            else keys.template_state(
                state.account_id, state.content_sid or state.name, state.language
            )
        )
        for _ in range(ATTEMPTS):
            item = self._table.get(state.tenant_id, sort, consistent=True)
            known = type(state).model_validate_json(item["document"]["S"]) if item else None
            told = state
            if isinstance(known, TemplateState) and isinstance(state, TemplateState):
                told = known.updated_by(state)
            elif known is not None and known.at > state.at:
                return
            new = row(state.tenant_id, sort, told.model_dump_json(exclude_none=True))
            is_stored = self._table.replace(new, over=item) if item else self._table.put_new(new)
            if is_stored:
                self._memory.forget()
                return
        raise StoreBusyError(sort)

    def account_states(self, tenant_id: str) -> list[AccountState]:
        """See `ports.StateReader`."""
        items = self._table.query(tenant_id, prefix=keys.ACCOUNT_STATE_PREFIX)
        return [AccountState.model_validate_json(item["document"]["S"]) for item in items]

    def template_states(self, tenant_id: str) -> list[TemplateState]:
        """See `ports.ConfigurationRepository` and `ports.StateReader`."""

        def load() -> list[TemplateState]:
            items = self._table.query(tenant_id, prefix=keys.TEMPLATE_STATE_PREFIX)
            return [TemplateState.model_validate_json(item["document"]["S"]) for item in items]

        return self._memory.recall(("template_states", tenant_id), load)

    def weights(self, tenant_id: str) -> dict[str, AccountWeight]:
        """See `ports.ConfigurationRepository` and `ports.AccountWeights`."""
        # Loaded here: only who chooses among accounts needs it.
        from recado.domain.weights import AccountWeight

        def load() -> dict[str, AccountWeight]:
            items = self._table.query(tenant_id, prefix=keys.WEIGHT_PREFIX, consistent=True)
            found = (
                AccountWeight.model_validate_json(item["document"]["S"]).model_copy(
                    update={"version": int(item["version"]["N"])}
                )
                for item in items
            )
            return {weight.account_id: weight for weight in found}

        return self._memory.recall(("weights", tenant_id), load)

    def save_weight(self, weight: AccountWeight) -> bool:
        """See `ports.AccountWeights`."""
        item = row(
            weight.tenant_id,
            keys.weight(weight.account_id),
            weight.model_dump_json(exclude_none=True, exclude={"version"}),
            version=weight.version + 1,
        )
        self._memory.forget()
        return self._table.put_version(item, over=weight.version)

    def client_endpoints(self, tenant_id: str) -> list[ClientEndpoint]:
        """See `ports.ClientEndpoints`."""
        # Not remembered: whoever adds an endpoint waits for the next event.
        items = self._table.query(tenant_id, prefix=keys.CLIENT_ENDPOINT_PREFIX, consistent=True)
        found = (_readable_endpoint(item) for item in items)
        return [endpoint for endpoint in found if endpoint is not None]

    def client_endpoint(self, tenant_id: str, endpoint_id: str) -> ClientEndpoint | None:
        """See `ports.ClientEndpoints`."""
        item = self._table.get(tenant_id, keys.client_endpoint(endpoint_id), consistent=True)
        return _client_endpoint(item) if item else None

    def save_client_endpoint(self, endpoint: ClientEndpoint) -> bool:
        """See `ports.ClientEndpoints`."""
        item = row(
            endpoint.tenant_id,
            keys.client_endpoint(endpoint.endpoint_id),
            endpoint.model_dump_json(exclude_none=True, exclude={"version"}),
            version=endpoint.version + 1,
        )
        self._memory.forget()
        return self._table.put_version(item, over=endpoint.version)

    def put_template(self, template: Template) -> None:
        """See `ports.ConfigurationWriter`."""
        # Loaded here: functions that send only read templates.
        from recado.adapters.dynamodb.templates import DynamoDBTemplateRepository

        DynamoDBTemplateRepository(self._table.client, self._table.name).put(template)
        self._memory.forget()

    def put_api_key(self, key: ApiKey) -> None:
        """See `ports.ConfigurationWriter`."""
        # The row that authenticates comes first: a revocation that breaks off still holds.
        self._put(keys.api_key(key.key_id), keys.API_KEY, key)
        self._put(key.tenant_id, keys.api_key_of_tenant(key.key_id), key)

    def replace_api_key(self, key: ApiKey, *, read: ApiKey) -> bool:
        """See `ports.ConfigurationWriter`."""
        document = key.model_dump_json(exclude_none=True)
        places = (
            (keys.api_key(key.key_id), keys.API_KEY),
            (key.tenant_id, keys.api_key_of_tenant(key.key_id)),
        )
        stored = [self._table.get(*place, consistent=True) for place in places]
        self._memory.forget()
        opens, listed = stored
        if opens is None or ApiKey.model_validate_json(opens["document"]["S"]) != read:
            return False
        if not self._table.replace(row(*places[0], document), over=opens):
            return False
        if listed is not None:
            # Where another change came in between, that one stays.
            self._table.replace(row(*places[1], document), over=listed)
        return True

    def api_keys(self, tenant_id: str) -> list[ApiKey]:
        """See `ports.ConfigurationWriter`."""
        items = self._table.query(tenant_id, prefix=keys.API_KEY_PREFIX)
        return [ApiKey.model_validate_json(item["document"]["S"]) for item in items]

    def _put(self, partition: str, sort: str, value: Model) -> None:
        self._table.put(row(partition, sort, value.model_dump_json(exclude_none=True)))
        self._memory.forget()

    def _remembered[M: Model](self, kind: type[M], partition: str, sort: str) -> M | None:
        def load() -> M | None:
            item = self._table.get(partition, sort)
            return kind.model_validate_json(item["document"]["S"]) if item else None

        return self._memory.recall((partition, sort), load)


def _readable_endpoint(item: Item) -> ClientEndpoint | None:
    """An endpoint; None, and logged, where this release cannot read it."""
    try:
        return _client_endpoint(item)
    except ValidationError as error:
        extra = {"sk": item["sk"]["S"], "faults": error.error_count()}
        logger.error("a client endpoint cannot be read", extra=extra)
        return None


def _client_endpoint(item: Item) -> ClientEndpoint:
    # Loaded here: only functions that tell clients of events need it.
    from recado.domain.client_endpoints import ClientEndpoint

    stored = ClientEndpoint.model_validate_json(item["document"]["S"])
    return stored.model_copy(update={"version": int(item["version"]["N"])})


class _Memory:
    """Values by key, each loaded again when it is older than `seconds`."""

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self._values: dict[object, tuple[float, Any]] = {}
        self._lock = threading.Lock()

    def recall[T](self, key: object, load: Callable[[], T]) -> T:
        with self._lock:
            until, value = self._values.get(key, (0.0, None))
        if time.monotonic() < until:
            return cast("T", value)
        fresh = load()
        with self._lock:
            if len(self._values) >= MOST_REMEMBERED:
                self._values.clear()
            self._values[key] = (time.monotonic() + self._seconds, fresh)
        return fresh

    def forget(self) -> None:
        with self._lock:
            self._values.clear()
