"""Games between networks: how one is played, judged and kept."""
