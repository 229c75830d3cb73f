from __future__ import annotations

from pathlib import Path

import pytest
import torch
from safetensors import SafetensorError

from isogloss.models.errors import FileError, ResumeError
from isogloss.models.progress import journal as journal_module
from isogloss.models.progress.journal import DirectoryJournal, Journal, NoJournal

FINGERPRINT = {"aligner": "neural-gw", "seed": "0", "source": "a" * 64}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "run" / "state"


@pytest.fixture
def journal(folder: Path) -> DirectoryJournal:
    opened = DirectoryJournal.open(folder, fingerprint=FINGERPRINT, resume=False)
    opened.record("start-1", {"weight": torch.arange(6.0).view(2, 3), "step": torch.tensor(7)})
    return opened


def resume(folder: Path, **changes: str) -> DirectoryJournal:
    return DirectoryJournal.open(folder, fingerprint={**FINGERPRINT, **changes}, resume=True)


def test_recalls_what_was_recorded(journal: DirectoryJournal, folder: Path) -> None:
    remembered = resume(folder).recall("start-1")
    assert remembered is not None
    assert torch.equal(remembered["weight"], torch.arange(6.0).view(2, 3))
    assert int(remembered["step"]) == 7
    assert resume(folder).recall("start-2") is None


def test_records_in_place_of_what_was_there(journal: DirectoryJournal) -> None:
    journal.record("start-1", {"other": torch.ones(1)})
    remembered = journal.recall("start-1")
    assert remembered is not None
    assert set(remembered) == {"other"}


def test_keeps_gradients_and_views_out_of_the_file(journal: DirectoryJournal) -> None:
    parameter = torch.nn.Parameter(torch.arange(6.0).view(2, 3))
    journal.record("start-2", {"transposed": parameter.T})
    remembered = journal.recall("start-2")
    assert remembered is not None
    assert torch.equal(remembered["transposed"], parameter.detach().T)


def test_a_fresh_run_forgets_the_one_before(journal: DirectoryJournal, folder: Path) -> None:
    fresh = DirectoryJournal.open(folder, fingerprint=FINGERPRINT, resume=False)
    assert fresh.recall("start-1") is None
    assert resume(folder).recall("start-1") is None


def test_resuming_where_nothing_is_begins_a_run(folder: Path) -> None:
    opened = resume(folder)
    assert opened.recall("start-1") is None
    opened.record("start-1", {"weight": torch.ones(1)})
    assert resume(folder).recall("start-1") is not None


def test_another_run_is_not_resumed_and_nothing_is_lost(
    journal: DirectoryJournal, folder: Path
) -> None:
    with pytest.raises(ResumeError, match=r"differs in: recipe, seed$"):
        resume(folder, seed="1", recipe="b" * 64)
    assert resume(folder).recall("start-1") is not None


def test_a_field_that_is_missing_differs(journal: DirectoryJournal, folder: Path) -> None:
    fewer = {name: value for name, value in FINGERPRINT.items() if name != "source"}
    with pytest.raises(ResumeError, match=r"differs in: source$"):
        DirectoryJournal.open(folder, fingerprint=fewer, resume=True)


@pytest.mark.parametrize("content", [b"{", b"", b"[]", b"null", b"3", b"\xff"])
def test_a_damaged_fingerprint_is_a_resume_error(
    content: bytes, journal: DirectoryJournal, folder: Path
) -> None:
    (folder / "fingerprint.json").write_bytes(content)
    with pytest.raises(ResumeError, match=r"fingerprint\.json"):
        resume(folder)
    assert journal.recall("start-1") is not None


@pytest.mark.parametrize("keep", [0, 4, 40, -1])
def test_a_damaged_unit_is_a_resume_error(
    keep: int, journal: DirectoryJournal, folder: Path
) -> None:
    path = folder / "start-1.safetensors"
    path.write_bytes(path.read_bytes()[:keep])
    with pytest.raises(ResumeError, match=r"start-1\.safetensors"):
        resume(folder).recall("start-1")


def test_a_record_that_breaks_off_leaves_the_one_before(
    journal: DirectoryJournal, monkeypatch: pytest.MonkeyPatch
) -> None:
    def half(tensors: object, path: Path) -> None:
        path.write_bytes(b"half")
        raise OSError("disk full")

    monkeypatch.setattr(journal_module, "save_file", half)
    with pytest.raises(FileError, match="disk full"):
        journal.record("start-1", {"weight": torch.zeros(1)})
    remembered = journal.recall("start-1")
    assert remembered is not None
    assert torch.equal(remembered["weight"], torch.arange(6.0).view(2, 3))


def test_a_reader_keeps_the_file_that_it_opened(journal: DirectoryJournal, folder: Path) -> None:
    path = folder / "start-1.safetensors"
    before = path.read_bytes()
    with path.open("rb") as reader:
        journal.record("start-1", {"weight": torch.zeros(1)})
        assert reader.read() == before
    assert path.read_bytes() != before
    assert {file.name for file in folder.iterdir()} == {"fingerprint.json", path.name}


def test_discards_everything(journal: DirectoryJournal, folder: Path) -> None:
    journal.discard()
    assert not folder.exists()
    journal.discard()


def test_no_journal_remembers_nothing() -> None:
    silent: Journal = NoJournal()
    silent.record("start-1", {"weight": torch.ones(1)})
    assert silent.recall("start-1") is None


@pytest.mark.parametrize("error", [OSError(28, "No space left on device"), SafetensorError("full")])
def test_a_full_disk_is_named_with_the_folder(
    journal: DirectoryJournal, monkeypatch: pytest.MonkeyPatch, error: Exception
) -> None:
    def fail(*_: object) -> None:
        raise error

    monkeypatch.setattr(journal_module, "save_file", fail)
    with pytest.raises(FileError, match=r"state: the state of the run cannot be written: \w+"):
        journal.record("start-2", {"weight": torch.ones(2)})


def test_a_folder_that_cannot_be_made_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(FileError, match="cannot be written: Not a directory"):
        DirectoryJournal.open(tmp_path / "file" / "state", fingerprint={}, resume=False)
