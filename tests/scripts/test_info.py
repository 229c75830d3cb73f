import json
import shutil
from pathlib import Path

from isogloss.models.checkpoint import read_manifest
from isogloss.models.checkpoint.manifest import PosteriorEntry
from isogloss.scripts.commands.info import _lines
from tests.scripts.conftest import Invoke


def test_it_shows_how_the_checkpoint_came_to_be(invoke: Invoke, checkpoint: Path) -> None:
    lines = dict(
        line.split("  ", 1) for line in invoke("info", checkpoint).stdout.splitlines() if line
    )
    shown = {name.strip(): value.strip() for name, value in lines.items()}
    assert shown["pair"] == "fr-es"
    assert shown["source"] == "fr, 60 words, 8 dimensions"
    assert shown["after refinement"] == "agreement 0.200, 1.5 s"
    assert shown["sha256 of source"] == "a" * 64
    assert shown["recipe nested"] == '{"on": true}'


def test_it_leads_to_the_report(invoke: Invoke, checkpoint: Path, tmp_path: Path) -> None:
    copy = tmp_path / "fr-es"
    shutil.copytree(checkpoint, copy)
    assert f"none; isogloss report {copy} makes one" in invoke("info", copy).stdout
    assert invoke("report", copy).exit_code == 0
    assert (tmp_path / "fr-es.report.html").as_uri() in invoke("info", copy).stdout


def test_it_says_whether_there_are_probabilities(checkpoint: Path) -> None:
    manifest = read_manifest(checkpoint)
    entry = PosteriorEntry(
        file="posterior.safetensors",
        temperature=0.03,
        none_share=0.1,
        sharpness=1.0,
        bands=2,
        steps=61,
    )
    for posterior, told in ((entry, "yes, temperature 0.030"), (None, "no")):
        changed = manifest.model_copy(update={"posterior": posterior})
        assert dict(_lines(changed))["probabilities"] == told


def test_json_holds_the_manifest_and_the_pair(invoke: Invoke, checkpoint: Path) -> None:
    document = json.loads(invoke("info", checkpoint, "--json").stdout)
    manifest = json.loads((checkpoint / "manifest.json").read_text())
    assert document.pop("pair") == "fr-es"
    assert document == manifest


def test_a_changed_manifest_is_refused(invoke: Invoke, checkpoint: Path, tmp_path: Path) -> None:
    copy = tmp_path / "copy"
    copy.mkdir()
    text = (checkpoint / "manifest.json").read_text().replace('"seed": 0', '"seed": 1')
    (copy / "manifest.json").write_text(text)
    result = invoke("info", copy)
    assert (result.exit_code, result.stdout) == (1, "")
    assert "manifest.json" in result.stderr
