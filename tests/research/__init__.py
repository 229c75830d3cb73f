"""Tests of the experiments and the measurements under `research`."""
