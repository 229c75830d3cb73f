"""Ways to fit a map between two spaces, one per file."""
