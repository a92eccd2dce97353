"""Whether what we depend on answers, as the API sees it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol


class QueueProbe(Protocol):
    """Looks at the queues that webhooks are kept in."""

    def look(self) -> Mapping[str, bool]:
        """Whether each queue answers, by its name; within a few seconds, and never raises."""
        ...


class DependencyProbe(Protocol):
    """Asks one thing that we depend on whether it answers."""

    @property
    def part(self) -> str:
        """The kind of thing: `database`, `queues`, …."""
        ...

    @property
    def variable(self) -> str:
        """The environment variable that names it to us."""
        ...

    def ask(self) -> str | None:
        """None when it answers, else what is wrong: AWS's own code, or one of
        `domain.health`.

        May take some seconds; never raises.
        """
        ...
