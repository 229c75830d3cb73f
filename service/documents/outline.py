"""The outline of a large JSON object: where its fields are, and the items of its lists.

32 MiB of ``[],`` are eleven million lists to a parser, a gigabyte and half a minute in which others
hardly get the interpreter. Here nothing is made of the items before they are counted: the bytes are
looked through in blocks, by NumPy, which needs no object for any of them.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

import msgspec
import numpy as np
from jaxtyping import Bool, Int, UInt8

from isogloss.service.documents.reading import MalformedJsonError

_BLOCK = 1 << 18
_QUOTE, _BACKSLASH = 0x22, 0x5C
_OPEN, _CLOSE, _COMMA, _COLON = 1, 2, 3, 4
_KINDS = np.zeros(256, np.uint8)
_KINDS[[0x7B, 0x5B]] = _OPEN
_KINDS[[0x7D, 0x5D]] = _CLOSE
_KINDS[0x2C], _KINDS[0x3A] = _COMMA, _COLON
_MOST_FIELDS = 64
_DEEPEST = 32
_SPACE = b" \t\r\n"


@dataclass(frozen=True, slots=True, eq=False)
class Span:
    """A value of the object.

    Attributes:
        begin: Its first byte.
        end: Behind its last byte.
        items: How many items it has, if it is a list.
        commas: Where its first commas are, at most as many as were asked for.

    """

    begin: int
    end: int
    items: int = 0
    commas: Int[np.ndarray, " n"] = field(default_factory=lambda: np.empty(0, np.int64))

    def spans(self) -> Iterator[tuple[int, int]]:
        """Give begin and end of each item; they may be surrounded by spaces."""
        if self.items:
            begins = [self.begin + 1, *(self.commas + 1).tolist()]
            yield from zip(begins, [*self.commas.tolist(), self.end - 1], strict=True)


def outline(body: bytes, most_items: int) -> Mapping[str, Span]:
    """Find the fields of an object.

    Args:
        body: A JSON object.
        most_items: Items of a list whose places are kept; further ones are only counted.

    Raises:
        MalformedJsonError: It is no object, or no JSON; what is within the items is not looked at.

    """
    scan = _Scan(body, most_items)
    scan.run()
    return scan.fields


class _Scan:
    """Goes through the bytes, and keeps what is one level or two below the outside."""

    def __init__(self, body: bytes, most_items: int) -> None:
        self.fields: dict[str, Span] = {}
        self._body = body
        self._bytes: UInt8[np.ndarray, " n"] = np.frombuffer(body, np.uint8)
        self._most = most_items
        self._depth = 0
        self._inside = False
        self._escaped = False
        self._begin = -1  # of the field that is open; -1 outside of the object
        self._colon = -1
        self._commas: list[Int[np.ndarray, " n"]] = []
        self._count = 0
        self._kept = 0
        self._closed: list[int] = []
        self._ended = 0  # one that stands again is counted again

    def run(self) -> None:
        for begin in range(0, len(self._bytes), _BLOCK):
            self._block(begin, self._bytes[begin : begin + _BLOCK])
        if self._inside or self._depth:
            raise MalformedJsonError("its end too early")
        if self._begin != -2:
            raise MalformedJsonError("no object")

    def _block(self, begin: int, block: UInt8[np.ndarray, " n"]) -> None:
        kinds = _KINDS[block]
        kinds[self._strings(block)] = 0
        places = np.flatnonzero(kinds)
        if not len(places):
            return
        kinds = kinds[places]
        steps = (kinds == _OPEN).astype(np.int64) - (kinds == _CLOSE)
        depths = self._depth + np.cumsum(steps)
        if depths.min() < 0:
            raise MalformedJsonError("more brackets closed than opened")
        if depths.max() > _DEEPEST:
            raise MalformedJsonError(f"more than {_DEEPEST} lists within each other")
        self._depth = int(depths[-1])
        # The few events one level below the outside, and between two of them the many commas below.
        outer = np.flatnonzero(depths <= 1)
        items = np.flatnonzero((depths == 2) & (kinds == _COMMA))
        taken = 0
        for event in outer.tolist():
            upto = int(np.searchsorted(items, event))
            self._take(begin + places[items[taken:upto]])
            taken = upto
            self._event(begin + int(places[event]), int(kinds[event]), int(depths[event]))
        self._take(begin + places[items[taken:]])

    def _strings(self, block: UInt8[np.ndarray, " n"]) -> Bool[np.ndarray, " n"]:
        """Tell which bytes are within strings."""
        quotes = np.flatnonzero(block == _QUOTE)
        slashes = block == _BACKSLASH
        escaped, self._escaped = self._escaped, False
        if slashes.any() or escaped:
            # A quote behind an odd number of backslashes does not end a string.
            places = np.arange(len(block))
            other = np.maximum.accumulate(np.where(slashes, -1, places))
            run = places - other
            if escaped:
                run[other == -1] += 1
            odd = (run % 2 == 1) & slashes
            behind = np.empty(len(block), bool)
            behind[0], behind[1:] = escaped, odd[:-1]
            self._escaped = bool(odd[-1])
            quotes = quotes[~behind[quotes]]
        turns = np.zeros(len(block), np.uint8)
        turns[quotes] = 1
        inside = (np.cumsum(turns, dtype=np.uint8) & 1).astype(bool) ^ self._inside
        if len(block):
            self._inside = bool(inside[-1])
        return inside

    def _take(self, commas: Int[np.ndarray, " n"]) -> None:
        self._count += len(commas)
        room = self._most - self._kept
        if room > 0 and len(commas):
            self._commas.append(commas[:room])
            self._kept += min(room, len(commas))

    def _event(self, place: int, kind: int, depth: int) -> None:
        if self._begin < 0:
            first = self._begin == -1 and not self._body[:place].strip(_SPACE)
            if kind != _OPEN or not first or self._body[place : place + 1] != b"{":
                raise MalformedJsonError(
                    "no object" if self._begin == -1 else "more behind its end"
                )
            self._begin = place + 1
        elif kind == _COLON:
            if self._colon >= 0:
                raise MalformedJsonError(f"a second colon at byte {place}")
            self._colon = place
        elif kind == _COMMA:
            self._end_field(place)
            self._begin = place + 1
        elif kind == _CLOSE and depth == 1:
            self._closed.append(place)
            if len(self._closed) > _MOST_FIELDS:
                raise MalformedJsonError(f"more than {_MOST_FIELDS} fields")
        elif kind == _CLOSE and depth == 0:
            if self.fields or self._body[self._begin : place].strip(_SPACE):
                self._end_field(place)
            if self._body[place + 1 :].strip(_SPACE):
                raise MalformedJsonError("more behind its end")
            self._begin = -2

    def _end_field(self, end: int) -> None:
        self._ended += 1
        if self._ended > _MOST_FIELDS:
            raise MalformedJsonError(f"more than {_MOST_FIELDS} fields")
        try:
            name = msgspec.json.decode(self._body[self._begin : max(self._colon, 0)], type=str)
        except (msgspec.MsgspecError, UnicodeDecodeError) as error:
            raise MalformedJsonError(f"no name of a field at byte {self._begin}") from error
        begin = self._colon + 1
        while begin < end and self._body[begin] in _SPACE:
            begin += 1
        while end > begin and self._body[end - 1] in _SPACE:
            end -= 1
        commas = np.concatenate(self._commas) if self._commas else np.empty(0, np.int64)
        items = self._count + 1
        if not self._count and not self._body[begin + 1 : end - 1].strip(_SPACE):
            items = 0
        if self._closed and (self._closed != [end - 1] or not self._is_bracketed(begin, end)):
            raise MalformedJsonError(f"more than one value in the field {name!a}")
        self.fields[name] = Span(begin, end, items, commas)
        self._colon, self._count, self._kept = -1, 0, 0
        self._commas, self._closed = [], []

    def _is_bracketed(self, begin: int, end: int) -> bool:
        return self._body[begin : begin + 1] + self._body[end - 1 : end] in {b"[]", b"{}"}
