"""Rows in, rows out, without ever holding all of them."""
