"""``align`` for any form of rows and of answers."""

from __future__ import annotations

from fastapi import Request, Response

from isogloss.models.retrieval import Translator
from isogloss.service.documents import read_rows
from isogloss.service.exchange import exchange_of
from isogloss.service.schemas import AlignRequest
from isogloss.service.settings import Settings
from isogloss.service.state import ServiceState
from isogloss.service.streaming.arrow import ArrowDecoder
from isogloss.service.streaming.arrow_encoder import aligned_arrow_encoder
from isogloss.service.streaming.json_document import AlignedJsonEncoder, GivenRows
from isogloss.service.streaming.media_types import Form, form_of_answer, form_of_body
from isogloss.service.streaming.ndjson import AlignedNdjsonEncoder, NdjsonDecoder
from isogloss.service.streaming.npy import NpyDecoder, NpyEncoder
from isogloss.service.streaming.row_work import row_work
from isogloss.service.streaming.rows import AlignedRows, Decoder, Encoder, Rows
from isogloss.service.streaming.streamed_answer import StreamedAnswer
from isogloss.service.streaming.tasks import align_rows

_ROWS_AT_ONCE = 4096
_MOST_LINE_BYTES = 1 << 20


async def aligned_answer(request: Request, translator: Translator, state: ServiceState) -> Response:
    """Read rows in the form of ``Content-Type``, answer in that of ``Accept``.

    Raises:
        UnsupportedMediaTypeError: The body is in no form that is read.
        NotAcceptableError: No form accepted can hold the answer.

    """
    body = form_of_body(request.headers.get("content-type"), tuple(Form))
    # The head of an `.npy` says how many rows there are: they must be known before the first.
    counted = body in (Form.JSON, Form.NPY)
    allowed = tuple(form for form in Form if counted or form is not Form.NPY)
    form = form_of_answer(request.headers.get("accept"), body, allowed)
    if body is Form.JSON:
        dimension = translator.source_dimension
        asked = await read_rows(request, AlignRequest, state, dimension=dimension)
        decoder: Decoder = GivenRows(Rows.of(asked.words, asked.vectors))
    else:
        decoder = decoder_of(body, translator, state.settings)
    late = _LateEncoder(form, decoder, translator, state.settings)
    work = row_work(
        decoder,
        lambda rows: align_rows(translator, rows),
        late.get,
        rows_at_once=_ROWS_AT_ONCE,
        exchange=exchange_of(request.scope),
    )
    return StreamedAnswer(
        work,
        state.limiter,
        media_type=form,
        most_spooled=state.settings.max_spool_bytes,
        body_was_read=body is Form.JSON,
    )


def decoder_of(form: Form, translator: Translator, settings: Settings) -> Decoder:
    """Make the decoder of a form that is read in pieces."""
    dimension, longest = translator.source_dimension, settings.max_word_length
    if form is Form.NPY:
        return NpyDecoder(dimension)
    if form is Form.ARROW:
        return ArrowDecoder(dimension, most_word_length=longest, most_bytes=settings.max_body_bytes)
    return NdjsonDecoder(dimension, most_word_length=longest, most_line_bytes=_MOST_LINE_BYTES)


class _LateEncoder:
    """An encoder that is made with the first answer, when the number of rows is known."""

    def __init__(
        self, form: Form, decoder: Decoder, translator: Translator, settings: Settings
    ) -> None:
        self._form, self._decoder = form, decoder
        self._dimension = translator.target_dimension
        self._settings = settings
        self._encoder: Encoder[AlignedRows] | None = None

    def get(self) -> Encoder[AlignedRows]:
        if self._encoder is None:
            self._encoder = self._make()
        return self._encoder

    def _make(self) -> Encoder[AlignedRows]:
        match self._form:
            case Form.NPY:
                return NpyEncoder(self._decoder.rows_promised or 0, self._dimension)
            case Form.ARROW:
                return aligned_arrow_encoder(self._dimension)
            case Form.NDJSON:
                return AlignedNdjsonEncoder()
            case _:
                return AlignedJsonEncoder(max(self._settings.max_vectors, self._settings.max_words))
