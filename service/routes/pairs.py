"""Which pairs are served, and what they are."""

from __future__ import annotations

import math
from dataclasses import asdict

from fastapi import APIRouter

from isogloss.service.catalogue import Catalogue, ServedPair
from isogloss.service.routes.context import CurrentCatalogue, CurrentExchange, errors
from isogloss.service.routing import declared
from isogloss.service.schemas import (
    EstimateAnswer,
    PairAnswer,
    PairsAnswer,
    RefusedCheckpoint,
    SourceSide,
    StageAnswer,
    TargetSide,
    VerdictAnswer,
)

router = APIRouter(prefix="/v1/pairs", tags=["pairs"])


@router.get("")
@declared()
async def pairs(catalogue: CurrentCatalogue) -> PairsAnswer:
    """List the pairs that are served, and the checkpoints that are not, with the reason."""
    return PairsAnswer(
        pairs=[_describe(pair, catalogue.pairs[pair]) for pair in sorted(catalogue.pairs)],
        refused=refused_checkpoints(catalogue),
    )


@router.get("/{pair}", responses=errors(404, 422))
@declared()
async def one_pair(pair: str, catalogue: CurrentCatalogue, exchange: CurrentExchange) -> PairAnswer:
    """Describe a pair: dimensions, vocabulary sizes, aligner, metrics."""
    catalogue.translator(pair)
    exchange.pair = pair
    return _describe(pair, catalogue.pairs[pair])


def refused_checkpoints(catalogue: Catalogue) -> list[RefusedCheckpoint]:
    """Say which checkpoints are not served, and why."""
    serving = {served.checkpoint: pair for pair, served in catalogue.pairs.items()}
    return [
        RefusedCheckpoint(
            checkpoint=item.checkpoint,
            code=item.code,
            reason=item.reason,
            still_serving=serving.get(item.checkpoint),
        )
        for item in catalogue.refused
    ]


def _describe(pair: str, served: ServedPair) -> PairAnswer:
    translator = served.translator
    details, estimate = translator.details, translator.estimate
    return PairAnswer(
        pair=pair,
        source=SourceSide(
            language=translator.source.language,
            words=len(translator.source),
            dimension=translator.source_dimension,
            subwords=translator.source.subwords is not None,
        ),
        target=TargetSide(
            language=translator.target_language,
            words=len(translator.target_words),
            dimension=translator.target_dimension,
        ),
        rankings=list(translator.rankings),
        aligner=details.aligner,
        found=translator.found,
        verdict=VerdictAnswer.model_validate(translator.verdict.as_dict()),
        estimated_precision=None if estimate is None else EstimateAnswer(**asdict(estimate)),
        metrics={name: _finite(value) for name, value in details.metrics.items()},
        stages=[
            StageAnswer(
                name=stage.name, criterion=_finite(stage.criterion), seconds=_finite(stage.seconds)
            )
            for stage in translator.alignment.stages
        ],
        seed=details.seed,
        created=details.created,
        checkpoint=served.checkpoint,
        loaded=served.loaded,
    )


def _finite(value: float) -> float | None:
    return value if math.isfinite(value) else None
