"""The steps of a fit, as its progress shows them."""

from __future__ import annotations

from isogloss.models.aligners.registry import ALIGNERS
from isogloss.scripts.progress import Step
from isogloss.scripts.training import TrainingOptions


def fit_plan(options: TrainingOptions) -> tuple[Step, ...]:
    """Name the steps of a fit in their order, with what their stages begin with."""
    steps = [
        Step("read the source", (f"reading {options.source.path.name}",)),
        Step("read the target", (f"reading {options.target.path.name}",)),
    ]
    if not ALIGNERS[options.aligner].supervised:
        steps.append(Step("search", ("start ", "known pairs")))
        # An aligner without a network has no stage of its name, and the step is passed over.
        steps.append(Step("train", (options.aligner,)))
        steps.append(Step("refine", ("refinement", "pairs", "fine-tuning")))
    else:
        steps.append(Step("fit", (options.aligner,)))
    if options.precompute:
        steps.append(Step("neighbours", ("neighbours",)))
    return tuple(steps)
