"""Neural Gromov-Wasserstein (NGW): a map, a potential and a cost matrix, trained as a minimax.

The symbols of the paper (Nekrashevich, Korotin and Burnaev 2022) and the names here:

    T   transport       network, source space → target space
    f   potential       network, target space → a number
    P   cost matrix     ‖P‖ fixed, couples the two spaces by ⟨Px, y⟩
    x   source batch    normalised vectors times √m, so that a coordinate is about 1
    y   target batch    normalised vectors times √n
    z   image           T(x) times √n
"""

from isogloss.models.aligners.neural_gw.aligner import NeuralGromovWassersteinAligner

__all__ = ["NeuralGromovWassersteinAligner"]
