"""Experiments of the papers, and measurements: what the figures of the documentation come from."""
