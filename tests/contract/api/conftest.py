"""The stack with the seed's data in it: what the examples of the API's description are about."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from recado.domain.api_keys import new_key
from recado.domain.channels import ChannelAccount, Provider
from recado.domain.notification import Mode
from recado.domain.rate_limits import MOST_PER_SECOND
from recado_cli.seed import Loader
from recado_cli.seed_files import read_seed
from tests.cloud import Cloud
from tests.deployment import account, deployed
from tests.fakes.clock import NOON

SEED = Path(__file__).parents[3] / "seed" / "workshop"


@pytest.fixture(scope="module")
def seeded() -> Iterator[Cloud]:
    """The stack as `recado seed` fills it, with an account for every channel that the seed uses.

    It is made once for a module: who changes something makes what they change.
    """
    seed = read_seed(SEED)
    tenant_id = seed.tenant.tenant_id
    with (
        pytest.MonkeyPatch.context() as monkeypatch,
        account(monkeypatch),
        deployed(monkeypatch, tenant_id) as cloud,
    ):
        for _ in Loader(cloud.stack, seed, force=False).load():
            pass
        for provider in (Provider.WHATSAPP_CLOUD, Provider.SES, Provider.WEB_PUSH):
            cloud.stack.configuration.put_account(
                ChannelAccount(
                    tenant_id=tenant_id,
                    account_id=provider.value,
                    provider=provider,
                    settings={"display_phone_number": "+59325550100"},
                    secret_name=f"recado/test/accounts/{provider.value}",
                )
            )
        key, cloud.api_key = new_key(
            tenant_id=tenant_id,
            mode=Mode.LIVE,
            name="in haste",
            now=NOON,
            requests_per_second=MOST_PER_SECOND,
        )
        cloud.stack.configuration.put_api_key(key)
        yield cloud
