"""The registry: one sender for each account, made late and renewed when the account changes."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor, wait

import pytest

from recado.adapters.channels import registry, test_mode
from recado.adapters.channels.registry import ADAPTERS, ChannelSenderRegistry
from recado.domain.channels import Channel, ChannelAccount, Provider
from recado.domain.directory import Address
from recado.domain.errors import AccountError
from recado.domain.messages import SmsMessage
from recado.domain.notification import Mode
from recado.ports.channels import ChannelSender, OutboundMessage

EVOLUTION = ChannelAccount(
    tenant_id="andinos",
    account_id="evo",
    provider=Provider.EVOLUTION,
    settings={"base_url": "https://evolution.test", "instance": "taller"},
    secret_name="evo",
)
MESSAGE = OutboundMessage(
    to=Address(channel=Channel.SMS, value="+593991234567"),
    content=SmsMessage(text="Hola"),
    tag="ntf_1.1",
)


class FakeSecrets:
    """Credentials by name; remembers which were asked for."""

    def __init__(self) -> None:
        self.stored: dict[str, dict[str, str]] = {"evo": {"api_key": "first"}}
        self.asked: list[str] = []

    def credentials(self, name: str) -> Mapping[str, str]:
        self.asked.append(name)
        return self.stored[name]


class Guard:
    """Stands in front of each new sender; remembers which."""

    def __init__(self) -> None:
        self.guarded: list[ChannelSender] = []

    def __call__(self, account: ChannelAccount, sender: ChannelSender) -> ChannelSender:
        self.guarded.append(sender)
        return sender


@pytest.fixture
def secrets() -> FakeSecrets:
    return FakeSecrets()


@pytest.fixture
def guard() -> Guard:
    return Guard()


@pytest.fixture
def senders(secrets: FakeSecrets, guard: Guard) -> ChannelSenderRegistry:
    return ChannelSenderRegistry(secrets, guard)


def test_every_provider_has_an_adapter() -> None:
    assert set(ADAPTERS) == set(Provider)


def test_an_account_keeps_its_sender(senders: ChannelSenderRegistry, guard: Guard) -> None:
    first = senders.sender_for(EVOLUTION, Mode.LIVE)
    assert senders.sender_for(EVOLUTION.model_copy(), Mode.LIVE) is first
    assert guard.guarded == [first]


def test_two_tenants_never_share_a_sender(senders: ChannelSenderRegistry) -> None:
    other = EVOLUTION.model_copy(update={"tenant_id": "costa"})
    assert senders.sender_for(EVOLUTION, Mode.LIVE) is not senders.sender_for(other, Mode.LIVE)
    assert senders.sender_for(EVOLUTION, Mode.LIVE) is senders.sender_for(EVOLUTION, Mode.LIVE)


@pytest.mark.parametrize(
    "change",
    [
        {"settings": {"base_url": "https://evolution.test", "instance": "otro"}},
        {"timeout_seconds": 20.0},
    ],
)
def test_a_changed_account_gets_a_new_sender(
    senders: ChannelSenderRegistry, change: dict[str, object]
) -> None:
    old = senders.sender_for(EVOLUTION, Mode.LIVE)
    changed = EVOLUTION.model_copy(update=change)
    assert senders.sender_for(changed, Mode.LIVE) is not old


def test_new_credentials_get_a_new_sender(
    senders: ChannelSenderRegistry, secrets: FakeSecrets
) -> None:
    old = senders.sender_for(EVOLUTION, Mode.LIVE)
    secrets.stored["evo"]["api_key"] = "second"
    new = senders.sender_for(EVOLUTION, Mode.LIVE)
    assert new is not old
    assert senders.sender_for(EVOLUTION, Mode.LIVE) is new


def test_an_incomplete_account_is_refused_until_it_is_mended(
    senders: ChannelSenderRegistry, secrets: FakeSecrets
) -> None:
    secrets.stored["evo"] = {}
    for _ in range(2):
        with pytest.raises(AccountError, match="api_key"):
            senders.sender_for(EVOLUTION, Mode.LIVE)
    secrets.stored["evo"] = {"api_key": "first"}
    mended = senders.sender_for(EVOLUTION, Mode.LIVE)
    assert senders.sender_for(EVOLUTION, Mode.LIVE) is mended


def test_an_account_without_a_secret_asks_for_none(
    senders: ChannelSenderRegistry, secrets: FakeSecrets
) -> None:
    account = EVOLUTION.model_copy(update={"secret_name": None})
    with pytest.raises(AccountError, match="api_key"):
        senders.sender_for(account, Mode.LIVE)
    assert secrets.asked == []


def test_a_test_notification_reaches_nobody_whatever_the_account(
    senders: ChannelSenderRegistry, secrets: FakeSecrets, guard: Guard
) -> None:
    broken = EVOLUTION.model_copy(update={"settings": {}})
    sender = senders.sender_for(broken, Mode.TEST)
    assert isinstance(sender, test_mode.TestModeSender)
    assert (secrets.asked, guard.guarded) == ([], [])


def test_each_test_message_has_an_id_of_its_own(senders: ChannelSenderRegistry) -> None:
    sender = senders.sender_for(EVOLUTION, Mode.TEST)
    ids = {sender.send(MESSAGE).provider_message_id for _ in range(3)}
    assert len(ids) == 3
    assert all(each.startswith("test_") for each in ids)


def test_threads_that_ask_at_once_get_the_same_sender(
    senders: ChannelSenderRegistry, guard: Guard
) -> None:
    with ThreadPoolExecutor(10) as pool:
        got = list(pool.map(lambda _: senders.sender_for(EVOLUTION, Mode.LIVE), range(50)))
    assert len({id(sender) for sender in got}) == 1
    assert len(guard.guarded) == 1


def test_a_sender_is_made_once_while_another_thread_is_still_making_it(
    secrets: FakeSecrets,
) -> None:
    made: list[ChannelSender] = []
    with ThreadPoolExecutor(1) as pool:
        second: list[Future[ChannelSender]] = []

        def ask_meanwhile(account: ChannelAccount, sender: ChannelSender) -> ChannelSender:
            made.append(sender)
            if len(made) == 1:
                second.append(pool.submit(registry_of_two.sender_for, EVOLUTION, Mode.LIVE))
                wait(second, timeout=0.1)
            return sender

        registry_of_two = ChannelSenderRegistry(secrets, ask_meanwhile)
        first = registry_of_two.sender_for(EVOLUTION, Mode.LIVE)
        assert second[0].result() is first
    assert made == [first]


@pytest.fixture
def nothing_imported(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """As in a new process: no provider's module is imported yet."""
    for target in ADAPTERS.values():
        name = f"recado.adapters.channels.{target.partition(':')[0]}"
        monkeypatch.delitem(sys.modules, name, raising=False)
    yield


@pytest.mark.usefixtures("nothing_imported")
def test_only_the_providers_that_are_used_are_imported(senders: ChannelSenderRegistry) -> None:
    senders.sender_for(EVOLUTION, Mode.LIVE)
    imported = {
        target
        for target in ADAPTERS.values()
        if f"{registry.__package__}.{target.partition(':')[0]}" in sys.modules
    }
    assert imported == {"evolution:EvolutionSender"}
