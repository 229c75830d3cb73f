"""How the peers are called: their documented command lines, and where their answers lie.

Their code is fetched by whoever measures and is no part of this project. Every setting is that of
the peer's documentation; what is cut so that a run ends on a small machine is a parameter here, and
is told with the result.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

Folder = Literal["vecmap", "muse", "fasttext", "contrastive"]
"""Clones of artetxem/vecmap, facebookresearch/MUSE, fastText and cambridgeltl/ContrastiveBLI."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Task:
    """One pair of files that a peer is to align.

    Attributes:
        source: Plain `.vec` file of the source, first line `words dimension`.
        target: The same of the target.
        source_language: Code.
        target_language: Code.
        words: Words of the smaller side.
        dimension: Length of the vectors.
        train: Dictionary, lines `source target`.
        test: The dictionary that is evaluated on. Some programs insist on reading one; what they
            make of it is ignored.
        scratch: Folder for what they write.
        cut: Most frequent words that a self-learning program works on; None: its default.
        epochs: Share of the documented number of steps that an adversarial program is given.

    """

    source: Path
    target: Path
    source_language: str
    target_language: str
    words: int
    dimension: int
    train: Path
    test: Path
    scratch: Path
    cut: int | None = None
    epochs: float = 1.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Aligned:
    """Files with the vectors of both sides in one space: `.vec`, or `.pt` as the input is ordered.

    Attributes:
        source: Of the source words.
        target: Of the target words.
        centred: Whether the program compares them less their mean, which it does not write.

    """

    source: Path
    target: Path
    centred: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Peer:
    """A program in one of its modes.

    Attributes:
        name: As the table has it.
        folder: The repository that holds it.
        place: Folder below it that it is run in.
        needs: What it is given beside the vectors.
        arguments: Its command line after the interpreter.
        aligned: Where its answers lie.
        after: Name of the peer whose answers it starts from; None: of none.

    """

    name: str
    folder: Folder
    place: str = ""
    needs: str
    arguments: Callable[[Task], list[str]]
    aligned: Callable[[Task], Aligned]
    after: str | None = None

    def command(self, task: Task) -> list[str]:
        """Give the whole command line."""
        return [sys.executable, *self.arguments(task)]


def _written(task: Task) -> Aligned:
    return Aligned(source=task.scratch / "source.vec", target=task.scratch / "target.vec")


def _vecmap(mode: str, *, dictionary: bool, learns: bool) -> Callable[[Task], list[str]]:
    def arguments(task: Task) -> list[str]:
        out = _written(task)
        cut = ["--vocabulary_cutoff", str(task.cut)] if learns and task.cut else []
        return [
            "map_embeddings.py",
            *([f"--{mode}", str(task.train)] if dictionary else [f"--{mode}"]),
            *cut,
            *map(str, (task.source, task.target, out.source, out.target)),
        ]

    return arguments


def _muse(script: str, own: Callable[[Task], list[str]]) -> Callable[[Task], list[str]]:
    def arguments(task: Task) -> list[str]:
        return [
            script,
            *("--src_lang", task.source_language, "--tgt_lang", task.target_language),
            *("--src_emb", str(task.source), "--tgt_emb", str(task.target)),
            *("--emb_dim", str(task.dimension), "--max_vocab", "-1", "--cuda", "False"),
            *("--dico_eval", str(task.test), "--normalize_embeddings", "renorm,center,renorm"),
            *("--exp_path", str(task.scratch), "--exp_name", "muse", "--exp_id", "run"),
            *("--export", "txt", *own(task)),
        ]

    return arguments


def _adversarial(task: Task) -> list[str]:
    frequent = min(75_000, task.words)
    return [
        *("--dis_most_frequent", str(frequent), "--n_refinement", "5"),
        *("--epoch_size", str(round(1_000_000 * task.epochs))),
    ]


def _muse_written(task: Task) -> Aligned:
    folder = task.scratch / "muse" / "run"
    return Aligned(
        source=folder / f"vectors-{task.source_language}.txt",
        target=folder / f"vectors-{task.target_language}.txt",
    )


def _relaxed_csls(task: Task) -> list[str]:
    return [
        "align.py",
        *("--src_emb", str(task.source), "--tgt_emb", str(task.target), "--center"),
        *("--dico_train", str(task.train), "--dico_test", str(task.test)),
        *("--output", str(_written(task).source), "--lr", "1", "--niter", "10"),
    ]


def _wasserstein_procrustes(task: Task) -> list[str]:
    out = _written(task)
    return [
        "unsup_align.py",
        *("--model_src", str(task.source), "--model_tgt", str(task.target)),
        *("--lexicon", str(task.test), "--nmax", str(min(20_000, task.words))),
        *("--output_src", str(out.source), "--output_tgt", str(out.target)),
        *("--niter", str(round(5000 * task.epochs))),
    ]


def _contrastive(size: str) -> Callable[[Task], list[str]]:
    def arguments(task: Task) -> list[str]:
        start = _written(task)
        taught = (
            ("--aux_emb_src_dir", str(start.source), "--aux_emb_tgt_dir", str(start.target))
            if size == "0k"
            else ("--train_dict_dir", str(task.train))
        )
        (task.scratch / f"{size}C1").mkdir(parents=True, exist_ok=True)
        return [
            "src/main.py",
            *("--l1", task.source_language, "--l2", task.target_language),
            *("--self_learning", "--save_aligned_we", "--cpu", "--train_size", size),
            *("--D_emb", str(task.dimension), "--dico_max_rank", str(min(20_000, task.words))),
            *("--emb_src_dir", str(task.source), "--emb_tgt_dir", str(task.target), *taught),
            *("--test_dict_dir", str(task.test), "--save_dir", f"{task.scratch}/"),
        ]

    return arguments


def _contrastive_written(size: str) -> Callable[[Task], Aligned]:
    def aligned(task: Task) -> Aligned:
        one, other = task.source_language, task.target_language
        folder = task.scratch / f"{size}C1"
        return Aligned(
            source=folder / f"{one}2{other}_{one}_emb.pt",
            target=folder / f"{one}2{other}_{other}_emb.pt",
        )

    return aligned


_PEERS = (
    Peer(
        name="vecmap-unsupervised",
        folder="vecmap",
        needs="nothing",
        arguments=_vecmap("unsupervised", dictionary=False, learns=True),
        aligned=_written,
    ),
    Peer(
        name="vecmap-identical",
        folder="vecmap",
        needs="identical words",
        arguments=_vecmap("identical", dictionary=False, learns=True),
        aligned=_written,
    ),
    Peer(
        name="vecmap-semi-supervised",
        folder="vecmap",
        needs="a dictionary",
        arguments=_vecmap("semi_supervised", dictionary=True, learns=True),
        aligned=_written,
    ),
    Peer(
        name="vecmap-supervised",
        folder="vecmap",
        needs="a dictionary",
        arguments=_vecmap("supervised", dictionary=True, learns=False),
        aligned=_written,
    ),
    Peer(
        name="muse-adversarial",
        folder="muse",
        needs="nothing",
        arguments=_muse("unsupervised.py", _adversarial),
        aligned=_muse_written,
    ),
    Peer(
        name="muse-procrustes",
        folder="muse",
        needs="a dictionary",
        arguments=_muse("supervised.py", lambda task: ["--dico_train", str(task.train)]),
        aligned=_muse_written,
    ),
    Peer(
        name="fasttext-rcsls",
        folder="fasttext",
        place="alignment",
        needs="a dictionary",
        arguments=_relaxed_csls,
        aligned=lambda task: Aligned(
            source=_written(task).source, target=task.target, centred=True
        ),
    ),
    Peer(
        name="fasttext-wasserstein",
        folder="fasttext",
        place="alignment",
        needs="nothing",
        arguments=_wasserstein_procrustes,
        aligned=_written,
    ),
    Peer(
        name="contrastive-unsupervised",
        folder="contrastive",
        place="C1",
        needs="nothing; starts from VecMap's",
        arguments=_contrastive("0k"),
        aligned=_contrastive_written("0k"),
        after="vecmap-unsupervised",
    ),
    Peer(
        name="contrastive-supervised",
        folder="contrastive",
        place="C1",
        needs="a dictionary",
        arguments=_contrastive("5k"),
        aligned=_contrastive_written("5k"),
    ),
)

PEERS: Mapping[str, Peer] = {peer.name: peer for peer in _PEERS}
"""Name → program in one of its modes; one that starts from another stands after it."""
