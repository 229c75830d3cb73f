"""Independent measures of a map: precision against a lexicon, closeness of pairs."""

from models.evaluation.foscttm import (
    closer_than_the_match,
    foscttm,
    transferred_label_accuracy,
)
from models.evaluation.precision import (
    SOURCE_MISSING,
    TARGET_MISSING,
    Evaluation,
    evaluate,
    evaluate_stages,
)

__all__ = [
    "SOURCE_MISSING",
    "TARGET_MISSING",
    "Evaluation",
    "closer_than_the_match",
    "evaluate",
    "evaluate_stages",
    "foscttm",
    "transferred_label_accuracy",
]
