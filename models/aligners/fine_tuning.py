"""Fine-tune a linear map on induced pairs, against their nearest wrong neighbours."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

import torch
from jaxtyping import Float, Int64
from torch import Tensor

from isogloss.models.aligners.contrasts import Contrasts
from isogloss.models.aligners.dictionary_induction import Pairs
from isogloss.models.aligners.orthogonal_map import orthogonal_map
from isogloss.models.aligners.precision_loss import soft_precision_loss
from isogloss.models.errors import OptionError
from isogloss.models.neighbours.csls import HUBS, unit
from isogloss.models.training.rates import cosine_decay

_ROWS_AT_ONCE = 2048
_HELD_OUT = 10
"""One pair in so many is held out."""

_LOOKS = 5
_SEED = 0

_Loss = Callable[[Float[Tensor, "d m"]], Float[Tensor, ""]]


@dataclass(frozen=True, slots=True, kw_only=True)
class FineTuningRecipe:
    """Gradient steps on a loss that contrasts induced pairs with wrong ones.

    Attributes:
        loss: ``rcsls``, or ``soft-top-k``: precision at k by SOFT top-k.
        places: k of precision at k; for ``soft-top-k`` alone.
        epsilon: Strength of the entropy of ``soft-top-k``, in units of the squared CSLS score.
        words: Most frequent words of each side that give pairs and wrong neighbours.
        steps: Full-batch steps; none turns fine-tuning off.
        learning_rate: Of Adam, as a share of the size of the map's entries; falls to zero by a
            cosine.
        least_found: Share of the held-out pairs that a fine-tuned map has to find again to be
            taken. Where pairs are wrong, one fitted on some of them does not find the others.

    """

    loss: Literal["rcsls", "soft-top-k"] = "rcsls"
    places: int = 1
    epsilon: float = 0.1
    words: int = 20000
    steps: int = 50
    learning_rate: float = 0.01
    least_found: float = 0.7

    def __post_init__(self) -> None:
        if self.places < 1 or self.places > HUBS or self.epsilon <= 0:
            raise OptionError(
                f"fine_tuning: expected places from 1 to {HUBS} and epsilon > 0, "
                f"found {self.places} and {self.epsilon}"
            )
        if self.words < 2 or self.steps < 0 or self.learning_rate <= 0:
            raise OptionError(
                "fine_tuning: expected words ≥ 2, steps ≥ 0 and learning_rate > 0, "
                f"found {self.words}, {self.steps} and {self.learning_rate}"
            )


def fine_tune(
    x: Float[Tensor, "n m"],
    y: Float[Tensor, "k d"],
    weight: Float[Tensor, "d m"],
    recipe: FineTuningRecipe,
    *,
    pairs: Pairs,
    observe: Callable[[int], None] = lambda _: None,
) -> Float[Tensor, "d m"]:
    """Leave the orthogonal maps for one that sets right neighbours apart from wrong ones.

    The loss is RCSLS (Joulin et al. 2018, section 3) or a soft precision at k, with induced pairs
    in place of a dictionary. Contrasting each with its neighbourhood takes the common directions,
    which decide nothing, out of the fit.

    A tenth of the pairs is held out. Of a few looks, the orthogonal map fitted on the other pairs
    among them, the one with the smallest loss on these is returned.

    Args:
        x: Normalised source vectors, the most frequent first.
        y: Normalised target vectors, the most frequent first.
        weight: The orthogonal map, which says what the pairs are most easily taken for; kept where
            there are fewer pairs than it takes to hold out.
        recipe: Settings.
        pairs: Rows of words that seem to translate, all below ``recipe.words``.
        observe: Is told the number of steps done.

    """
    x, y = x[: recipe.words], y[: recipe.words]
    contrasts = contrast(pairs, x, y, weight)
    count = len(contrasts.source)
    if recipe.steps == 0 or count < _HELD_OUT:
        return weight
    apart, others = _split(count)
    held_out = Contrasts(*(rows[apart.to(x.device)] for rows in contrasts))
    known = Contrasts(*(rows[others.to(x.device)] for rows in contrasts))
    loss_of, held_out_loss = _losses(x, y, weight, known=known, held_out=held_out, recipe=recipe)
    tuned = orthogonal_map(x[known.source], y[known.target]).requires_grad_(True)
    # The root mean square of the entries of a semi-orthogonal map of this shape.
    rate = recipe.learning_rate / max(weight.shape) ** 0.5
    optimiser = torch.optim.Adam([tuned], lr=rate, betas=(0.9, 0.99))
    best, best_loss = tuned.detach().clone(), held_out_loss(tuned).item()
    for step in range(1, recipe.steps + 1):
        optimiser.param_groups[0]["lr"] = rate * cosine_decay(step, recipe.steps)
        (tuned.grad,) = torch.autograd.grad(loss_of(tuned), tuned)
        optimiser.step()
        if step % max(1, recipe.steps // _LOOKS) == 0 or step == recipe.steps:
            loss = held_out_loss(tuned).item()
            if loss < best_loss:
                best, best_loss = tuned.detach().clone(), loss
        observe(step)
    return best


def held_out_of(pairs: Pairs) -> Pairs:
    """Give the tenth of the pairs that fine-tuning does not fit its map on."""
    apart, _ = _split(len(pairs.source))
    return Pairs(*(rows[apart.to(rows.device)] for rows in pairs))


def _split(count: int) -> tuple[Int64[Tensor, " held_out"], Int64[Tensor, " others"]]:
    order = torch.randperm(count, generator=torch.Generator().manual_seed(_SEED))
    apart = count // _HELD_OUT
    return order[:apart], order[apart:]


def _losses(
    x: Float[Tensor, "n m"],
    y: Float[Tensor, "k d"],
    weight: Float[Tensor, "d m"],
    *,
    known: Contrasts,
    held_out: Contrasts,
    recipe: FineTuningRecipe,
) -> tuple[_Loss, _Loss]:
    """Make the loss for the steps, and that on the held-out pairs."""
    if recipe.loss == "soft-top-k":
        precision_loss = soft_precision_loss(
            x, y, weight, places=recipe.places, epsilon=recipe.epsilon
        )
        return lambda w: precision_loss(w, known), lambda w: precision_loss(w, held_out)
    return _linearised_loss(x, y, known), lambda w: relaxed_csls_loss(w, x, y, held_out)


def relaxed_csls_loss(
    weight: Float[Tensor, "d m"],
    x: Float[Tensor, "n m"],
    y: Float[Tensor, "k d"],
    contrasts: Contrasts,
) -> Float[Tensor, ""]:
    """−2 cos(Wx, y) + the mean cosine of Wx and y to the nearest wrong neighbours of each.

    RCSLS (Joulin et al. 2018, section 3), with every image divided by its length.
    """
    image, right = unit(x[contrasts.source] @ weight.T), y[contrasts.target]
    near_target = _mean_of_wrong(y[contrasts.near_target], contrasts.near_target, contrasts.target)
    near_images = unit(x[contrasts.near_source] @ weight.T)
    near_image = _mean_of_wrong(near_images, contrasts.near_source, contrasts.source)
    own = (image * (2 * right - near_target)).sum(dim=1)
    return ((near_image * right).sum(dim=1) - own).mean()


def _linearised_loss(
    x: Float[Tensor, "n m"], y: Float[Tensor, "k d"], contrasts: Contrasts
) -> Callable[[Float[Tensor, "d m"]], Float[Tensor, ""]]:
    """Make the loss for the steps, with the means of wrong neighbours taken beforehand.

    The images of the wrong source words are not divided by their lengths, which are 1 under an
    orthogonal map: their mean is the image of a mean. That is hubs times fewer images per step.
    The loss on held-out pairs, which chooses, is exact.
    """
    source, right = x[contrasts.source], y[contrasts.target]
    near_source = _mean_of_wrong_rows(x, contrasts.near_source, contrasts.source)
    pull = 2 * right - _mean_of_wrong_rows(y, contrasts.near_target, contrasts.target)

    def loss(weight: Float[Tensor, "d m"]) -> Float[Tensor, ""]:
        own = (unit(source @ weight.T) * pull).sum(dim=1)
        return ((near_source @ weight.T * right).sum(dim=1) - own).mean()

    return loss


def contrast(
    pairs: Pairs, x: Float[Tensor, "n m"], y: Float[Tensor, "k d"], weight: Float[Tensor, "d m"]
) -> Contrasts:
    """Find what the two words of each pair are most easily taken for."""
    mapped = unit(x @ weight.T)
    source, target = pairs
    return Contrasts(source, target, _nearest(y[target], mapped), _nearest(mapped[source], y))


def _nearest(a: Float[Tensor, "n d"], b: Float[Tensor, "m d"]) -> Int64[Tensor, "n hubs"]:
    count = min(HUBS, len(b))
    found = [(block @ b.T).topk(count, dim=1).indices for block in torch.split(a, _ROWS_AT_ONCE)]
    return torch.cat(found)


def _mean_of_wrong_rows(
    vectors: Float[Tensor, "n d"], near: Int64[Tensor, "pairs hubs"], own: Int64[Tensor, " pairs"]
) -> Float[Tensor, "pairs d"]:
    blocks = zip(torch.split(near, _ROWS_AT_ONCE), torch.split(own, _ROWS_AT_ONCE), strict=True)
    return torch.cat([_mean_of_wrong(vectors[rows], rows, right) for rows, right in blocks])


def _mean_of_wrong(
    vectors: Float[Tensor, "pairs hubs d"],
    near: Int64[Tensor, "pairs hubs"],
    own: Int64[Tensor, " pairs"],
) -> Float[Tensor, "pairs d"]:
    """Mean over the neighbours but for the right word, which may be one of them."""
    wrong = (near != own[:, None]).to(vectors.dtype)
    share = wrong / wrong.sum(dim=1, keepdim=True).clamp_min(1)
    return torch.einsum("ph,phd->pd", share, vectors)
