"""Independent measures of a map: precision against a lexicon."""

from models.evaluation.precision import (
    SOURCE_MISSING,
    TARGET_MISSING,
    Evaluation,
    evaluate,
    evaluate_stages,
)

__all__ = ["SOURCE_MISSING", "TARGET_MISSING", "Evaluation", "evaluate", "evaluate_stages"]
