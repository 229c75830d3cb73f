"""Large documents are read as small ones are, but counted before anything is made of them."""

from __future__ import annotations

import json
import time
import tracemalloc
from typing import Any

import numpy as np
import pytest
from fastapi.exceptions import RequestValidationError
from hypothesis import example, given, settings
from hypothesis import strategies as st

from isogloss.models.errors import IsoglossError
from isogloss.service import Settings
from isogloss.service.documents import outline as outlines
from isogloss.service.documents.outline import outline
from isogloss.service.documents.reading import MalformedJsonError
from isogloss.service.documents.rows import parse_large, parse_small
from isogloss.service.errors import ServiceError, TooLargeError
from isogloss.service.schemas import AlignRequest, SearchRequest, TranslateRequest

LIMITS = Settings(max_words=8, max_vectors=6, max_word_length=40)
KINDS = {"translate": TranslateRequest, "search": SearchRequest, "align": AlignRequest}

text = st.text(st.sampled_from('a"\\,[]{}:é\n\U0001f600 ') | st.characters(codec="utf-8"))
number = st.floats(width=32) | st.integers(-5, 5) | st.just("1")
vector = st.lists(number, min_size=2, max_size=2) | st.lists(number, max_size=4)
documents = st.fixed_dictionaries(
    {},
    optional={
        "words": st.lists(text | st.none(), max_size=10) | text,
        "vectors": st.lists(vector | text, max_size=8),
        "k": st.integers(-1, 20) | st.just(15.0) | text,
        "score": st.sampled_from(["csls", "cosine", "other"]),
        'x\\"': text,
    },
)


def outcome(read: Any, body: bytes, kind: str) -> Any:
    """What comes of a body: its content, or which kind of error."""
    try:
        asked = read(body, KINDS[kind], 2, LIMITS)
    except RequestValidationError:
        return "invalid"
    except (ServiceError, IsoglossError) as error:
        return type(error).__name__
    vectors = None if asked.vectors is None else asked.vectors.tobytes()
    rest = asked.document.model_dump(exclude={"words", "vectors"})
    return (asked.words, vectors, rest)


@settings(max_examples=400)
@given(
    document=documents,
    kind=st.sampled_from(list(KINDS)),
    spaces=st.sampled_from([None, 1]),
    ascii_only=st.booleans(),
)
def test_a_document_is_read_as_it_is_as_a_whole(
    document: dict[str, Any], kind: str, spaces: int | None, ascii_only: bool
) -> None:
    body = json.dumps(document, indent=spaces, ensure_ascii=ascii_only).encode()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(outlines, "_BLOCK", 7)  # strings and escapes reach over the edges
        large = outcome(parse_large, body, kind)
    small = outcome(parse_small, body, kind)
    if isinstance(small, tuple) or isinstance(large, tuple):
        assert large == small


@settings(max_examples=400)
@given(
    body=st.lists(
        st.sampled_from(
            [
                b'{"words":',
                b"[",
                b"]",
                b"{",
                b"}",
                b",",
                b":",
                b'"',
                b"\\",
                b"a",
                b"1",
                b'"k"',
                b" ",
            ]
        ),
        max_size=14,
    ).map(b"".join),
    kind=st.sampled_from(list(KINDS)),
)
@example(body=b'{"words":["a"]}{}', kind="translate")
@example(body=b'{"words":["a"}', kind="translate")
@example(body=b'{"words":["a"] "k":1}', kind="translate")
@example(body=b'{"words":["a"],}', kind="translate")
@example(body=b'[{"words":["a"]}]', kind="translate")
@example(body=b'{"words":["a",]}', kind="translate")
@example(body=b'{"words":["a\\"]}', kind="translate")
def test_what_is_no_json_is_refused_in_both_ways(body: bytes, kind: str) -> None:
    small, large = (outcome(read, body, kind) for read in (parse_small, parse_large))
    if isinstance(small, tuple) or isinstance(large, tuple):
        assert large == small


@pytest.mark.parametrize(
    ("begin", "item"),
    [
        (b'{"vectors":[', b"[],"),
        (b'{"vectors":[[', b"1,"),
        (b'{"words":[', b'"",'),
        (b'{"words":[', '"é,",'.encode()),
        (b'{"words":', b"["),
        (b"{", b'"a":1,'),
        (b'{"k":', b":"),
        (b'{"words":["', b"\\\\"),
        (b'{"words":["', b"a"),
        (b'{"score":', b"[],"),
        (b"[", b"{},"),
    ],
)
def test_a_large_body_of_small_items_makes_no_objects(begin: bytes, item: bytes) -> None:
    body = begin + item * ((8 << 20) // len(item))
    kind = AlignRequest
    tracemalloc.start()
    try:
        begun = time.process_time()
        with pytest.raises((ServiceError, RequestValidationError)):
            parse_large(body, kind, 300, Settings())
        seconds = time.process_time() - begun
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    # One copy of the body, at most, where a single item is as large as that.
    assert peak < 26 << 20
    assert seconds < 4


def test_what_is_too_much_is_counted() -> None:
    body = b'{"vectors":[' + b"[1]," * 99_999 + b"[1]]}"
    with pytest.raises(TooLargeError, match="vectors: expected at most 5000, found 100000"):
        parse_large(body, SearchRequest, 1, Settings())


def test_the_first_wrong_item_is_named() -> None:
    body = b'{"vectors":[[1],[2],["x"],[3]]}'
    with pytest.raises(RequestValidationError) as caught:
        parse_large(body, SearchRequest, 1, Settings())
    assert caught.value.errors()[0]["loc"] == ("body", "vectors", 2, 0)
    with pytest.raises(MalformedJsonError, match=r"in vectors\.1"):
        parse_large(b'{"vectors":[[1],[2,],[3]]}', SearchRequest, 1, Settings())


def test_vectors_are_the_same_numbers() -> None:
    rows = np.random.default_rng(0).standard_normal((200, 30)).astype(np.float32)
    body = json.dumps({"vectors": rows.astype(float).tolist()}).encode()
    asked = parse_large(body, SearchRequest, 30, Settings())
    assert asked.vectors is not None
    assert np.array_equal(asked.vectors, rows)


def test_items_of_an_outline() -> None:
    fields = outline(b' {"a" : [1, [2, 3] ,"x,]"], "b":[ ], "c":{} } ', 10)
    assert {name: span.items for name, span in fields.items()} == {"a": 3, "b": 0, "c": 0}
    body = b' {"a" : [1, [2, 3] ,"x,]"]}'
    span = outline(body, 10)["a"]
    assert [body[begin:end].strip() for begin, end in span.spans()] == [b"1", b"[2, 3]", b'"x,]"']
