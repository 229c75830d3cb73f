"""``translate`` for any form of rows and of answers."""

from __future__ import annotations

from fastapi import Request, Response

from isogloss.models.retrieval import Ranking, Translator
from isogloss.service.documents import read_rows
from isogloss.service.exchange import exchange_of
from isogloss.service.routes.inputs import check_k
from isogloss.service.schemas import TranslateRequest
from isogloss.service.state import ServiceState
from isogloss.service.streaming.alignment import decoder_of
from isogloss.service.streaming.arrow_encoder import translated_arrow_encoder
from isogloss.service.streaming.json_document import GivenRows, TranslatedJsonEncoder
from isogloss.service.streaming.media_types import Form, form_of_answer, form_of_body
from isogloss.service.streaming.ndjson import TranslatedNdjsonEncoder
from isogloss.service.streaming.row_work import row_work
from isogloss.service.streaming.rows import Decoder, Encoder, Rows, TranslatedRows
from isogloss.service.streaming.streamed_answer import StreamedAnswer
from isogloss.service.streaming.tasks import translate_rows

_ROWS_AT_ONCE = 512
_ANSWERS = (Form.JSON, Form.NDJSON, Form.ARROW)


def is_plain_json(request: Request) -> bool:
    """Whether body and answer are JSON documents, so that nothing need be streamed.

    Raises:
        UnsupportedMediaTypeError: The body is in no form that is read.
        NotAcceptableError: No form accepted can hold the answer.

    """
    body, answer = _forms(request)
    return body is answer is Form.JSON


async def translated_answer(
    request: Request, translator: Translator, state: ServiceState, *, k: int, score: Ranking
) -> Response:
    """Read rows in the form of ``Content-Type``, answer in that of ``Accept``.

    A JSON document brings its own ``k`` and ``score``.

    Raises:
        UnsupportedMediaTypeError: The body is in no form that is read.
        NotAcceptableError: No form accepted can hold the answer.
        OptionError: ``k`` is too large.

    """
    body, form = _forms(request)
    settings = state.settings
    if body is Form.JSON:
        asked = await read_rows(request, TranslateRequest, state, dimension=0)
        k, score = asked.document.k, asked.document.score
        decoder: Decoder = GivenRows(Rows.of(asked.words, None))
    else:
        decoder = decoder_of(body, translator, settings)
    check_k(k, settings)
    translator.check_search_options(k, score)
    encoder: Encoder[TranslatedRows]
    match form:
        case Form.ARROW:
            encoder = translated_arrow_encoder()
        case Form.NDJSON:
            encoder = TranslatedNdjsonEncoder()
        case _:
            encoder = TranslatedJsonEncoder(max(settings.max_vectors, settings.max_words))
    work = row_work(
        decoder,
        lambda rows: translate_rows(translator, rows, k, score),
        lambda: encoder,
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


def _forms(request: Request) -> tuple[Form, Form]:
    body = form_of_body(request.headers.get("content-type"), tuple(Form))
    return body, form_of_answer(request.headers.get("accept"), body, _ANSWERS)
