"""Translators and spaces from where they are kept."""

from __future__ import annotations

import os
from pathlib import Path

from isogloss.arguments import check_choice, language_of
from isogloss.models.checkpoint import load_checkpoint
from isogloss.models.choices import Device, OnError
from isogloss.models.errors import OptionError
from isogloss.models.fitting.inputs import VectorInput, read_input
from isogloss.models.spaces.embedding_space import EmbeddingSpace
from isogloss.translator import Translator

_HUB = "hf://"


def load(
    place: str | os.PathLike[str],
    *,
    device: Device = "cpu",
    revision: str | None = None,
    token: str | None = None,
    cache: str | os.PathLike[str] | None = None,
) -> Translator:
    """Load a translator that answers bit for bit as the saved one did.

    >>> import isogloss
    >>> isogloss.load("en-fr").translate(["library"], k=1)
    library  bibliothèque 0.94

    Nothing is loaded that the hashes of the manifest do not vouch for, and nothing is unpickled.

    Args:
        place: The folder of a checkpoint, or ``hf://owner/name`` on the Hugging Face Hub, which
            needs the extra ``hub``.
        device: Where the exact search runs: ``cpu``, ``cuda``, or ``auto``.
        revision: Branch, tag or commit on the Hub; None: its main branch.
        token: Access token of the Hub; None: the one that is stored on this machine, if any.
        cache: Folder in which what the Hub gives is kept; None: that of ``huggingface_hub``.

    Raises:
        CheckpointNotFoundError: There is no checkpoint.
        CheckpointError: It is damaged, or of a format that this version does not read.
        OptionError: The device is not there, or an option of the Hub goes with a folder.
        DownloadError: The Hub cannot be reached, or does not give it.
        DependencyError: ``huggingface_hub`` is not installed.

    """
    address = os.fspath(place)
    if address.startswith(_HUB):
        from isogloss.publishing import fetch_checkpoint  # noqa: PLC0415

        path = fetch_checkpoint(
            address.removeprefix(_HUB),
            revision=revision,
            token=token,
            cache=None if cache is None else Path(cache),
        )
    elif (revision, token, cache) == (None, None, None):
        path = Path(place)
    else:
        raise OptionError(f"{address}: revision, token and cache go with hf:// addresses only")
    return Translator.of(load_checkpoint(path, device))


def read(
    source: object,
    *,
    language: str | None = None,
    limit: int | None = None,
    on_error: OnError = "fail",
    words: str | os.PathLike[str] | None = None,
) -> EmbeddingSpace:
    """Read the vectors of a language; the format is told from the content.

    >>> import isogloss
    >>> isogloss.read("en.vec", limit=500)
    <Space en, 500 words, 300 dimensions>

    Args:
        source: A file of fastText, GloVe, word2vec or NumPy, also compressed; or what
            :func:`isogloss.align` takes beside files.
        language: Its code, for instance ``fr``; None: it is told from the name of the file.
        limit: Keep the first so many words, which are the most frequent; None keeps all.
        on_error: ``fail`` raises at the first bad word; ``skip`` leaves it out.
        words: The list of words of an ``.npy``; None looks for it beside the array.

    Raises:
        InputError: It cannot be used; names the file, and the line where there is one.

    """
    check_choice(on_error, OnError, option="on_error")
    given = VectorInput(
        source=source,
        language=language_of(source, language, option="language"),
        words=None if words is None else Path(words),
    )
    return read_input(given, limit=limit, on_error=on_error).space
