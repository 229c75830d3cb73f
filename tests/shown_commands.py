"""Commands as documents show them: after a dollar, over several lines, with what they print."""

from __future__ import annotations


def commands_of(block: str) -> list[str]:
    """Take the commands of a `console` block, each on one line, without what they print.

    >>> commands_of("$ isogloss info \\\\\\n    en-fr\\nfr, 5,000 words\\n$ ls\\n")
    ['isogloss info en-fr', 'ls']
    """
    found: list[str] = []
    goes_on = False
    for line in block.splitlines():
        if line.startswith("$ "):
            found.append(line.removeprefix("$ "))
        elif goes_on:
            found[-1] += f" {line.strip()}"
        else:
            continue
        goes_on = found[-1].endswith("\\")
        found[-1] = found[-1].removesuffix("\\").rstrip()
    assert found, block
    return found
