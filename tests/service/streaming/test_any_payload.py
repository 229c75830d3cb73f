"""Whatever bytes come in whatever form, the answer is rows, or an error in the one shape."""

from __future__ import annotations

import json
from collections.abc import Iterator

import httpx
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from isogloss.service import create_app
from isogloss.service.streaming.media_types import Form
from tests.rotated_spaces import rotated_translator
from tests.service.running import running
from tests.service.streaming.test_streams import as_body, random_vectors

JSON, NDJSON, ARROW, NPY = Form


@pytest.fixture(scope="module")
def server() -> Iterator[httpx.Client]:
    with running(create_app(translators={"fr-es": rotated_translator(words=20)})) as client:
        yield client


def check(server: httpx.Client, action: str, form: Form, content: bytes) -> None:
    headers = {"content-type": form.value, "accept": "application/x-ndjson"}
    try:
        response = server.post(f"/v1/pairs/fr-es/{action}", content=content, headers=headers)
    except httpx.RemoteProtocolError:
        return  # a stream that broke off in the middle, and says so
    if response.status_code == 200:
        lines = [json.loads(line) for line in response.content.splitlines()]
        assert [line["position"] for line in lines] == list(range(len(lines)))
        for line in lines:
            assert ("error" in line) is not ("vector" in line or "neighbours" in line)
    else:
        assert 400 <= response.status_code < 500, response.text
        assert set(response.json()["error"]) == {"code", "message", "detail"}


lines = st.lists(
    st.one_of(
        st.binary(max_size=30),
        st.text(max_size=20).map(lambda text: json.dumps(text).encode()),
        st.lists(
            st.floats() | st.integers() | st.booleans() | st.none(), min_size=7, max_size=9
        ).map(lambda numbers: json.dumps(numbers).encode()),
        st.sampled_from(
            [b"[" * 5000, b'{"a":' * 3000, b'"' + b"w" * 10**6 + b'"', b"[1e400]", b"\xff\xfe", b""]
        ),
    ),
    max_size=6,
).map(b"\n".join)


@settings(max_examples=80, deadline=None)
@given(action=st.sampled_from(["align", "translate"]), content=lines)
@example(action="align", content=b'"' + b"w" * 10**7 + b'"\n"fr-1"')
@example(action="translate", content=b"\n\n\n")
def test_any_lines(server: httpx.Client, action: str, content: bytes) -> None:
    check(server, action, NDJSON, content)


@settings(max_examples=60, deadline=None)
@given(
    form=st.sampled_from([ARROW, NPY]),
    places=st.lists(st.tuples(st.integers(0, 700), st.integers(0, 255)), max_size=6),
    cut=st.integers(0, 900),
)
def test_arrays_and_arrow_streams_with_wrong_bytes(
    server: httpx.Client, form: Form, places: list[tuple[int, int]], cut: int
) -> None:
    """A right body in which some bytes were changed, and the end may be missing."""
    content = bytearray(as_body(form, random_vectors(12)))
    for place, value in places:
        content[place % len(content)] = value
    check(server, "align", form, bytes(content[: len(content) - cut % 300]))


@settings(max_examples=40, deadline=None)
@given(form=st.sampled_from([ARROW, NPY, JSON]), content=st.binary(max_size=200))
def test_any_bytes(server: httpx.Client, form: Form, content: bytes) -> None:
    check(server, "translate", form, content)


@settings(max_examples=40, deadline=None)
@given(content=st.binary(max_size=300), boundary=st.sampled_from(["b", "", "a b", "é"]))
def test_any_form(server: httpx.Client, content: bytes, boundary: str) -> None:
    headers = {b"content-type": f"multipart/form-data; boundary={boundary}".encode()}
    for body in (content, b"--b\r\n" + content, b"--b\r\n" + content + b"\r\n--b--"):
        response = server.post("/v1/pairs/fr-es/upload", content=body, headers=headers)
        assert 400 <= response.status_code < 500, response.text
        assert set(response.json()["error"]) == {"code", "message", "detail"}


@settings(max_examples=40, deadline=None)
@given(content=st.binary(min_size=1, max_size=200) | lines)
def test_any_file(server: httpx.Client, content: bytes) -> None:
    response = server.post("/v1/pairs/fr-es/upload", files={"file": ("a.vec", content)})
    assert response.status_code == 200 or 400 <= response.status_code < 500, response.text
