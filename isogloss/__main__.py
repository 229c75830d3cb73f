"""`python -m isogloss` is the command `isogloss`."""

from isogloss.scripts.cli import main

main()
