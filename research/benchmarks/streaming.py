"""Streams a million vectors through `align`, beside the same work without HTTP.

    python -m research.benchmarks.streaming

Makes a checkpoint of random vectors with a known map, serves it by `isogloss serve`, and sends
vectors from this process while it reads the answers, in each form. Prints the rate beside that of
`Translator.align` in a process of its own, for lines of JSON also beside a loop there that reads
and writes them with orjson, and how much the memory of the server grows.
"""

from __future__ import annotations

import argparse
import http.client
import io
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import httpx
import numpy as np
import orjson
import psutil
import pyarrow as pa

from research.benchmarks.served import Server, make_checkpoint, serving
from research.measurement import RESULTS_FOLDER, read_results, save_results

SEED = 20261122
RESULTS = RESULTS_FOLDER / "streaming.json"
ROWS_AT_ONCE = 4096
MEBIBYTE = 2**20

_IN_PROCESS = """
import sys, time
from pathlib import Path
import numpy as np
import orjson
from isogloss.models.checkpoint import load_checkpoint
translator = load_checkpoint(Path(sys.argv[1]))
rows, dimension, at_once = int(sys.argv[2]), translator.source_dimension, int(sys.argv[3])
block = np.random.default_rng(0).standard_normal((at_once, dimension), np.float32)
def dumps(row):
    return orjson.dumps(row, option=orjson.OPT_SERIALIZE_NUMPY)
lines = [dumps(row) for row in block]
def answer(count):
    if sys.argv[4] == "vectors":
        translator.align(block[:count])
    else:
        read = np.array([orjson.loads(line) for line in lines[:count]], np.float32)
        b"\\n".join(dumps(row) for row in translator.align(read))
answer(at_once)
begun = time.perf_counter()
for begin in range(0, rows, at_once):
    answer(min(at_once, rows - begin))
print(rows / (time.perf_counter() - begun))
"""


@dataclass(frozen=True, slots=True)
class Form:
    """A form of rows.

    Attributes:
        media_type: Its name in HTTP.
        head: What stands before the rows, for a number of rows.
        block: Some rows.
        tail: What stands behind the rows.
        counted: Whether the length of the body is known, so that it need not be sent in chunks.

    """

    media_type: str
    head: Callable[[int], bytes]
    block: Callable[[np.ndarray], bytes]
    tail: bytes = b""
    counted: bool = False


def _npy_head(dimension: int) -> Callable[[int], bytes]:
    def head(rows: int) -> bytes:
        stream = io.BytesIO()
        np.lib.format.write_array_header_1_0(
            stream, {"descr": "<f4", "fortran_order": False, "shape": (rows, dimension)}
        )
        return stream.getvalue()

    return head


def forms(dimension: int) -> dict[str, Form]:
    """List the forms that stream."""
    schema = pa.schema([("vector", pa.list_(pa.float32(), dimension))])

    def arrow_block(vectors: np.ndarray) -> bytes:
        column = pa.FixedSizeListArray.from_arrays(pa.array(vectors.reshape(-1)), dimension)
        message: bytes = pa.record_batch([column], schema=schema).serialize().to_pybytes()
        return message

    return {
        "npy": Form(
            "application/x-npy", _npy_head(dimension), lambda block: block.tobytes(), counted=True
        ),
        "arrow": Form(
            "application/vnd.apache.arrow.stream",
            lambda _: schema.serialize().to_pybytes(),
            arrow_block,
            b"\xff\xff\xff\xff\x00\x00\x00\x00",
        ),
        "ndjson": Form(
            "application/x-ndjson",
            lambda _: b"",
            lambda block: b"".join(
                orjson.dumps(row, option=orjson.OPT_SERIALIZE_NUMPY) + b"\n" for row in block
            ),
        ),
    }


def body(form: Form, vectors: np.ndarray, rows: int) -> Iterator[bytes]:
    """Give out a body of so many rows, the same block again and again."""
    if head := form.head(rows):
        yield head
    block = form.block(vectors)
    for begin in range(0, rows, len(vectors)):
        left = rows - begin
        yield block if left >= len(vectors) else form.block(vectors[:left])
    if form.tail:
        yield form.tail


def send_and_read(address: str, path: str, form: Form, vectors: np.ndarray, rows: int) -> int:
    """Send rows while the answer is read; return how many bytes were answered."""
    connection = http.client.HTTPConnection(address.removeprefix("http://"), timeout=120)
    connection.putrequest("POST", path)
    connection.putheader("content-type", form.media_type)
    if form.counted:
        length = sum(len(piece) for piece in (form.head(rows),)) + rows * vectors[0].nbytes
        connection.putheader("content-length", str(length))
    else:
        connection.putheader("transfer-encoding", "chunked")
    connection.endheaders()

    def send() -> None:
        for piece in body(form, vectors, rows):
            connection.send(piece if form.counted else b"%x\r\n%b\r\n" % (len(piece), piece))
        if not form.counted:
            connection.send(b"0\r\n\r\n")

    sender = threading.Thread(target=send)
    sender.start()
    response = connection.getresponse()
    if response.status != http.client.OK:
        raise RuntimeError(f"{response.status}: {response.read(2000)!r}")
    buffer, answered = bytearray(MEBIBYTE), 0
    while count := response.readinto(buffer):
        answered += count
    sender.join()
    connection.close()
    _check_length(answered, rows, vectors)
    return answered


def _check_length(answered: int, rows: int, vectors: np.ndarray) -> None:
    """Refuse an answer that is too short to hold all rows."""
    if answered < rows * vectors[0].nbytes:
        raise RuntimeError(f"{rows} rows: expected more than {answered} bytes")


def check_answers(address: str, path: str, vectors: np.ndarray, expected: np.ndarray) -> None:
    """Compare what the service answers in each form with what the map gives.

    Raises:
        RuntimeError: They differ.

    """
    for name, form in forms(vectors.shape[1]).items():
        content = b"".join(body(form, vectors, len(vectors)))
        headers = {"content-type": form.media_type}
        answer = httpx.post(address + path, content=content, headers=headers).content
        if name == "npy":
            found = np.load(io.BytesIO(answer))
        elif name == "arrow":
            column = pa.ipc.open_stream(answer).read_all().column("vector")
            found = np.array(column.to_pylist(), np.float32)
        else:
            found = np.array([orjson.loads(line)["vector"] for line in answer.splitlines()])
        if not np.allclose(found, expected, atol=1e-6):
            raise RuntimeError(f"{name}: the answers are not those of the map")


def measure_form(
    server: Server, path: str, form: Form, vectors: np.ndarray, rows: int
) -> dict[str, float]:
    """Rate and memory of one stream."""
    send_and_read(server.address, path, form, vectors, 20_000)
    before = server.start_peak()
    begun = time.perf_counter()
    answered = send_and_read(server.address, path, form, vectors, rows)
    seconds = time.perf_counter() - begun
    return {
        "rows_per_second": rows / seconds,
        "answered_bytes": answered,
        "peak_growth_mebibytes": (server.peak() - before) / MEBIBYTE,
    }


def measure_late_reader(
    server: Server, path: str, form: Form, vectors: np.ndarray, rows: int
) -> dict[str, float]:
    """Stream by a client that reads only once it has sent all, as httpx does."""
    before = server.start_peak()
    begun = time.perf_counter()
    answered = 0
    with httpx.stream(
        "POST",
        server.address + path,
        content=body(form, vectors, rows),
        headers={"content-type": form.media_type},
        timeout=120,
    ) as response:
        response.raise_for_status()
        for piece in response.iter_raw():
            answered += len(piece)
    _check_length(answered, rows, vectors)
    return {
        "rows_per_second": rows / (time.perf_counter() - begun),
        "answered_bytes": answered,
        "peak_growth_mebibytes": (server.peak() - before) / MEBIBYTE,
    }


def measure_disconnection(
    server: Server, path: str, form: Form, vectors: np.ndarray
) -> dict[str, float]:
    """Processor time that the server uses after a client went away in the middle."""
    connection = http.client.HTTPConnection(server.address.removeprefix("http://"))
    connection.putrequest("POST", path)
    connection.putheader("content-type", form.media_type)
    connection.putheader("content-length", str(2**40))
    connection.endheaders()
    connection.send(form.head(10**9))
    block = form.block(vectors)
    reader = threading.Thread(target=_read_until_cut, args=(connection,))
    reader.start()
    for _ in range(20):
        connection.send(block)
    assert connection.sock is not None
    connection.sock.shutdown(2)
    reader.join()
    process = psutil.Process(server.process_id)
    first = process.cpu_times()
    time.sleep(0.2)
    second = process.cpu_times()
    time.sleep(1)
    third = process.cpu_times()
    return {
        "processor_seconds_in_the_first_0.2_s": round(
            second.user + second.system - first.user - first.system, 3
        ),
        "processor_seconds_in_the_next_second": round(
            third.user + third.system - second.user - second.system, 3
        ),
    }


def _read_until_cut(connection: http.client.HTTPConnection) -> None:
    try:
        response = connection.getresponse()
        while response.read(MEBIBYTE):
            pass
    except (OSError, http.client.HTTPException):
        pass


def in_process_rate(checkpoint: Path, rows: int, what: str = "vectors") -> float:
    """Vectors a second of `Translator.align` alone, in blocks of the better of two sizes.

    Args:
        checkpoint: Whose map it is.
        rows: How many.
        what: ``vectors`` as they are, or ``lines`` of JSON that are read and written too.

    """
    rates = []
    for at_once in (1024, ROWS_AT_ONCE):
        arguments = [str(checkpoint), str(rows), str(at_once), what]
        command = [sys.executable, "-c", _IN_PROCESS, *arguments]
        run = subprocess.run(command, check=True, capture_output=True, text=True)
        rates.append(float(run.stdout))
    return max(rates)


def measure(kind: str, rows: int, dimension: int, repetitions: int) -> list[dict[str, object]]:
    """All forms with one kind of map."""
    results: list[dict[str, object]] = []
    with tempfile.TemporaryDirectory() as folder:
        translator = make_checkpoint(
            Path(folder) / "fr-es", kind=kind, dimension=dimension, seed=SEED
        )
        path = "/v1/pairs/fr-es/align"
        vectors = np.random.default_rng(SEED).standard_normal((ROWS_AT_ONCE, dimension), np.float32)
        alone: list[float] = []
        lines_alone: list[float] = []
        streamed: dict[str, list[dict[str, float]]] = {}
        with serving(Path(folder)) as server:
            check_answers(server.address, path, vectors[:50], translator.align(vectors[:50]))
            for _ in range(repetitions):
                alone.append(in_process_rate(Path(folder) / "fr-es", rows))
                lines_alone.append(in_process_rate(Path(folder) / "fr-es", rows // 10, "lines"))
                for name, form in forms(dimension).items():
                    found = measure_form(server, path, form, vectors, rows_of(name, rows))
                    streamed.setdefault(name, []).append(found)
            late = measure_late_reader(server, path, forms(dimension)["npy"], vectors, rows)
            gone = measure_disconnection(server, path, forms(dimension)["npy"], vectors)
        streamed["npy, read late"] = [late]
        rate, rate_of_lines = statistics.median(alone), statistics.median(lines_alone)
        for name, runs in streamed.items():
            median = statistics.median(run["rows_per_second"] for run in runs)
            growth = max(run["peak_growth_mebibytes"] for run in runs)
            results.append(
                {
                    "map": kind,
                    "form": name,
                    "rows": rows_of(name, rows),
                    "rows_per_second": round(median),
                    "in_process_rows_per_second": round(rate),
                    "share": round(median / rate, 3),
                    **(_beside_lines(median, rate_of_lines) if name == "ndjson" else {}),
                    "peak_growth_mebibytes": round(growth, 1),
                    "seed": SEED,
                }
            )
            show(results[-1])
        results.append({"map": kind, "form": "npy, client gone", "seed": SEED, **gone})
    return results


def _beside_lines(streamed: float, alone: float) -> dict[str, float]:
    return {
        "in_process_with_json_rows_per_second": round(alone),
        "share_with_json": round(streamed / alone, 3),
    }


def rows_of(form: str, rows: int) -> int:
    """Rows that are sent: of lines a tenth, as they take long."""
    return rows // 10 if form == "ndjson" else rows


def show(row: dict[str, object]) -> None:
    """Print one line of the table."""
    print(
        f"{row['map']!s:10}{row['form']!s:16}{row['rows_per_second']:>12}"
        f"{row['in_process_rows_per_second']:>12}{row['share']:>8}{row['peak_growth_mebibytes']:>10}",
        flush=True,
    )


def main() -> None:
    """Measure, print, write."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--dimension", type=int, default=300)
    parser.add_argument("--repetitions", type=int, default=1)
    parser.add_argument("--maps", nargs="+", default=["linear", "residual"])
    parser.add_argument("--output", type=Path, default=RESULTS, metavar="FILE")
    options = parser.parse_args()
    print(f"{'map':10}{'form':16}{'rows/s':>12}{'alone':>12}{'share':>8}{'MiB':>10}")
    rows = [
        row
        for kind in options.maps
        for row in measure(kind, options.rows, options.dimension, options.repetitions)
    ]
    settings = {
        "rows": options.rows,
        "dimension": options.dimension,
        "repetitions": options.repetitions,
    }
    kept = [row for row in read_results(options.output) if row["map"] not in options.maps]
    save_results(options.output, sorted([*kept, *rows], key=lambda row: str(row["map"])), settings)


def table(rows: Sequence[Mapping[str, object]]) -> str:
    """Show the rows as the README does."""
    lines = [
        "| map | form | rows | rows a second | in process | share | with JSON | share "
        "| memory, MiB |",
        "| --- | --- | --- | --- | --- | --- | --- | --- | --- |",
    ]
    lines += [
        f"| {row['map']} | {row['form']} | {row['rows']:,} | {row['rows_per_second']:,} "
        f"| {row['in_process_rows_per_second']:,} | {row['share']:.2f} {_lines_columns(row)}"
        f"| {row['peak_growth_mebibytes']} |"
        for row in rows
        if "share" in row
    ]
    return "\n".join(lines)


def _lines_columns(row: Mapping[str, object]) -> str:
    if "share_with_json" not in row:
        return "| | "
    return f"| {row['in_process_with_json_rows_per_second']:,} | {row['share_with_json']:.2f} "


if __name__ == "__main__":
    main()
