"""EW_λ: the joint embedding of two metric spaces into a third (Beier et al. 2025)."""

from isogloss.models.choices import Surface
from isogloss.models.optimal_transport.joint_embedding.block_coordinate_descent import (
    DescentOptions,
    solve_joint_embedding,
)
from isogloss.models.optimal_transport.joint_embedding.chain_sinkhorn import (
    ChainCost,
    ChainPlan,
    compose,
    solve_chain,
)
from isogloss.models.optimal_transport.joint_embedding.output import JointEmbedding, Objective
from isogloss.models.optimal_transport.joint_embedding.path_distances import (
    EdgeLength,
    correlation_distances,
    euclidean_distances,
    path_distances,
)
from isogloss.models.optimal_transport.joint_embedding.problem import (
    JointEmbeddingProblem,
    uniform_problem,
)
from isogloss.models.optimal_transport.joint_embedding.projections import (
    barycentric_projection,
    likeliest_place,
)
from isogloss.models.optimal_transport.joint_embedding.starts import (
    Start,
    couple_by_distances,
    embed_alone,
    random_start,
    transferred_start,
)
from isogloss.models.optimal_transport.joint_embedding.target_spaces import (
    TargetSpace,
    circle,
    finite_space,
    plane_grid,
    sphere,
    sphere_distances,
    torus,
    torus_distances,
)
from isogloss.models.optimal_transport.joint_embedding.vocabularies import (
    MapOptions,
    VocabularyMap,
    map_vocabularies,
)

__all__ = [
    "ChainCost",
    "ChainPlan",
    "DescentOptions",
    "EdgeLength",
    "JointEmbedding",
    "JointEmbeddingProblem",
    "MapOptions",
    "Objective",
    "Start",
    "Surface",
    "TargetSpace",
    "VocabularyMap",
    "barycentric_projection",
    "circle",
    "compose",
    "correlation_distances",
    "couple_by_distances",
    "embed_alone",
    "euclidean_distances",
    "finite_space",
    "likeliest_place",
    "map_vocabularies",
    "path_distances",
    "plane_grid",
    "random_start",
    "solve_chain",
    "solve_joint_embedding",
    "sphere",
    "sphere_distances",
    "torus",
    "torus_distances",
    "transferred_start",
    "uniform_problem",
]
