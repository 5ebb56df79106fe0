"""The lines that logging wrote, read back."""

import json
import logging
from collections.abc import Callable, Iterator
from typing import Any

import pytest
import structlog

from adapters.observability.logging import QUIET, configure_logging

Lines = Callable[[], list[dict[str, Any]]]


@pytest.fixture
def lines(capsys: pytest.CaptureFixture[str]) -> Iterator[Lines]:
    """Everything logged so far as JSON objects; logging is as it was before afterwards."""
    root = logging.getLogger()
    before, level = list(root.handlers), root.level
    levels = {name: logging.getLogger(name).level for name in QUIET}
    configure_logging("info", "json", cache=False)
    yield lambda: [json.loads(line) for line in capsys.readouterr().err.splitlines()]
    structlog.reset_defaults()
    root.handlers = before
    root.setLevel(level)
    for name, known in levels.items():
        logging.getLogger(name).setLevel(known)
