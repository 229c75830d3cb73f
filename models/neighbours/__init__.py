"""Nearest vectors, exactly: by CSLS between two sides, and by product among many."""
