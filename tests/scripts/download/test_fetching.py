"""The cache: what is kept, what is checked, what is refused."""

from __future__ import annotations

import gzip
import io
import json
import zipfile
from dataclasses import replace
from hashlib import sha256
from pathlib import Path

import filelock
import numpy as np
import pytest

from isogloss.models.errors import ContentError, NotPublishedError, StorageError, TransferError
from isogloss.models.spaces import read_space
from isogloss.scripts.download.fetching import Request, fetch_file, fetch_first_words, fetch_glove
from isogloss.scripts.download.publications import fasttext_vectors, muse_dictionary
from tests.scripts.download.conftest import Publisher, Told

VECTORS = "/fasttext/vectors-crawl/cc.fr.300.vec.gz"
DICTIONARY = "/arrival/dictionaries/en-fr.txt"
ARCHIVE = "/data/wordvecs/glove.6B.zip"
WORDS = 3000


def text_vectors(words: int = WORDS) -> bytes:
    rng = np.random.default_rng(0)
    lines = [
        f"mot{row} " + " ".join(f"{value:.4f}" for value in rng.standard_normal(8))
        for row in range(words)
    ]
    return f"{words} 8\n{chr(10).join(lines)}\n".encode()


@pytest.fixture
def vectors(publisher: Publisher) -> bytes:
    # Two gzip members, as a file may have; little compression, so that it is long.
    text = text_vectors()
    content = gzip.compress(text[:50_000], 1) + gzip.compress(text[50_000:], 1)
    publisher.files[VECTORS] = content
    return content


@pytest.fixture
def dictionary(publisher: Publisher) -> bytes:
    publisher.files[DICTIONARY] = b"cat chat\ndog\tchien\nthe le\nthe la\n"
    return publisher.files[DICTIONARY]


def leftovers(folder: Path) -> set[str]:
    return {path.name for path in folder.rglob("*") if path.is_file() and path.suffix != ".lock"}


def test_a_file_stands_in_the_cache_with_its_record(
    vectors: bytes, request_: Request, told: Told, publisher: Publisher
) -> None:
    fetched = fetch_file(fasttext_vectors("fr"), request_, told.watch())
    assert fetched.path == request_.folder / "fasttext" / "cc.fr.300.vec.gz"
    assert fetched.path.read_bytes() == vectors
    assert not fetched.reused
    record = json.loads(fetched.path.with_name("cc.fr.300.vec.gz.json").read_text("utf-8"))
    assert record["sha256"] == sha256(vectors).hexdigest()
    assert record["bytes"] == len(vectors)
    assert record["address"] == publisher.address + VECTORS
    assert record["licence"] == "CC BY-SA 3.0"
    assert leftovers(request_.folder) == {"cc.fr.300.vec.gz", "cc.fr.300.vec.gz.json"}
    # Told before it came, and while.
    assert [(file.name, path) for file, _, path in told.announced] == [
        ("cc.fr.300.vec.gz", fetched.path)
    ]
    assert told.came[-1] == ("cc.fr.300.vec.gz", len(vectors), len(vectors))


def test_what_is_there_is_not_fetched_again(
    vectors: bytes, request_: Request, told: Told, publisher: Publisher
) -> None:
    first = fetch_file(fasttext_vectors("fr"), request_, told.watch())
    again = fetch_file(fasttext_vectors("fr"), request_, told.watch())
    assert again == replace(first, reused=True)
    assert len(publisher.requests) == 1
    assert len(told.announced) == 1
    anew = fetch_file(fasttext_vectors("fr"), replace(request_, again=True), told.watch())
    assert not anew.reused
    assert len(publisher.requests) == 2


@pytest.mark.parametrize("harm", ["other", "shorter", "no record", "no JSON", "foreign record"])
def test_a_file_that_changed_in_the_cache_is_refused(
    vectors: bytes, request_: Request, told: Told, harm: str
) -> None:
    path = fetch_file(fasttext_vectors("fr"), request_, told.watch()).path
    record = path.with_name(f"{path.name}.json")
    match harm:
        case "other":
            path.write_bytes(vectors[:-1] + bytes([vectors[-1] ^ 1]))
        case "shorter":
            path.write_bytes(vectors[:-1])
        case "no record":
            record.unlink()
        case "no JSON":
            record.write_text("{", encoding="utf-8")
        case _:
            record.write_text('{"sha256": 1}', encoding="utf-8")
    with pytest.raises(ContentError, match="--again"):
        fetch_file(fasttext_vectors("fr"), request_, told.watch())
    fetched = fetch_file(fasttext_vectors("fr"), replace(request_, again=True), told.watch())
    assert fetched.path.read_bytes() == vectors
    assert fetch_file(fasttext_vectors("fr"), request_, told.watch()).reused


def test_a_checksum_that_was_asked_for(vectors: bytes, request_: Request, told: Told) -> None:
    right = sha256(vectors).hexdigest()
    with pytest.raises(ContentError, match=f"expected the sha256 {'0' * 64}, found {right}"):
        fetch_file(fasttext_vectors("fr"), replace(request_, sha256="0" * 64), told.watch())
    assert leftovers(request_.folder) == set()
    asked = replace(request_, sha256=right.upper())
    assert fetch_file(fasttext_vectors("fr"), asked, told.watch()).record.sha256 == right
    with pytest.raises(ContentError):
        fetch_file(fasttext_vectors("fr"), replace(request_, sha256="0" * 64), told.watch())


def test_an_interrupted_file_goes_on(
    vectors: bytes, request_: Request, told: Told, publisher: Publisher
) -> None:
    publisher.breaks = [30_000, 0, 0]
    with pytest.raises(TransferError, match="30000 bytes are kept"):
        fetch_file(fasttext_vectors("fr"), request_, told.watch())
    assert not (request_.folder / "fasttext" / "cc.fr.300.vec.gz").exists()
    fetched = fetch_file(fasttext_vectors("fr"), request_, told.watch())
    assert fetched.path.read_bytes() == vectors
    assert publisher.sent == len(vectors)


def test_the_first_words_come_and_no_more(
    vectors: bytes, request_: Request, told: Told, publisher: Publisher
) -> None:
    # Whoever asks for more gets nothing.
    publisher.breaks = [20_000, 0, 0, 0]
    fetched = fetch_first_words("fr", 200, request_, told.watch())
    assert fetched.path.name == "cc.fr.300.first-200.vec.gz"
    assert len(publisher.requests) == 1
    publisher.breaks = []
    whole = request_.folder / "whole.vec.gz"
    whole.write_bytes(vectors)
    kept, expected = (
        read_space(path, language="fr", limit=limit).space
        for path, limit in ((fetched.path, None), (whole, 200))
    )
    assert kept.words == expected.words
    np.testing.assert_array_equal(kept.vectors, expected.vectors)
    assert fetched.record.words == 200
    assert told.words[-1][1:] == (200, 200)
    assert leftovers(request_.folder / "fasttext") == {
        fetched.path.name,
        f"{fetched.path.name}.json",
    }
    assert fetch_first_words("fr", 200, request_, told.watch()).reused


@pytest.mark.parametrize("ranges", [True, False])
def test_the_first_words_over_a_connection_that_breaks(
    vectors: bytes, request_: Request, told: Told, publisher: Publisher, ranges: bool
) -> None:
    publisher.ranges = ranges
    publisher.breaks = [8192]
    fetched = fetch_first_words("fr", 500, request_, told.watch())
    text = gzip.decompress(fetched.path.read_bytes())
    head, *lines = text_vectors().splitlines(keepends=True)
    assert text == b"500 8\n" + b"".join(lines[:500])
    assert head == b"3000 8\n"


def test_the_same_words_are_the_same_file(
    vectors: bytes, request_: Request, told: Told, tmp_path: Path
) -> None:
    first = fetch_first_words("fr", 50, request_, told.watch())
    other = replace(request_, folder=tmp_path / "other")
    assert fetch_first_words("fr", 50, other, told.watch()).record.sha256 == first.record.sha256


def test_fewer_words_than_were_asked_for(vectors: bytes, request_: Request, told: Told) -> None:
    fetched = fetch_first_words("fr", 10 * WORDS, request_, told.watch())
    assert fetched.record.words == WORDS
    assert gzip.decompress(fetched.path.read_bytes()) == text_vectors()


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"<!doctype html><title>Please log in</title>", "expected a gzip file"),
        (gzip.compress(b"no header\n" * 50), "expected a first line of two numbers"),
        (gzip.compress(b"9 2\na 1 2\n"), "expected 9 words, found 1"),
        (gzip.compress(text_vectors())[:5000], "the archive is damaged"),
    ],
)
def test_what_is_no_file_of_vectors(
    request_: Request, told: Told, publisher: Publisher, content: bytes, message: str
) -> None:
    publisher.files[VECTORS] = content
    with pytest.raises(ContentError, match=message):
        fetch_first_words("fr", WORDS, request_, told.watch())
    assert not [name for name in leftovers(request_.folder) if not name.endswith(".words")]


def test_a_page_in_place_of_an_archive(request_: Request, told: Told, publisher: Publisher) -> None:
    publisher.files[VECTORS] = b"<!doctype html><title>Please log in</title>"
    with pytest.raises(ContentError, match="doctype"):
        fetch_file(fasttext_vectors("fr"), request_, told.watch())
    assert leftovers(request_.folder) == set()


def test_a_dictionary(dictionary: bytes, request_: Request, told: Told) -> None:
    fetched = fetch_file(muse_dictionary("en-fr"), request_, told.watch())
    assert fetched.path == request_.folder / "muse" / "en-fr.txt"
    assert fetched.path.read_bytes() == dictionary
    assert "NC" in fetched.record.licence


def test_what_is_no_dictionary(request_: Request, told: Told, publisher: Publisher) -> None:
    publisher.files[DICTIONARY] = b"<html>\nPlease log in here\n</html>\n"
    with pytest.raises(ContentError, match="expected a dictionary"):
        fetch_file(muse_dictionary("en-fr"), request_, told.watch())
    assert leftovers(request_.folder) == set()


def glove_zip(dimensions: tuple[int, ...] = (50, 100)) -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for dimension in dimensions:
            row = " ".join(["0.5"] * dimension)
            archive.writestr(f"glove.6B.{dimension}d.txt", f"the {row}\ncat {row}\n")
    return packed.getvalue()


def test_one_dimension_of_glove(request_: Request, told: Told, publisher: Publisher) -> None:
    publisher.files[ARCHIVE] = glove_zip()
    fetched = fetch_glove(100, request_, told.watch())
    space = read_space(fetched.path, language="en").space
    assert space.words == ("the", "cat")
    assert space.vectors.shape == (2, 100)
    # Another dimension comes out of the archive that is there.
    assert fetch_glove(50, request_, told.watch()).path.name == "glove.6B.50d.txt"
    assert fetch_glove(100, request_, told.watch()).reused
    assert len(publisher.requests) == 1
    assert len(told.announced) == 1


def test_an_archive_without_the_dimension(
    request_: Request, told: Told, publisher: Publisher
) -> None:
    publisher.files[ARCHIVE] = glove_zip((50,))
    with pytest.raises(ContentError, match=r"glove.6B.300d.txt in the archive, found none"):
        fetch_glove(300, request_, told.watch())


def test_an_archive_that_is_damaged(request_: Request, told: Told, publisher: Publisher) -> None:
    content = bytearray(glove_zip((300,)))
    content[60] ^= 0xFF
    publisher.files[ARCHIVE] = bytes(content)
    with pytest.raises(ContentError, match="damaged"):
        fetch_glove(300, request_, told.watch())
    assert not (request_.folder / "glove" / "glove.6B.300d.txt").exists()


def test_a_language_that_is_not_published(request_: Request, told: Told) -> None:
    with pytest.raises(NotPublishedError, match="404"):
        fetch_file(fasttext_vectors("xx"), request_, told.watch())
    assert leftovers(request_.folder) == set()


def test_two_downloads_of_one_file_do_not_mix(
    vectors: bytes, request_: Request, told: Told
) -> None:
    folder = request_.folder / "fasttext"
    folder.mkdir(parents=True)
    with (
        filelock.FileLock(folder / ".cc.fr.300.vec.gz.lock"),
        pytest.raises(StorageError, match="under way"),
    ):
        fetch_file(fasttext_vectors("fr"), request_, told.watch())
    fetch_file(fasttext_vectors("fr"), request_, told.watch())


def test_a_folder_that_cannot_be(request_: Request, told: Told, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("", encoding="utf-8")
    with pytest.raises(StorageError, match="cannot be written"):
        fetch_file(
            fasttext_vectors("fr"), replace(request_, folder=tmp_path / "file"), told.watch()
        )
