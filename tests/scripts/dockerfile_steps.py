"""Runs the steps of one stage of a Dockerfile without Docker, below a folder of one's own."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterator, Mapping
from pathlib import Path

INSTALLED = "/opt/isogloss"


def instructions(dockerfile: Path) -> Iterator[tuple[str, str]]:
    """Yield (instruction, arguments), with continued lines joined and comments left out."""
    lines = [
        line for line in dockerfile.read_text().splitlines() if line and not line.startswith("#")
    ]
    for instruction in "\n".join(lines).replace("\\\n", " ").splitlines():
        name, _, arguments = instruction.partition(" ")
        yield name.upper(), " ".join(arguments.split())


def stage(dockerfile: Path, name: str) -> list[tuple[str, str]]:
    """The instructions of the stage of this name."""
    found: list[tuple[str, str]] = []
    inside = False
    for instruction, arguments in instructions(dockerfile):
        if instruction == "FROM":
            inside = arguments.endswith(f" AS {name}")
        elif inside:
            found.append((instruction, arguments))
    return found


def run_stage(
    dockerfile: Path, name: str, *, root: Path, build_arguments: Mapping[str, str]
) -> Path:
    """Do what the stage does, with `INSTALLED` and the working folder moved below ``root``.

    Returns:
        The folder that stands for `INSTALLED`.

    """
    context, work, installed = dockerfile.parent, root / "source", root / "installed"
    work.mkdir(parents=True)
    environment = {key: value for key, value in os.environ.items() if key != "PYTHONPATH"}
    for instruction, arguments in stage(dockerfile, name):
        match instruction:
            case "ARG":
                key, _, default = arguments.partition("=")
                environment[key] = build_arguments.get(key, default)
            case "ENV":
                environment |= dict(pair.split("=", 1) for pair in arguments.split())
            case "COPY":
                *sources, destination = arguments.split()
                for source in sources:
                    _copy(context / source, work / destination)
            case "RUN":
                command = arguments.replace(INSTALLED, str(installed))
                subprocess.run(["/bin/sh", "-ec", command], cwd=work, env=environment, check=True)
            case "WORKDIR":
                pass
            case _:
                raise ValueError(f"{instruction} is not known here")
    return installed


def _copy(source: Path, destination: Path) -> None:
    if source.is_dir():
        ignored = shutil.ignore_patterns("__pycache__")
        shutil.copytree(source, destination, ignore=ignored, dirs_exist_ok=True)
    else:
        target = destination / source.name if destination.is_dir() else destination
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(source, target)
