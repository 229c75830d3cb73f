"""Where the components of a mixture land under a map to another mixture."""

from __future__ import annotations

import torch
from jaxtyping import Float, Int
from torch import Tensor


def landing_shares(
    images: Float[Tensor, "count n"],
    components: Int[Tensor, " count"],
    centres: Float[Tensor, "target_components n"],
    *,
    radius: float,
) -> Float[Tensor, " source_components"]:
    """Share of each source component's mass that lands on one target component.

    An image lands on the target component whose centre is nearest, if it is no farther than the
    radius: a map that leaves the mass between the components lands nowhere. The share is that of
    the target component which gets most.

    Args:
        images: T(x).
        components: Source component of each point, from 0; every one has at least one point.
        centres: Centres of the target's components.
        radius: Distance from a centre up to which an image belongs to it.

    """
    distances, nearest = torch.cdist(images, centres).min(dim=1)
    landed = torch.zeros(int(components.max()) + 1, len(centres))
    landed.index_put_((components, nearest), (distances <= radius).float(), accumulate=True)
    shares: Tensor = landed.max(dim=1).values / torch.bincount(components)
    return shares
