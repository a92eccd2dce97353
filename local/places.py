"""Where the laptop cloud keeps its files and on which ports it listens."""

from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
STATE = ROOT / "local" / ".state"
LOGS = STATE / "logs"
TEMPORARY = STATE / "tmp"
ENVIRONMENT_FILE = STATE / "env"
BUILD = ROOT / ".aws-sam" / "build"

HOST = "127.0.0.1"
API_PORT = 8000
SIMULATOR_PORT = 8100
SMTP_PORT = 8101
AWS_PORT = 4566

API_URL = f"http://{HOST}:{API_PORT}"
SIMULATOR_URL = f"http://{HOST}:{SIMULATOR_PORT}"
AWS_URL = f"http://{HOST}:{AWS_PORT}"

STACK = "recado-local"
ENVIRONMENT = "local"


def program(environment: str, name: str) -> str:
    """The path of a program in one of the environments under `local/.state/venvs`."""
    return str(STATE / "venvs" / environment / "bin" / name)


def shown(path: Path) -> str:
    """A path as people type it, from the root of the checkout."""
    return str(path.relative_to(ROOT))
