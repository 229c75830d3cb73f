"""Requests and answers, as OpenAPI shows them."""

from __future__ import annotations

from typing import Annotated, Any, Self

from pydantic import (
    AfterValidator,
    AwareDatetime,
    BaseModel,
    ConfigDict,
    Field,
    FiniteFloat,
    model_validator,
)

from isogloss.models.answers import Ranking, Reason
from isogloss.models.verdict import Rule, VerdictState


def _text(word: str) -> str:
    """Refuse what JSON can escape but UTF-8 cannot hold, and no answer could repeat."""
    if not word.isprintable() and any("\ud800" <= character <= "\udfff" for character in word):
        raise ValueError("expected text, found half of a surrogate pair")
    return word


Word = Annotated[str, AfterValidator(_text)]

# Of a million wrong numbers, the first one says enough.
Words = Annotated[
    list[Word],
    Field(fail_fast=True, examples=[["maison", "chat"]]),
]
Vector = Annotated[list[FiniteFloat], Field(fail_fast=True)]
Vectors = Annotated[
    list[Vector],
    Field(
        fail_fast=True,
        description="Raw source vectors, of the source dimension.",
        examples=[[[0.1, 0.2]]],
    ),
]
K = Annotated[int, Field(ge=1, le=1_000_000, description="Neighbours of each; see max_k.")]


class _Request(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)


class TranslateRequest(_Request):
    """Words to translate."""

    words: Words
    k: K = 10
    score: Ranking = "csls"


class SearchRequest(_Request):
    """Vectors whose neighbours are wanted."""

    vectors: Vectors
    k: K = 10
    score: Ranking = "csls"


class AlignRequest(_Request):
    """Either words or vectors to map into the target space."""

    words: Words | None = None
    vectors: Vectors | None = None

    @model_validator(mode="after")
    def _exactly_one(self) -> Self:
        if (self.words is None) == (self.vectors is None):
            raise ValueError("expected either words or vectors")
        return self


class ErrorBody(BaseModel):
    """What went wrong: `code` for machines, `message` for people."""

    code: str
    message: str
    detail: dict[str, Any]


class NeighbourAnswer(BaseModel):
    """A target word with its score by cosine or CSLS."""

    word: str
    score: float


class TranslationAnswer(BaseModel):
    """The answer for one word; `reason` is there only where the word has no answer."""

    word: str | None = Field(description="null for a row of a stream that is a vector.")
    neighbours: list[NeighbourAnswer]
    in_vocabulary: bool = Field(description="False where the vector was made of the word's parts.")
    reason: Reason | None = None
    error: ErrorBody | None = Field(default=None, description="What is wrong with a streamed row.")


class TranslateAnswer(BaseModel):
    """One result per word, in the order of the request."""

    results: list[TranslationAnswer]


class SearchResult(BaseModel):
    """The answer for one vector."""

    neighbours: list[NeighbourAnswer]


class SearchAnswer(BaseModel):
    """One result per vector, in the order of the request."""

    results: list[SearchResult]


class UnknownWord(BaseModel):
    """A word that has no vector."""

    position: int = Field(description="Place in the request, from 0.")
    word: str
    reason: Reason


class RowProblem(BaseModel):
    """A row of a stream that has no answer."""

    position: int = Field(description="Place in the request, from 0.")
    error: ErrorBody


class AlignAnswer(BaseModel):
    """Unit vectors of the target's normalised space, in the order of the request."""

    vectors: list[list[float] | None] = Field(description="null for a word that has no vector.")
    unknown: list[UnknownWord]
    problems: list[RowProblem] | None = Field(
        default=None, description="What is wrong with streamed rows."
    )


class SourceSide(BaseModel):
    """The source language of a pair."""

    language: str
    words: int
    dimension: int
    subwords: bool = Field(description="Whether words outside the vocabulary get a vector.")


class TargetSide(BaseModel):
    """The target language of a pair."""

    language: str
    words: int
    dimension: int


class StageAnswer(BaseModel):
    """A map on the way: start, raw or refined."""

    name: str
    criterion: float | None
    seconds: float | None


class LexiconAnswer(BaseModel):
    """What the lexicon of a fit says of its map."""

    pairs: int
    usable: int = Field(description="Pairs whose words lie in both vocabularies.")
    sources_missing: int
    targets_missing: int
    dimensions: int
    held_out: int = Field(description="Words that were asked of maps fitted without them.")
    right: int
    right_by_chance: float
    p_value: float | None


class VerdictAnswer(BaseModel):
    """Whether the map of a pair is an alignment, and how that is known."""

    state: VerdictState
    reason: str
    rule: Rule = Field(description="What was asked of the map.")
    agreement: float | None = Field(description="Held-out agreement of the map, 0 to 1.")
    chance: float | None = Field(description="What unrelated spaces of the same sizes reach.")
    bound: float | None = Field(description="Agreement that was asked for.")
    p_value: float | None = Field(description="That unrelated spaces reach this agreement.")
    lexicon: LexiconAnswer | None


class EstimateAnswer(BaseModel):
    """The share of right first answers by probability, estimated without a dictionary."""

    share: float
    words: int = Field(description="The most frequent source words that it is the mean over.")
    median_error: float = Field(description="Of such estimates, on the pairs where it is known.")
    largest_error: float
    measured_pairs: int


class PairAnswer(BaseModel):
    """A language pair that is served."""

    pair: str
    source: SourceSide
    target: TargetSide
    rankings: list[Ranking] = Field(description="By what `score` may rank the answers.")
    aligner: str
    found: bool = Field(description="False where the fit found nothing and was kept by force.")
    verdict: VerdictAnswer
    estimated_precision: EstimateAnswer | None = Field(
        description="None where nothing was found, or where words have neither order nor letters."
    )
    metrics: dict[str, float | None]
    stages: list[StageAnswer]
    seed: int
    created: AwareDatetime
    checkpoint: str = Field(description="Name of the folder that is served.")
    loaded: AwareDatetime


class RefusedCheckpoint(BaseModel):
    """A checkpoint that could not be loaded."""

    checkpoint: str
    code: str
    reason: str
    still_serving: str | None = Field(
        description="The pair that goes on to be served from what this folder held before."
    )


class PairsAnswer(BaseModel):
    """All pairs, and the checkpoints that are not served."""

    pairs: list[PairAnswer]
    refused: list[RefusedCheckpoint]


class ReloadAnswer(BaseModel):
    """What is served after a look at the directory."""

    workers: int = Field(description="Workers that have looked.")
    pairs: list[str]
    refused: list[RefusedCheckpoint]


class LimitsAnswer(BaseModel):
    """What a request may ask for at most."""

    max_body_bytes: int
    max_stream_bytes: int
    max_words: int
    max_word_length: int
    max_vectors: int
    max_k: int
    request_seconds: float
    stream_seconds: float


class InfoAnswer(BaseModel):
    """What runs here."""

    versions: dict[str, str]
    device: str
    pairs: list[str]
    workers: int
    started: AwareDatetime
    uptime_seconds: float
    limits: LimitsAnswer


class LiveAnswer(BaseModel):
    """The process answers."""

    status: str


class ReadyAnswer(BaseModel):
    """At least one pair is served."""

    status: str
    pairs: list[str]


class ErrorAnswer(BaseModel):
    """The shape of every error."""

    error: ErrorBody
