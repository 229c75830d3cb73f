"""Independent measures of a map: precision against a lexicon, closeness of pairs."""

from isogloss.models.evaluation.calibration import (
    Calibration,
    Reliability,
    calibration,
    calibration_of,
)
from isogloss.models.evaluation.comparison import (
    Comparison,
    Difference,
    by_frequency,
    by_label,
    by_spelling,
    compare,
)
from isogloss.models.evaluation.foscttm import (
    closer_than_the_match,
    foscttm,
    transferred_label_accuracy,
)
from isogloss.models.evaluation.precision import (
    SOURCE_MISSING,
    TARGET_MISSING,
    Evaluation,
    WordRanks,
    evaluate,
    evaluate_stages,
    word_ranks,
)

__all__ = [
    "SOURCE_MISSING",
    "TARGET_MISSING",
    "Calibration",
    "Comparison",
    "Difference",
    "Evaluation",
    "Reliability",
    "WordRanks",
    "by_frequency",
    "by_label",
    "by_spelling",
    "calibration",
    "calibration_of",
    "closer_than_the_match",
    "compare",
    "evaluate",
    "evaluate_stages",
    "foscttm",
    "transferred_label_accuracy",
    "word_ranks",
]
