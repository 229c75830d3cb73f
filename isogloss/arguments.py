"""What the functions of the front door ask of their arguments."""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import get_args

from isogloss.models.conversion.objects import EXPECTED, is_known
from isogloss.models.errors import InputError, OptionError
from isogloss.models.spaces.embedding_space import EmbeddingSpace
from isogloss.models.spaces.languages import guess_language

_LANGUAGE = re.compile(r"[A-Za-z0-9]+([-_][A-Za-z0-9]+)*")


def language_of(source: object, given: str | None, *, option: str) -> str:
    """Take the language that was given, else that of a space, else that of a file's name.

    Raises:
        OptionError: It cannot be told, or is no code.
        InputError: No vectors can be taken from the source.

    """
    if given is not None:
        if not isinstance(given, str) or not _LANGUAGE.fullmatch(given):
            raise OptionError(f"{option}: expected a code such as fr or pt-BR, found {given!r}")
        return given
    if isinstance(source, EmbeddingSpace):
        return source.language
    if isinstance(source, str | os.PathLike):
        guessed = guess_language(Path(source))
        if guessed is not None:
            return guessed
        what = f"the name of {os.fspath(source)}"
    else:
        if not is_known(source):
            what = option.removesuffix("_language")
            raise InputError(f"{what}: expected {EXPECTED}; found {type(source).__name__}")
        what = "an object in memory"
    raise OptionError(f"{option}: {what} does not say the language; expected {option}=…")


def check_choice(value: object, choices: object, *, option: str) -> None:
    """Refuse what is none of the values of a ``Literal``.

    Raises:
        OptionError: It is none; names those that there are.

    """
    if value not in get_args(choices):
        raise OptionError(
            f"{option}: expected one of {', '.join(get_args(choices))}; found {value!r}"
        )
