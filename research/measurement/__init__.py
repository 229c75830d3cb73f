"""Measured results: what they were made with, how they are kept, how they are summed up."""

from research.measurement.child_process import FinishedProcess, run_measured
from research.measurement.environment import describe_environment
from research.measurement.parts import save_parts
from research.measurement.peak_memory import peak_mebibytes
from research.measurement.places import RESULTS_FOLDER, SAMPLE
from research.measurement.results import (
    Spread,
    add_result,
    grouped,
    pair_title,
    read_results,
    save_results,
    spread_of,
)

__all__ = [
    "RESULTS_FOLDER",
    "SAMPLE",
    "FinishedProcess",
    "Spread",
    "add_result",
    "describe_environment",
    "grouped",
    "pair_title",
    "peak_mebibytes",
    "read_results",
    "run_measured",
    "save_parts",
    "save_results",
    "spread_of",
]
