"""All experiments and measurements: the command, what it shows, how long it takes, where it is."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from research.measurement import RESULTS_FOLDER


@dataclass(frozen=True, slots=True)
class Experiment:
    """One command of `research`.

    Attributes:
        module: What is run, below `research`: ``papers.NAME`` for an experiment of a paper, by
            ``python -m research.papers COMMAND``, any other by ``python -m research.MODULE``.
        shows: What it shows, in a line.
        time: How long it takes on one or two cores, as far as is known.
        results: Files below `research/results`.
        page: Below `docs/results`; None where nothing of it is shown.
        command: Name of a paper's experiment on the command line; None for the others.

    """

    module: str
    shows: str
    time: str
    results: tuple[str, ...]
    page: str | None
    command: str | None = None

    @property
    def call(self) -> str:
        """What is typed in a clone of the repository."""
        if self.command is None:
            return f"python -m research.{self.module}"
        return f"python -m research.papers {self.command}"


def _paper(command: str, shows: str, time: str, page: str, module: str | None = None) -> Experiment:
    name = module or command.replace("-", "_")
    file = "joint-embedding.json" if command == "joint-embedding" else f"{name}.json"
    return Experiment(f"papers.{name}", shows, time, (file,), page, command)


def _benchmark(
    name: str, shows: str, time: str, page: str, *, results: tuple[str, ...] | None = None
) -> Experiment:
    files = (f"{name}.json",) if results is None else results
    return Experiment(f"benchmarks.{name}", shows, time, files, page)


EXPERIMENTS: tuple[Experiment, ...] = (
    _benchmark("reliability", "26 directions, by step and seed", "hours", "languages"),
    _benchmark(
        "confidence",
        "the picture of the probabilities",
        "seconds",
        "probabilities",
        results=("reliability.json",),
    ),
    _benchmark("comparison", "all aligners on three pairs", "an hour", "aligners"),
    _benchmark(
        "hub",
        "several languages through one hub",
        "half an hour",
        "hub",
        results=("hub.json", "hub_directions.json"),
    ),
    Experiment(
        "peers",
        "other programs on the same files",
        "minutes to hours a program",
        ("peers.json",),
        None,
    ),
    _benchmark(
        "noisy_dictionary", "dictionaries that are wrong in part", "hours", "noisy-dictionaries"
    ),
    Experiment(
        "benchmarks.verdict",
        "what chance reaches, and how little is found all the same",
        "an hour",
        ("verdict.json",),
        None,
    ),
    _benchmark(
        "estimates",
        "the estimated share of right answers, beside dictionaries",
        "an hour",
        "probabilities",
    ),
    _benchmark("criteria", "which criterion ranks maps", "half an hour", "criteria"),
    _benchmark("robustness", "what the default fit holds against", "an hour", "robustness"),
    _benchmark(
        "random_start", "NGW between words from a random start", "20 minutes", "random-start"
    ),
    _benchmark("distortions", "what NGW adds to an orthogonal map", "15 minutes", "distortions"),
    _benchmark("matching", "IPOT between vocabularies", "minutes", "matching"),
    _benchmark(
        "training_cost", "processor seconds of a fit, by phase", "half an hour", "training-cost"
    ),
    _benchmark("rounded_products", "fits with products in TF32", "20 minutes", "training-cost"),
    _benchmark("reading", "reading beside gensim", "minutes", "reading"),
    _benchmark("start_up", "start of the command line and of imports", "minutes", "start-up"),
    _benchmark("serving", "speed and memory of the service", "half an hour", "service"),
    _benchmark("indexes", "approximate indexes", "half an hour", "indexes"),
    _benchmark("streaming", "streams of rows", "minutes", "streams"),
    _benchmark("faults", "kills, full disks, slow clients", "15 minutes", "faults"),
    _paper("ngw-gaussians", "NGW, Table 1: Gaussians", "minutes to hours", "gaussians"),
    _paper("ngw-toys", "NGW, Fig. 2 and 3: mixtures", "minutes", "toys"),
    _paper("ngw-glove", "NGW, Table 2: unequal dimensions", "a minute a seed", "dimensions"),
    _paper("ngw-languages", "NGW, Table 3: held-out words", "an hour", "held-out-words"),
    _paper("ipot", "IPOT, chapter 2.4", "minutes to an hour", "ipot"),
    _paper("barycenter", "IPOT's barycenters of digits", "minutes", "barycenter"),
    _paper("negw", "NEGW, Fig. 2 and 3", "40 minutes", "negw"),
    _paper("spot", "SPOT, Fig. 3.2 to 3.6", "half an hour", "spot"),
    _paper("daspot", "DASPOT: labels carried over", "15 minutes", "daspot"),
    _paper(
        "joint-embedding", "EW_λ: Table 1 and the figures", "10 minutes and more", "joint-embedding"
    ),
    _paper("robot", "ROBOT: shuffled regression", "minutes", "shuffled-regression"),
    _paper(
        "soft-topk", "SOFT top-k: error, time, neighbours", "minutes", "soft-top-k", "soft_top_k"
    ),
    _paper("gw-gan", "GW-GAN, Fig. 2 to 10", "12 minutes", "gw-gan"),
    _paper("gw-gan-vocabulary", "GW-GAN: vocabularies", "minutes", "gw-gan"),
)


def _linked(name: str) -> str:
    return f"[{name}](results/{name})" if (RESULTS_FOLDER / name).exists() else f"{name}, not yet"


def table(experiments: Iterable[Experiment] = EXPERIMENTS) -> str:
    """Lay them out as Markdown, for the README of this folder."""
    lines = ["| command | shows | time | rows | page |", "|---|---|---|---|---|"]
    for each in experiments:
        rows = ", ".join(_linked(name) for name in each.results)
        page = "" if each.page is None else f"[{each.page}](../docs/results/{each.page}.md)"
        lines.append(f"| `{each.call}` | {each.shows} | {each.time} | {rows} | {page} |")
    return "\n".join(lines)
