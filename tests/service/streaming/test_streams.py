"""Every form in, every form out, over HTTP; the answers are those of the translator."""

from __future__ import annotations

import io
import json
from collections.abc import Iterator
from typing import Any

import httpx
import numpy as np
import pyarrow as pa
import pytest

from isogloss.models.retrieval import Translator
from isogloss.service import Settings, create_app
from isogloss.service.streaming.media_types import Form
from tests.rotated_spaces import rotated_translator
from tests.service.running import running

JSON, NDJSON, ARROW, NPY = Form
ALIGN, TRANSLATE = "/v1/pairs/fr-es/align", "/v1/pairs/fr-es/translate"
DIMENSION = 8
TRANSLATOR: Translator = rotated_translator(target_dimension=9)


@pytest.fixture(scope="module")
def server() -> Iterator[httpx.Client]:
    settings = Settings(max_vectors=3000, max_word_length=100, max_body_bytes=600_000)
    with running(create_app(settings, translators={"fr-es": TRANSLATOR})) as client:
        yield client


def random_vectors(count: int) -> np.ndarray:
    return np.random.default_rng(3).standard_normal((count, DIMENSION)).astype(np.float32)


def as_body(form: Form, vectors: np.ndarray) -> bytes:
    match form:
        case Form.NPY:
            stream = io.BytesIO()
            np.save(stream, vectors)
            return stream.getvalue()
        case Form.ARROW:
            column = pa.FixedSizeListArray.from_arrays(pa.array(vectors.reshape(-1)), DIMENSION)
            return arrow_stream({"vector": column}, rows=1000)
        case Form.NDJSON:
            return b"".join(json.dumps(row).encode() + b"\n" for row in vectors.tolist())
    return json.dumps({"vectors": vectors.tolist()}).encode()


def arrow_stream(columns: dict[str, pa.Array], *, rows: int = 1000) -> bytes:
    table = pa.table(columns)
    sink = pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, table.schema) as writer:
        writer.write_table(table, max_chunksize=rows)
    content: bytes = sink.getvalue().to_pybytes()
    return content


def vectors_of(form: Form, content: bytes) -> np.ndarray:
    match form:
        case Form.NPY:
            return np.asarray(np.load(io.BytesIO(content)))
        case Form.ARROW:
            table = pa.ipc.open_stream(content).read_all()
            rows: Any = table.column("vector").to_pylist()
        case Form.NDJSON:
            lines = [json.loads(line) for line in content.splitlines()]
            assert [line["position"] for line in lines] == list(range(len(lines)))
            rows = [line.get("vector") for line in lines]
        case _:
            rows = json.loads(content)["vectors"]
    absent = [float("nan")] * TRANSLATOR.target_dimension
    return np.array([absent if row is None else row for row in rows], np.float32)


def post(
    server: httpx.Client, path: str, body: Form, content: bytes, answer: Form | None = None
) -> httpx.Response:
    headers = {"content-type": body.value}
    if answer is not None:
        headers["accept"] = answer.value
    return server.post(path, content=content, headers=headers)


@pytest.mark.parametrize("count", [0, 1, 2500])
@pytest.mark.parametrize("body", list(Form))
@pytest.mark.parametrize("answer", list(Form))
def test_vectors_in_any_form_are_aligned(
    server: httpx.Client, body: Form, answer: Form, count: int
) -> None:
    vectors = random_vectors(count)
    response = post(server, ALIGN, body, as_body(body, vectors), answer)
    if answer is NPY and body in (NDJSON, ARROW):
        assert response.status_code == 406
        assert response.json()["error"]["code"] == "not_acceptable"
        return
    assert response.status_code == 200, response.text
    assert response.headers["content-type"] == answer.value
    aligned = vectors_of(answer, response.content)
    assert len(aligned) == count
    if count:
        np.testing.assert_allclose(aligned, TRANSLATOR.align(vectors), atol=2e-7)


@pytest.mark.parametrize("form", list(Form))
def test_the_form_of_the_body_is_that_of_the_answer(server: httpx.Client, form: Form) -> None:
    response = post(server, ALIGN, form, as_body(form, random_vectors(2)))
    assert response.headers["content-type"] == form.value


def test_words_and_vectors_may_be_mixed(server: httpx.Client) -> None:
    vector = random_vectors(1)[0]
    lines: list[object] = [
        "fr-3",
        vector.tolist(),
        {"word": "fr-4"},
        {"word": "unheard", "vector": vector.tolist()},
        {"word": "unheard"},
    ]
    content = b"\n".join(json.dumps(line).encode() for line in lines)
    response = post(server, ALIGN, NDJSON, content)
    answers = [json.loads(line) for line in response.content.splitlines()]
    own = [word.vector for word in TRANSLATOR.align_words(["fr-3", "fr-4"])]
    mapped = TRANSLATOR.align(vector[None])[0]
    for answer, expected in zip(answers, [own[0], mapped, own[1], mapped], strict=False):
        np.testing.assert_allclose(answer["vector"], expected, atol=2e-7)
    assert [answer.get("word") for answer in answers] == [
        "fr-3",
        None,
        "fr-4",
        "unheard",
        "unheard",
    ]
    assert answers[4]["error"]["code"] == "unknown_word"


MALFORMED: list[tuple[bytes, str, str]] = [
    (b"", "malformed_row", "JSON"),
    (b"{", "malformed_row", "JSON"),
    (b"\xff\xfe", "malformed_row", "JSON"),
    (b"NaN", "malformed_row", "JSON"),
    (b"[" * 3000 + b"]" * 3000, "malformed_row", "JSON"),
    (b'"\\ud800"', "malformed_row", "JSON"),
    (b"{}", "malformed_row", "a word or a vector"),
    (b"null", "malformed_row", "a word, a vector"),
    (b"7", "malformed_row", "found 7"),
    (b'{"words": "x"}', "malformed_row", "found an object"),
    (b'{"word": 1}', "malformed_row", "a string"),
    (b'{"vector": 1}', "malformed_row", "a list of numbers"),
    (b"[1, 2]", "shape", "expected 8 numbers, found 2 numbers"),
    (b"[1, 2, 3, 4, 5, 6, 7, true]", "malformed_row", "found True"),
    (b"[1, 2, 3, 4, 5, 6, 7, null]", "malformed_row", "found None"),
    (b"[1, 2, 3, 4, 5, 6, 7, 1e39]", "non_finite_input", "number 7"),
    (b'"' + b"a" * 101 + b'"', "too_large", "at most 100, found 101"),
    (b'"' + b"a" * 3_000_000 + b'"', "too_large", "found 3000002"),
]


@pytest.mark.parametrize("path", [ALIGN, TRANSLATE])
@pytest.mark.parametrize(("line", "code", "message"), MALFORMED, ids=range(len(MALFORMED)))
def test_a_malformed_line_is_reported_in_place(
    server: httpx.Client, path: str, line: bytes, code: str, message: str
) -> None:
    content = b'"fr-1"\n' + line + b'\n"fr-2"\n'
    response = post(server, path, NDJSON, content)
    assert response.status_code == 200
    first, wrong, last = (json.loads(answer) for answer in response.content.splitlines())
    assert (first["position"], wrong["position"], last["position"]) == (0, 1, 2)
    field = "vector" if path == ALIGN else "neighbours"
    assert first[field]
    assert last[field]
    assert wrong["error"]["code"] == code
    assert message in wrong["error"]["message"]
    assert field not in wrong


def test_json_answers_list_the_problems(server: httpx.Client) -> None:
    content = b'"fr-1"\n"unheard"\n[1]\n'
    aligned = post(server, ALIGN, NDJSON, content, JSON).json()
    assert [vector is None for vector in aligned["vectors"]] == [False, True, True]
    assert aligned["unknown"] == [{"position": 1, "word": "unheard", "reason": "unknown_word"}]
    assert [problem["position"] for problem in aligned["problems"]] == [2]
    translated = post(server, TRANSLATE, NDJSON, content, JSON).json()["results"]
    assert translated[0]["neighbours"][0]["word"] == "es-1"
    assert translated[1]["reason"] == "unknown_word"
    assert translated[2]["error"]["code"] == "shape"


@pytest.mark.parametrize("score", ["csls", "cosine"])
@pytest.mark.parametrize("body", [NDJSON, ARROW, JSON])
@pytest.mark.parametrize("answer", [NDJSON, ARROW, JSON])
def test_words_in_any_form_are_translated(
    server: httpx.Client, body: Form, answer: Form, score: str
) -> None:
    words = [*TRANSLATOR.source.words, "unheard"] * 20
    path = TRANSLATE
    if body is JSON:
        content = json.dumps({"words": words, "k": 3, "score": score}).encode()
    else:
        path += f"?k=3&score={score}"
        content = (
            arrow_stream({"word": pa.array(words)})
            if body is ARROW
            else b"\n".join(json.dumps(word).encode() for word in words)
        )
    response = post(server, path, body, content, answer)
    assert response.status_code == 200, response.text
    if answer is ARROW:
        rows = pa.ipc.open_stream(response.content).read_all().to_pylist()
        for row in rows:
            row["error"] = row["error"] and {"code": row["error"]}
    elif answer is NDJSON:
        rows = [json.loads(line) for line in response.content.splitlines()]
    else:
        rows = json.loads(response.content)["results"]
    assert [row["word"] for row in rows] == words
    expected = TRANSLATOR.translate(words, 3, "csls" if score == "csls" else "cosine")
    for row, translation in zip(rows, expected, strict=True):
        found = [(one["word"], one["score"]) for one in row.get("neighbours") or ()]
        assert [word for word, _ in found] == [one.word for one in translation.neighbours]
        np.testing.assert_allclose(
            [score for _, score in found],
            [one.score for one in translation.neighbours],
            atol=1e-6,
        )
    unheard = rows[60]
    assert unheard.get("reason") == "unknown_word" or unheard["error"]["code"] == "unknown_word"


def test_vectors_are_translated(server: httpx.Client) -> None:
    vectors = random_vectors(30)
    response = post(server, TRANSLATE + "?k=1", NPY, as_body(NPY, vectors), NDJSON)
    found = [json.loads(line)["neighbours"][0]["word"] for line in response.content.splitlines()]
    assert found == [one[0].word for one in TRANSLATOR.search(vectors, 1)]
    response = post(server, TRANSLATE, NPY, as_body(NPY, vectors), NPY)
    assert response.status_code == 406


def test_arrow_rows_that_cannot_be_used(server: httpx.Client) -> None:
    words = pa.array(["fr-1", None, None, "fr-2", "a" * 101, None])
    values = [None, None, [1.0] * 8, [1.0] * 7, None, [float("nan")] * 8]
    for kind in (pa.list_(pa.float64()), pa.large_list(pa.float32())):
        content = arrow_stream({"word": words, "vector": pa.array(values, kind)})
        table = pa.ipc.open_stream(post(server, ALIGN, ARROW, content).content).read_all()
        assert table.column("error").to_pylist() == [
            None,
            "malformed_row",
            None,
            "shape",
            "too_large",
            "non_finite_input",
        ]
        absent = [vector is None for vector in table.column("vector").to_pylist()]
        assert absent == [False, True, False, True, True, True]
    fixed = pa.array(
        [None, None, [1.0] * 8, [2.0] * 8, None, [1.0] * 7 + [None]], pa.list_(pa.float16(), 8)
    )
    content = arrow_stream({"word": words, "vector": fixed})
    table = pa.ipc.open_stream(post(server, ALIGN, ARROW, content).content).read_all()
    assert table.column("error").to_pylist() == [
        None,
        "malformed_row",
        None,
        None,
        "too_large",
        "non_finite_input",
    ]


def test_rows_of_an_array_that_are_not_finite_are_nan(server: httpx.Client) -> None:
    vectors = random_vectors(5).astype(np.float64)
    vectors[1, 3], vectors[3, 0] = np.inf, 1e300
    aligned = vectors_of(NPY, post(server, ALIGN, NPY, as_body(NPY, vectors)).content)
    assert np.isnan(aligned).all(axis=1).tolist() == [False, True, False, True, False]
    expected = TRANSLATOR.align(vectors[[0, 2, 4]].astype(np.float32))
    np.testing.assert_allclose(aligned[[0, 2, 4]], expected, atol=2e-7)


def head(descr: str, shape: tuple[int, ...], *, by_column: bool = False) -> bytes:
    stream = io.BytesIO()
    np.lib.format.write_array_header_1_0(
        stream, {"descr": descr, "fortran_order": by_column, "shape": shape}
    )
    return stream.getvalue()


BROKEN: list[tuple[Form, bytes, int]] = [
    (NPY, b"", 422),
    (NPY, b"\x93NUM", 422),
    (NPY, b"no array at all", 422),
    (NPY, b"\x93NUMPY\x09\x00" + b" " * 100, 422),
    (NPY, b"\x93NUMPY\x02\x00\xff\xff\xff\x7f" + b" " * 100, 422),
    (NPY, b"\x93NUMPY\x01\x00\x10\x00" + b"(" * 16, 422),
    (NPY, head("<f4", (2, 8)), 422),
    (NPY, head("<f4", (0, 8)) + b"x", 422),
    (NPY, head("<f4", (2, 7)) + bytes(56), 422),
    (NPY, head("<f4", (16,)) + bytes(64), 422),
    (NPY, head("<i4", (2, 8)) + bytes(64), 422),
    (NPY, head("|O", (2, 8)) + bytes(64), 422),
    (NPY, head("<f4", (2, 8), by_column=True) + bytes(64), 422),
    (ARROW, b"", 422),
    (ARROW, b"\xff" * 64, 422),
    (ARROW, b"\xff\xff\xff\xff\x08\x00\x00\x00" + b"\xff" * 8, 422),
    (ARROW, b"\xff\xff\xff\xff\x10\x00\x00\x00" + b"\x00" * 16, 422),
    (ARROW, arrow_stream({"word": pa.array(["a"])})[:-40], 422),
    (ARROW, arrow_stream({"word": pa.array(["a"])}) + b"more", 422),
    (ARROW, arrow_stream({"word": pa.array([1])}), 422),
    (ARROW, arrow_stream({"other": pa.array(["a"])}), 422),
    (ARROW, arrow_stream({"word": pa.array(["a"]).dictionary_encode()}), 422),
    (ARROW, arrow_stream({"vector": pa.array([[1.0] * 7], pa.list_(pa.float32(), 7))}), 422),
    (ARROW, arrow_stream({"word": pa.array(["a" * 700_000])}), 413),
    (JSON, b"{", 400),
]


@pytest.mark.parametrize(("form", "content", "status"), BROKEN, ids=range(len(BROKEN)))
def test_a_stream_that_cannot_be_read_is_refused(
    server: httpx.Client, form: Form, content: bytes, status: int
) -> None:
    response = post(server, ALIGN, form, content, JSON)
    assert response.status_code == status, response.text
    assert set(response.json()["error"]) == {"code", "message", "detail"}


def test_compressed_buffers_are_refused(server: httpx.Client) -> None:
    table = pa.table({"word": pa.array(["a" * 90] * 1000)})
    sink = pa.BufferOutputStream()
    options = pa.ipc.IpcWriteOptions(compression="zstd")
    with pa.ipc.new_stream(sink, table.schema, options=options) as writer:
        writer.write_table(table)
    response = post(server, ALIGN, ARROW, sink.getvalue().to_pybytes())
    assert response.status_code == 422
    assert "compression" in response.json()["error"]["message"]


def test_a_json_answer_holds_no_more_rows_than_a_json_request(server: httpx.Client) -> None:
    response = post(server, ALIGN, NPY, as_body(NPY, random_vectors(5001)), JSON)
    assert response.status_code == 413
    assert response.json()["error"]["detail"] == {"expected": "at most 5000", "found": "5001"}


def test_other_media_types_are_refused(server: httpx.Client) -> None:
    for path in (ALIGN, TRANSLATE):
        response = server.post(path, content=b"a", headers={"content-type": "text/csv"})
        assert response.status_code == 415
        headers = {"content-type": NDJSON.value, "accept": "text/csv"}
        response = server.post(path, content=b'"fr-1"', headers=headers)
        assert response.status_code == 406
        assert JSON.value in response.json()["error"]["detail"]["expected"]


def test_k_is_limited_in_streams_too(server: httpx.Client) -> None:
    for query, code in (
        ("k=101", "option"),
        ("k=0", "invalid_request"),
        ("score=x", "invalid_request"),
    ):
        response = post(server, f"{TRANSLATE}?{query}", NDJSON, b'"fr-1"')
        assert response.status_code == 422
        assert response.json()["error"]["code"] == code
