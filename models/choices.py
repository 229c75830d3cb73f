"""Names that a user chooses between, apart from what they stand for.

A command line can list them, and a client name them, without loading what they choose.
"""

from __future__ import annotations

from typing import Literal

Score = Literal["csls", "cosine"]
"""How near two vectors are."""

Ranking = Literal["csls", "cosine", "probability"]
"""By what the answers are ranked: a score of the vectors, or the probability of a translation."""

Device = Literal["auto", "cpu", "cuda"]
"""Where to compute; ``auto`` takes a GPU where there is one."""

OnError = Literal["fail", "skip"]
"""What a reader does with a bad line: stop, or count it and leave it out."""

Matching = Literal["mutual", "ipot"]
"""How words of two languages are paired: each other's nearest, or one to one."""

ApproximateKind = Literal["hnsw", "ivf"]
"""An index that finds most of the nearest vectors."""

Storage = Literal["fp32", "fp16", "sq8"]
"""How an approximate index keeps its vectors."""

DistanceSolver = Literal["auto", "sinkhorn", "neural"]
"""What computes the distance of two languages; ``auto`` goes by the number of words."""

Surface = Literal["plane", "sphere"]
"""What a map of two vocabularies is drawn on."""
