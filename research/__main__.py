"""`python -m research`: lists all experiments and measurements."""

from __future__ import annotations

from research.catalogue import EXPERIMENTS

if __name__ == "__main__":
    width = max(len(each.call) for each in EXPERIMENTS)
    for each in EXPERIMENTS:
        print(f"{each.call:{width}}  {each.shows} ({each.time})")
    print("\nEach has --help. Rows: research/results; pages: docs/results.")
