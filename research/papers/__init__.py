"""The experiments of the papers, one file each; `python -m research.papers NAME` runs them."""
