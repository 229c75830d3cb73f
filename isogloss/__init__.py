"""Translate words between languages from their embeddings alone."""
