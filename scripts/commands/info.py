"""`isogloss info`."""

from __future__ import annotations

import json
from pathlib import Path

import typer

from isogloss.models.checkpoint import Manifest, read_manifest
from isogloss.models.checkpoint.manifest import StageEntry
from isogloss.models.estimated_precision import why_none
from isogloss.scripts.options import Checkpoint, JsonOption
from isogloss.scripts.output import print_json
from isogloss.scripts.report import default_report
from isogloss.scripts.wording import stage_title


def info(checkpoint: Checkpoint, *, as_json: JsonOption = False) -> None:
    """Show what a checkpoint holds and how it came to be."""
    manifest = read_manifest(checkpoint)
    if as_json:
        said = {**manifest.model_dump(mode="json"), "verdict": manifest.judged.as_dict()}
        print_json({"pair": manifest.pair, **said})
        return
    lines = [*_lines(manifest), ("report", _report(checkpoint))]
    width = max(len(name) for name, _ in lines)
    for name, value in lines:
        typer.echo(f"{name:<{width}}  {value}")


def _lines(manifest: Manifest) -> list[tuple[str, str]]:
    verdict = manifest.judged
    lines = [
        ("pair", manifest.pair),
        ("alignment", verdict.title if verdict.found else f"{verdict.title} (forced)"),
        ("verdict", verdict.reason),
        *(("lexicon", line) for line in verdict.lines[1:]),
        ("right first answers", _estimate(manifest)),
        ("aligner", manifest.aligner),
    ]
    for name, side in (("source", manifest.source), ("target", manifest.target)):
        lines.append((name, f"{side.language}, {side.words} words, {side.dimension} dimensions"))
    subwords = "no" if manifest.subwords is None else "yes: any word gets a vector"
    lines += [("subwords", subwords), ("seed", str(manifest.seed))]
    for stage in manifest.stages:
        lines.append((stage_title(stage.name), _figures(stage)))
    lines += [(f"recipe {name}", json.dumps(value)) for name, value in manifest.recipe.items()]
    lines += [(f"sha256 of {role}", digest) for role, digest in manifest.input_sha256.items()]
    lines += [(name, version) for name, version in manifest.package_versions.items()]
    size = sum(file.bytes for file in manifest.files.values()) / 1e6
    lines += [("probabilities", _probabilities(manifest)), ("size", f"{size:.1f} MB")]
    return [*lines, ("created", manifest.created.isoformat())]


def _estimate(manifest: Manifest) -> str:
    if manifest.estimate is not None:
        return manifest.estimate.text
    why = why_none(found=manifest.found, has_probabilities=manifest.posterior is not None)
    return f"not estimated: {why or 'the checkpoint is of an earlier version'}"


def _probabilities(manifest: Manifest) -> str:
    if manifest.posterior is None:
        return "no"
    return f"yes, temperature {manifest.posterior.temperature:.3f}"


def _report(checkpoint: Path) -> str:
    report = default_report(checkpoint)
    return report.as_uri() if report.is_file() else f"none; isogloss report {checkpoint} makes one"


def _figures(stage: StageEntry) -> str:
    agreement = "unknown" if stage.criterion is None else f"{stage.criterion:.3f}"
    seconds = "unknown" if stage.seconds is None else f"{stage.seconds:.1f}"
    return f"agreement {agreement}, {seconds} s"
