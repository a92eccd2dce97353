"""Which `Idempotency-Key` is whose."""

from __future__ import annotations

from types import SimpleNamespace

from recado.api.idempotency import own_key
from recado.domain.access import Caller
from recado.domain.api_keys import Role
from recado.domain.notification import Mode


def key(route: str, division: str | None, value: str) -> str | None:
    who = Caller(
        key_id="k",
        tenant_id="andinos",
        mode=Mode.LIVE,
        role=Role.DIVISION if division else Role.TENANT,
        scopes=frozenset(),
        division=division,
    )
    event = SimpleNamespace(headers={"idempotency-key": value})
    return own_key(SimpleNamespace(current_event=event, context={"caller": who}), route)


def test_no_division_has_the_keys_of_another_whatever_their_signs() -> None:
    keys = [
        key("dispatch", "a:b", "c"),
        key("dispatch", "a", "b:c"),
        key("dispatch", None, "a:b:c"),
        key("dispatch#a", None, "b:c"),
        key("test", "a", "b:c"),
    ]
    assert len(set(keys)) == len(keys)
