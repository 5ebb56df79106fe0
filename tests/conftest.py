"""Fixtures that any test may ask for."""

from hypothesis import settings

pytest_plugins = ["tests.matrix_share", "tests.postgres"]

settings.register_profile("patient", deadline=None)  # a busy machine is no fault of what is tried on it
settings.load_profile("patient")
