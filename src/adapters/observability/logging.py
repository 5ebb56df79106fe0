"""Log lines of this process: one format for our own and for libraries' loggers, on standard error."""

import logging
import sys
from collections.abc import MutableMapping, Sequence
from typing import Any

import msgspec
import structlog
from structlog.types import Processor

from adapters.observability.redaction import redact
from application.correlation import correlation_id

QUIET = ("statemachine", "aiohttp", "sqlalchemy", "alembic", "asyncio", "python_multipart")
"""Libraries that are only heard from `warning` on."""

_ENCODER = msgspec.json.Encoder(enc_hook=str)


def configure_logging(level: str = "info", style: str = "json", *, cache: bool = True) -> None:
    """Set up structlog and the standard library for the process. `style` is `json` or `console`.

    Without `cache` loggers made earlier follow a later call (tests).
    """
    threshold = logging.getLevelNamesMapping()[level.upper()]
    structlog.configure(
        processors=[*_shared(), _renderer(style)],
        wrapper_class=structlog.make_filtering_bound_logger(threshold),
        logger_factory=_StandardError(),
        cache_logger_on_first_use=cache,
    )
    _bridge(threshold, style)


def _shared() -> Sequence[Processor]:
    return (
        structlog.contextvars.merge_contextvars,
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        _add_correlation,
        structlog.processors.format_exc_info,
        redact,
    )


def _add_correlation(_: object, __: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    if correlation := correlation_id.get():
        event.setdefault("correlation", correlation)
    return event


def _renderer(style: str) -> Processor:
    if style == "console":
        return structlog.dev.ConsoleRenderer(
            colors=sys.stderr.isatty(), exception_formatter=structlog.dev.plain_traceback
        )
    return _as_json


def _as_json(_: object, __: str, event: MutableMapping[str, Any]) -> str:
    return _ENCODER.encode(event).decode()


class _StandardError:
    """Finds the stream when it writes, so that whoever replaces `sys.stderr` gets the lines."""

    def __call__(self, *_: object) -> "_StandardError":
        return self

    def _write(self, line: str) -> None:
        stream = sys.stderr
        if stream is not None:
            stream.write(line + "\n")
            stream.flush()

    debug = info = warning = warn = error = critical = fatal = exception = msg = log = _write


def _bridge(threshold: int, style: str) -> None:
    """The standard library's records go the same way; one handler however often this is called."""
    formatter = structlog.stdlib.ProcessorFormatter(
        foreign_pre_chain=(_logger_name, *_shared()),
        processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, _renderer(style)],
    )
    root = logging.getLogger()
    root.handlers = [known for known in root.handlers if not isinstance(known, _Bridge)]
    handler = _Bridge()
    handler.setFormatter(formatter)
    root.addHandler(handler)
    root.setLevel(threshold)
    for name in QUIET:
        logging.getLogger(name).setLevel(max(threshold, logging.WARNING))


class _Bridge(logging.Handler):
    """Writes formatted records to the standard error of the moment; trouble with that is nobody's business."""

    def emit(self, record: logging.LogRecord) -> None:
        try:
            line = self.format(record)
            if sys.stderr is not None:
                sys.stderr.write(line + "\n")
        except Exception:  # noqa: BLE001 - a line that cannot be written must not cost a request
            return


def _logger_name(_: object, __: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    record = event.get("_record")
    if record is not None:
        event["logger"] = record.name
    return event
