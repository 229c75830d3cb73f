"""Spaces to and from other libraries and their files."""
