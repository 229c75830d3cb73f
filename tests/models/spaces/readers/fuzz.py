"""Feeds mutated files to the readers: no traceback, no hang, no memory beyond the bound.

    python -m tests.models.spaces.readers.fuzz --reader text --minutes 8

Each reader begins with small whole files that are made here and with what was found before
(`tests/data/fuzzing`). A file that fails is written to ``--keep``. A test reads the kept ones.
"""

from __future__ import annotations

import argparse
import bz2
import gzip
import hashlib
import io
import json
import lzma
import random
import resource
import signal
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from types import FrameType

import numpy as np
import pyarrow
import pyarrow.parquet
from backports import zstd
from safetensors.numpy import save

from isogloss.models.errors import IsoglossError
from isogloss.models.spaces import read_lexicon, read_space
from tests.models.spaces.readers.writing import text, word2vec_binary

CORPUS = Path(__file__).parents[3] / "data" / "fuzzing"
WORDS = ["le", "la", "Windows 10", "é", "\ufeffx"]
VECTORS = np.random.default_rng(0).standard_normal((5, 4)).astype(np.float32)
SECONDS = 20
"""Of one file; a small one is read in milliseconds."""
MEMORY = 3 << 30
"""Address space of the process, most of which are libraries."""
INTERESTING = (0, 1, 2, 127, 128, 255, 256, 65535, 1 << 16, (1 << 31) - 1, 1 << 31, (1 << 63) - 1)


def _npz() -> bytes:
    buffer = io.BytesIO()
    np.savez_compressed(buffer, words=np.array(WORDS), vectors=VECTORS)
    return buffer.getvalue()


def _npy() -> bytes:
    buffer = io.BytesIO()
    np.save(buffer, VECTORS)
    return buffer.getvalue()


def _parquet() -> bytes:
    buffer = io.BytesIO()
    table = pyarrow.table({"word": WORDS, "vector": VECTORS.tolist()})
    pyarrow.parquet.write_table(table, buffer)
    return buffer.getvalue()


def _arrow() -> bytes:
    buffer = io.BytesIO()
    table = pyarrow.table({"word": WORDS, "vector": VECTORS.tolist()})
    with pyarrow.ipc.new_file(buffer, table.schema) as writer:
        writer.write_table(table)
    return buffer.getvalue()


def _fasttext() -> bytes:
    import struct

    header = struct.pack("<ii12id", 793712314, 12, 4, 5, 5, 1, 5, 1, 2, 2, 3, 2, 3, 100, 1e-4)
    sizes = struct.pack("<3iqq", 2, 2, 0, 99, -1)
    words = b"".join(word + b"\0" + struct.pack("<qb", 9, 0) for word in (b"le", b"la"))
    matrix = struct.pack("<?qq", False, 5, 4) + np.ones((5, 4), "<f4").tobytes()
    return header + sizes + words + matrix


SEEDS: dict[str, list[bytes]] = {
    "text": [
        text(WORDS, VECTORS),
        text(WORDS[:2], VECTORS[:2], header=False),
        text(WORDS, VECTORS).replace(b"\n", b"\r\n").replace(b" ", b"\t"),
        b"2 2\rle 1 2\rla 3 4\r",
        b"# comment\n2 2\nle 1 2\n\nla nan 1e40\n\n",
    ],
    "word2vec": [word2vec_binary(["le", "la", "x"], VECTORS[:3])],
    "fasttext": [_fasttext(), _fasttext()[8:]],
    "npy": [_npy()],
    "npz": [_npz()],
    "safetensors": [save({"vectors": VECTORS}, {"words": json.dumps(WORDS)})],
    "tables": [_parquet(), _arrow()],
    "archives": [
        pack(text(WORDS, VECTORS) * 3)
        for pack in (gzip.compress, bz2.compress, lzma.compress, zstd.compress)
    ],
    "lexicon": [
        b"window\tfen\xc3\xaatre\t0.9\nfile\tfichier\t0.5\n",
        b'"New York","New York",1\nfile,fichier,2\n',
        "source target\nfile fichier\n".encode("utf-16"),
        b"a ||| b ||| 0.1 0.2\n",
    ],
}


def mutated(data: bytes, chance: random.Random, others: list[bytes]) -> bytes:
    """Change some bytes: flip, cut, repeat, insert, splice, or overwrite with odd numbers."""
    changed = bytearray(data)
    for _ in range(chance.choice((1, 1, 2, 4, 8))):
        at = chance.randrange(len(changed) + 1)
        match chance.randrange(8):
            case 0 if changed:
                changed[at % len(changed)] ^= 1 << chance.randrange(8)
            case 1:
                del changed[at : at + chance.choice((1, 2, 8, 64))]
            case 2:
                changed[at:at] = changed[at : at + 16] * chance.choice((1, 2, 50))
            case 3:
                changed[at:at] = chance.choice(
                    (b" ", b"\n", b"\t", b"\0", b"\xff", b"9" * 20, b'"')
                )
            case 4:
                width = chance.choice((1, 2, 4, 8))
                value = chance.choice(INTERESTING) & ((1 << 8 * width) - 1)
                changed[at : at + width] = value.to_bytes(width, chance.choice(("little", "big")))
            case 5:
                other = chance.choice(others)
                changed[at:] = other[chance.randrange(len(other) + 1) :]
            case 6:
                changed = changed[:at]
            case _:
                changed[at : at + 1] = bytes([chance.randrange(256)])
    return bytes(changed)


def read(kind: str, path: Path) -> None:
    """Read a file in both ways; an error that is meant is none."""
    for on_error in ("fail", "skip"):
        try:
            if kind == "lexicon":
                read_lexicon(path)
            else:
                read_space(path, language="fr", on_error=on_error)
        except IsoglossError:
            pass


def say(line: str) -> None:
    """Print at once: a run may be stopped at any time."""
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


def _late(_: int, __: FrameType | None) -> None:
    raise TimeoutError(f"not read after {SECONDS} s")


def main(arguments: list[str] | None = None) -> int:
    """Fuzz one reader; the number of files that failed, at most 1, is the exit code."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--reader", choices=SEEDS, required=True)
    parser.add_argument("--minutes", type=float, default=8)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--keep", type=Path, default=CORPUS)
    options = parser.parse_args(arguments)
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    signal.signal(signal.SIGALRM, _late)
    chance = random.Random(options.seed)
    seeds = SEEDS[options.reader] + [each.read_bytes() for each in sorted(CORPUS.glob("*.bin"))]
    failures, count, slowest, begin = 0, 0, 0.0, time.monotonic()
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "x.bin"
        (path.parent / "x.txt").write_bytes("".join(f"{word}\n" for word in WORDS).encode())
        while time.monotonic() - begin < 60 * options.minutes:
            data = mutated(chance.choice(seeds), chance, seeds)
            path.write_bytes(data)
            started = time.monotonic()
            signal.alarm(SECONDS)
            failed = _failure(lambda: read(options.reader, path))
            signal.alarm(0)
            slowest = max(slowest, time.monotonic() - started)
            count += 1
            if failed is not None:
                failures += 1
                name = f"{options.reader}-{hashlib.sha256(data).hexdigest()[:12]}.bin"
                options.keep.mkdir(parents=True, exist_ok=True)
                (options.keep / name).write_bytes(data)
                say(f"{name}: {type(failed).__name__}: {failed}"[:300])
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss >> 10
    say(
        f"{options.reader}: {count} files in {(time.monotonic() - begin) / 60:.1f} min, {failures} "
        f"failed, slowest {slowest:.2f} s, peak {peak} MiB"
    )
    return min(failures, 1)


def _failure(act: Callable[[], None]) -> Exception | None:
    try:
        act()
    except Exception as error:
        return error
    return None


if __name__ == "__main__":
    sys.exit(main())
