"""What faults do to checkpoints and to the service, counted.

    python -m research.benchmarks.faults

Each fault is described in the file that brings it about. `--only` runs some of them, by a part of
their name; the rows of the others stay as they were measured.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from research.benchmarks import full_disk, killed_saves, killed_workers, mixed_load, slow_clients
from research.measurement import RESULTS_FOLDER, read_results, save_results

RESULTS = RESULTS_FOLDER / "faults.json"
Row = dict[str, object]

FAULTS: Mapping[str, Callable[[argparse.Namespace], list[Row]]] = {
    "killed saves": lambda options: killed_saves.measure(options.times),
    "full disk": lambda options: [full_disk.measure_full_disk(options.times)],
    "unreadable files": lambda _: [full_disk.measure_unreadable_files()],
    "slow clients": lambda _: [slow_clients.measure(50, 300)],
    "killed workers": lambda options: [killed_workers.measure(options.kills)],
    "mixed load": lambda options: [mixed_load.measure(options.seconds)],
}


def table(rows: Sequence[Row]) -> str:
    """Show the rows as the README does."""
    lines = ["| fault | times | outcome |", "| --- | --- | --- |"]
    for row in sorted(rows, key=lambda row: str(row["fault"])):
        times = row.get("times", row.get("swaps"))
        lines.append(f"| {row['fault']} | {times} | {_outcome(row)} |")
    return "\n".join(lines)


def _outcome(row: Row) -> str:
    match row["fault"]:
        case "killed while it writes a checkpoint" | "killed while it swaps a checkpoint":
            return (
                f"{row['old_whole']} times the old one whole, {row['new_whole']} times the new "
                f"one; {row['lost']} lost, {row['half_loaded']} half-loaded, "
                f"{row['left_behind']} files left behind after the next save"
            )
        case "disk full while it saves":
            return (
                f"{row['old_whole']} times the old one whole, {row['named_errors']} named errors, "
                f"{row['other_errors']} others"
            )
        case "file of a checkpoint unreadable":
            return f"{row['named_errors']} named errors, {row['other_errors']} others"
        case "slow clients and half-open connections":
            still_open = row["still_open_after_three_times_as_long"]
            assert isinstance(still_open, dict)
            return (
                f"{row['failed']} of {row['requests']} requests of others failed; their median "
                f"{row['median_milliseconds_alone']} ms before, "
                f"{row['median_milliseconds_beside']} ms beside; "
                f"{sum(still_open.values())} connections still open after three times the "
                f"{row['seconds_allowed']} s allowed"
            )
        case "worker killed under load":
            return (
                f"{row['failed']} of {row['requests']} requests failed, {row['retried']} were sent "
                f"again; replaced within {row['longest_replacement_seconds']} s"
            )
    return (
        f"{row['failed']} of {row['requests']} requests failed in {row['seconds']} s; median "
        f"{row['median_milliseconds']} ms, p99 {row['p99_milliseconds']} ms; memory "
        f"{row['mebibytes_second_fifth']} MiB in the second fifth of the time, "
        f"{row['mebibytes_last_fifth']} MiB in the last"
    )


def main() -> None:
    """Bring the faults about, print, write."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--only", nargs="+", default=list(FAULTS), metavar="NAME")
    parser.add_argument("--times", type=int, default=100, help="kills and full disks")
    parser.add_argument("--kills", type=int, default=10, help="killed workers")
    parser.add_argument("--seconds", type=float, default=600, help="of mixed load")
    parser.add_argument("--output", type=Path, default=RESULTS, metavar="FILE")
    options = parser.parse_args()
    for name, measure in FAULTS.items():
        if any(part in name for part in options.only):
            add_rows(options.output, measure(options))
    print(table(read_results(options.output)))


def add_rows(path: Path, new: Sequence[Row]) -> None:
    """Write rows in place of older ones of the same faults."""
    faults = {row["fault"] for row in new}
    kept = [row for row in read_results(path) if row["fault"] not in faults]
    rows = sorted([*kept, *new], key=lambda row: str(row["fault"]))
    save_results(path, rows, {"seed": 0})


if __name__ == "__main__":
    main()
