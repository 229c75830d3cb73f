from __future__ import annotations

import pytest

from isogloss.service.streaming.media_types import (
    Form,
    NotAcceptableError,
    UnsupportedMediaTypeError,
    form_of_answer,
    form_of_body,
)

ALL = tuple(Form)
JSON, NDJSON, ARROW, NPY = Form


@pytest.mark.parametrize(
    ("header", "form"),
    [
        (None, JSON),
        ("application/json", JSON),
        ("Application/JSON; charset=utf-8", JSON),
        ("application/vnd.api+json", JSON),
        ("application/x-ndjson", NDJSON),
        ("application/jsonl", NDJSON),
        ("application/vnd.apache.arrow.stream", ARROW),
        ("application/x-npy", NPY),
    ],
)
def test_the_form_of_a_body(header: str | None, form: Form) -> None:
    assert form_of_body(header, ALL) is form


@pytest.mark.parametrize("header", ["text/plain", "", "application/xml", "x", "\xff", "*/*"])
def test_other_bodies_are_refused(header: str) -> None:
    if not header:
        assert form_of_body(header, ALL) is JSON
        return
    with pytest.raises(UnsupportedMediaTypeError) as caught:
        form_of_body(header, (NDJSON,))
    assert caught.value.status == 415
    assert caught.value.detail["expected"] == ["application/x-ndjson"]


@pytest.mark.parametrize(
    ("accept", "form"),
    [
        (None, NDJSON),
        ("*/*", NDJSON),
        ("application/*", NDJSON),
        ("application/json", JSON),
        ("application/json;q=0.5, application/x-npy;q=0.7", NPY),
        ("application/x-npy, application/vnd.apache.arrow.stream", ARROW),
        ("*/*, application/x-ndjson;q=0", JSON),
        ("text/html, application/*;q=0.1", NDJSON),
        ("APPLICATION/JSON ; Q=1", JSON),
        ("application/json;q=nan, application/x-npy;q=0.1", NPY),
    ],
)
def test_the_form_of_an_answer(accept: str | None, form: Form) -> None:
    assert form_of_answer(accept, NDJSON, ALL) is form


@pytest.mark.parametrize("accept", ["text/html", "application/json;q=0", "q", ",", "*/*;q=oops"])
def test_nothing_acceptable(accept: str) -> None:
    with pytest.raises(NotAcceptableError) as caught:
        form_of_answer(accept, NDJSON, ALL)
    assert caught.value.status == 406
