"""SPOT: transport plans as the pushforward of a latent distribution.

The symbols of the source (Algorithm 3, section 3.3) and the names here:

    G       generator       latent point → one point of each marginal
    z, ρ    latent          its points and their distribution
    λ       multiplier      weight of the distances between the marginals
    f       potential       −λ_X, −λ_Y: one for each marginal, Lipschitz constant at most 1
    c       cost            of a tuple of points
"""
