"""Whether what we depend on answers."""

from __future__ import annotations

from datetime import datetime

from recado.domain.model import Model

TIMEOUT = "timeout"
"""It did not answer in time."""

NOT_SET = "not_set"
"""The environment variable that names it is not there."""


class Finding(Model):
    """What came of asking one thing; `code` is None when it answered.

    `variable` is the environment variable that names it, `code` AWS's own or one of ours.
    """

    part: str
    variable: str
    code: str | None


class HealthReport(Model):
    """What came of asking all of them."""

    checked_at: datetime
    findings: tuple[Finding, ...]

    @property
    def is_well(self) -> bool:
        """Whether everything answered."""
        return all(finding.code is None for finding in self.findings)
