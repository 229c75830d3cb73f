"""Which form a body has, and which form an answer is to have."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from http import HTTPStatus

from isogloss.service.errors import ServiceError


class Form(StrEnum):
    """A form of rows; its value is its media type."""

    JSON = "application/json"
    NDJSON = "application/x-ndjson"
    ARROW = "application/vnd.apache.arrow.stream"
    NPY = "application/x-npy"


MULTIPART = "multipart/form-data"
_ALIASES = {
    "application/ndjson": Form.NDJSON,
    "application/jsonl": Form.NDJSON,
    "application/x-jsonlines": Form.NDJSON,
}
_BY_NAME = {str(form): form for form in Form} | _ALIASES
STREAMED = frozenset(name for name, form in _BY_NAME.items() if form is not Form.JSON)
"""Names of the forms that can be read in pieces."""


class UnsupportedMediaTypeError(ServiceError):
    """The body is in a form that this endpoint does not read."""

    def __init__(self, expected: Sequence[str], found: str) -> None:
        super().__init__(
            HTTPStatus.UNSUPPORTED_MEDIA_TYPE,
            "unsupported_media_type",
            f"content-type: expected {' or '.join(expected)}, found {found}",
            {"expected": list(expected), "found": found},
        )


class NotAcceptableError(ServiceError):
    """The caller accepts no form in which this request can be answered."""

    def __init__(self, expected: Sequence[str], found: str) -> None:
        super().__init__(
            HTTPStatus.NOT_ACCEPTABLE,
            "not_acceptable",
            f"accept: expected {' or '.join(expected)}, found {found}",
            {"expected": list(expected), "found": found},
        )


def form_of_body(content_type: str | None, allowed: Sequence[Form]) -> Form:
    """Read the form of a body from ``Content-Type``; JSON where none is given.

    Raises:
        UnsupportedMediaTypeError: It is none of those allowed.

    """
    name = media_type(content_type or Form.JSON)
    json = name.startswith("application/") and name.endswith("+json")
    form = Form.JSON if json else _BY_NAME.get(name)
    if form is None or form not in allowed:
        raise UnsupportedMediaTypeError([str(each) for each in allowed], ascii(name)[1:-1])
    return form


def form_of_answer(accept: str | None, body: Form, allowed: Sequence[Form]) -> Form:
    """Choose the form of the answer by ``Accept`` (RFC 9110, section 12.5.1).

    Of the forms allowed, the one that the caller likes best; of several, that of the body, then
    the first.

    Raises:
        NotAcceptableError: None of those allowed is accepted.

    """
    ranges = tuple(_ranges(accept or "*/*"))
    ordered = sorted(allowed, key=lambda form: form is not body)
    best = max(ordered, key=lambda form: _liking(form, ranges))
    if _liking(best, ranges) <= 0:
        found = ascii(accept)[1:-1][:200]
        raise NotAcceptableError([str(each) for each in allowed], found)
    return best


@dataclass(frozen=True, slots=True)
class _Range:
    name: str
    quality: float

    def specificity(self, form: Form) -> int:
        """How closely this range names a form; 0 where it does not."""
        if _BY_NAME.get(self.name) is form:
            return 3
        if self.name == "application/*":
            return 2
        return int(self.name == "*/*")


def _ranges(accept: str) -> Iterator[_Range]:
    for part in accept.split(","):
        name, *parameters = part.split(";")
        quality = 1.0
        for parameter in parameters:
            key, _, value = parameter.partition("=")
            if key.strip().lower() == "q":
                quality = _quality(value)
        yield _Range(name.strip().lower(), quality)


def _quality(value: str) -> float:
    try:
        quality = float(value)
    except ValueError:
        return 0.0
    return quality if 0 <= quality <= 1 else 0.0


def _liking(form: Form, ranges: Sequence[_Range]) -> float:
    """Quality that the range closest to a form gives it."""
    closest = max(ranges, key=lambda each: each.specificity(form))
    return closest.quality if closest.specificity(form) else 0.0


def media_type(header: str) -> str:
    """Read the name of a form from a header, without its parameters."""
    return header.partition(";")[0].strip().lower()
