"""A hub of three spaces whose maps are known."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from isogloss.models.aligners.hub import Hub, HubRecipe, fit_hub
from isogloss.models.aligners.normalised_pair import NormalisedPair
from isogloss.models.aligners.orthogonal_map import orthogonal_map
from isogloss.models.errors import NoAlignmentFoundError, OptionError
from isogloss.models.maps.alignment import Alignment
from isogloss.models.maps.networks import LinearTransport
from isogloss.models.progress.observation import Observer, ignore_progress
from isogloss.models.spaces.embedding_space import EmbeddingSpace
from tests.models.aligners.samples import accuracy, hidden_pair
from tests.rotated_spaces import LOST, isometry

WORDS = 500


class FromFirstWords:
    """Stands for an aligner: a map fitted on the words that two spaces share, disturbed."""

    def __init__(self, disturbance: float = 0.0, *, found: bool = True) -> None:
        self._disturbance, self._found = disturbance, found

    def fit(
        self, source: EmbeddingSpace, target: EmbeddingSpace, *, observe: Observer = ignore_progress
    ) -> Alignment:
        pair = NormalisedPair.of(source, target, device="cpu")
        shared = [word for word in source.words if word in target.rows]
        x = pair.x[[source.rows[word] for word in shared]]
        y = pair.y[[target.rows[word] for word in shared]]
        noise = torch.randn(x.shape, generator=torch.Generator().manual_seed(0))
        weight = orthogonal_map(x + self._disturbance * noise, y)
        alignment = Alignment(
            source_normalizer=pair.source_normalizer,
            transport=LinearTransport(weight),
            target_normalizer=pair.target_normalizer,
        )
        if not self._found:
            raise NoAlignmentFoundError(alignment, LOST)
        return alignment


@pytest.fixture(scope="module")
def spaces() -> dict[str, EmbeddingSpace]:
    english, other = hidden_pair(words=WORDS, target_words=WORDS, noise=0.3)
    third = hidden_pair(words=WORDS, target_words=WORDS, noise=0.3, seed=1)[1]
    return {
        "en": english,
        "xx": EmbeddingSpace("xx", other.words, other.vectors),
        "yy": EmbeddingSpace("yy", third.words, third.vectors),
    }


@pytest.fixture(scope="module")
def hub(spaces: dict[str, EmbeddingSpace]) -> Hub:
    return fit_hub(spaces, FromFirstWords(0.02), HubRecipe(rounds=3, words=WORDS))


@pytest.mark.parametrize("direction", [("en", "xx"), ("xx", "en"), ("xx", "yy"), ("yy", "xx")])
def test_every_direction_is_found(
    hub: Hub, spaces: dict[str, EmbeddingSpace], direction: tuple[str, str]
) -> None:
    source, target = (spaces[language] for language in direction)
    alignment = hub.alignment(*direction)
    assert alignment.found
    assert accuracy(alignment, source, target) > 0.9


def test_orthogonal_maps_compose_exactly(hub: Hub) -> None:
    there = hub.alignment("xx", "yy").transport.linear_part
    back = hub.alignment("yy", "xx").transport.linear_part
    torch.testing.assert_close(there @ there.T, torch.eye(len(there)), atol=1e-5, rtol=0)
    torch.testing.assert_close(back, there.T, atol=1e-6, rtol=0)


def test_the_answers_are_those_of_searching_in_the_hub(hub: Hub) -> None:
    left, right = hub.spokes["xx"], hub.spokes["yy"]
    in_hub = (left.vectors @ left.weight.T) @ (right.vectors @ right.weight.T).T
    composed = left.vectors @ hub.alignment("xx", "yy").transport.linear_part.T @ right.vectors.T
    torch.testing.assert_close(composed.detach(), in_hub, atol=1e-5, rtol=0)


def test_the_middle_is_nearer_to_all_than_the_first_language_is(
    spaces: dict[str, EmbeddingSpace],
) -> None:
    def agreement(rounds: int) -> float:
        hub = fit_hub(spaces, FromFirstWords(0.5), HubRecipe(rounds=rounds, words=WORDS))
        directions = [("xx", "yy"), ("yy", "xx"), ("en", "xx"), ("en", "yy")]
        accuracies = [
            accuracy(hub.alignment(*pair), *(spaces[name] for name in pair)) for pair in directions
        ]
        return float(np.mean(accuracies))

    assert agreement(4) > agreement(0)


def test_matching_one_to_one_works_too(spaces: dict[str, EmbeddingSpace]) -> None:
    recipe = HubRecipe(rounds=1, words=200, matching="ipot")
    hub = fit_hub(spaces, FromFirstWords(0.02), recipe)
    assert hub.alignment("xx", "yy").found


def test_dimensions_may_differ() -> None:
    rng = np.random.default_rng(0)
    english, _ = hidden_pair(words=300)
    wide = (english.vectors @ isometry(rng, 70, 60).T).astype(np.float32)
    other = EmbeddingSpace("wide", english.words, wide)
    hub = fit_hub({"en": english, "wide": other}, FromFirstWords(), HubRecipe(words=300))
    assert accuracy(hub.alignment("wide", "en"), other, english) > 0.95
    assert accuracy(hub.alignment("en", "wide"), english, other) > 0.95


def test_a_language_that_is_not_found_stops_the_hub_unless_forced(
    spaces: dict[str, EmbeddingSpace],
) -> None:
    lost = FromFirstWords(0.02, found=False)
    with pytest.raises(NoAlignmentFoundError):
        fit_hub(spaces, lost, HubRecipe(rounds=1, words=WORDS))
    assert fit_hub(spaces, lost, HubRecipe(rounds=1, words=WORDS), force=True).spokes


def test_rejects_what_makes_no_sense(hub: Hub, spaces: dict[str, EmbeddingSpace]) -> None:
    with pytest.raises(OptionError, match="the hub holds en, xx, yy; found 'zz'"):
        hub.alignment("en", "zz")
    with pytest.raises(OptionError, match="twice"):
        hub.alignment("en", "en")
    with pytest.raises(OptionError, match="at least two"):
        fit_hub({"en": spaces["en"]}, FromFirstWords())
    with pytest.raises(OptionError, match="rounds"):
        HubRecipe(rounds=-1)
