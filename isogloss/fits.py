"""From vectors to translators."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager, nullcontext
from functools import partial
from pathlib import Path

from isogloss.arguments import check_choice, language_of
from isogloss.models.aligners.hub import HubRecipe
from isogloss.models.aligners.recipe import Recipe
from isogloss.models.aligners.registry import AlignerName, find_aligner
from isogloss.models.choices import Device, Matching, OnError
from isogloss.models.errors import OptionError
from isogloss.models.fitting.hub import FittedHub, HubOptions, fit_many
from isogloss.models.fitting.inputs import ObserveReading, VectorInput
from isogloss.models.fitting.interruption import stops_on_interrupt
from isogloss.models.fitting.pair import PairOptions, fit_pair
from isogloss.models.fitting.recipe_files import find_recipe, read_recipe, recipe_from
from isogloss.models.progress.observation import Observer, ignore_progress
from isogloss.translator import Translator


def align(
    source: object,
    target: object,
    *,
    source_language: str | None = None,
    target_language: str | None = None,
    lexicon: object = None,
    aligner: AlignerName = "neural-gw",
    recipe: object = None,
    limit: int | None = None,
    seed: int = 0,
    device: Device = "auto",
    on_error: OnError = "fail",
    state: str | os.PathLike[str] | None = None,
    force: bool = False,
    progress: bool = True,
) -> Translator:
    """Fit the map between two languages and build the translator.

    >>> import isogloss
    >>> isogloss.align("en.vec", "fr.vec", aligner="procrustes", lexicon="train.txt", limit=800)
    <Translator en→fr, 800 × 800 words, found, about 71 % of first answers right>
    >>> english, french = isogloss.read("en.vec"), isogloss.read("fr.vec")
    >>> taught = {"window": "fenêtre", "file": ["fichier", "fichiers"]}
    >>> few = isogloss.align(english, french, aligner="procrustes", lexicon=taught, force=True)
    >>> few.verdict.title  # three pairs leave a map in 300 dimensions undetermined
    'not found'

    Args:
        source: Vectors to translate from, the most frequent word first: the path of a file, a
            :class:`~isogloss.Space`, ``(words, matrix)``, a dictionary of vectors, gensim
            ``KeyedVectors``, spaCy ``Vectors``, ``Vocab`` or a pipeline, a table of pandas, Arrow
            or Polars with a word and a list column.
        target: Vectors to translate to, likewise.
        source_language: Code, for instance ``en``; None: that of the space, or told from the name
            of the file.
        target_language: Likewise.
        lexicon: Known translations: the path of lines ``source target``, a dictionary, or pairs of
            words. ``procrustes`` and ``robot`` need one; ``neural-gw`` and ``self-learning`` begin
            with it where there is one.
        aligner: How the map is fitted.
        recipe: Settings: a name (``fast``, ``paper``, ``vectors``), the path of a TOML file, or its
            sections as dictionaries.
        limit: Take only the first so many words of each side.
        seed: Makes the fit repeatable.
        device: ``auto`` takes a GPU where there is one.
        on_error: ``fail`` raises at the first bad word; ``skip`` leaves it out.
        state: Folder in which an interrupted fit keeps what it has done; the same call with the
            same folder goes on. None: nothing is kept.
        force: Give the best map even where no alignment was found; its text says so.
        progress: Show bars, also in a notebook.

    Raises:
        NoAlignmentFoundError: Nothing was found; carries the agreement that was reached and the
            bound that it misses.
        InputError: Vectors, a lexicon or an option cannot be used; says what was expected.
        DivergenceError: The loss became NaN or exploded.
        TrainingInterruptedError: Ctrl-C, where ``state`` keeps what was done.
        ResumeError: ``state`` holds the state of another fit.

    """
    _check_choices(aligner, device, on_error)
    source_code = language_of(source, source_language, option="source_language")
    target_code = language_of(target, target_language, option="target_language")
    folder = None if state is None else Path(state)
    options = PairOptions(
        aligner=aligner,
        recipe=_recipe_of(recipe),
        lexicon=lexicon,
        limit=limit,
        seed=seed,
        device=device,
        on_error=on_error,
        state=folder,
        resume=folder is not None,
        keeps_failure=force,
    )
    guard = (
        nullcontext
        if folder is None
        else partial(
            stops_on_interrupt, go_on=f"the state is saved, the same call with {folder} goes on"
        )
    )
    with _shown(progress) as (observe, observe_reading):
        outcome = fit_pair(
            VectorInput(source=source, language=source_code),
            VectorInput(source=target, language=target_code),
            options,
            observe=observe,
            observe_reading=observe_reading,
            guard=guard,
        )
        if outcome.translator is None:
            outcome.discard_state()
            assert outcome.failure is not None
            raise outcome.failure
        translator = Translator.of(outcome.translator)
    outcome.discard_state()
    return translator


class Hub:
    """Several languages in one space, made by :func:`isogloss.align_many`.

    Attributes:
        fitted: The hub as the library has it.

    """

    def __init__(self, fitted: FittedHub) -> None:
        self.fitted = fitted

    @property
    def languages(self) -> tuple[str, ...]:
        """Codes of the languages."""
        return self.fitted.languages

    @property
    def directions(self) -> tuple[tuple[str, str], ...]:
        """All pairs of two different languages."""
        names = self.languages
        return tuple((one, other) for one in names for other in names if one != other)

    def __getitem__(self, direction: tuple[str, str]) -> Translator:
        """Build the translator of a direction, for instance ``hub["fr", "es"]``.

        Raises:
            OptionError: A language is not in the hub, or both are the same.

        """
        if not isinstance(direction, tuple) or len(direction) != 2:
            raise OptionError(
                f"expected two languages such as hub['fr', 'es'], found {direction!r}"
            )
        return Translator.of(self.fitted.translator(*direction))

    def save(
        self,
        folder: str | os.PathLike[str],
        directions: Iterable[tuple[str, str]] | None = None,
    ) -> tuple[Path, ...]:
        """Save a checkpoint for every direction, or for those that are named.

        Returns:
            The folders, for instance ``checkpoints/fr-es``.

        Raises:
            OptionError: A language is not in the hub.
            CheckpointError: A folder cannot be written.

        """
        chosen = self.directions if directions is None else tuple(directions)
        return tuple(self[pair].save(Path(folder) / "-".join(pair)) for pair in chosen)

    def __repr__(self) -> str:
        return f"<Hub {', '.join(self.languages)}>"


def align_many(
    sources: Mapping[str, object],
    *,
    aligner: AlignerName = "self-learning",
    recipe: object = None,
    rounds: int | None = None,
    matching: Matching = "mutual",
    limit: int | None = None,
    seed: int = 0,
    device: Device = "auto",
    on_error: OnError = "fail",
    force: bool = False,
    progress: bool = True,
) -> Hub:
    """Align several languages to one space, so that any of them translates to any other.

    ``hub = isogloss.align_many({"en": "en.vec", "fr": "fr.vec", "es": "es.vec"})`` fits two maps;
    ``hub["fr", "es"]`` is then a :class:`~isogloss.Translator` like any other.

    Args:
        sources: Language → its vectors, as :func:`isogloss.align` takes them. The others are
            aligned to the first.
        aligner: Fits each language to the first, without a lexicon.
        recipe: As for :func:`isogloss.align`.
        rounds: Rounds in which the hub moves to the middle of the languages; None: the default.
        matching: How words are paired with points of the hub.
        limit: Take only the first so many words of each language.
        seed: Makes the fit repeatable.
        device: ``auto`` takes a GPU where there is one.
        on_error: ``fail`` raises at the first bad word; ``skip`` leaves it out.
        force: Go on with the best map where none was found.
        progress: Show bars, also in a notebook.

    Raises:
        NoAlignmentFoundError: A language was not aligned to the first.
        InputError: Vectors or an option cannot be used; says what was expected.

    """
    _check_choices(aligner, device, on_error)
    check_choice(matching, Matching, option="matching")
    inputs = {
        code: VectorInput(source=given, language=language_of(given, code, option="sources"))
        for code, given in sources.items()
    }
    default = HubRecipe()
    options = HubOptions(
        aligner=aligner,
        recipe=_recipe_of(recipe),
        hub=HubRecipe(rounds=default.rounds if rounds is None else rounds, matching=matching),
        limit=limit,
        seed=seed,
        device=device,
        on_error=on_error,
        force=force,
    )
    with _shown(progress) as (observe, observe_reading):
        return Hub(fit_many(inputs, options, observe=observe, observe_reading=observe_reading))


def _recipe_of(given: object) -> Recipe:
    """Take a recipe: a name, the path of a TOML file, its sections as dictionaries, or None.

    Raises:
        OptionError: There is no recipe of this name.
        RecipeError: It holds an unknown key or a value of the wrong kind.

    """
    if given is None:
        return Recipe()
    if isinstance(given, Recipe):
        return given
    if isinstance(given, Mapping):
        return recipe_from(given, name="recipe")
    if isinstance(given, str | os.PathLike):
        return read_recipe(find_recipe(os.fspath(given)))
    raise OptionError(
        "recipe: expected a name, the path of a .toml file or a dictionary, found "
        f"{type(given).__name__}"
    )


def _check_choices(aligner: str, device: str, on_error: str) -> None:
    find_aligner(aligner)
    check_choice(device, Device, option="device")
    check_choice(on_error, OnError, option="on_error")


@contextmanager
def _shown(progress: bool) -> Iterator[tuple[Observer, ObserveReading]]:
    """Show what is going on: in a notebook below the cell, else on standard error."""
    if not progress:
        yield ignore_progress, lambda name, count: None
        return
    from isogloss.notebook_progress import NotebookProgress, in_notebook  # noqa: PLC0415

    if in_notebook():
        with NotebookProgress() as shown:
            yield shown.observe, shown.observe_reading
        return
    from isogloss.scripts.progress import ProgressBars  # noqa: PLC0415

    with ProgressBars() as bars:
        yield bars.observe, bars.observe_reading
