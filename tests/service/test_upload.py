from __future__ import annotations

import bz2
import gzip
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import httpx
import numpy as np
import pytest

from isogloss.models.retrieval import Translator
from isogloss.models.retrieval.induced_lexicon import induce_lexicon
from isogloss.models.spaces import EmbeddingSpace, read_space
from isogloss.service import Settings, create_app
from isogloss.service.client import Client, errors
from tests.rotated_spaces import rotated_translator
from tests.service.running import running

UPLOAD = "/v1/pairs/fr-es/upload"
TRANSLATOR: Translator = rotated_translator(target_dimension=9, words=30)


@pytest.fixture(scope="module")
def server() -> Iterator[httpx.Client]:
    settings = Settings(
        max_upload_bytes=300_000,
        max_upload_unpacked_bytes=2_000_000,
        max_upload_words=3000,
        max_k=20,
        max_uploads=1,
    )
    with running(create_app(settings, translators={"fr-es": TRANSLATOR})) as client:
        yield client


def vec(space: EmbeddingSpace) -> bytes:
    rows = [
        f"{word} {' '.join(map(repr, vector.tolist()))}\n"
        for word, vector in zip(space.words, space.vectors, strict=True)
    ]
    return f"{len(space)} {space.dimension}\n{''.join(rows)}".encode()


def post(server: httpx.Client, content: bytes, **fields: str) -> httpx.Response:
    return server.post(UPLOAD, files={"file": ("fr.vec", content)}, data=fields)


@pytest.mark.parametrize("compress", [lambda data: data, gzip.compress, bz2.compress])
def test_a_file_comes_back_aligned(
    server: httpx.Client, tmp_path: Path, compress: Callable[[bytes], bytes]
) -> None:
    response = post(server, compress(vec(TRANSLATOR.source)))
    assert response.status_code == 200, response.text
    assert response.headers["content-type"] == "text/plain; charset=utf-8"
    (tmp_path / "aligned.vec").write_bytes(response.content)
    found = read_space(tmp_path / "aligned.vec", language="es").space
    assert found.words == TRANSLATOR.source.words
    np.testing.assert_array_equal(found.vectors, TRANSLATOR.align(TRANSLATOR.source.vectors))


@pytest.mark.parametrize("mutual", [False, True])
def test_a_file_becomes_a_lexicon(server: httpx.Client, *, mutual: bool) -> None:
    fields = {"answer": "lexicon", "mutual": str(mutual), "k": "1" if mutual else "3"}
    response = post(server, vec(TRANSLATOR.source), **fields)
    assert response.headers["content-type"] == "text/tab-separated-values; charset=utf-8"
    lines = [line.split("\t") for line in response.text.splitlines()]
    expected = [
        entry
        for block in induce_lexicon(
            TRANSLATOR, TRANSLATOR.source, k=1 if mutual else 3, mutual=mutual
        )
        for entry in block
    ]
    assert [tuple(line[:2]) for line in lines] == [(one.source, one.target) for one in expected]
    assert [np.float32(line[2]) for line in lines] == [np.float32(one.score) for one in expected]


def test_words_that_would_break_a_line_are_escaped(server: httpx.Client) -> None:
    content = b"1 8\na\\b\tc 1 2 3 4 5 6 7 8\n"
    response = post(server, content, answer="lexicon")
    assert response.status_code == 200, response.text
    assert response.text.startswith("a\\\\b\\tc\tes-")


def test_only_the_first_words_are_read(server: httpx.Client) -> None:
    response = post(server, vec(TRANSLATOR.source), answer="lexicon", limit="4")
    assert len(response.text.splitlines()) == 4


@pytest.mark.parametrize(
    ("content", "status", "code", "message"),
    [
        (b"", 422, "malformed_file", "found an empty file"),
        (b"prose without numbers\n", 422, "malformed_file", "file"),
        (
            b"1 7\na 1 2 3 4 5 6 7\n",
            422,
            "malformed_file",
            "expected vectors of 8 numbers, found 7",
        ),
        (b"2 8\na 1 2 3 4 5 6 7 8\nb 1 2\n", 422, "malformed_file", "file, line 3"),
        (b"1 8\na 1 2 3 4 5 6 7 nan\n", 422, "malformed_file", "line 2"),
        (b"\x93NUMPY\x01\x00", 422, "malformed_file", "file"),
        (gzip.compress(vec(TRANSLATOR.source))[:-20], 422, "malformed_file", "file"),
        (b"a 1 2 3 4 5 6 7 8\n" * 20_000, 413, "too_large", "bytes of the file"),
        (
            gzip.compress(b"".join(b"%d 1 2 3 4 5 6 7 8\n" % row for row in range(4000))),
            413,
            "too_large",
            "words of the file: expected at most 3000, found 3001",
        ),
        (
            bz2.compress(b"".join(b"%d%b 1 2 3 4 5 6 7 8\n" % (n, b"a" * 10**5) for n in range(9))),
            422,
            "malformed_file",
            "file, line 1: '0aaa",
        ),
        (
            gzip.compress(b"a 1 2 3 4 5 6 7 8\n" + b"0" * 10**7),
            413,
            "too_large",
            "expected at most 2000000 bytes",
        ),
    ],
    ids=range(11),
)
def test_bad_files_are_refused(
    server: httpx.Client, content: bytes, status: int, code: str, message: str
) -> None:
    response = post(server, content)
    assert response.status_code == status, response.text
    error = response.json()["error"]
    assert error["code"] == code
    assert message in error["message"]
    assert tempfile.gettempdir() not in response.text


@pytest.mark.parametrize(
    ("fields", "status", "message"),
    [
        ({"answer": "poem"}, 422, "body.answer"),
        ({"k": "0"}, 422, "body.k"),
        ({"k": "21"}, 422, "at most 20"),
        ({"colour": "red"}, 422, "body.colour"),
        ({"k": "1" * 2000}, 413, "bytes of a field"),
        ({f"field-{number}": "" for number in range(20)}, 400, "too many"),
    ],
)
def test_bad_fields_are_refused(
    server: httpx.Client, fields: dict[str, str], status: int, message: str
) -> None:
    response = post(server, vec(TRANSLATOR.source), **fields)
    assert response.status_code == status
    assert message in response.json()["error"]["message"]


@pytest.mark.parametrize(
    ("content", "kind", "status"),
    [
        (b"", "multipart/form-data", 415),
        (b"{}", "application/json", 415),
        (b"", "multipart/form-data; boundary=b", 400),
        (b"--b\r\nno header", "multipart/form-data; boundary=b", 400),
        (b"anything", "multipart/form-data; boundary=b", 400),
        (
            b"--b\r\nContent-Disposition: form-data; name=k\r\n\r\n1\r\n--b--",
            "multipart/form-data; boundary=b",
            400,
        ),
        (
            b'--b\r\nContent-Disposition: form-data; name="file"\r\n\r\na 1',
            "multipart/form-data; boundary=b",
            400,
        ),
    ],
    ids=range(7),
)
def test_bad_forms_are_refused(
    server: httpx.Client, content: bytes, kind: str, status: int
) -> None:
    response = server.post(UPLOAD, content=content, headers={"content-type": kind})
    assert response.status_code == status, response.text
    assert set(response.json()["error"]) == {"code", "message", "detail"}


def test_two_files_are_refused(server: httpx.Client) -> None:
    files = [("file", ("a", b"1")), ("file", ("b", b"2"))]
    assert server.post(UPLOAD, files=files).status_code == 400


def test_nothing_is_left_behind(server: httpx.Client) -> None:
    for content in (vec(TRANSLATOR.source), b"bad"):
        post(server, content)
    assert list(Path(tempfile.gettempdir()).glob("isogloss-upload-*")) == []


def test_the_client_uploads(server: httpx.Client, tmp_path: Path) -> None:
    file = tmp_path / "fr.vec"
    file.write_bytes(vec(TRANSLATOR.source))
    with Client(str(server.base_url)) as client:
        with client.upload("fr-es", file, mutual=True) as pieces:
            assert b"".join(pieces).decode().startswith("fr-0\tes-0\t")
        file.write_bytes(b"bad")
        with pytest.raises(errors.MalformedFileError), client.upload("fr-es", file):
            pass
