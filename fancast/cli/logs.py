"""Structured logs on standard error: ours by structlog, and the libraries' in the same form."""

import logging
import sys

import structlog

from fancast.config import Settings


def configure(settings: Settings) -> None:
    """One line per fact from now on, as text or JSON."""
    level = logging.getLevelNamesMapping()[settings.log_level.upper()]
    as_text = settings.log_format == "text" or (settings.log_format == "auto" and sys.stderr.isatty())
    before: list[structlog.types.Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]
    renderer: structlog.types.Processor = (
        # Plain tracebacks: the rich ones print local variables, and so bodies and keys.
        structlog.dev.ConsoleRenderer(exception_formatter=structlog.dev.plain_traceback)
        if as_text
        else structlog.processors.JSONRenderer()
    )
    errors: list[structlog.types.Processor] = [] if as_text else [structlog.processors.format_exc_info]
    structlog.configure(
        processors=[*before, *errors, renderer],
        wrapper_class=structlog.make_filtering_bound_logger(level),
        logger_factory=structlog.WriteLoggerFactory(sys.stderr),
        cache_logger_on_first_use=True,
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=before,
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, *errors, renderer],
        )
    )
    # Libraries speak up from warnings on; uvicorn's own start and stop lines say less than ours.
    logging.basicConfig(handlers=[handler], level=max(level, logging.WARNING), force=True)
