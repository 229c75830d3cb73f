"""Translate words between languages from their embeddings alone.

>>> import isogloss
>>> pair = isogloss.align("en.vec", "fr.vec", aligner="procrustes", lexicon="train.txt")
>>> pair
<Translator en→fr, 1,000 × 1,000 words, found, about 75 % of first answers right>
>>> pair.translate(["window"], k=2)
window  fenêtre 0.88, windows 0.07
>>> pair.save("checkpoints/en-fr")
PosixPath('checkpoints/en-fr')

Every name is imported when it is first asked for: ``isogloss.Client`` needs neither PyTorch nor
FAISS.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from isogloss.models.lazy_names import lazy_names

if TYPE_CHECKING:
    from isogloss import errors
    from isogloss.fits import Hub, align, align_many
    from isogloss.loading import load, read
    from isogloss.models.spaces.embedding_space import EmbeddingSpace as Space
    from isogloss.results import Translations, WordPairs
    from isogloss.service.client import AsyncClient, Client
    from isogloss.translator import Translator

    __version__: str

__all__ = [
    "AsyncClient",
    "Client",
    "Hub",
    "Space",
    "Translations",
    "Translator",
    "WordPairs",
    "__version__",
    "align",
    "align_many",
    "errors",
    "load",
    "read",
]

_find = lazy_names(
    __name__,
    {
        ".fits": ("Hub", "align", "align_many"),
        ".loading": ("load", "read"),
        ".results": ("Translations", "WordPairs"),
        ".service.client": ("AsyncClient", "Client"),
        ".translator": ("Translator",),
    },
)


def __getattr__(name: str) -> Any:
    if name == "errors":
        from importlib import import_module  # noqa: PLC0415

        return import_module("isogloss.errors")
    if name == "Space":
        from isogloss.models.spaces.embedding_space import EmbeddingSpace  # noqa: PLC0415

        return EmbeddingSpace
    if name == "__version__":
        from isogloss.models.package_version import isogloss_version  # noqa: PLC0415

        return isogloss_version()
    return _find(name)


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
