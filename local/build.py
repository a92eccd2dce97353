"""Builds the functions and layers with `sam build`, and compiles their bytecode.

Used for the laptop cloud and, as `python -m local.build`, for a deployment to AWS.
"""

import argparse
import platform
import shutil
import subprocess
import sys

from local import aws, commands, fingerprints
from local.places import BUILD, ROOT, STATE, program, shown
from local.problems import Problem

_STAMP = BUILD.parent / "recado-inputs.sha256"
_INPUTS = ("template.yaml", "functions", "shared", "layers")


def this_machine() -> str:
    """This machine's processor, in Lambda's words: the laptop cloud runs the functions here."""
    return "arm64" if platform.machine() in {"arm64", "aarch64"} else "x86_64"


def is_current(architecture: str) -> bool:
    """Whether the last build was made for this processor, of exactly what the checkout has now."""
    return _STAMP.exists() and _STAMP.read_text() == fingerprint(architecture)


def fingerprint(architecture: str) -> str:
    """What a build for this processor is made of, as a SHA-256 in hexadecimal."""
    return fingerprints.of_files(ROOT, _INPUTS, salt=architecture)


def built() -> str:
    """The fingerprint of what the last build was made of."""
    return _STAMP.read_text()


def build(architecture: str) -> None:
    """Build everything for a processor (`arm64` or `x86_64`).

    Raises
    ------
    Problem
        `sam build` failed.
    """
    made_of = fingerprint(architecture)
    _STAMP.unlink(missing_ok=True)
    # pip may need the proxy that the other programs of the laptop cloud must not ask.
    environment = {**aws.environment(), **aws.proxies()}
    commands.run(
        [
            program("sam", "sam"),
            "build",
            "--parameter-overrides",
            f"Architecture={architecture}",
        ],
        # SAM looks for the runtime's Python and its pip on the PATH: those of its own environment.
        {**environment, "PATH": f"{STATE / 'venvs/sam/bin'}:{environment['PATH']}"},
        "sam-build",
        "Mend that and run the command again.",
    )
    _compile_bytecode()
    _STAMP.write_text(made_of)


def _compile_bytecode() -> None:
    """Ship bytecode that Lambda accepts.

    SAM packages none, and its archives date every file 1980, so that ordinary bytecode counts as
    stale; Lambda's file system is read-only and every cold start would compile again.
    """
    for stale in BUILD.rglob("__pycache__"):
        shutil.rmtree(stale)
    compiled = subprocess.run(
        [
            *(program("sam", "python"), "-m", "compileall", "-q", "-f", "-j", "0"),
            *("--invalidation-mode", "unchecked-hash", str(BUILD)),
        ],
        check=False,
    )
    if compiled.returncode != 0:
        raise Problem(f"A file under {shown(BUILD)} is no valid Python 3.13: see the lines above.")


def main() -> int:
    """Build for AWS from the command line."""
    arguments = argparse.ArgumentParser(prog="python -m local.build", description=__doc__)
    arguments.add_argument("--architecture", choices=["arm64", "x86_64"], default="arm64")
    architecture = arguments.parse_args().architecture
    try:
        if is_current(architecture):
            print(f"{shown(BUILD)} is up to date.")
        else:
            build(architecture)
            print(f"Built into {shown(BUILD)} for {architecture}.")
    except Problem as problem:
        print(problem, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
