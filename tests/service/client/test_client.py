"""The client against the real service, and against one that fails as services do."""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

import httpx
import numpy as np
import pytest

from isogloss.models.retrieval import Translator
from isogloss.service import Settings, create_app
from isogloss.service.client import (
    ApiError,
    AsyncClient,
    Client,
    ConnectionLostError,
    RetryPolicy,
    errors,
)
from isogloss.service.client.retries import demanded_pause
from tests.rotated_spaces import rotated_translator
from tests.service.running import running

TRANSLATOR: Translator = rotated_translator(target_dimension=9)
GUIDE = Path(__file__).parents[3] / "docs" / "reference" / "rest.md"


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    app = create_app(Settings(max_k=30), translators={"fr-es": TRANSLATOR})
    with running(app) as client:
        yield str(client.base_url)


def vectors(count: int) -> np.ndarray:
    return np.random.default_rng(1).standard_normal((count, 8)).astype(np.float32)


def test_every_method_answers_what_the_translator_answers(address: str) -> None:
    words = ["fr-1", "unheard", "fr-2"]
    with Client(address) as client:
        assert client.is_ready()
        assert client.pairs().pairs == [client.pair("fr-es")]
        assert client.translate("fr-es", words, k=3) == TRANSLATOR.translate(words, 3)
        found = client.search("fr-es", vectors(4), k=2, score="cosine")
        assert [[one.word for one in each] for each in found] == [
            [one.word for one in each] for each in TRANSLATOR.search(vectors(4), 2, "cosine")
        ]
        aligned = client.align_words("fr-es", words)
        assert [vector is None for vector in aligned] == [False, True, False]


def test_blocks_are_aligned_one_request_each(address: str) -> None:
    expected = TRANSLATOR.align(vectors(9000))
    told: list[int] = []
    with Client(address) as client:
        aligned = client.align("fr-es", vectors(9000), progress=told.append)
        assert client.align("fr-es", vectors(0)).shape == (0, 9)
    np.testing.assert_allclose(aligned, expected, atol=2e-7)
    assert told == [4096, 8192, 9000]


def test_the_asynchronous_client_answers_the_same(address: str) -> None:
    async def ask() -> None:
        async with AsyncClient(address) as client:
            assert await client.is_ready()
            assert (await client.pairs()).pairs == [await client.pair("fr-es")]
            words = ["fr-1", "unheard"]
            assert await client.translate("fr-es", words, k=3) == TRANSLATOR.translate(words, 3)
            assert len(await client.search("fr-es", vectors(2), k=4)) == 2
            assert (await client.align_words("fr-es", words))[1] is None
            told: list[int] = []
            aligned = await client.align("fr-es", vectors(9000), progress=told.append)
            np.testing.assert_allclose(aligned, TRANSLATOR.align(vectors(9000)), atol=2e-7)
            assert told == [4096, 8192, 9000]
            with pytest.raises(errors.UnknownPairError):
                await client.pair("en-zz")

    asyncio.run(ask())


@pytest.mark.parametrize(
    ("ask", "kind"),
    [
        (lambda client: client.pair("en-zz"), errors.UnknownPairError),
        (lambda client: client.pair("a b/../c"), errors.ApiError),
        (lambda client: client.translate("fr-es", ["a"], via="de"), errors.UnknownPivotError),
        (lambda client: client.translate("fr-es", ["a"], k=0), errors.InvalidRequestError),
        (lambda client: client.translate("fr-es", ["a"], k=31), errors.OptionError),
        (lambda client: client.translate("fr-es", ["a" * 1001]), errors.TooLargeError),
        (lambda client: client.align("fr-es", np.ones((2, 7), "f")), errors.MalformedStreamError),
        (lambda client: client.search("fr-es", np.ones((2, 7), "f")), errors.ShapeError),
    ],
)
def test_errors_have_the_class_of_their_code(
    address: str, ask: Callable[[Client], object], kind: type[ApiError]
) -> None:
    with Client(address) as client, pytest.raises(kind) as caught:
        ask(client)
    assert caught.value.request_id
    assert caught.value.message in str(caught.value)


def test_every_code_of_the_guide_has_a_class() -> None:
    codes = set(re.findall(r"^\| \d{3} \| `(\w+)` \|", GUIDE.read_text("utf-8"), re.M))
    assert codes == set(errors.BY_CODE)
    assert len(set(errors.BY_CODE.values())) == len(errors.BY_CODE)


class Flaky:
    """Answers what it is told to answer, one after the other, and notes what was waited."""

    def __init__(self, *answers: httpx.Response | Exception) -> None:
        self.answers = list(answers)
        self.asked: list[httpx.Request] = []
        self.waited: list[float] = []

    def __call__(self, request: httpx.Request) -> httpx.Response:
        self.asked.append(request)
        answer = self.answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return answer

    def client(self, **options: object) -> Client:
        return Client(
            "http://service",
            key="secret",
            transport=httpx.MockTransport(self),
            sleep=self.waited.append,
            retries=RetryPolicy(seed=0, **options),  # type: ignore[arg-type]
        )


def refusal(status: int, code: str, **headers: str) -> httpx.Response:
    content = {"error": {"code": code, "message": "no", "detail": {"a": 1}}}
    names = {name.replace("_", "-"): value for name, value in headers.items()}
    return httpx.Response(status, json=content, headers=names)


def right() -> httpx.Response:
    return httpx.Response(200, json={"results": []})


def test_a_request_is_sent_again_after_429_503_and_a_lost_connection() -> None:
    flaky = Flaky(
        refusal(429, "overloaded", retry_after="7"),
        refusal(503, "not_ready"),
        httpx.ConnectError("refused"),
        httpx.RemoteProtocolError("cut"),
        right(),
    )
    with flaky.client() as client:
        assert client.translate("fr-es", []) == ()
    assert flaky.waited[0] == 7
    assert 0.5 <= flaky.waited[1] <= 1
    assert 1 <= flaky.waited[2] <= 2
    assert 2 <= flaky.waited[3] <= 4
    assert all(request.headers["authorization"] == "Bearer secret" for request in flaky.asked)
    assert all(json.loads(request.content)["words"] == [] for request in flaky.asked)


@pytest.mark.parametrize(
    ("answer", "kind"),
    [
        (refusal(422, "shape"), errors.ShapeError),
        (refusal(500, "internal"), errors.InternalError),
        (refusal(429, "rate_limited", retry_after="3600"), errors.RateLimitedError),
        (refusal(400, "from_the_future"), ApiError),
        (httpx.Response(502, text="<html>"), errors.UnavailableError),
        (httpx.Response(418, json=[1]), ApiError),
        (httpx.ReadTimeout("slow"), ConnectionLostError),
    ],
)
def test_others_are_not(answer: httpx.Response | Exception, kind: type[Exception]) -> None:
    flaky = Flaky(answer)
    with flaky.client() as client, pytest.raises(kind):
        client.translate("fr-es", [])
    assert flaky.waited == []


def test_after_the_last_attempt_the_error_is_raised() -> None:
    flaky = Flaky(*(refusal(503, "shutting_down") for _ in range(3)))
    with flaky.client(attempts=3) as client, pytest.raises(errors.ShuttingDownError) as caught:
        client.translate("fr-es", [])
    assert caught.value.status == 503
    assert caught.value.detail == {"a": 1}
    assert len(flaky.waited) == 2
    with Flaky(httpx.ConnectError("refused")).client(attempts=1) as client:
        with pytest.raises(ConnectionLostError, match="refused"):
            client.translate("fr-es", [])
        assert not Flaky(httpx.ConnectError("refused")).client().is_ready()


def test_only_the_block_that_was_lost_is_sent_again(address: str) -> None:
    lost: list[str] = []
    with httpx.Client(base_url=address) as real:

        def handle(request: httpx.Request) -> httpx.Response:
            if len(lost) < 2:
                lost.append(str(request.url))
                raise httpx.ReadError("cut")
            answer = real.post(request.url.path, content=request.content, headers=request.headers)
            return httpx.Response(200, content=answer.content)

        client = Client(address, transport=httpx.MockTransport(handle), sleep=lambda _: None)
        np.testing.assert_allclose(
            client.align("fr-es", vectors(5000)), TRANSLATOR.align(vectors(5000)), atol=2e-7
        )


def test_retry_after_may_be_a_date() -> None:
    now = datetime(2026, 11, 22, 12, 0, 0, tzinfo=UTC)

    def demanded(value: str) -> float:
        return demanded_pause(httpx.Response(503, headers={"retry-after": value}), now)

    assert demanded("Sun, 22 Nov 2026 12:00:30 GMT") == 30
    assert demanded("Sun, 22 Nov 2026 11:00:00 GMT") == 0
    assert demanded("soon") == demanded("-5") == demanded("") == 0
    assert demanded("2.5") == 2.5
