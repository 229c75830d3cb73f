"""A folder that is replaced as a whole or not at all.

The new folder is written beside the old one, flushed to the disk, and renamed in. A folder cannot
be renamed over one that is not empty, so a replacement takes two renames: the old one becomes
``.NAME.previous``, the new one ``NAME``. Whoever is killed in between leaves ``.NAME.previous``,
which readers then take, and which the next writer puts back.
"""

from __future__ import annotations

import fcntl
import os
import re
import secrets
import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from isogloss.models.errors import CheckpointError, CheckpointNotFoundError

_OWN_FILES = re.compile(
    r"manifest\.json|(source|target)-words\.json|history\.json|index\.faiss|"
    r"(source-vectors|target-vectors|normalizers|subwords|neighbours|posterior|transport-[0-9]+)"
    r"\.safetensors"
)


def locate_checkpoint(path: Path) -> Path:
    """Find the folder to read: the path itself, or what a killed replacement left of it.

    Raises:
        CheckpointNotFoundError: There is neither.

    """
    path = _real(path)
    for folder in (path, _previous(path)):
        if folder.is_dir():
            return folder
    found = "a file" if path.exists() else "nothing"
    raise CheckpointNotFoundError(f"{path}: expected the folder of a checkpoint, found {found}")


def find_checkpoints(directory: Path) -> tuple[Path, ...]:
    """Paths of all checkpoints in a directory, sorted by name.

    Every folder counts whose name does not begin with a dot, and one that a killed replacement left
    under its hidden name. A directory that is itself a checkpoint is the only one.

    Raises:
        CheckpointNotFoundError: There is no such directory.

    """
    if not directory.is_dir():
        raise CheckpointNotFoundError(f"{directory}: expected a directory of checkpoints")
    if (directory / "manifest.json").exists():
        return (directory,)
    names = set()
    for folder in directory.iterdir():
        if not folder.is_dir():
            continue
        if not folder.name.startswith("."):
            names.add(folder.name)
        elif folder.name.endswith(".previous"):
            names.add(folder.name.removeprefix(".").removesuffix(".previous"))
    return tuple(directory / name for name in sorted(names))


def check_destination(path: Path) -> None:
    """Refuse a path at which no checkpoint can be saved; to be asked before a long fit.

    Raises:
        CheckpointError: The path is a file, or a folder with something that is not of a checkpoint
            and that a replacement would delete.

    """
    path = _real(path)
    if not path.exists():
        return
    if not path.is_dir():
        raise CheckpointError(f"{path}: expected a folder or nothing, found a file")
    foreign = sorted(
        entry.name
        for entry in path.iterdir()
        if entry.is_dir() or not _OWN_FILES.fullmatch(entry.name)
    )
    if foreign:
        raise CheckpointError(
            f"{path}: would be replaced, but holds what is not of a checkpoint: {foreign[0]!r}"
            + (f" and {len(foreign) - 1} more" if len(foreign) > 1 else "")
        )


@contextmanager
def replaced_folder(path: Path) -> Iterator[Path]:
    """Give an empty folder to fill; put it at ``path`` when the block ends without an error.

    Whatever fails, what stood at ``path`` before stands there after, or is found by
    ``locate_checkpoint``. What killed runs left beside it is removed.

    Raises:
        CheckpointError: The path cannot be replaced, or the disk cannot be written.

    """
    path = _real(path)
    check_destination(path)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        _clean(path)
        new = _make_partial(path)
    except OSError as error:
        raise CheckpointError(f"{path}: cannot be written: {error}") from error
    # Held until the end, so that another run does not take this folder for one of a killed run.
    lock = os.open(new, os.O_RDONLY)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield new
        _flush(new)
        _swap(path, new)
    except OSError as error:
        raise CheckpointError(f"{path}: cannot be written: {error}") from error
    finally:
        os.close(lock)
        shutil.rmtree(new, ignore_errors=True)


def _swap(path: Path, new: Path) -> None:
    previous = _previous(path)
    if path.exists():
        path.replace(previous)
        try:
            new.replace(path)
        except BaseException:
            previous.replace(path)
            raise
    else:
        new.replace(path)
    _flush_entry(path.parent)
    if previous.exists():
        _remove(path, previous)


def _clean(path: Path) -> None:
    """Put back what a killed replacement left, and remove half-written folders."""
    previous = _previous(path)
    if previous.is_dir():
        if path.exists() and any(path.iterdir()):
            _remove(path, previous)
        else:
            previous.replace(path)
    for left in path.parent.glob(f".{_literal(path.name)}.*.partial"):
        descriptor = os.open(left, os.O_RDONLY)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            continue
        finally:
            os.close(descriptor)
        shutil.rmtree(left, ignore_errors=True)


def _remove(path: Path, previous: Path) -> None:
    """Remove the previous folder under another name, so that half of it is never read."""
    doomed = _make_partial(path)
    with suppress(OSError):
        previous.replace(doomed)
    shutil.rmtree(doomed, ignore_errors=True)


def _make_partial(path: Path) -> Path:
    partial = path.with_name(f".{path.name}.{secrets.token_hex(8)}.partial")
    partial.mkdir()
    return partial


def _flush(folder: Path) -> None:
    for file in folder.iterdir():
        _flush_entry(file)
    _flush_entry(folder)


def _flush_entry(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _previous(path: Path) -> Path:
    return path.with_name(f".{path.name}.previous")


def _real(path: Path) -> Path:
    return Path(os.path.realpath(path))


def _literal(name: str) -> str:
    return re.sub(r"([*?[])", r"[\1]", name)
