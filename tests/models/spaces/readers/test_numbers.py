import struct

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from isogloss.models.spaces.readers.numbers import is_number, parse_block, parse_fields

DECIMAL = st.from_regex(
    rb"-?(0|[1-9][0-9]{0,20})(\.[0-9]{1,30})?([eE][+-]?[0-9]{1,2})?", fullmatch=True
)
ODD_DECIMAL = st.from_regex(
    rb"[+-]?(0*[0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]{1,3})?", fullmatch=True
)


def _bits(number: float) -> bytes:
    return struct.pack("<d", number)


@given(st.lists(DECIMAL, min_size=1, max_size=20))
@example([b"-0", b"-0", b"1e-0", b"-0"])
@example([b"0.1", b"-0.0", b"16777217", b"9007199254740993", b"1.00000005960464477539"])
def test_block_is_what_float_makes_of_it(fields: list[bytes]) -> None:
    parsed = parse_block(b" ".join(fields), len(fields))
    if parsed is None:  # "1e-0" and the like go the slow way
        parsed = parse_fields(fields)
    assert [_bits(number) for number in parsed] == [_bits(float(field)) for field in fields]


def test_block_takes_the_fast_way_for_ordinary_numbers() -> None:
    # Otherwise the property above could hold by the slow way alone.
    assert parse_block(b"0.5 -1.25 3 1e-05 -0 -0", 6) is not None


@given(st.lists(st.floats(width=32, allow_nan=False, allow_infinity=False), min_size=1))
def test_float32_survives_its_shortest_text(numbers: list[float]) -> None:
    text = b" ".join(str(np.float32(number)).encode() for number in numbers)
    parsed = parse_block(text, len(numbers))
    assert parsed is not None
    np.testing.assert_array_equal(parsed.astype(np.float32), np.array(numbers, np.float32))


@given(st.lists(ODD_DECIMAL, min_size=1, max_size=5))
def test_fields_are_what_float_makes_of_them(fields: list[bytes]) -> None:
    assert all(map(is_number, fields))
    assert parse_fields(fields).tolist() == [float(field) for field in fields]


@pytest.mark.parametrize(
    "text",
    (
        *(b"1 x", b"1  2", b" 1", b"1 ", b"", b"1,2", b"[1] 2", b'"1" 2', b"true 1", b"nan 1"),
        *(b"+1 2", b".5 1", b"1. 2", b"01 2", b"1 2 3", b"- 1", b"1\t2", b"1\n2", b"0x1 2"),
        *(b"1_0 2", b"null 1", b"Infinity 1", b"NaN 1", b"{} 1"),
    ),
)
def test_anything_else_is_left_to_a_closer_look(text: bytes) -> None:
    assert parse_block(text, 2) is None


@pytest.mark.parametrize(
    "field", [b"1_0", b"0x1", b" 1", b"1 ", b"", b".", b"e5", b"1e", b"--1", b"1f"]
)
def test_what_is_no_number(field: bytes) -> None:
    assert not is_number(field)
    with pytest.raises(ValueError, match="2"):
        parse_fields([b"1", field])
