"""Time and memory of a joint map as the vocabularies grow; how near translations come to lie."""

from __future__ import annotations

import multiprocessing
from pathlib import Path

import torch

from isogloss.models.optimal_transport.joint_embedding import MapOptions
from isogloss.scripts.joint_map import map_files, share_closer
from research.measurement import SAMPLE, peak_mebibytes


def growth(counts: tuple[int, ...], data: Path | None) -> list[dict[str, object]]:
    """Map the most frequent words of the bundled sample, and of docs French-Spanish where given.

    Each run has a process of its own, so that its peak memory is its own.

    Args:
        counts: Words of each language.
        data: Folder with ``docs``; None leaves it out.

    """
    pairs = {"sample en-fr": (SAMPLE / "en.vec.gz", SAMPLE / "fr.vec.gz", SAMPLE / "en-fr.txt")}
    if data is not None and (data / "docs" / "fr.vec.gz").is_file():
        docs = data / "docs"
        pairs["docs fr-es"] = (
            docs / "fr.vec.gz",
            docs / "es.vec.gz",
            docs / "lexicons" / "fr-es.test.txt",
        )
    context = multiprocessing.get_context("spawn")
    rows: list[dict[str, object]] = []
    for name, files in pairs.items():
        for count in counts:
            receiver, sender = context.Pipe(duplex=False)
            process = context.Process(target=_measure, args=(sender, files, count))
            process.start()
            sender.close()
            measured = receiver.recv()
            process.join()
            rows.append(
                {"experiment": "words", "seed": 0, "pair": name, "words": count, **measured}
            )
    return rows


def _measure(
    sender: multiprocessing.connection.Connection, files: tuple[Path, Path, Path], count: int
) -> None:
    torch.set_num_threads(1)
    before = peak_mebibytes()
    joint = map_files(
        (files[0], "source"),
        (files[1], "target"),
        words=count,
        options=MapOptions(),
        device="cpu",
    )
    share, pairs = share_closer(joint, files[2])
    sender.send(
        {
            "seconds": joint.seconds,
            "mebibytes": peak_mebibytes() - before,
            "agreement": joint.agreement,
            "foscttm": share,
            "pairs": pairs,
            "iterations": joint.result.embedding.iterations,
            "converged": joint.result.embedding.converged,
        }
    )
    sender.close()
