"""A server in a process of its own, over a checkpoint whose map is known."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch

from isogloss.models.checkpoint import save_checkpoint
from isogloss.models.maps.alignment import Alignment
from isogloss.models.maps.networks import LinearTransport, ResidualTransport, Transport
from isogloss.models.retrieval import TrainingRecord, Translator
from isogloss.models.spaces.embedding_space import EmbeddingSpace
from isogloss.models.spaces.normalizer import Normalizer

_HIDDEN_WIDTHS = (512,)
"""Those of the recipe by default."""


@dataclass(frozen=True, slots=True)
class Server:
    """A running server.

    Attributes:
        address: For instance ``http://127.0.0.1:8000``.
        process_id: Of the process that answers.

    """

    address: str
    process_id: int

    def start_peak(self) -> int:
        """Forget the highest memory so far; return the resident bytes now."""
        Path(f"/proc/{self.process_id}/clear_refs").write_text("5")
        return _status(self.process_id, "VmRSS")

    def peak(self) -> int:
        """Most resident bytes since ``start_peak``."""
        return _status(self.process_id, "VmHWM")


@contextmanager
def serving(checkpoints: Path, environment: Mapping[str, str] | None = None) -> Iterator[Server]:
    """Run `isogloss serve` on a free port, with one worker."""
    command = [sys.executable, "-m", "isogloss", "serve", "--checkpoints", str(checkpoints)]
    with subprocess.Popen(
        [*command, "--port", "0", "--json"],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
        env={**os.environ, **(environment or {})},
    ) as process:
        try:
            assert process.stdout is not None
            lines: list[str] = []
            for line in process.stdout:
                lines.append(line)
                if line == "}\n":
                    break
            yield Server(json.loads("".join(lines))["address"], process.pid)
        finally:
            process.terminate()
            process.wait(timeout=60)


def make_translator(
    *,
    pair: tuple[str, str] = ("fr", "es"),
    kind: str = "linear",
    words: int = 5000,
    dimension: int = 300,
    seed: int = 0,
) -> Translator:
    """Make a translator of random vectors whose best answer for ``fr-i`` is ``es-i``.

    Args:
        pair: Codes of the two languages.
        kind: ``linear``, or ``residual`` as NGW fits it, whose perceptron is disturbed a little.
        words: Size of both vocabularies.
        dimension: Length of all vectors.
        seed: Of the vectors and the map.

    """
    generator = np.random.default_rng(seed)
    rotation, _ = np.linalg.qr(generator.standard_normal((dimension, dimension)))
    vectors = generator.standard_normal((words, dimension)).astype(np.float32)
    source = EmbeddingSpace(pair[0], tuple(f"{pair[0]}-{row}" for row in range(words)), vectors)
    turned = (vectors @ rotation.T).astype(np.float32)
    target = EmbeddingSpace(pair[1], tuple(f"{pair[1]}-{row}" for row in range(words)), turned)
    weight = torch.from_numpy(rotation.astype(np.float32))
    transport: Transport = LinearTransport(weight)
    if kind == "residual":
        torch.manual_seed(seed)
        transport = ResidualTransport(weight, _HIDDEN_WIDTHS)
        last = transport.residual[-1]
        torch.nn.init.normal_(last.weight, std=1e-3)  # type: ignore[arg-type]
    alignment = Alignment(
        source_normalizer=Normalizer.fit(vectors),
        transport=transport.requires_grad_(False),
        target_normalizer=Normalizer.fit(turned),
    )
    details = TrainingRecord(aligner="procrustes", seed=seed)
    return Translator.build(alignment, source, target, details=details)


def make_checkpoint(path: Path, *, kind: str, dimension: int, seed: int) -> Translator:
    """Save such a translator."""
    translator = make_translator(kind=kind, dimension=dimension, seed=seed)
    save_checkpoint(translator, path)
    return translator


def _status(process_id: int, name: str) -> int:
    status = Path(f"/proc/{process_id}/status").read_text(encoding="utf-8")
    found = re.search(rf"^{name}:\s+(\d+) kB", status, re.MULTILINE)
    assert found is not None
    return 1024 * int(found[1])
