"""Answers words that are in the table before the application is asked.

To find the route, to read its parameters and to solve its dependencies takes several times as long
as to look up a word. So the plain case is answered here: a JSON document of a few words that need
no search. All others, and every request that is wrong in any way, go on to the application as they
came.
"""

from __future__ import annotations

import msgspec
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from isogloss.models.retrieval import Ranking, Translator
from isogloss.service.answers import are_few, results_answer
from isogloss.service.exchange import exchange_of
from isogloss.service.state import ServiceState
from isogloss.service.translating import results_without_search

_BEFORE, _AFTER = "/v1/pairs/", "/translate"
_ACCEPTED = frozenset({b"", b"*/*", b"application/json"})
_JSON = frozenset({b"application/json", b"application/json; charset=utf-8"})


class _Request(msgspec.Struct, forbid_unknown_fields=True):
    words: list[str]
    k: int = 10
    score: Ranking = "csls"


_REQUEST = msgspec.json.Decoder(_Request)


class KnownWords:
    """The innermost layer: who may ask, how often and how much was seen to before."""

    def __init__(self, app: ASGIApp, *, state: ServiceState) -> None:
        self.app = app
        self.state = state

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer, or let the application answer."""
        translator = self._translator(scope)
        if translator is None:
            await self.app(scope, receive, send)
            return
        message = await receive()
        response = None
        if message["type"] == "http.request" and not message.get("more_body", False):
            response = self._answer(scope, translator, message.get("body", b""))
        if response is not None:
            await response(scope, receive, send)
            return
        given = [message]

        async def receive_again() -> Message:
            return given.pop() if given else await receive()

        await self.app(scope, receive_again, send)

    def _translator(self, scope: Scope) -> Translator | None:
        """Find who is asked, where the request is of the plain kind."""
        if scope["type"] != "http" or scope["method"] != "POST" or scope["query_string"]:
            return None
        path: str = scope["path"]
        if not (path.startswith(_BEFORE) and path.endswith(_AFTER)):
            return None
        served = self.state.catalogue.pairs.get(path[len(_BEFORE) : -len(_AFTER)])
        if served is None or served.translator.table is None:
            return None
        headers = exchange_of(scope).headers
        plain = headers.get(b"content-type") in _JSON and headers.get(b"accept", b"") in _ACCEPTED
        return served.translator if plain else None

    def _answer(self, scope: Scope, translator: Translator, body: bytes) -> ASGIApp | None:
        try:
            request = _REQUEST.decode(body)
        except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
            return None
        settings = self.state.settings
        words, k = request.words, request.k
        if not (
            1 <= k <= settings.max_k
            and len(words) <= settings.max_words
            and are_few(len(words), k)
            and all(len(word) <= settings.max_word_length for word in words)
        ):
            return None
        results = results_without_search(translator, words, k, request.score)
        if results is None:
            return None
        exchange = exchange_of(scope)
        exchange.pair, exchange.items = translator.pair, len(words)
        return results_answer(results, translator.target_words)
