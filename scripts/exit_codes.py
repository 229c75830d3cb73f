"""Errors of the library to exit codes, in one place.

| code | when |
|---|---|
| 0 | done |
| 1 | failure, with one line on standard error |
| 2 | the command line makes no sense |
| 130 | stopped by Ctrl-C |
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import typer

from isogloss.models.errors import IsoglossError, OptionError, RecipeError, TrainingInterruptedError
from isogloss.scripts.extras import what_to_install

FAILURE = 1
USAGE = 2
INTERRUPTED = 130


@contextmanager
def errors_as_exit_codes() -> Iterator[None]:
    """End the program with one line and the right code where the block raises an expected error."""
    try:
        yield
    except KeyboardInterrupt as error:
        _end("interrupted", INTERRUPTED, error)
    except TrainingInterruptedError as error:
        _end(str(error), INTERRUPTED, error)
    except (OptionError, RecipeError) as error:
        _end(str(error), USAGE, error)
    except BrokenPipeError:
        # Whoever read the output has read enough; typer ends the program quietly.
        raise
    except IsoglossError as error:
        _end(str(error), FAILURE, error)
    except ModuleNotFoundError as error:
        missing = what_to_install(error)
        if missing is None:
            raise
        _end(missing, FAILURE, error)
    except OSError as error:
        place = f"{error.filename}: " if error.filename else ""
        _end(f"{place}{error.strerror or error}", FAILURE, error)
    except MemoryError as error:
        _end("the memory is not enough; --limit keeps fewer words", FAILURE, error)


def _end(message: str, code: int, error: BaseException) -> None:
    typer.echo(f"error: {' '.join(message.split())}", err=True)
    raise typer.Exit(code) from error
