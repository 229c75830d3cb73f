"""The command line, the set-up scripts, the recipes and the sample."""
