"""What a file may make its reader hold: a few bytes never become gigabytes."""

import bz2
import gzip
import io
import lzma
import subprocess
import sys
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest
from backports import zstd

from isogloss.models.errors import (
    CorruptArchiveError,
    MalformedLineError,
    OptionError,
    UnpackedSizeError,
    VectorFileError,
    WrongDimensionError,
)
from isogloss.models.spaces import read_space
from isogloss.models.spaces.readers.bounds import ReadBounds
from tests.models.spaces.readers.writing import store, text

MIB = 1 << 20


def _zip(pieces: Iterator[bytes], method: int = zipfile.ZIP_DEFLATED) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", method) as archive, archive.open("inside", "w") as member:
        member.writelines(pieces)
    return buffer.getvalue()


def _gzip(pieces: Iterator[bytes]) -> bytes:
    buffer = io.BytesIO()
    with gzip.GzipFile(fileobj=buffer, mode="wb") as file:
        file.writelines(pieces)
    return buffer.getvalue()


def _steps(compressor: object, pieces: Iterator[bytes]) -> bytes:
    compress, flush = compressor.compress, compressor.flush  # type: ignore[attr-defined]
    return b"".join([*(compress(piece) for piece in pieces), flush()])


PACK: dict[str, Callable[[Iterator[bytes]], bytes]] = {
    "gzip": _gzip,
    "bzip2": lambda pieces: _steps(bz2.BZ2Compressor(), pieces),
    "xz": lambda pieces: _steps(lzma.LZMACompressor(preset=0), pieces),
    "zstd": lambda pieces: _steps(zstd.ZstdCompressor(), pieces),
    "zip": _zip,
}

_MEASURE = """
import re, sys
from pathlib import Path
from isogloss.models.errors import VectorFileError
from isogloss.models.spaces import read_space
from isogloss.models.spaces.readers import byte_source

byte_source._UNSUSPICIOUS_BYTES = 8 << 20  # smaller bombs are made sooner

def peak():
    return int(re.search(r"VmHWM:\\s+(\\d+) kB", Path("/proc/self/status").read_text())[1])

read_space(Path(sys.argv[1]), language="en")
before = peak()
for path in sys.argv[2:]:
    try:
        read_space(Path(path), language="en", on_error="skip")
    except VectorFileError as error:
        print(type(error).__name__, (peak() - before) >> 10)
"""


def _long_words(count: int, size: int) -> Iterator[bytes]:
    word = b"a" * size
    for number in range(count):
        yield b"%d%b 0.5 1.5\n" % (number, word)


def _without_end(size: int) -> Iterator[bytes]:
    yield b"1000000 2\n"
    for _ in range(size >> 20):
        yield b"0" * MIB


def test_bombs_are_refused_in_little_memory(tmp_path: Path) -> None:
    if not Path("/proc/self/status").exists():
        pytest.skip("the peak memory of a process is read from /proc")
    files = [store(tmp_path / "small.vec", b"a 1 2\n")]
    for name, pack in PACK.items():
        for kind, content in (
            ("words", _long_words(12, MIB)),
            ("line", _without_end(6 * MIB)),
        ):
            files.append(store(tmp_path / f"{kind}.{name}", pack(content)))
            assert files[-1].stat().st_size < MIB // 8
    run = subprocess.run(
        [sys.executable, "-c", _MEASURE, *map(str, files)],
        check=True,
        capture_output=True,
        text=True,
    )
    answers = [line.split() for line in run.stdout.splitlines()]
    assert len(answers) == 2 * len(PACK)
    assert [name for name, _ in answers] == ["UnpackedSizeError", "EmptyFileError"] * len(PACK)
    assert max(int(mebibytes) for _, mebibytes in answers) < 40


@pytest.mark.parametrize("method", [zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
def test_zip_unpacks_in_steps_or_not_at_all(tmp_path: Path, method: int) -> None:
    path = store(tmp_path / "x", _zip(iter([b"a 1 2\n"]), method))
    with pytest.raises(CorruptArchiveError, match="expected deflate"):
        read_space(path, language="en")


def test_bytes_after_decompression(tmp_path: Path) -> None:
    content = text([f"w{n}" for n in range(400)], np.ones((400, 9), np.float32))
    for name, pack in PACK.items():
        path = store(tmp_path / name, pack(iter([content])))
        enough, short = ReadBounds(unpacked_bytes=len(content)), ReadBounds(unpacked_bytes=9999)
        assert len(read_space(path, language="en", bounds=enough).space) == 400
        for on_error in ("fail", "skip"):
            with pytest.raises(UnpackedSizeError, match="expected at most 9999 bytes"):
                read_space(path, language="en", bounds=short, on_error=on_error)


def test_only_what_is_read_counts(tmp_path: Path) -> None:
    content = text([f"w{n}" for n in range(400_000)], np.ones((400_000, 2), np.float32))
    path = store(tmp_path / "x", gzip.compress(content))
    bounds = ReadBounds(unpacked_bytes=len(content) // 2)
    assert len(read_space(path, language="en", limit=10, bounds=bounds).space) == 10


def test_arrays_count_too(tmp_path: Path) -> None:
    path = tmp_path / "x.npz"
    np.savez_compressed(path, words=np.array(["a", "b"]), vectors=np.ones((2, 50_000), np.float32))
    with pytest.raises(UnpackedSizeError):
        read_space(path, language="en", bounds=ReadBounds(unpacked_bytes=300_000))


@pytest.mark.parametrize("header", [True, False])
def test_a_word_that_is_too_long(tmp_path: Path, header: bool) -> None:
    words, bounds = ["le", "à" * 13, "les"], ReadBounds(word_length=12)
    path = store(tmp_path / "x", text(words, np.ones((3, 2), np.float32), header=header))
    with pytest.raises(MalformedLineError, match="at most 12 characters, found 13") as caught:
        read_space(path, language="fr", bounds=bounds)
    assert caught.value.line == 2 + header
    read = read_space(path, language="fr", bounds=bounds, on_error="skip")
    assert read.space.words == ("le", "les")
    assert read.report.skipped == {"malformed": 1}


@pytest.mark.parametrize(
    "content",
    [
        lzma.compress(
            b"a 1 2\n", filters=[{"id": lzma.FILTER_LZMA2, "preset": 0, "dict_size": 1 << 30}]
        ),
        zstd.compress(b"a 1 2\n" * 99, options={zstd.CompressionParameter.window_log: 30})[:6]
        + b"\xa8"
        + b"\0" * 40,
    ],
    ids=["xz", "zstd"],
)
def test_an_archive_does_not_choose_the_memory(tmp_path: Path, content: bytes) -> None:
    with pytest.raises(VectorFileError):
        read_space(store(tmp_path / "x", content), language="en")


def test_a_dimension_beyond_reason(tmp_path: Path) -> None:
    header = b"{'descr': '<f4', 'fortran_order': False, 'shape': (1, 1099511627776), }"
    content = b"\x93NUMPY\x01\x00" + (len(header) + 1).to_bytes(2, "little") + header + b"\n"
    store(tmp_path / "x.txt", b"a\n")
    with pytest.raises(WrongDimensionError, match="at most 1000000 numbers"):
        read_space(store(tmp_path / "x.npy", content), language="en")


def test_bounds_are_positive() -> None:
    with pytest.raises(OptionError, match="word_length"):
        ReadBounds(word_length=0)
