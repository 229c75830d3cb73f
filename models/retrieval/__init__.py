"""From a mapped vector to target words: CSLS, the FAISS index, the translator."""

from __future__ import annotations

from typing import TYPE_CHECKING

from isogloss.models.lazy_names import lazy_names

if TYPE_CHECKING:
    from isogloss.models.answers import AlignedWord, Neighbour, Reason, Translation
    from isogloss.models.choices import ApproximateKind, Device, Ranking, Score, Storage
    from isogloss.models.devices import choose_device
    from isogloss.models.probability.translation_posterior import TranslationPosterior
    from isogloss.models.retrieval.neighbour_table import TABLE_WIDTH, NeighbourTable
    from isogloss.models.retrieval.retriever import Neighbours, Retriever
    from isogloss.models.retrieval.training_record import TrainingRecord
    from isogloss.models.retrieval.translator import Translator

__all__ = [
    "TABLE_WIDTH",
    "AlignedWord",
    "ApproximateKind",
    "Device",
    "Neighbour",
    "NeighbourTable",
    "Neighbours",
    "Ranking",
    "Reason",
    "Retriever",
    "Score",
    "Storage",
    "TrainingRecord",
    "Translation",
    "TranslationPosterior",
    "Translator",
    "choose_device",
]

__getattr__ = lazy_names(
    __name__,
    {
        "isogloss.models.devices": ("choose_device",),
        ".neighbour_table": ("TABLE_WIDTH", "NeighbourTable"),
        ".retriever": ("Neighbours", "Retriever"),
        ".training_record": ("TrainingRecord",),
        ".translator": ("Translator",),
        "isogloss.models.answers": ("AlignedWord", "Neighbour", "Reason", "Translation"),
        "isogloss.models.choices": ("ApproximateKind", "Device", "Ranking", "Score", "Storage"),
        "isogloss.models.probability.translation_posterior": ("TranslationPosterior",),
    },
)
