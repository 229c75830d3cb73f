"""`isogloss download`: published vectors and dictionaries, into a cache folder."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from isogloss.models.errors import OptionError
from isogloss.scripts.download.publications import (
    DictionaryPart,
    PublishedFile,
    fasttext_vectors,
    muse_dictionary,
)
from isogloss.scripts.options import JsonOption
from isogloss.scripts.output import print_json
from isogloss.scripts.progress import ProgressBars

if TYPE_CHECKING:
    from isogloss.scripts.download.fetching import Fetched, Request, Watch

_LANGUAGE = re.compile(r"[a-z]{2,3}")
_PAIR = re.compile(r"[a-z]{2,3}-[a-z]{2,3}")

download = typer.Typer(
    name="download",
    help="Fetch published vectors or dictionaries.\n\nInto a cache; their licence is shown.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)

FolderOption = Annotated[
    Path | None,
    typer.Option(help="Folder of the cache.", show_default="the platform's, for this user"),
]
MirrorOption = Annotated[
    str | None, typer.Option(metavar="URL", help="Base address in place of the publisher's.")
]
AgainOption = Annotated[bool, typer.Option("--again", help="Fetch it even if it is in the cache.")]
Sha256Option = Annotated[
    str | None, typer.Option(metavar="HEX", help="Checksum that the published file must have.")
]


@download.command()
def fasttext(
    *,
    language: Annotated[str, typer.Option(help="Its code, such as fr; 157 are published.")],
    limit: Annotated[
        int | None, typer.Option(min=1, help="Stop after the N first words, the most frequent.")
    ] = None,
    subwords: Annotated[
        bool, typer.Option("--subwords", help="The .bin model, for words that it never saw too.")
    ] = False,
    folder: FolderOption = None,
    mirror: MirrorOption = None,
    again: AgainOption = False,
    sha256: Sha256Option = None,
    as_json: JsonOption = False,
) -> None:
    """Fetch fastText vectors of a language, trained on Common Crawl and Wikipedia."""
    from isogloss.scripts.download.fetching import fetch_file, fetch_first_words

    if not _LANGUAGE.fullmatch(language):
        raise OptionError(f"--language: expected a code such as fr, found {language!r}")
    if limit is not None and (subwords or sha256 is not None):
        raise OptionError(
            "--limit keeps the first words of the text file; it goes with neither --subwords nor "
            "--sha256, which mean whole files"
        )
    request = _request(folder, mirror, again, sha256)
    if limit is not None:
        words = limit
        _run(lambda watch: fetch_first_words(language, words, request, watch), as_json)
    else:
        file = fasttext_vectors(language, subwords=subwords)
        _run(lambda watch: fetch_file(file, request, watch), as_json)


@download.command()
def glove(
    *,
    dimension: Annotated[int, typer.Option(help="50, 100, 200 or 300.")] = 300,
    folder: FolderOption = None,
    mirror: MirrorOption = None,
    again: AgainOption = False,
    sha256: Sha256Option = None,
    as_json: JsonOption = False,
) -> None:
    """Fetch GloVe vectors of English words: the archive of all dimensions, and one out of it."""
    from isogloss.scripts.download.fetching import fetch_glove

    request = _request(folder, mirror, again, sha256)
    _run(lambda watch: fetch_glove(dimension, request, watch), as_json)


@download.command("muse-dictionary")
def muse(
    *,
    pair: Annotated[str, typer.Option(metavar="XX-YY", help="Languages, such as en-fr.")],
    part: Annotated[
        DictionaryPart, typer.Option(help="All of it, or its part to train or to test with.")
    ] = "full",
    folder: FolderOption = None,
    mirror: MirrorOption = None,
    again: AgainOption = False,
    sha256: Sha256Option = None,
    as_json: JsonOption = False,
) -> None:
    """Fetch a bilingual dictionary of MUSE."""
    from isogloss.scripts.download.fetching import fetch_file

    if not _PAIR.fullmatch(pair):
        raise OptionError(f"--pair: expected two languages such as en-fr, found {pair!r}")
    request = _request(folder, mirror, again, sha256)
    _run(lambda watch: fetch_file(muse_dictionary(pair, part), request, watch), as_json)


def _request(folder: Path | None, mirror: str | None, again: bool, sha256: str | None) -> Request:
    from isogloss.scripts.download.cache import default_folder
    from isogloss.scripts.download.fetching import Request

    if mirror is not None and not re.match(r"https?://[^/]", mirror):
        raise OptionError(f"--mirror: expected an http or https address, found {mirror!r}")
    if sha256 is not None and not re.fullmatch(r"[0-9a-fA-F]{64}", sha256):
        raise OptionError(f"--sha256: expected 64 hexadecimal digits, found {sha256!r}")
    return Request(folder=folder or default_folder(), mirror=mirror, again=again, sha256=sha256)


def _run(fetch: Callable[[Watch], Fetched], as_json: bool) -> None:
    from isogloss.scripts.download.fetching import Watch

    with ProgressBars() as bars:
        watch = Watch(
            announce=_announce, bytes_came=bars.observe_bytes, words_came=bars.observe_words
        )
        fetched = fetch(watch)
    record = fetched.record
    if as_json:
        print_json(
            {
                "path": str(fetched.path),
                "reused": fetched.reused,
                "address": record.address,
                "licence": record.licence,
                "citation": record.citation,
                "fetched": record.fetched,
                "bytes": record.bytes,
                "sha256": record.sha256,
                "words": record.words,
            }
        )
        return
    typer.echo(f"{fetched.path}")
    if fetched.reused:
        typer.echo(f"  in the cache since {record.fetched}, its checksum agrees", err=True)


def _announce(file: PublishedFile, address: str, path: Path) -> None:
    publication = file.publication
    for line in (
        publication.title,
        f"  from     {address}",
        f"  licence  {publication.licence}, {publication.licence_address}",
        f"  cite     {publication.citation}",
        f"  about    {publication.page}",
        f"  into     {path}",
    ):
        typer.echo(line, err=True)
