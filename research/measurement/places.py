"""Where results and the bundled sample lie, whatever folder a command is run in."""

from __future__ import annotations

from pathlib import Path

_ROOT = Path(__file__).parents[2]
RESULTS_FOLDER = _ROOT / "research" / "results"
"""One file of JSON for each experiment; the pages under `docs/results` are made from them."""
SAMPLE = _ROOT / "scripts" / "sample"
"""English and French vectors, and a lexicon."""
