"""Brings the laptop cloud up and down."""

import shutil

from local import accounts, aws, build, demo, deploy, outputs, processes, services
from local.places import API_URL, AWS_URL, ENVIRONMENT_FILE, LOGS, SIMULATOR_URL, TEMPORARY, shown
from local.steps import console, step


def up() -> None:
    """Build, start and deploy everything, load the workshop, show one notification.

    Raises
    ------
    Problem
        Something of it failed; what was started still runs.
    """
    processes.refuse_taken_ports(services.PORTS)
    here = build.this_machine()
    if build.is_current(here):
        console.print("[green]✓[/green] The functions and layers are built already")
    else:
        with step("Building the functions and layers (sam build)"):
            build.build(here)

    known = accounts.credentials()
    accounts.write_simulator_file(known)
    accounts.write_product_file(known)
    with step("Starting AWS on this laptop (MiniStack)"):
        processes.start(services.ministack())
    with step("Starting the providers' simulator"):
        processes.start(services.simulator(accounts.SIMULATOR_FILE))
    with step("Deploying template.yaml (sam deploy)"):
        variables = {**aws.VARIABLES, **deploy.deploy(here.architecture)}
    with step("Opening the HTTP API's address"):
        processes.start(services.proxy(variables["API_URL"].removeprefix("http://")))

    variables |= {
        "LOG_LEVEL": "WARNING",
        "RECADO_INTERNAL_SECRET": _internal_secret(variables["INTERNAL_SECRET_NAME"]),
        "SIMULATOR_URL": SIMULATOR_URL,
    }
    with step("Loading the workshop's catalogue, templates and customers"):
        demo.load_workshop(variables)
        variables["RECADO_API_KEY"] = demo.create_api_key(variables)
    _write_environment_file(variables)
    demo.show_one_notification(variables)
    tell(variables)


def down() -> None:
    """Stop every process that `up` started."""
    ENVIRONMENT_FILE.unlink(missing_ok=True)
    stopped = processes.stop_all()
    # Each function worker unpacked its code and layers, tens of megabytes.
    shutil.rmtree(TEMPORARY, ignore_errors=True)
    console.print(f"Stopped {', '.join(stopped)}." if stopped else "Nothing was running.")


def is_up() -> bool:
    """Whether it is up, whole, and ready to be used."""
    return ENVIRONMENT_FILE.exists() and not processes.first_that_ended()


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


def _internal_secret(name: str) -> str:
    secrets = aws.SESSION.client("secretsmanager", endpoint_url=AWS_URL)
    return secrets.get_secret_value(SecretId=name)["SecretString"]


def _write_environment_file(variables: dict[str, str]) -> None:
    ENVIRONMENT_FILE.touch(mode=0o600)
    ENVIRONMENT_FILE.write_text(outputs.assignments(variables))
