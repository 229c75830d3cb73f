"""What `isogloss train` prints at its end."""

from __future__ import annotations

import shlex
from collections.abc import Iterator, Mapping, Sequence
from textwrap import wrap

from isogloss.models.retrieval import Ranking, Translator
from isogloss.models.retrieval.back_search import BackSearch
from isogloss.models.retrieval.estimated_precision import estimated_precision, why_no_estimate
from isogloss.models.retrieval.examples import example_words
from isogloss.models.spaces.lexicon_fit import LexiconFit
from isogloss.models.spaces.readers import ReadReport
from isogloss.models.verdict import Verdict
from isogloss.scripts.output import console, notice
from isogloss.scripts.training import TrainingOutcome
from isogloss.scripts.wording import stage_title

_EXAMPLES = 5
_INDENT = 10
_WIDTH = 78


def as_document(outcome: TrainingOutcome) -> dict[str, object]:
    """Give the outcome as one JSON document."""
    source, target = outcome.reports
    estimate = None if outcome.translator is None else estimated_precision(outcome.translator)
    return {
        "found": outcome.alignment.found,
        "verdict": outcome.alignment.verdict.as_dict(),
        "output": None if outcome.output is None else str(outcome.output),
        "report": None if outcome.report is None else str(outcome.report),
        "seconds": outcome.seconds,
        "estimated_precision": None if estimate is None else estimate.share,
        "stages": [
            {"name": stage.name, "criterion": stage.criterion, "seconds": stage.seconds}
            for stage in outcome.alignment.stages
        ],
        "source": _reading(source),
        "target": _reading(target),
        **({} if outcome.lexicon is None else {"lexicon": _lexicon(outcome.lexicon)}),
    }


def print_outcome(outcome: TrainingOutcome, *, verbose: bool = False) -> None:
    """Print what was found, how sure it is, how good it may be, examples, and what to do next."""
    out = console()

    def say(line: str = "") -> None:
        out.print(line, markup=False, soft_wrap=True)

    for line in _lines(outcome, verbose=verbose):
        say(line)
    if outcome.output is not None and outcome.failure is not None:
        notice("this checkpoint was forced; its translations are no better than chance")


def _lines(outcome: TrainingOutcome, *, verbose: bool) -> Iterator[str]:
    translator, output = outcome.translator, outcome.output
    if outcome.failure is not None:
        yield f"alignment: {outcome.alignment.verdict.title}"
    else:
        yield f"alignment: found{'' if translator is None else f', {translator.pair}'}"
    yield from _input_lines(outcome, verbose=verbose)
    if verbose:
        for stage in outcome.alignment.stages:
            text = f"agreement {stage.criterion:.3f}, {stage.seconds:.1f} s"
            yield from _entry("stage", f"{stage_title(stage.name)}: {text}")
    yield from _grounds(outcome.alignment.verdict)
    if translator is not None and outcome.failure is None:
        estimate = estimated_precision(translator)
        if estimate is None:
            yield from _entry("right", f"not estimated: {why_no_estimate(translator)}")
        else:
            yield from _entry("right", estimate.text)
        yield ""
        yield from _examples(translator)
        yield ""
    if output is not None:
        yield from _entry("saved", f"{output} ({outcome.seconds:.0f} s)", wrapped=False)
    if outcome.report is not None:
        yield from _entry("report", str(outcome.report), wrapped=False)
    if output is not None and outcome.failure is None:
        yield ""
        place = shlex.quote(str(output))
        word = _example_words(translator)[0] if translator is not None else "WORD"
        yield f"next: isogloss translate {place} {shlex.quote(word)}"
        yield f"      isogloss serve --checkpoints {place}"


def _input_lines(outcome: TrainingOutcome, *, verbose: bool) -> Iterator[str]:
    if outcome.lexicon is not None:
        yield from _entry("lexicon", str(outcome.lexicon))
    unclean = [report for report in outcome.reports if _remarks(report)]
    for report in outcome.reports if verbose else unclean:
        yield from _entry("read", _reading_line(report))


def _grounds(verdict: Verdict) -> Iterator[str]:
    """Say how the verdict is known, what the lexicon says, and what to try in its place."""
    yield from _entry("sure" if verdict.found else "why", verdict.reason)
    if verdict.lexicon is not None and (told := verdict.lexicon.held_out_text) is not None:
        yield from _entry("", told)
    if verdict.advice is not None:
        yield from _entry("try", verdict.advice)


def _example_words(translator: Translator | None) -> tuple[str, ...]:
    if translator is None:
        return ()
    return example_words(translator, BackSearch.build(translator), _EXAMPLES)


def _examples(translator: Translator) -> Iterator[str]:
    ranking: Ranking = "probability" if translator.posterior is not None else "csls"
    words = _example_words(translator)
    width = max((len(word) for word in words), default=0)
    for answer in translator.translate(words, 3, ranking):
        found = ", ".join(_shown(each.word, each.score, ranking) for each in answer.neighbours)
        yield f"{'':{_INDENT}}{answer.word:<{width}}  {found}"


def _shown(word: str, score: float, ranking: Ranking) -> str:
    return f"{word} {score:.0%}".replace("%", " %") if ranking == "probability" else word


def _entry(title: str, text: str, *, wrapped: bool = True) -> Sequence[str]:
    lines = wrap(text, _WIDTH - _INDENT, break_on_hyphens=False) if wrapped else [text]
    return [f"{title if not row else '':<{_INDENT}}{line}" for row, line in enumerate(lines)]


def _reading(report: ReadReport) -> Mapping[str, object]:
    return {
        "path": str(report.path),
        "format": report.format,
        "words": report.kept,
        "dimension": report.dimension,
        "zero_vectors": report.zero_vectors,
        "byte_order_mark": report.byte_order_mark,
        "skipped": dict(report.skipped),
        "first_skipped": dict(report.examples),
    }


def _lexicon(fit: LexiconFit) -> Mapping[str, object]:
    return {
        "pairs": fit.pairs,
        "usable": fit.usable,
        "sources_missing": fit.sources_missing,
        "targets_missing": fit.targets_missing,
        "advice": fit.advice or None,
        "groups": [
            {"sources": shape[0], "targets": shape[1], "count": count}
            for shape, count in fit.groups.items()
        ],
    }


def _reading_line(report: ReadReport) -> str:
    line = f"{report.path}: {report.kept} words, {report.dimension} dimensions ({report.format})"
    return "; ".join((line, *_remarks(report)))


def _remarks(report: ReadReport) -> tuple[str, ...]:
    """Say what a user should know of a file even if nobody asks."""
    remarks = []
    if report.zero_vectors:
        remarks.append(f"{report.zero_vectors} zero vectors")
    if report.byte_order_mark:
        remarks.append("a byte-order mark was dropped")
    for reason, count in report.skipped.items():
        remarks.append(f"skipped {count} ({reason}, first at {report.examples.get(reason)})")
    return tuple(remarks)
