"""API keys: what is shown once, what is kept."""

from __future__ import annotations

import hashlib
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from recado.domain.api_keys import (
    ApiKey,
    PresentedKey,
    Role,
    Scope,
    new_key,
    read_key,
    rotated,
)
from recado.domain.notification import Mode
from tests.fakes.clock import NOON

KEY_ID, SECRET = "a1b2c3d4e5f6", "Aa0_-" * 8 + "xyz"


@pytest.mark.parametrize("mode", Mode)
def test_a_new_key_opens_with_the_text_that_was_shown(mode: Mode) -> None:
    stored, shown = new_key(tenant_id="andinos", mode=mode, name="Web", now=NOON)

    presented = read_key(shown)

    assert presented is not None
    assert (presented.key_id, presented.mode) == (stored.key_id, mode)
    assert stored.opens_with(presented.secret)
    assert shown.startswith(f"rk_{mode}_")


def test_only_a_hash_of_the_secret_is_kept() -> None:
    stored, shown = new_key(tenant_id="andinos", mode=Mode.LIVE, name="Web", now=NOON)
    presented = read_key(shown)

    assert presented is not None
    assert stored.secret_sha256 == hashlib.sha256(presented.secret.encode()).hexdigest()
    assert presented.secret not in stored.model_dump_json()


def test_a_new_key_belongs_to_its_tenant_may_do_everything_and_is_not_revoked() -> None:
    stored, _ = new_key(tenant_id="andinos", mode=Mode.TEST, name="Web", now=NOON)

    assert (stored.tenant_id, stored.name, stored.created_at) == ("andinos", "Web", NOON)
    assert (stored.role, stored.scopes) == (Role.TENANT, frozenset(Scope))
    assert stored.revoked_at is None


def test_no_two_keys_are_alike() -> None:
    keys = [new_key(tenant_id="a", mode=Mode.LIVE, name="x", now=NOON) for _ in range(50)]

    assert len({stored.key_id for stored, _ in keys}) == 50
    assert len({stored.secret_sha256 for stored, _ in keys}) == 50


@pytest.mark.parametrize("wrong", ["", SECRET, "ñ", "a" * 10_000])
def test_a_key_does_not_open_with_another_secret(wrong: str) -> None:
    stored, _ = new_key(tenant_id="andinos", mode=Mode.LIVE, name="Web", now=NOON)

    assert not stored.opens_with(wrong)


def test_a_key_is_taken_apart() -> None:
    assert read_key(f"rk_test_{KEY_ID}_{SECRET}") == PresentedKey(
        mode=Mode.TEST, key_id=KEY_ID, secret=SECRET
    )


@pytest.mark.parametrize(
    "text",
    [
        "",
        "rk_live",
        f"rk_prod_{KEY_ID}_{SECRET}",
        f"RK_live_{KEY_ID}_{SECRET}",
        f"rk_live_{KEY_ID.upper()}_{SECRET}",
        f"rk_live_{KEY_ID[:-1]}_{SECRET}",
        f"rk_live_{KEY_ID}_{SECRET[:-1]}",
        f"rk_live_{KEY_ID}_{SECRET}x",
        f"rk_live_{KEY_ID}_{SECRET}\n",
        f" rk_live_{KEY_ID}_{SECRET}",
        f"rk_live_{KEY_ID}_{SECRET[:-1]}ñ",
        f"rk_live_{KEY_ID}_{SECRET[:-1]}=",
        f"Bearer rk_live_{KEY_ID}_{SECRET}",
    ],
    ids=ascii,
)
def test_what_has_not_the_form_of_a_key_is_none(text: str) -> None:
    assert read_key(text) is None


@given(st.text())
def test_no_text_makes_the_reader_fail(text: str) -> None:
    presented = read_key(text)

    assert presented is None or text.startswith("rk_")


class TestRights:
    def test_a_new_key_has_the_rights_that_it_is_given(self) -> None:
        key, _ = new_key(
            tenant_id="andinos",
            mode=Mode.LIVE,
            name="Norte",
            now=NOON,
            role=Role.DIVISION,
            scopes=[Scope.CUSTOMERS_READ],
            division="norte",
            requests_per_second=5,
        )

        assert (key.role, key.division) == (Role.DIVISION, "norte")
        assert key.scopes == {Scope.CUSTOMERS_READ}
        assert key.rate_limit.most == 5

    @pytest.mark.parametrize(
        ("role", "division"),
        [
            (Role.DIVISION, None),
            (Role.DIVISION, ""),
            (Role.TENANT, "norte"),
            (Role.SUPER_ADMINISTRATOR, "norte"),
        ],
    )
    def test_a_key_of_a_division_names_it_and_no_other_key_does(
        self, role: Role, division: str | None
    ) -> None:
        with pytest.raises(ValidationError):
            new_key(tenant_id="a", mode=Mode.LIVE, name="x", now=NOON, role=role, division=division)

    def test_a_key_may_ask_fifty_times_a_second_unless_it_says_otherwise(self) -> None:
        key, _ = new_key(tenant_id="a", mode=Mode.LIVE, name="x", now=NOON)

        assert (key.rate_limit.most, key.rate_limit.burst) == (50, 100)


def test_a_keys_division_is_spelled_as_customers_spell_it() -> None:
    key, _ = new_key(
        tenant_id="andinos",
        mode=Mode.LIVE,
        name="Norte",
        now=NOON,
        role=Role.DIVISION,
        division=" norte ",
    )
    assert key.division == "norte"


class TestRotation:
    @pytest.fixture
    def key(self) -> ApiKey:
        key, _ = new_key(
            tenant_id="andinos",
            mode=Mode.TEST,
            name="Norte",
            now=NOON,
            role=Role.DIVISION,
            scopes=[Scope.CUSTOMERS_READ],
            division="norte",
            requests_per_second=5,
            expires_at=NOON + timedelta(days=90),
        )
        return key

    def test_the_new_key_has_the_same_rights_and_another_secret(self, key: ApiKey) -> None:
        successor, _, text = rotated(key, now=NOON, grace=timedelta(hours=1))
        own = {"key_id", "secret_sha256"}

        presented = read_key(text)
        assert presented is not None
        assert successor.opens_with(presented.secret)
        assert not key.opens_with(presented.secret)
        assert successor.key_id == presented.key_id != key.key_id
        assert successor.model_dump(exclude=own) == key.model_dump(exclude=own)

    @pytest.mark.parametrize("hours", [0, 1, 24.5])
    def test_the_old_key_ends_after_the_grace(self, key: ApiKey, hours: float) -> None:
        grace = timedelta(hours=hours)

        _, old, _ = rotated(key, now=NOON, grace=grace)

        assert (old.key_id, old.expires_at) == (key.key_id, NOON + grace)
        assert old.is_valid(NOON + grace - timedelta(microseconds=1))
        assert not old.is_valid(NOON + grace)

    def test_a_key_does_not_live_longer_for_being_rotated_again(self, key: ApiKey) -> None:
        _, old, _ = rotated(key, now=NOON, grace=timedelta(hours=1))
        _, again, _ = rotated(old, now=NOON, grace=timedelta(hours=5))

        assert again.expires_at == old.expires_at

    def test_a_revoked_key_opens_nothing(self, key: ApiKey) -> None:
        assert key.is_valid(NOON)
        assert not key.model_copy(update={"revoked_at": NOON}).is_valid(NOON)
