"""What planning asks of a person's addresses, in one look, as services see it."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Protocol

from recado.domain.channels import Channel
from recado.domain.conversations import Conversation
from recado.domain.directory import Address
from recado.domain.updates import Identity

type AccountName = tuple[str, Identity]
"""The id of an account, and a name under which it knows somebody."""


@dataclass(frozen=True)
class Reach:
    """What speaks against some addresses, and what was said there.

    Parameters
    ----------
    suppressed
        Those that nothing may be sent to.
    conversations
        Those of whoever accounts know under the names that were asked for.
    """

    suppressed: Collection[tuple[Channel, str]]
    conversations: Mapping[AccountName, Conversation]


class ReachReader(Protocol):
    """Suppressions and conversations together: each look is a round trip that every event pays."""

    def reach(
        self, tenant_id: str, addresses: Collection[Address], names: Collection[AccountName]
    ) -> Reach:
        """What holds for some addresses and names at this moment."""
        ...
