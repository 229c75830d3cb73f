"""Neural estimators of entropic optimal transport and entropic Gromov-Wasserstein (NEGW).

The symbols of the paper (Wang and Goldfeld) and the names here:

    φ   potential       network, source space → a number, in units of ε
    ψ   soft transform  of φ over a batch or over anchors, in units of ε
    A   matrix          the auxiliary matrix of the variational form, [m, n]
    c   cost            c_A(x, y), the cost of the transport problem for A
    ε   epsilon         strength of the entropy
"""

from isogloss.models.aligners.neural_entropic.estimator import (
    EntropicEstimate,
    estimate_entropic_gromov_wasserstein,
    estimate_entropic_transport,
)
from isogloss.models.aligners.neural_entropic.plan import NeuralPlan

__all__ = [
    "EntropicEstimate",
    "NeuralPlan",
    "estimate_entropic_gromov_wasserstein",
    "estimate_entropic_transport",
]
