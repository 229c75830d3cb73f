"""Nearest neighbours in the target space: the index and the translator that the service knows."""
