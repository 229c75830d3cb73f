"""Checkpoints on the Hugging Face Hub, through `huggingface_hub`.

What is fetched is what the manifest lists, and nothing is opened before its hash agrees with the
manifest; nothing is unpickled. Hashes find accidents, not forgers: who may write the repository may
write its manifest too, so take a ``revision`` that you have checked.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from isogloss.models.checkpoint import read_manifest, save_checkpoint, sha256_of_file
from isogloss.models.checkpoint.manifest import MANIFEST_NAME
from isogloss.models.conversion.optional_packages import optional_package
from isogloss.models.errors import (
    NotPublishedError,
    OptionError,
    PublishingError,
    TransferError,
)
from isogloss.models.retrieval import Translator
from isogloss.models.retrieval.estimated_precision import estimated_precision, why_no_estimate

_REPOSITORY = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*/[A-Za-z0-9][A-Za-z0-9._-]*")
_LICENCE = re.compile(r"[a-z0-9][a-z0-9.-]*")
_OF_A_CHECKPOINT = ["*.safetensors", "*.json", "*.faiss"]
"""What an earlier version of the repository may hold and the new one does not."""


def fetch_checkpoint(
    repository: str,
    *,
    revision: str | None = None,
    token: str | None = None,
    cache: Path | None = None,
) -> Path:
    """Fetch the files that a manifest lists, and give their folder in the cache.

    Raises:
        OptionError: The name is not ``owner/name``.
        NotPublishedError: The repository, the revision or a file is not there.
        TransferError: The Hub cannot be reached.
        CheckpointError: The manifest cannot be used.
        DependencyError: ``huggingface_hub`` is not installed.

    """
    hub = _hub(repository)
    commit = revision

    def fetch(name: str) -> Path:
        with _named_errors(f"hf://{repository}/{name}"):
            return Path(
                hub.hf_hub_download(
                    repository,
                    name,
                    revision=commit,
                    token=token,
                    cache_dir=cache,
                    endpoint=os.environ.get("HF_ENDPOINT"),
                )
            )

    folder = fetch(MANIFEST_NAME).parent
    # The folder is named by the commit: the other files come from the same one.
    commit = folder.name
    for name in read_manifest(folder).files:
        fetch(name)
    return folder


def push(
    translator: Translator,
    repository: str,
    *,
    licence: str,
    private: bool = False,
    token: str | None = None,
    message: str | None = None,
) -> str:
    """Save a checkpoint to a repository, with a card; returns the address of the commit.

    Raises:
        OptionError: The name is not ``owner/name``, or the licence is empty.
        PublishingError: The Hub does not take it.
        DependencyError: ``huggingface_hub`` is not installed.

    """
    if not licence.strip():
        raise OptionError("licence: expected that of the vectors, for instance cc-by-sa-3.0")
    hub = _hub(repository)
    api = hub.HfApi(endpoint=os.environ.get("HF_ENDPOINT"), token=token)
    with TemporaryDirectory(prefix="isogloss-") as temporary:
        folder = Path(temporary) / "checkpoint"
        save_checkpoint(translator, folder)
        card = model_card(translator, folder, repository, licence.strip())
        (folder / "README.md").write_text(card, encoding="utf-8")
        try:
            api.create_repo(repository, private=private, exist_ok=True)
            done = api.upload_folder(
                repo_id=repository,
                folder_path=folder,
                commit_message=message or f"{translator.pair}, fitted by Isogloss",
                delete_patterns=_OF_A_CHECKPOINT,
            )
        except (hub.errors.HfHubHTTPError, OSError, ValueError, RuntimeError) as error:
            raise PublishingError(f"hf://{repository}: {_first_line(error)}") from error
    return str(done.commit_url)


def model_card(translator: Translator, folder: Path, repository: str, licence: str) -> str:
    """Write the card of a checkpoint: what it is, how sure, made of what, and how to use it."""
    source, target = translator.source.language, translator.target_language
    details, stages = translator.details, translator.alignment.stages
    estimate = estimated_precision(translator)
    named = (
        f"license: {licence}"
        if _LICENCE.fullmatch(licence)
        else f"license: other\nlicense_name: {_quoted(licence)}"
    )
    rows = [
        ("languages", f"{source} → {target}"),
        ("words", f"{len(translator.source.words):,} × {len(translator.target_words):,}"),
        ("dimensions", f"{translator.source_dimension} → {translator.target_dimension}"),
        ("licence of the vectors", licence),
        (
            "verdict",
            translator.verdict.text if translator.found else f"**{translator.verdict.text}**",
        ),
        (
            "right first answers",
            (why_no_estimate(translator) or "not estimated") if estimate is None else estimate.text,
        ),
        ("agreement", f"{stages[-1].criterion:.3f}" if stages else "not measured"),
        ("aligner", f"{details.aligner}, seed {details.seed}"),
        ("fitted", details.created.date().isoformat()),
        *((f"sha256 of {role}", f"`{digest}`") for role, digest in details.input_hashes.items()),
        (f"sha256 of {MANIFEST_NAME}", f"`{sha256_of_file(folder / MANIFEST_NAME)}`"),
    ]
    table = "\n".join(f"| {name} | {value.replace('|', '¦')} |" for name, value in rows)
    return f"""---
language:
- {_quoted(source)}
- {_quoted(target)}
{named}
library_name: isogloss
tags:
- word-translation
- word-embeddings
- isogloss
---

# {translator.pair}: words translated from their vectors

A map from the vectors of one language to those of another, with both vocabularies, fitted by
[Isogloss](https://github.com/isogloss/isogloss).

| | |
|---|---|
{table}

```python
import isogloss

pair = isogloss.load("hf://{repository}")
pair.translate([{translator.source.words[0]!r}], k=3)
```

Every file is checked against the sha256 in `{MANIFEST_NAME}` before it is opened; nothing is
unpickled. The licence is that of the vectors, as given by whoever published this.
"""


def _hub(repository: str) -> Any:
    if not _REPOSITORY.fullmatch(repository):
        raise OptionError(f"expected a repository such as owner/en-fr, found {repository!r}")
    optional_package("huggingface_hub.errors", purpose="hf://", install="'isogloss[hub]'")
    return optional_package("huggingface_hub", purpose="hf://", install="'isogloss[hub]'")


@contextmanager
def _named_errors(address: str) -> Iterator[None]:
    errors = optional_package("huggingface_hub.errors", purpose="hf://")
    try:
        yield
    except errors.LocalEntryNotFoundError as error:
        raise TransferError(address, "the Hub cannot be reached, and the cache lacks it") from error
    except (errors.EntryNotFoundError, errors.RepositoryNotFoundError) as error:
        raise NotPublishedError(address, _first_line(error)) from error
    except errors.RevisionNotFoundError as error:
        raise NotPublishedError(address, _first_line(error)) from error
    except (errors.HfHubHTTPError, OSError, ValueError) as error:
        raise TransferError(address, _first_line(error)) from error


def _first_line(error: BaseException) -> str:
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    return " ".join(lines[:2]) or type(error).__name__


def _quoted(text: str) -> str:
    # YAML takes `no` for false: Norwegian is written in quotes.
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'
