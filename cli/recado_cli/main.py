"""The command `recado`: assembles its subcommands and tells refusals in one sentence."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer
from botocore.exceptions import BotoCoreError, ClientError
from typer.core import TyperGroup

from recado.domain.errors import RecadoError
from recado_cli import (
    accounts,
    alerts,
    cancel,
    customers,
    doctor,
    keys,
    log,
    redrive,
    seed,
    send,
    send_test,
    settings,
    stats,
    templates,
    timeline,
    webhooks,
)
from recado_cli.output import messages
from recado_cli.refusals import Refusal, refusal_of


class RefusingGroup(TyperGroup):
    """Commands that end with exit code 1 and a sentence when they cannot go on."""

    def invoke(self, ctx: Any) -> Any:
        """Run the command that was asked for."""
        try:
            return super().invoke(ctx)
        except Refusal as refusal:
            _tell(refusal)
        except (RecadoError, BotoCoreError, ClientError) as error:
            _tell(refusal_of(error))
        raise typer.Exit(1)


def _tell(refusal: Refusal) -> None:
    messages().print(f"✗ {refusal}")


app = typer.Typer(
    name="recado",
    cls=RefusingGroup,
    no_args_is_help=True,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,  # its frames show values, which may be secrets
    help="Set up, try out and examine a deployment of Recado.",
    epilog="Exit codes: 0 done, 1 refused or failed, 2 wrong usage.",
)


@app.callback()
def recado(
    env_file: Annotated[
        Path | None,
        typer.Option(
            "--env-file",
            exists=True,
            dir_okay=False,
            readable=True,
            help="File of NAME=value lines; what is set in the environment wins. "
            f"Default: {settings.LAPTOP_FILE}, where there is one.",
        ),
    ] = None,
    stack: Annotated[
        str | None,
        typer.Option(
            "--stack",
            envvar="RECADO_STACK",
            help="Name of a deployed CloudFormation stack, whose outputs are used.",
        ),
    ] = None,
) -> None:
    """Set up, try out and examine a deployment of Recado."""
    settings.load(env_file, stack)


app.command("seed")(seed.seed)
app.command("send")(send.send)
app.command("test")(send_test.send_test)
app.command("timeline")(timeline.timeline)
app.command("cancel")(cancel.cancel)
app.command("log")(log.log)
app.command("alerts")(alerts.alerts)
app.command("redrive")(redrive.redrive)
app.command("doctor")(doctor.doctor)
app.add_typer(accounts.app, name="accounts")
app.add_typer(customers.app, name="customers")
app.add_typer(keys.app, name="keys")
app.add_typer(templates.app, name="templates")
app.add_typer(stats.app, name="stats")
app.add_typer(webhooks.app, name="webhooks")
