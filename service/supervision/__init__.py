"""Several processes that answer on one port, and are replaced when they die or hang.

Imports nothing: a new process says that it lives before it loads the rest.
"""
