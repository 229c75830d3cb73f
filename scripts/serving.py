"""Runs the service in a process of its own."""

from __future__ import annotations

import os
import socket
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from functools import partial
from pathlib import Path

import typer
from pydantic import ValidationError

from isogloss.models.checkpoint import find_checkpoints, read_manifest
from isogloss.models.errors import CheckpointError, CheckpointNotFoundError, InputError, OptionError
from isogloss.models.retrieval import choose_device
from isogloss.scripts.output import print_json
from isogloss.service import Settings
from isogloss.service.environment import check_environment
from isogloss.service.logs import configure_logs
from isogloss.service.server import make_server
from isogloss.service.supervision.processors import share_processors
from isogloss.service.supervision.supervisor import Supervisor
from isogloss.service.workers import workers_folder


def read_settings(**given: object) -> Settings:
    """Read settings from the environment, but for those that were given.

    Raises:
        OptionError: One has a value that it cannot have.

    """
    check_environment(os.environ)
    try:
        return Settings.model_validate(
            {name: value for name, value in given.items() if value is not None}
        )
    except ValidationError as error:
        first = error.errors(include_url=False, include_context=False)[0]
        name = ".".join(str(part) for part in first["loc"])
        raise OptionError(f"{name}: {first['msg']}, found {first['input']!r}") from error


def check_checkpoints(directory: Path) -> None:
    """Refuse a place where nothing can be served from; to be asked before the server starts.

    One good checkpoint is enough: the service reports the others.

    Raises:
        CheckpointError: There is no checkpoint, or none whose manifest can be read.

    """
    paths = find_checkpoints(directory)
    if not paths:
        raise CheckpointNotFoundError(f"{directory}: expected checkpoints, found an empty folder")
    problems = []
    for path in paths:
        try:
            read_manifest(path)
        except CheckpointError as error:
            problems.append(error)
    if len(problems) == len(paths):
        raise problems[0]


@contextmanager
def listen(host: str, port: int) -> Iterator[socket.socket]:
    """Take the address, before anything is loaded; port 0 takes a free one.

    Raises:
        InputError: The address is taken or is not one of this machine.

    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        listener = socket.create_server((host, port), family=family, backlog=2048)
    except OSError as error:
        raise InputError(f"cannot listen on {host}, port {port}: {error.strerror}") from error
    with listener:
        yield listener


def check_workers(settings: Settings) -> None:
    """Refuse several workers on a GPU: each would hold its own copy of the index on it.

    Raises:
        OptionError: There is a GPU, it is to be used, and more than one worker is asked for.

    """
    if settings.workers > 1 and choose_device(settings.device) == "cuda":
        raise OptionError(
            f"workers: expected 1 on a GPU, found {settings.workers}; each would hold a copy of "
            "every index there (--device cpu takes any number)"
        )


def run_server(settings: Settings, listener: socket.socket, *, as_json: bool) -> None:
    """Serve until a signal ends it. What is to be said beside the address goes to the log.

    Raises:
        WorkersError: The workers cannot be kept alive.

    """
    host = f"[{settings.host}]" if ":" in settings.host else settings.host
    address = f"http://{host}:{listener.getsockname()[1]}"
    announce = partial(_announce, address, settings.checkpoints, as_json=as_json)
    if settings.workers == 1:
        # Ctrl-C is the way to end a server, not an error.
        with suppress(KeyboardInterrupt):
            make_server(settings, announce=announce).run(sockets=[listener])
        return
    configure_logs(settings.log_level, words=settings.log_words)
    with workers_folder() as (folder, shared):
        os.environ.update(shared)
        share_processors(settings.workers)
        settings = settings.model_copy(update={"workers_folder": folder})
        Supervisor(settings, listener, announce).run()


def _announce(address: str, checkpoints: Path, *, as_json: bool) -> None:
    if as_json:
        print_json({"address": address, "checkpoints": str(checkpoints)})
    else:
        typer.echo(f"serving {checkpoints} on {address}")
