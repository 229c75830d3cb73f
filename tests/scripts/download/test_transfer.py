"""One file over HTTP, in spite of all that goes wrong on the way."""

from __future__ import annotations

import random
import resource
import shutil
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace

import httpx
import pytest

from isogloss.models.errors import DownloadError, NotPublishedError, StorageError, TransferError
from isogloss.scripts.download.transfer import Patience, open_client, transfer
from tests.scripts.download.conftest import IMPATIENT, Publisher

CONTENT = random.Random(0).randbytes(100_000)
PATH = "/vectors.bin"

Bring = Callable[[], None]


@pytest.fixture
def part(tmp_path: Path) -> Path:
    return tmp_path / "vectors.bin.part"


@pytest.fixture
def bring(publisher: Publisher, part: Path) -> Bring:
    publisher.files[PATH] = CONTENT

    def call() -> None:
        with open_client(IMPATIENT) as client:
            address = publisher.address + PATH
            transfer(client, address, part, observe=lambda *_: None, patience=IMPATIENT)

    return call


def interrupted(publisher: Publisher, bring: Bring, kept: int) -> None:
    """Let so many bytes come, and then nothing."""
    publisher.breaks = [kept, 0, 0, 0]
    with pytest.raises(TransferError, match="bytes are kept"):
        bring()
    publisher.breaks = []
    publisher.requests.clear()


def test_a_file_comes_whole(bring: Bring, part: Path, publisher: Publisher) -> None:
    bring()
    assert part.read_bytes() == CONTENT
    assert publisher.requests == [(PATH, None, None)]


def test_a_broken_connection_goes_on_where_it_broke(
    bring: Bring, part: Path, publisher: Publisher
) -> None:
    publisher.breaks = [30_000, 50_000]
    bring()
    assert part.read_bytes() == CONTENT
    assert publisher.requests == [
        (PATH, None, None),
        (PATH, "bytes=30000-", '"one"'),
        (PATH, "bytes=80000-", '"one"'),
    ]
    assert publisher.sent == len(CONTENT)


def test_a_later_attempt_goes_on(bring: Bring, part: Path, publisher: Publisher) -> None:
    interrupted(publisher, bring, 40_000)
    assert part.read_bytes() == CONTENT[:40_000]
    bring()
    assert part.read_bytes() == CONTENT
    assert publisher.requests == [(PATH, "bytes=40000-", '"one"')]


def test_a_server_without_parts_sends_all_again(
    bring: Bring, part: Path, publisher: Publisher
) -> None:
    publisher.ranges = False
    publisher.breaks = [30_000]
    bring()
    assert part.read_bytes() == CONTENT


@pytest.mark.parametrize("tag", [None, 'W/"weak"'])
def test_without_a_strong_tag_the_date_tells_files_apart(
    bring: Bring, part: Path, publisher: Publisher, tag: str | None
) -> None:
    publisher.tag, publisher.date = tag, "Sun, 22 Nov 2026 10:00:00 GMT"
    publisher.breaks = [30_000]
    bring()
    assert part.read_bytes() == CONTENT
    assert publisher.requests[1] == (PATH, "bytes=30000-", publisher.date)


def test_without_tag_and_date_nothing_is_pieced_together(
    bring: Bring, part: Path, publisher: Publisher
) -> None:
    publisher.tag = None
    publisher.breaks = [30_000]
    bring()
    assert part.read_bytes() == CONTENT
    assert publisher.requests[1] == (PATH, None, None)


@pytest.mark.parametrize("heeds_conditions", [True, False])
def test_a_file_that_changed_on_the_server_comes_anew(
    bring: Bring, part: Path, publisher: Publisher, heeds_conditions: bool
) -> None:
    interrupted(publisher, bring, 40_000)
    other = random.Random(1).randbytes(90_000)
    publisher.files[PATH], publisher.tag = other, '"two"'
    publisher.heeds_conditions = heeds_conditions
    bring()
    assert part.read_bytes() == other


@pytest.mark.parametrize("heeds_conditions", [True, False])
def test_a_file_that_became_shorter_comes_anew(
    bring: Bring, part: Path, publisher: Publisher, heeds_conditions: bool
) -> None:
    interrupted(publisher, bring, 40_000)
    publisher.files[PATH], publisher.tag = CONTENT[:40_000], '"two"'
    publisher.heeds_conditions = heeds_conditions
    publisher.files[PATH] = b"short"
    bring()
    assert part.read_bytes() == b"short"


def test_a_part_that_is_whole_already_is_taken(
    bring: Bring, part: Path, publisher: Publisher
) -> None:
    bring()
    bring()
    assert part.read_bytes() == CONTENT
    assert publisher.sent == len(CONTENT)


def test_a_body_of_unknown_length_ends_with_the_connection(
    bring: Bring, part: Path, publisher: Publisher
) -> None:
    publisher.announces_length = False
    bring()
    assert part.read_bytes() == CONTENT


def test_redirects_are_followed(bring: Bring, part: Path, publisher: Publisher) -> None:
    publisher.files["/elsewhere"] = publisher.files.pop(PATH)
    publisher.redirects[PATH] = "/elsewhere"
    publisher.breaks = [30_000]
    bring()
    assert part.read_bytes() == CONTENT
    assert publisher.requests[3] == ("/elsewhere", "bytes=30000-", '"one"')


def test_redirects_in_a_circle_end(bring: Bring, publisher: Publisher) -> None:
    publisher.redirects[PATH] = PATH
    with pytest.raises(TransferError, match="redirects"):
        bring()


def test_no_redirect_leaves_https() -> None:
    def answer(request: httpx.Request) -> httpx.Response:
        return httpx.Response(302, headers={"Location": "http://example.org/file"})

    with open_client(IMPATIENT) as client:
        client._transport = httpx.MockTransport(answer)
        client._mounts = {}
        with pytest.raises(DownloadError, match="expected a redirect to https"):
            client.get("https://example.org/file")


@pytest.mark.parametrize("status", [404, 403, 410, 401])
def test_what_is_not_published_is_said_at_once(
    bring: Bring, part: Path, publisher: Publisher, status: int
) -> None:
    publisher.statuses = [status]
    with pytest.raises(NotPublishedError, match=str(status)) as caught:
        bring()
    assert caught.value.address == publisher.address + PATH
    assert not part.exists()
    assert len(publisher.requests) == 1


def test_a_server_that_recovers_is_waited_for(
    bring: Bring, part: Path, publisher: Publisher
) -> None:
    publisher.statuses = [503, 429]
    bring()
    assert part.read_bytes() == CONTENT


def test_a_server_that_does_not_recover_is_given_up(bring: Bring, publisher: Publisher) -> None:
    publisher.statuses = [500] * 9
    with pytest.raises(TransferError, match=r"3 attempts failed.*500"):
        bring()
    assert len(publisher.requests) == 3


def test_failures_count_only_where_nothing_comes(
    bring: Bring, part: Path, publisher: Publisher
) -> None:
    publisher.breaks = [10_000] * 9
    bring()
    assert part.read_bytes() == CONTENT


def test_nobody_answers(bring: Bring, publisher: Publisher, part: Path) -> None:
    address = "http://127.0.0.1:1/nothing"
    with open_client(IMPATIENT) as client, pytest.raises(TransferError, match="3 attempts"):
        transfer(client, address, part, observe=lambda *_: None, patience=IMPATIENT)


def test_pauses_grow(monkeypatch: pytest.MonkeyPatch, part: Path) -> None:
    pauses: list[float] = []
    monkeypatch.setattr("isogloss.scripts.download.transfer.time.sleep", pauses.append)
    patience = Patience(attempts=4, seconds=0.5)
    with open_client(IMPATIENT) as client, pytest.raises(TransferError):
        transfer(client, "http://127.0.0.1:1/", part, observe=lambda *_: None, patience=patience)
    assert pauses == [0.5, 1.0, 2.0]


def test_a_disk_that_is_too_small_is_seen_before(
    bring: Bring, part: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(shutil, "disk_usage", lambda _: SimpleNamespace(free=99_999))
    with pytest.raises(StorageError, match=r"room for 100000 bytes.*found 99999"):
        bring()
    assert not part.exists()


def test_a_disk_that_becomes_full(bring: Bring, part: Path, publisher: Publisher) -> None:
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    # No file may grow beyond it: what a full disk does to a process that writes.
    resource.setrlimit(resource.RLIMIT_FSIZE, (50_000, before[1]))
    try:
        with pytest.raises(StorageError, match=r"cannot be written.*free some room.*50000 bytes"):
            bring()
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
    bring()
    assert part.read_bytes() == CONTENT
    assert publisher.requests[1] == (PATH, "bytes=50000-", '"one"')


def test_progress_is_told(publisher: Publisher, bring: Bring, part: Path) -> None:
    seen: list[tuple[int, int | None]] = []
    publisher.breaks = [30_000]
    with open_client(IMPATIENT) as client:
        transfer(
            client,
            publisher.address + PATH,
            part,
            observe=lambda done, total: seen.append((done, total)),
            patience=IMPATIENT,
        )
    assert seen[-1] == (100_000, 100_000)
    assert {total for _, total in seen} == {100_000}
    assert [done for done, _ in seen] == sorted(done for done, _ in seen)
