"""Maps between normalised spaces: fitted ones, networks in training, the alignment of a pair."""
