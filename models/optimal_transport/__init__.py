"""Discrete optimal transport: problems, solvers and their immutable outputs."""
