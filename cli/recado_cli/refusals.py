"""What a command cannot do, told as one sentence and the mend."""

from __future__ import annotations

from botocore.exceptions import BotoCoreError, ClientError

from recado.domain.errors import RecadoError

ASK_DOCTOR = "`recado doctor` says what is missing."


class Refusal(Exception):
    """The command cannot go on.

    Parameters
    ----------
    problem
        One sentence, with its full stop; never holds a secret.
    mend
        What the reader can do about it.
    """

    def __init__(self, problem: str, mend: str = "") -> None:
        super().__init__(f"{problem} {mend}".strip())
        self.problem = problem
        self.mend = mend


def refusal_of(error: RecadoError | BotoCoreError | ClientError) -> Refusal:
    """The refusal that an error of the product or of AWS means."""
    match error:
        case ClientError():
            told = error.response["Error"]
            what = f"{error.operation_name}: {told.get('Code', '')}"
            return Refusal(f"AWS refused {what} ({told.get('Message', '')}).", ASK_DOCTOR)
        case BotoCoreError():
            return Refusal(f"AWS cannot be used: {str(error).rstrip('.')}.", ASK_DOCTOR)
        case _:
            return Refusal(f"{str(error).rstrip('.')}.")
