"""What a check found."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Finding:
    """One thing that was looked at; without a problem it is well.

    Parameters
    ----------
    check
        The kind of thing.
    subject
        Which one.
    problem, mend
        A sentence each: what is wrong, and what its reader can do.
    note
        Why it was not looked at here.
    """

    check: str
    subject: str
    problem: str = ""
    mend: str = ""
    note: str = ""

    @property
    def is_ok(self) -> bool:
        """Whether nothing is wrong."""
        return not self.problem
