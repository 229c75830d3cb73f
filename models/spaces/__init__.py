"""Words and their vectors: spaces, the files they come from, lexicons, normalisation."""
