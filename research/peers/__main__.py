"""What other programs reach on the same files, and what they take for it.

    python -m research.peers --data FOLDER --vecmap DIR --fasttext DIR far:en-ru docs:fr-es
    python -m research.peers --data FOLDER --vecmap DIR --peers vecmap-unsupervised --cut 6000 \
        novels:en-es
    python -m research.peers --table

DIR are clones of artetxem/vecmap, facebookresearch/MUSE, facebookresearch/fastText and
cambridgeltl/ContrastiveBLI, run by this interpreter and never changed. FOLDER holds
`COLLECTION/LANGUAGE.vec.gz` and `COLLECTION/lexicons/XX-YY.{train,test}.txt`; a language that a
collection lacks is taken from `manuals`. All maps are evaluated by one evaluator: P@1, 5 and 10 and
the mean reciprocal rank by CSLS over the whole target vocabulary. Processor seconds and memory are
those that the system tells of the program. Rows go to `research/results/peers.json`.
"""

from __future__ import annotations

import argparse
import dataclasses
import os
import tempfile
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from isogloss.models.errors import InputError
from isogloss.models.evaluation import Evaluation
from isogloss.models.spaces.embedding_space import EmbeddingSpace
from isogloss.models.spaces.lexicon import read_lexicon
from isogloss.models.spaces.readers import read_space
from research.measurement import add_result, pair_title, read_results, run_measured
from research.peers.evaluator import evaluate_aligned
from research.peers.programs import PEERS, Peer, Task

RESULTS = Path(__file__).parents[1] / "results" / "peers.json"
_FOLDERS = ("vecmap", "muse", "fasttext", "contrastive")


def main() -> None:
    """Measure what the command line names, then print the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("pairs", nargs="*", help="COLLECTION:XX-YY")
    parser.add_argument("--data", type=Path, help="folder of the collections")
    for name in _FOLDERS:
        parser.add_argument(f"--{name}", type=Path, metavar="DIR", help="clone of its repository")
    parser.add_argument("--peers", nargs="+", choices=tuple(PEERS), help="only these")
    parser.add_argument("--cut", type=int, help="words that VecMap's self-learning works on")
    parser.add_argument(
        "--epochs", type=float, default=1.0, help="share of the documented steps of long games"
    )
    parser.add_argument("--table", action="store_true", help="only print the table")
    arguments = parser.parse_args()
    if not arguments.table:
        clones = {name: getattr(arguments, name) for name in _FOLDERS}
        peers = [
            peer
            for peer in PEERS.values()
            if clones[peer.folder] is not None
            and (arguments.peers is None or peer.name in arguments.peers)
        ]
        if arguments.data is None or not arguments.pairs or not peers:
            parser.error("expected --data FOLDER, a clone's folder and a COLLECTION:XX-YY")
        for pair in arguments.pairs:
            with tempfile.TemporaryDirectory() as scratch:
                task = prepare(arguments.data, pair, Path(scratch))
                task = dataclasses.replace(task, cut=arguments.cut, epochs=arguments.epochs)
                for peer in peers:
                    row = measure(peer, clones[peer.folder], task, pair)
                    add_result(RESULTS, row, key=_key, settings={"score": "csls"})
                    print(_line(row), flush=True)
    print(table(read_results(RESULTS)))


def prepare(data: Path, pair: str, scratch: Path) -> Task:
    """Write both sides as the plain `.vec` files that all of them read."""
    collection, _, languages = pair.partition(":")
    source, _, target = languages.partition("-")
    folder = data / collection
    spaces = [_space_of(folder, language) for language in (source, target)]
    written = [scratch / f"{space.language}.vec" for space in spaces]
    for space, path in zip(spaces, written, strict=True):
        _write(space, path)
    return Task(
        source=written[0],
        target=written[1],
        source_language=source,
        target_language=target,
        words=min(len(space) for space in spaces),
        dimension=max(space.dimension for space in spaces),
        train=folder / "lexicons" / f"{languages}.train.txt",
        test=folder / "lexicons" / f"{languages}.test.txt",
        scratch=scratch,
    )


def measure(peer: Peer, clone: Path, task: Task, pair: str) -> dict[str, Any]:
    """Run a program on a pair and evaluate what it wrote; a program that fails is a row too."""
    here = dataclasses.replace(task, scratch=task.scratch / peer.folder)
    here.scratch.mkdir(exist_ok=True)
    if peer.after is not None:
        here = dataclasses.replace(here, scratch=task.scratch / PEERS[peer.after].folder)
    folder = Path.cwd()
    try:
        os.chdir(clone / peer.place)
        done = run_measured(peer.command(here))
    finally:
        os.chdir(folder)
    row: dict[str, Any] = {
        "pair": pair,
        "peer": peer.name,
        "needs": peer.needs,
        "cut": here.cut if "--vocabulary_cutoff" in peer.command(here) else None,
        "epochs": here.epochs,
        "seconds": round(done.seconds, 1),
        "processor_seconds": round(done.processor_seconds, 2),
        "peak_mebibytes": None if done.peak_mebibytes is None else round(done.peak_mebibytes),
        "failure": None,
    }
    try:
        if done.exit_code:
            lines = done.errors.strip().splitlines()
            raise InputError(lines[-1] if lines else f"exit code {done.exit_code}")
        ranks = evaluate_aligned(peer.aligned(here), here, read_lexicon(task.test))
    except InputError as error:
        return {**row, "failure": str(error)}
    return {**row, **_rounded(ranks.measured())}


def table(rows: Iterable[Mapping[str, Any]]) -> str:
    """Lay out the rows as Markdown."""
    lines = [
        "| pair | program | needs | P@1 | P@5 | P@10 | MRR | processor seconds | memory, MiB "
        "| cut |",
        "|---" * 10 + "|",
    ]
    return "\n".join([*lines, *(_line(row) for row in rows)])


def _line(row: Mapping[str, Any]) -> str:
    names = ("precision_at_1", "precision_at_5", "precision_at_10", "mean_reciprocal_rank")
    figures = [f"{row[name]:.3f}" if name in row else "—" for name in names]
    peak = row["peak_mebibytes"]
    cut = [] if row["cut"] is None else [f"{row['cut']:,} words"]
    cut += [] if row["epochs"] == 1 else [f"{row['epochs']:g} of the steps"]
    cells = [
        pair_title(row["pair"]),
        row["peer"],
        row["needs"],
        *figures,
        f"{row['processor_seconds']:.0f}",
        "—" if peak is None else f"{peak:,}",
        row["failure"] or ", ".join(cut) or "nothing",
    ]
    return f"| {' | '.join(cells)} |"


def _rounded(measured: Evaluation) -> dict[str, Any]:
    return {
        **{f"precision_at_{k}": round(share, 4) for k, share in measured.precision.items()},
        "mean_reciprocal_rank": round(measured.mean_reciprocal_rank, 4),
        "evaluated": measured.evaluated,
    }


def _space_of(folder: Path, language: str) -> EmbeddingSpace:
    own = folder / f"{language}.vec.gz"
    path = own if own.exists() else folder.parent / "manuals" / own.name
    return read_space(path, language=language).space


def _write(space: EmbeddingSpace, path: Path) -> None:
    with path.open("w", encoding="utf-8", newline="\n") as file:
        file.write(f"{len(space)} {space.dimension}\n")
        for word, vector in zip(space.words, space.vectors, strict=True):
            file.write(f"{word} {' '.join(f'{value:.4f}' for value in vector)}\n")


def _key(row: Mapping[str, Any]) -> tuple[str, str, str]:
    return row["pair"], row["peer"], str(row["cut"])


if __name__ == "__main__":
    main()
