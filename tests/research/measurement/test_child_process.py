"""The time and memory of a command, told apart from those of the process that started it."""

from __future__ import annotations

import json
import subprocess
import sys
import textwrap

import pytest

from research.measurement import peak_mebibytes, run_measured


def test_what_a_command_printed_and_how_it_ended() -> None:
    code = "import sys; print('été'); print('no', file=sys.stderr); sys.exit(3)"
    done = run_measured([sys.executable, "-X", "utf8", "-c", code])
    assert (done.exit_code, done.output, done.errors) == (3, "été\n", "no\n")


def test_much_output_does_not_block() -> None:
    done = run_measured([sys.executable, "-c", "print('x' * 2_000_000)"])
    assert len(done.output) == 2_000_001


def test_a_signal_is_told() -> None:
    code = "import os, signal; os.kill(os.getpid(), signal.SIGKILL)"
    assert run_measured([sys.executable, "-c", code]).exit_code == -9


def test_waiting_takes_time_but_no_processor() -> None:
    done = run_measured([sys.executable, "-c", "import time; time.sleep(0.7)"])
    assert done.seconds > 0.7
    assert done.processor_seconds < 0.6


def test_a_command_that_does_not_exist_is_an_error() -> None:
    with pytest.raises(FileNotFoundError):
        run_measured(["/does/not/exist"])


def measured_by_a_small_process(*sizes: int, held: int = 0) -> list[float | None]:
    """Run children that take so many MiB each, from a process that once held some itself."""
    code = f"""
        import json, sys
        from research.measurement import run_measured
        taken = b"x" * ({held} << 20)
        del taken
        print(json.dumps([
            run_measured([sys.executable, "-c", f"x = b'x' * ({{size}} << 20)"]).peak_mebibytes
            for size in {list(sizes)}
        ]))
    """
    command = [sys.executable, "-c", textwrap.dedent(code)]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    peaks: list[float | None] = json.loads(done.stdout)
    return peaks


def test_the_memory_is_that_of_this_child_and_not_of_an_earlier_one() -> None:
    large, small = measured_by_a_small_process(200, 60)
    assert large is not None
    assert small is not None
    assert 200 < large < 260
    assert 60 < small < 120


def test_memory_that_the_starting_process_hides_is_not_told() -> None:
    assert measured_by_a_small_process(60, held=300) == [None]


def test_the_peak_of_a_process_is_its_own() -> None:
    ballast = b"x" * (150 << 20)
    assert peak_mebibytes() > 150
    del ballast
    code = "from research.measurement import peak_mebibytes; print(peak_mebibytes())"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert float(done.stdout) < 100
