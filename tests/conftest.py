"""Checks every shape annotation of `models` while the tests run; makes hypothesis repeatable."""

from hypothesis import HealthCheck, settings
from jaxtyping import install_import_hook

# Before any module of `models` is imported: a module that is already loaded stays unchecked.
install_import_hook(["isogloss.models", "research.methods"], "beartype.beartype")

# The same examples on every machine and in every run; a busy machine is no reason to fail.
settings.register_profile(
    "repeatable",
    derandomize=True,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow],
)
settings.load_profile("repeatable")
