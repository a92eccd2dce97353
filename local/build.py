"""Builds the functions and layers with `sam build`, and compiles their bytecode.

Used for the laptop cloud and, as `python -m local.build`, for a deployment to AWS.
"""

import argparse
import hashlib
import platform
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from local import aws, commands
from local.places import BUILD, ROOT, STATE, program, shown
from local.problems import Problem

_STAMP = BUILD.parent / "recado-inputs.sha256"
_INPUTS = ("template.yaml", "functions", "shared", "layers")
_LAYERS_WITH_COMPILED_CODE = {
    "CoreLayer": "core",
    "TemplatingLayer": "templating",
    "PushLayer": "push",
}


@dataclass(frozen=True)
class Target:
    """Where a build runs: the processor in Lambda's words, and the operating system."""

    architecture: str
    system: str = "Linux"


def this_machine() -> Target:
    """The laptop cloud runs the functions here, as they are."""
    is_arm = platform.machine() in {"arm64", "aarch64"}
    return Target("arm64" if is_arm else "x86_64", platform.system())


def is_current(target: Target) -> bool:
    """Whether the last build was made for this target, of exactly what lies in the checkout now."""
    return _STAMP.exists() and _STAMP.read_text() == _fingerprint(target)


def build(target: Target) -> None:
    """Build everything.

    Raises
    ------
    Problem
        `sam build` failed.
    """
    fingerprint = _fingerprint(target)
    _STAMP.unlink(missing_ok=True)
    environment = aws.environment()
    commands.run(
        [
            program("sam", "sam"),
            "build",
            "--parameter-overrides",
            f"Architecture={target.architecture}",
        ],
        # SAM looks for the runtime's Python and its pip on the PATH: those of its own environment.
        {**environment, "PATH": f"{STATE / 'venvs/sam/bin'}:{environment['PATH']}"},
        "sam-build",
        "Mend that and run the command again.",
    )
    if target.system != "Linux":
        _use_this_systems_libraries()
    _compile_bytecode()
    _STAMP.write_text(fingerprint)


def _use_this_systems_libraries() -> None:
    """Put this system's compiled libraries over those for Lambda's Linux."""
    for layer, requirements in _LAYERS_WITH_COMPILED_CODE.items():
        libraries = str(BUILD / layer / "python")
        commands.run(
            [
                *(str(ROOT / ".venv/bin/uv"), "pip", "install", "--quiet", "--require-hashes"),
                *("--python", program("cloud", "python"), "--target", libraries),
                *("-r", f"layers/{requirements}/requirements.txt"),
            ],
            aws.environment(),
            "this-systems-libraries",
            "Look whether the package index can be reached.",
        )


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


def _fingerprint(target: Target) -> str:
    digest = hashlib.sha256(repr(target).encode())
    for source in _sources():
        digest.update(str(source.relative_to(ROOT)).encode() + b"\0")
        digest.update(hashlib.sha256(source.read_bytes()).digest())
    return digest.hexdigest()


def _sources() -> list[Path]:
    found = [path for name in _INPUTS for path in (ROOT / name, *(ROOT / name).rglob("*"))]
    return sorted(p for p in found if p.is_file() and p.parent.name != "__pycache__")


def main() -> int:
    """Build for AWS from the command line."""
    arguments = argparse.ArgumentParser(prog="python -m local.build", description=__doc__)
    arguments.add_argument("--architecture", choices=["arm64", "x86_64"], default="arm64")
    target = Target(arguments.parse_args().architecture)
    try:
        if is_current(target):
            print(f"{shown(BUILD)} is up to date.")
        else:
            build(target)
            print(f"Built into {shown(BUILD)} for {target.architecture}.")
    except Problem as problem:
        print(problem, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
