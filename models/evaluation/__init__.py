"""Independent measures of a map: precision against a lexicon."""
