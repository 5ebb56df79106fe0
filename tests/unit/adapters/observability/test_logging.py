"""One line per event, the same for our loggers and for those of libraries."""

import logging
import sys

import pytest
import structlog

from adapters.observability.logging import configure_logging
from application.correlation import bind
from tests.unit.adapters.observability.conftest import Lines


def test_a_line_is_json_with_level_time_and_correlation(lines: Lines) -> None:
    with bind("abc-123"):
        structlog.get_logger().info("request", status=200, token="hunter2")
    (line,) = lines()
    assert line["event"] == "request"
    assert (line["level"], line["status"], line["correlation"], line["token"]) == ("info", 200, "abc-123", "***")
    assert line["timestamp"].endswith("Z")


def test_a_library_speaks_the_same_language_and_is_redacted_too(lines: Lines) -> None:
    logging.getLogger("some.library").warning("could not reach %s", "https://x:hunter2@example.se")
    (line,) = lines()
    assert line["logger"] == "some.library"
    assert line["event"] == "could not reach https://***@example.se"


@pytest.mark.parametrize("name", ["statemachine", "aiohttp.access", "sqlalchemy.engine", "alembic.runtime"])
def test_chatty_libraries_are_heard_from_warnings_on(lines: Lines, name: str) -> None:
    logging.getLogger(name).info("chatter")
    logging.getLogger(name).warning("news")
    assert [line["event"] for line in lines()] == ["news"]


def test_a_trace_is_kept_without_its_secrets(lines: Lines) -> None:
    try:
        raise ValueError("Bearer abcdefghij of anna@example.se")
    except ValueError as failure:
        structlog.get_logger().error("unexpected", exc_info=failure)
    (line,) = lines()
    assert "test_a_trace_is_kept" in line["exception"]
    assert "\n" in line["exception"]
    assert "Bearer ***" in line["exception"]
    assert "anna@" not in line["exception"]


def test_below_the_level_nothing_is_written(lines: Lines) -> None:
    configure_logging("warning", "json", cache=False)
    structlog.get_logger().info("quiet")
    assert lines() == []


def test_configuring_twice_does_not_write_twice(lines: Lines) -> None:
    configure_logging("info", "json", cache=False)
    logging.getLogger("some.library").warning("once")
    assert len(lines()) == 1


def test_the_console_style_is_for_reading(lines: Lines, capsys: pytest.CaptureFixture[str]) -> None:
    configure_logging("info", "console", cache=False)
    try:
        raise ValueError("anna@example.se")
    except ValueError as failure:
        structlog.get_logger().info("ready", url="http://127.0.0.1", exc_info=failure)
    told = capsys.readouterr().err
    assert "ready" in told
    assert "url=http://127.0.0.1" in told
    assert "anna@" not in told


def test_half_a_character_does_not_cost_the_line(lines: Lines) -> None:
    structlog.get_logger().info("request", merchant="\udcff", route="\udcff")
    assert [line["merchant"] for line in lines()] == ["?"]


def test_without_standard_error_nothing_happens(lines: Lines, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stderr", None)
    structlog.get_logger().warning("nobody hears it")
    logging.getLogger("some.library").warning("nobody hears it")
