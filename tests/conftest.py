"""Fixtures that any test may ask for."""

pytest_plugins = ["tests.matrix_share", "tests.postgres"]
