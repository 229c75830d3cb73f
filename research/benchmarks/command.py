"""Runs of the command line, and what they tell."""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

_PRECISIONS = ("precision_at_1", "precision_at_5", "precision_at_10")


def pairs_parser(description: str) -> argparse.ArgumentParser:
    """Make the command line of a benchmark over pairs of a folder; :func:`asked_pairs` reads it."""
    parser = argparse.ArgumentParser(description=description.splitlines()[0])
    parser.add_argument("pairs", nargs="*", help="COLLECTION:XX-YY")
    parser.add_argument("--data", type=Path, help="folder of the collections")
    parser.add_argument("--table", action="store_true", help="only print what is known")
    return parser


def asked_pairs(parser: argparse.ArgumentParser) -> argparse.Namespace:
    """Read the command line; what is to be measured needs a folder and pairs."""
    arguments = parser.parse_args()
    if not arguments.table and (arguments.data is None or not arguments.pairs):
        parser.error("expected --data FOLDER and at least one COLLECTION:XX-YY")
    return arguments


def run_isogloss(*arguments: str) -> dict[str, Any]:
    """Run a command with `--json`; a fit that finds nothing exits with 1 and still prints."""
    command = [sys.executable, "-m", "isogloss", *arguments, "--json"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if not done.stdout:
        sys.exit(f"{' '.join(command)}\n{done.stderr}")
    document: dict[str, Any] = json.loads(done.stdout)
    return document


def describe_fit(fit: Mapping[str, Any], figures: Mapping[str, Any]) -> dict[str, Any]:
    """Put together what `train --json` and `evaluate --json` tell of one fit, by stage."""
    return {
        "found": fit["found"],
        "evaluated": figures["evaluated"],
        "stages": {
            stage["name"]: {
                **precisions(figures["stages"][stage["name"]]),
                "criterion": round(stage["criterion"], 4),
                "seconds": round(stage["seconds"], 1),
            }
            for stage in fit["stages"]
        },
    }


def describe_probability(figures: Mapping[str, Any] | None) -> dict[str, Any]:
    """Tell what `evaluate --score probability --json` says; nothing where it says nothing."""
    if figures is None or "calibration" not in figures:
        return {}
    told = figures["calibration"]
    return {
        "probability": {
            **precisions(figures),
            "mean_probability": round(told["mean_probability"], 4),
            "expected_calibration_error": round(told["expected_calibration_error"], 4),
            "reliability": [
                {name: round(value, 4) for name, value in one.items()}
                for one in told["reliability"]
            ],
            "precision_of_share": {
                share: round(value, 4) for share, value in told["precision_of_share"].items()
            },
        }
    }


def precisions(figures: Mapping[str, Any]) -> dict[str, float]:
    """P@1, P@5 and P@10 of an evaluation."""
    return {name: round(figures[name], 4) for name in _PRECISIONS}
