"""Requests and answers of the questions beside a translation, as OpenAPI shows them."""

from __future__ import annotations

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from isogloss.models.retrieval import Reason, Score
from isogloss.models.retrieval.neighbourhood import Role, Side
from isogloss.service.schemas import NeighbourAnswer, Words

MOST_BACK = 100
"""Target words in a request. Each costs up to 40 searches where there is no table."""

_Word = Annotated[str, Field(max_length=1000)]


class _Request(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)


class SpellingAnswer(BaseModel):
    """A word of the vocabulary that is written nearly like the one that was asked for."""

    word: str
    edits: int = Field(
        description="Letters to insert, delete, replace or swap, case and marks aside."
    )


class WordsAnswer(BaseModel):
    """Words of one language that a person may have meant."""

    in_vocabulary: bool = Field(description="Whether the word itself stands in the vocabulary.")
    spellings: list[SpellingAnswer] = Field(description="Fewest edits first, then by frequency.")
    completions: list[str] = Field(description="Longer words that begin so, by frequency.")


class ExamplesAnswer(BaseModel):
    """Source words to begin with, the surest first."""

    words: list[str]


class BackRequest(_Request):
    """Target words that are to be translated back."""

    words: Annotated[Words, Field(max_length=MOST_BACK, examples=[["casa", "hogar"]])]
    k: Annotated[int, Field(ge=1, le=20, description="Neighbours of each.")] = 3
    score: Score = "csls"
    home: _Word | None = Field(
        default=None, description="A source word that is looked at too, however rare it is."
    )


class BackResult(BaseModel):
    """Source words for one target word."""

    word: str
    neighbours: list[NeighbourAnswer]
    in_vocabulary: bool
    reason: Reason | None = None


class BackAnswer(BaseModel):
    """One result per word, in the order of the request."""

    results: list[BackResult]
    looked_at: int = Field(description="Source words that were searched, the most frequent.")


class NeighbourhoodRequest(_Request):
    """A word whose surroundings are wanted."""

    word: _Word = Field(examples=["maison"])
    k: Annotated[int, Field(ge=1, le=50, description="Neighbours of the word.")] = 10
    score: Score = "csls"
    around: Annotated[int, Field(ge=0, le=100, description="Other words of each language.")] = 20


class PlaceAnswer(BaseModel):
    """A word on the plane."""

    word: str
    side: Side
    role: Role
    x: float
    y: float


class NeighbourhoodAnswer(BaseModel):
    """Words on the plane of their two principal components; none where the word has no vector."""

    in_vocabulary: bool
    places: list[PlaceAnswer] = Field(
        description="The word, its neighbours with the best first, then words around them."
    )
    shown: tuple[float, float] = Field(
        description="Share of the variance that lies along x and along y."
    )
    reason: Reason | None = None
