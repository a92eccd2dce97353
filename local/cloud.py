"""Brings the laptop cloud up and down."""

import json
import shutil
from collections.abc import Iterator
from contextlib import contextmanager

from local import (
    accounts,
    aws,
    build,
    demo,
    deploy,
    fingerprints,
    outputs,
    processes,
    services,
    stopping,
)
from local.places import (
    API_URL,
    AWS_URL,
    ENVIRONMENT_FILE,
    LOGS,
    ROOT,
    SIMULATOR_URL,
    STATE,
    TEMPORARY,
    shown,
)
from local.problems import Problem, calling
from local.steps import console, step

_CODE_FILE = STATE / "code.json"
"""Fingerprints of what runs: `deployed` of the build, `started` of the laptop cloud's own files."""
_OWN_FILES = ("local", "seed")


def up() -> None:
    """Build, start and deploy everything, load the workshop, show one notification.

    Raises
    ------
    Problem
        Something of it failed; what was started is stopped again.
    """
    if running := processes.running():
        raise Problem(f"A laptop cloud runs already ({', '.join(running)}): `make down` stops it.")
    # A machine that went down, or a killed process, leaves a record and perhaps some workers.
    processes.stop_all()
    processes.refuse_taken_ports(services.PORTS)
    try:
        _up()
    except BaseException:
        down()
        raise


def _up() -> None:
    started = fingerprints.of_files(ROOT, _OWN_FILES)
    _build()
    known = accounts.credentials()
    accounts.write_simulator_file(known)
    accounts.write_product_file(known)
    with step("Starting AWS on this laptop (MiniStack)"):
        processes.start(services.ministack())
    with step("Starting the providers' simulator"):
        processes.start(services.simulator(accounts.SIMULATOR_FILE))
    variables = _deploy()
    with step("Opening the HTTP API's address"):
        processes.start(services.proxy(variables["API_URL"].removeprefix("http://")))

    variables |= {"LOG_LEVEL": "WARNING", "SIMULATOR_URL": SIMULATOR_URL}
    variables |= {"ALLOW_LOOPBACK_WEBHOOKS": "true", **accounts.webhook_variables(known)}
    with step("Loading the workshop's catalogue, templates and customers"):
        demo.load_workshop(variables)
        variables["RECADO_API_KEY"] = demo.create_api_key(variables)
    _remember(variables, started)
    demo.show_one_notification(variables)
    tell(variables)


def refresh() -> None:
    """Deploy the checkout's code to the laptop cloud that is up, unless it runs it already.

    Raises
    ------
    Problem
        It cannot be deployed, or the laptop cloud's own files changed since it was started.
    """
    code = json.loads(_CODE_FILE.read_text()) if _CODE_FILE.exists() else {}
    started = fingerprints.of_files(ROOT, _OWN_FILES)
    if code.get("started") != started:
        raise Problem(
            f"Files in {'/ or '.join(_OWN_FILES)}/ changed since the laptop cloud was started: "
            "`make down` stops it, then run the command again."
        )
    if code.get("deployed") == build.fingerprint(build.this_machine()):
        return
    console.print(
        "The laptop cloud that is up runs other code than the checkout: deploying it again.",
        soft_wrap=True,
    )
    _build()
    _remember({**outputs.read(ENVIRONMENT_FILE), **_deploy()}, started)


@contextmanager
def kept_up() -> Iterator[None]:
    """Have the laptop cloud up, with the checkout's code; one that was up before stays up.

    Raises
    ------
    Problem
        It cannot be started, or not brought up to date.
    """
    if is_up():
        refresh()
        yield
        return
    up()
    try:
        yield
    finally:
        down()


def down() -> None:
    """Stop every process that `up` started."""
    with stopping.undisturbed():
        ENVIRONMENT_FILE.unlink(missing_ok=True)
        _CODE_FILE.unlink(missing_ok=True)
        stopped = processes.stop_all()
        # What the functions' workers unpacked, tens of megabytes.
        shutil.rmtree(TEMPORARY, ignore_errors=True)
        console.print(f"Stopped {', '.join(stopped)}." if stopped else "Nothing was running.")


def is_up() -> bool:
    """Whether it is up, whole, and ready to be used."""
    return (
        ENVIRONMENT_FILE.exists() and bool(processes.running()) and not processes.first_that_ended()
    )


def tell(variables: dict[str, str]) -> None:
    """Print where everything is."""
    console.print(
        f"""
[bold]Recado is up.[/bold]
  HTTP API      {API_URL}/api/v1/
  Phones        {SIMULATOR_URL}/   (what the simulated providers received)
  Variables     {shown(ENVIRONMENT_FILE)}   (for scripts: set -a; . {shown(ENVIRONMENT_FILE)})
  Logs          {shown(LOGS)}/

Send another one:
{demo.curl(variables)}
""",
        soft_wrap=True,
    )


def _build() -> None:
    here = build.this_machine()
    if build.is_current(here):
        console.print("[green]✓[/green] The functions and layers are built already")
        return
    with step("Building the functions and layers (sam build)"):
        build.build(here)


def _deploy() -> dict[str, str]:
    """Deploy what is built; gives the variables that lead to it."""
    with step("Deploying template.yaml (sam deploy)"):
        variables = {**aws.VARIABLES, **deploy.deploy(build.this_machine())}
        secret = _internal_secret(variables["INTERNAL_SECRET_NAME"])
    return {**variables, "RECADO_INTERNAL_SECRET": secret}


def _internal_secret(name: str) -> str:
    with calling("ministack"):
        secrets = aws.SESSION.client("secretsmanager", endpoint_url=AWS_URL)
        return secrets.get_secret_value(SecretId=name)["SecretString"]


def _remember(variables: dict[str, str], started: str) -> None:
    """Write down how to reach what runs, and of what it is made."""
    ENVIRONMENT_FILE.touch(mode=0o600)
    ENVIRONMENT_FILE.write_text(outputs.assignments(variables))
    _CODE_FILE.write_text(json.dumps({"deployed": build.built(), "started": started}))
