"""People who opt out in the middle of the run, and when that was stored."""

from __future__ import annotations

import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

import httpx

from chaos.judgement import Left
from chaos.plan import OptOut
from chaos.providers import Providers
from recado.domain.directory import Address
from recado.ports.directory import DirectoryRepository

LOOK_SECONDS = 0.25
"""Between two looks at the directory: so much later than it was stored, an opt-out counts here."""

WRITE_AGAIN_SECONDS = 45.0
"""A person whose message got lost for good would write again."""


@dataclass
class _Waiting:
    opt_out: OptOut
    written_at: float


class Leaving:
    """Lets people write, and watches their suppressions appear."""

    def __init__(
        self,
        providers: Providers,
        directory: DirectoryRepository,
        *,
        tenant_id: str,
        opt_outs: Sequence[OptOut],
    ) -> None:
        self._providers = providers
        self._directory = directory
        self._tenant_id = tenant_id
        self._to_come = list(opt_outs)
        self._waiting: list[_Waiting] = []
        self._stopped = threading.Event()
        self.left: list[Left] = []

    def run(self, begun: float) -> None:
        """Until it is stopped, from `begun` (monotonic) on."""
        while not self._stopped.wait(LOOK_SECONDS):
            now = time.monotonic()
            while self._to_come and begun + self._to_come[0].at <= now:
                opt_out = self._to_come.pop(0)
                self._write(opt_out)
                self._waiting.append(_Waiting(opt_out, now))
            for waiting in list(self._waiting):
                self._look(waiting, now)

    def stop(self) -> None:
        """Look no more."""
        self._stopped.set()

    @property
    def not_stored(self) -> int:
        """How many wrote without being heard."""
        return len(self._to_come) + len(self._waiting)

    def _look(self, waiting: _Waiting, now: float) -> None:
        channel = waiting.opt_out.channel
        address = Address(channel=channel, value=waiting.opt_out.person.address(channel))
        if self._directory.suppression(self._tenant_id, address) is not None:
            self.left.append(Left(channel, address.value, datetime.now(UTC)))
            self._waiting.remove(waiting)
        elif now - waiting.written_at > WRITE_AGAIN_SECONDS:
            waiting.written_at = now
            self._write(waiting.opt_out)

    def _write(self, opt_out: OptOut) -> None:
        try:
            self._providers.write(opt_out)
        except httpx.HTTPError:
            return  # whoever is not heard writes again
