"""The experiments of the papers, one file each; `isogloss reproduce NAME` runs them."""
