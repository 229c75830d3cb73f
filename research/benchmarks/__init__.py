"""Measurements, each a script that writes what it measured to `research/results`."""
