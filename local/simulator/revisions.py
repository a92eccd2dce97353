"""In which order things changed, so that a watching page fetches only what is new."""


class Revisions:
    """A number for each change; the newest change of a thing is the one that counts."""

    def __init__(self) -> None:
        self._newest = 0
        self._of: dict[str, int] = {}

    @property
    def newest(self) -> int:
        """The number of the newest change of all."""
        return self._newest

    def touch(self, thing_id: str) -> None:
        """Note that a thing is new, or changed."""
        self._newest += 1
        self._of[thing_id] = self._newest

    def is_newer(self, thing_id: str, after: int) -> bool:
        """True when the thing changed since the change with that number."""
        return self._of.get(thing_id, 0) > after
