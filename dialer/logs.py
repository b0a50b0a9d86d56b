"""Logging of a process: lines of structlog to its own output. Never a body, a parameter, a cell or a token."""

import logging
from collections.abc import MutableMapping
from typing import Any, TextIO

import structlog

# Django says these with the request's path or the statement's text, which may name a record.
_QUIET = (
    "django.db.backends",
    "django.request",
    "django.security",
    "daphne",
    "asyncio",
    "httpx",
    "websockets",
)


def _drop_traceback_values(
    _logger: Any, _name: str, event: MutableMapping[str, Any]
) -> MutableMapping[str, Any]:
    """Keep the kind and place of an exception, never its text: a text may quote a cell or a parameter."""
    error = event.pop("exc_info", None)
    if isinstance(error, BaseException):
        event["error"] = type(error).__name__
        trace = error.__traceback__
        while trace is not None and trace.tb_next is not None:
            trace = trace.tb_next
        if trace is not None:
            event["at"] = f"{trace.tb_frame.f_code.co_name}:{trace.tb_lineno}"
    elif error:
        event["error"] = "see the exception's own entry"
    return event


def logging_config(*, process: str, debug: bool, to: TextIO) -> None:
    """Set up structlog and the standard library's loggers for a process."""
    level = logging.DEBUG if debug else logging.INFO
    handler = logging.StreamHandler(to)
    handler.setFormatter(_CodeFormatter(f"%(asctime)s {process} %(levelname)s %(name)s %(message)s"))
    logging.basicConfig(level=logging.WARNING, handlers=[handler], force=True)
    for name in _QUIET:
        logging.getLogger(name).setLevel(logging.CRITICAL if name.startswith("django") else logging.ERROR)
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            _drop_traceback_values,
            structlog.processors.KeyValueRenderer(key_order=["timestamp", "level", "event"]),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(level),
        logger_factory=structlog.PrintLoggerFactory(file=to),
        cache_logger_on_first_use=True,
    )


class _CodeFormatter(logging.Formatter):
    """Names an exception by its type and line alone."""

    def formatException(self, ei: Any) -> str:  # noqa: N802 - the standard library's name
        """Return the exception's type and where it was raised, without its text."""
        kind, _value, trace = ei
        while trace is not None and trace.tb_next is not None:
            trace = trace.tb_next
        place = (
            f" at {trace.tb_frame.f_code.co_filename.rsplit('/', 1)[-1]}:{trace.tb_lineno}" if trace else ""
        )
        return f"{getattr(kind, '__name__', 'error')}{place}"
