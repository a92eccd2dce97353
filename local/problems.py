"""What goes wrong on a laptop, told so that its reader can mend it."""

from collections.abc import Iterator
from contextlib import contextmanager

import httpx
from botocore.exceptions import BotoCoreError, ClientError

from local.places import LOGS, shown


class Problem(Exception):
    """The laptop cloud cannot go on; the text is one sentence with the mend."""


def missing(program: str) -> Problem:
    """A program that should be there cannot be run."""
    return Problem(f"{program} is missing: run `make install tools`.")


@contextmanager
def calling(service: str) -> Iterator[None]:
    """Make a Problem of what goes wrong in calls to a service of the laptop cloud.

    Raises
    ------
    Problem
        The service does not answer, or refuses a call.
    """
    try:
        yield
    except (BotoCoreError, ClientError, httpx.HTTPError) as error:
        raise Problem(
            f"{service} did not do as it was asked: {str(error).rstrip('.')}. "
            f"Read {shown(LOGS / f'{service}.log')}, then `make down` and run the command again."
        ) from error
