"""The 24 hours in which a sender may write freely to a person who wrote first."""

from datetime import datetime, timedelta

WINDOW = timedelta(hours=24)
"""For WhatsApp, Messenger and Instagram alike, by Meta's rules on messaging windows."""


class Windows:
    """When each person last wrote, by provider, channel and the person's address.

    Nothing forgets it, not even a reset: the senders do not either.
    """

    def __init__(self) -> None:
        self._written_at: dict[tuple[str, str, str], datetime] = {}

    def open(self, provider: str, channel: str, person: str, at: datetime) -> None:
        """A person wrote: the window is open from then on."""
        self._written_at[provider, channel, person] = at

    def is_open(self, provider: str, channel: str, person: str, now: datetime) -> bool:
        """True when the person wrote less than 24 hours ago."""
        written_at = self._written_at.get((provider, channel, person))
        return written_at is not None and now - written_at < WINDOW
