"""The report of a run: what it says, what it must never hold, and that it can be made again."""

from __future__ import annotations

import html
import json
import re
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from html.parser import HTMLParser
from pathlib import Path

import numpy as np
import pytest
import torch

from isogloss.models.checkpoint import save_checkpoint
from isogloss.models.errors import NoAlignmentFoundError, TrainingInterruptedError
from isogloss.models.fitting import pair as pair_fitting
from isogloss.models.maps.alignment import Alignment, Stage
from isogloss.models.maps.networks import LinearTransport
from isogloss.models.probability.translation_posterior import TranslationPosterior
from isogloss.models.progress.observation import Observer, Progress
from isogloss.models.retrieval.joint_plane import JointPlane
from isogloss.models.spaces.embedding_space import EmbeddingSpace
from isogloss.models.spaces.normalizer import Normalizer
from isogloss.models.verdict import Verdict
from isogloss.scripts.report.plane_picture import draw_plane
from tests.rotated_spaces import LOST, rotated_translator
from tests.scripts.conftest import Invoke, Pair
from tests.scripts.test_train_failures import Fit, ScriptedAligner

FORMATS = Path(__file__).parents[1] / "data" / "formats"
HOSTILE = (
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "</title></svg></style>",
    "a&amp;b",
    "{{ 7 * 7 }}",
    "]]>",
    "日本",
    "ש\u202eab",
    "nul\x00l",
)


@dataclass(slots=True)
class Page:
    """A page, taken apart as a browser would."""

    text: str = ""
    tags: list[str] = field(default_factory=list)
    attributes: list[tuple[str, str, str]] = field(default_factory=list)
    rows: list[list[str]] = field(default_factory=list)
    points: list[int] = field(default_factory=list)


class _Parser(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.page = Page()
        self.in_cell = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        page = self.page
        page.tags.append(tag)
        page.attributes += [(tag, name, value or "") for name, value in attrs]
        if tag == "tr":
            page.rows.append([])
        if tag in {"td", "th"}:
            page.rows[-1].append("")
            self.in_cell = True
        if tag == "polyline":
            page.points.append(len(str(dict(attrs)["points"]).split(" ")))

    def handle_data(self, data: str) -> None:
        self.page.text += data
        if self.in_cell:
            self.page.rows[-1][-1] += data

    def handle_endtag(self, tag: str) -> None:
        if tag in {"td", "th"}:
            self.in_cell = False


def read_page(path: Path) -> Page:
    """Parse a report; check what holds for every one."""
    source = path.read_text(encoding="utf-8")
    parser = _Parser()
    parser.feed(source)
    page = parser.page
    assert {"script", "link", "img", "iframe", "object", "base"} & set(page.tags) == set()
    assert not [name for _, name, _ in page.attributes if name in {"src", "href", "srcset"}]
    assert not [name for _, name, _ in page.attributes if name.startswith("on")]
    assert not re.search(r"url\(|@import|https?:|//[a-z]", source)
    assert ("meta", "content", "default-src 'none'; style-src 'unsafe-inline'") in page.attributes
    # Every picture says in words what it shows.
    labels = [value for tag, name, value in page.attributes if (tag, name) == ("svg", "aria-label")]
    assert len(labels) == page.tags.count("svg")
    assert all(len(label) > 20 for label in labels)
    return page


FOUND = Verdict(
    state="found",
    reason="agreement 0.90, where unrelated spaces of these sizes reach 0.05 (p < 0.000001)",
    agreement=0.9,
    chance=0.05,
    bound=0.22,
    p_value=1e-9,
)


def scripted(
    source: EmbeddingSpace, target: EmbeddingSpace, observe: Observer, *, found: bool = True
) -> Alignment:
    """Two starts, the second one found; a game of 300 steps; the right map in the end."""
    for number, agreement in ((1, 0.05), (2, 0.8 if found else 0.12)):
        name = f"start {number} of 2: similarity-profiles"
        for step in (1, 2, 3):
            metrics = {} if step == 1 else {"criterion": agreement * step / 3}
            observe(Progress(stage=name, step=step, total=9, metrics=metrics))
        judged = {"criterion": agreement}
        observe(Progress(stage=f"{name}, judged", step=1, total=1, metrics=judged))
    if found:
        for step in range(1, 301):
            losses = {"cost_loss": -float(step), "transport_loss": 1 / step, "judgement": 0.5}
            observe(Progress(stage="neural-gw", step=step, total=300, metrics=losses))
    x, y = Normalizer.fit(source.vectors), Normalizer.fit(target.vectors)
    weight, *_ = np.linalg.lstsq(x(source.vectors), y(target.vectors), rcond=None)
    transport = LinearTransport(torch.from_numpy(np.ascontiguousarray(weight.T)))
    names = (("start", 0.8), ("raw", 0.81), ("refined", 0.9)) if found else (("start", 0.12),)
    stages = tuple(
        Stage(name=name, transport=transport, criterion=criterion, seconds=65.5)
        for name, criterion in names
    )
    alignment = Alignment(
        source_normalizer=x,
        transport=transport,
        target_normalizer=y,
        verdict=FOUND if found else LOST,
        stages=stages,
    )
    if not found:
        raise NoAlignmentFoundError(alignment, LOST)
    return alignment


def lost(source: EmbeddingSpace, target: EmbeddingSpace, observe: Observer) -> Alignment:
    return scripted(source, target, observe, found=False)


@pytest.fixture
def with_aligner(monkeypatch: pytest.MonkeyPatch) -> Callable[[Fit], None]:
    def set_aligner(act: Fit) -> None:
        monkeypatch.setattr(pair_fitting, "create_aligner", lambda *_, **__: ScriptedAligner(act))

    return set_aligner


@pytest.fixture
def trained(
    invoke: Invoke, pair: Pair, tmp_path: Path, with_aligner: Callable[[Fit], None]
) -> Path:
    """A checkpoint of a run of which everything is known."""
    with_aligner(scripted)
    result = invoke(*pair.arguments(tmp_path / "fr-es"), "--seed", 7)
    assert result.exit_code == 0, result.stderr
    assert f"report    {tmp_path / 'fr-es.report.html'}" in result.stdout
    return tmp_path / "fr-es"


def test_it_says_what_was_trained_on_what_and_what_came_of_it(trained: Path) -> None:
    page = read_page(trained.with_name("fr-es.report.html"))
    assert "fr → es: training report" in page.text
    assert "An alignment was found: agreement 0.90, where unrelated" in page.text
    assert re.search(r"[0-9]+ % of first answers right|was not estimated:", page.text)
    assert ["source", "fr", "fr.vec", "fasttext-text", "120", "8"] in page.rows
    assert ["target", "es", "es.vec", "fasttext-text", "120", "8"] in page.rows
    manifest = json.loads((trained / "manifest.json").read_text())
    for fact in ("neural-gw", *manifest["input_sha256"].values(), *manifest["recipe"]):
        assert fact in page.text
    assert re.search(r"seed\s*7\b", page.text)
    assert manifest["package_versions"]["torch"] in page.text


def test_it_shows_stages_starts_and_curves(trained: Path) -> None:
    page = read_page(trained.with_name("fr-es.report.html"))
    for row in (["first map", "0.800", "65.5 s"], ["after refinement", "0.900", "65.5 s"]):
        assert row in page.rows
    labels = [value for tag, name, value in page.attributes if name == "aria-label"]
    starts = next(label for label in labels if label.startswith("Starts compared"))
    assert "start 1 of 2: similarity-profiles: 0.050; start 2 of 2" in starts
    assert starts.endswith("the bound is 0.22")
    loss = next(label for label in labels if label.startswith("loss of the map T"))
    assert "from step 1 to 300: first 1, last 0.00333, smallest 0.00333, largest 1" in loss
    # Two searches of two looks each, then three figures of 300 steps, thinned.
    assert page.points == [2, 2, 200, 200, 200]
    assert ["neural-gw", "300", "300"] in [row[:3] for row in page.rows]


def test_it_lists_the_most_and_the_least_certain_translations(trained: Path) -> None:
    page = read_page(trained.with_name("fr-es.report.html"))
    listed = [row for row in page.rows if len(row) == 4 and row[0].startswith("fr-")]
    assert len(listed) == 30
    assert all(row[1] == row[0].replace("fr", "es") != row[2] for row in listed)
    margins = [float(row[3]) for row in listed]
    assert margins[:15] == sorted(margins[:15], reverse=True)
    assert margins[15:] == sorted(margins[15:])
    assert margins[14] >= margins[29]


def test_the_same_run_gives_the_same_bytes(invoke: Invoke, trained: Path) -> None:
    written = trained.with_name("fr-es.report.html").read_bytes()
    again = trained.with_name("again.html")
    result = invoke("report", trained, "--output", again, "--json")
    assert json.loads(result.stdout) == {"output": str(again)}
    assert again.read_bytes() == written
    again.unlink()
    trained.with_name("fr-es.report.html").unlink()
    assert invoke("report", f"{trained}/").exit_code == 0
    assert trained.with_name("fr-es.report.html").read_bytes() == written
    # The checkpoint is what it was.
    assert invoke("info", trained).exit_code == 0
    assert invoke("translate", trained, "fr-1").exit_code == 0


def test_a_run_that_found_nothing_reports_where_it_is_asked_to(
    invoke: Invoke, pair: Pair, tmp_path: Path, with_aligner: Callable[[Fit], None]
) -> None:
    with_aligner(lost)
    assert invoke(*pair.arguments(tmp_path / "fr-es")).exit_code == 1
    assert list(tmp_path.iterdir()) == []
    path = tmp_path / "new" / "lost.html"
    result = invoke(*pair.arguments(tmp_path / "fr-es"), "--report", path, "--json")
    assert result.exit_code == 1
    assert json.loads(result.stdout)["report"] == str(path)
    assert not (tmp_path / "fr-es").exists()
    page = read_page(path)
    assert "No alignment was found: agreement 0.12, where unrelated" in page.text
    assert "no better than chance" in page.text


def test_words_cannot_break_the_page(invoke: Invoke, tmp_path: Path) -> None:
    plain = rotated_translator(words=len(HOSTILE), stages=True)
    space = EmbeddingSpace("fr", HOSTILE, plain.source.vectors)
    save_checkpoint(replace(plain, source=space, target_words=HOSTILE), tmp_path / "fr-es")
    assert invoke("report", tmp_path / "fr-es").exit_code == 0
    path = tmp_path / "fr-es.report.html"
    page = read_page(path)
    assert "49" not in {cell for row in page.rows for cell in row}
    cells = {row[0] for row in page.rows if len(row) == 4}
    assert {word for word in HOSTILE if word.isprintable()} <= cells
    # What cannot be seen, or turns the line around, is written out.
    assert {r"ש\u202eab", r"nul\x00l"} <= cells
    assert "\x00" not in path.read_text("utf-8")
    # In the pictures too: `handle_data` has seen them as text, not as tags.
    assert html.escape(HOSTILE[3]) in path.read_text("utf-8")


def test_unequal_dimensions_are_drawn_and_explained(invoke: Invoke, tmp_path: Path) -> None:
    for number, (m, n) in enumerate([(6, 9), (8, 8)]):
        translator = rotated_translator(source_dimension=m, target_dimension=n)
        folder = tmp_path / f"pair-{number}"
        save_checkpoint(translator, folder)
        assert invoke("report", folder).exit_code == 0
        page = read_page(folder.with_name(f"{folder.name}.report.html"))
        assert ("missing ones are 0" in page.text) == (m != n)


@pytest.mark.parametrize("known", [True, False])
def test_the_certainty_is_a_probability_where_it_is_known(
    known: bool, invoke: Invoke, tmp_path: Path
) -> None:
    posterior = TranslationPosterior(
        temperature=0.1,
        none_share=0.2,
        sharpness=1.0,
        band_rows=np.zeros(1, np.int32),
        log_ratios=np.zeros((1, 13), np.float32),
        likeness_log_ratios=np.zeros(41, np.float32),
    )
    translator = replace(rotated_translator(), posterior=posterior if known else None)
    save_checkpoint(translator, tmp_path / "fr-es")
    assert invoke("report", tmp_path / "fr-es").exit_code == 0
    page = read_page(tmp_path / "fr-es.report.html")
    assert ("estimated without a dictionary" in page.text) == known
    assert ("no probability" in page.text) != known
    certainty = "probability" if known else "margin"
    assert ["word", "first answer", "second answer", certainty] in page.rows


@pytest.mark.parametrize("version", [1, 2])
def test_an_old_checkpoint_has_a_shorter_report(
    version: int, invoke: Invoke, tmp_path: Path
) -> None:
    path = tmp_path / "old.html"
    result = invoke("report", FORMATS / f"version-{version}", "--output", path)
    assert result.exit_code == 0, result.stderr
    page = read_page(path)
    assert "Nothing was recorded while the map was fitted." in page.text
    assert "No starts were recorded." in page.text
    assert ["after refinement", "0.200", "1.5 s"] in page.rows


@pytest.mark.parametrize("aligner", ["procrustes", "robot"])
def test_a_dictionary_is_named(invoke: Invoke, pair: Pair, tmp_path: Path, aligner: str) -> None:
    options = ["--aligner", aligner, "--lexicon", pair.lexicon]
    assert invoke(*pair.arguments(tmp_path / "fr-es"), *options).exit_code == 0
    page = read_page(tmp_path / "fr-es.report.html")
    assert "An alignment was found: agreement 1.00, where unrelated" in page.text
    assert "120 of 120 pairs lie in both vocabularies" in page.text
    assert re.search(r"1[0-9]{2} of 120 words of the lexicon are answered right", page.text)
    assert ["lexicon", "", "lexicon.txt", "", "120", ""] in page.rows


def test_none_is_written_where_none_is_wanted(
    invoke: Invoke, pair: Pair, tmp_path: Path, with_aligner: Callable[[Fit], None]
) -> None:
    with_aligner(scripted)
    arguments = pair.arguments(tmp_path / "fr-es")
    both = invoke(*arguments, "--report", tmp_path / "a.html", "--no-report")
    assert (both.exit_code, "exclude each other" in both.stderr) == (2, True)
    folder = invoke(*arguments, "--report", tmp_path)
    assert (folder.exit_code, "found a folder" in folder.stderr) == (2, True)
    assert list(tmp_path.iterdir()) == []
    assert invoke(*arguments, "--no-report").exit_code == 0
    assert [entry.name for entry in tmp_path.iterdir()] == ["fr-es"]


def test_a_resumed_run_reports_what_came_before(
    invoke: Invoke, pair: Pair, tmp_path: Path, with_aligner: Callable[[Fit], None]
) -> None:
    def interrupted(source: EmbeddingSpace, target: EmbeddingSpace, observe: Observer) -> Alignment:
        observe(Progress(stage="before", step=4, total=5, metrics={"loss": 2.0}))
        raise TrainingInterruptedError("stopped")

    arguments = pair.arguments(tmp_path / "fr-es")
    with_aligner(interrupted)
    assert invoke(*arguments).exit_code == 130
    observed = tmp_path / ".fr-es.state" / "observed.json"
    kept = observed.read_bytes()
    with_aligner(scripted)
    observed.write_bytes(kept[:-5])
    damaged = invoke(*arguments, "--resume")
    assert (damaged.exit_code, "damaged; start anew" in damaged.stderr) == (1, True)
    observed.write_bytes(kept)
    assert invoke(*arguments, "--resume").exit_code == 0
    rows = [row[:3] for row in read_page(tmp_path / "fr-es.report.html").rows]
    assert rows.index(["before", "4", "5"]) < rows.index(["neural-gw", "300", "300"])


def test_named_words_do_not_cover_each_other() -> None:
    rng = np.random.default_rng(0)
    before, after, target = (rng.standard_normal((300, 2)) for _ in range(3))
    plane = JointPlane(before=before, after=after, target=target, share=0.5)
    pairs = [(row, f"word-{row}", row, f"mot-{row}") for row in range(300)]
    for panel in draw_plane(plane, pairs):
        labels = re.findall(r'<text class="(\w+)" x="([\d.]+)" y="([\d.]+)"[^>]*>([^<]+)', panel)
        assert len(labels) == 24
        boxes = []
        for side, x, y, word in labels:
            left = float(x) - (0 if side == "source" else 6 * len(word))
            boxes.append((left, float(y), left + 6 * len(word)))
        for number, (left, y, right) in enumerate(boxes):
            for other_left, other_y, other_right in boxes[:number]:
                apart = right <= other_left or other_right <= left or abs(y - other_y) >= 11
                assert apart, labels
