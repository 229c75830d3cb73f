"""Align word-embedding spaces and translate words between them."""
