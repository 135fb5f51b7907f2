"""Other people's loggers, led into ours: one log, in one form, wherever the command line sends it."""

from __future__ import annotations

import logging

import structlog


class _ToStructlog(logging.Handler):
    def emit(self, record: logging.LogRecord) -> None:
        structlog.get_logger("listloop.service").log(record.levelno, record.getMessage(), logger=record.name)


def adopt(name: str) -> None:
    """Lead a library's warnings into our log, and nowhere else; done once however often it is asked."""
    logger = logging.getLogger(name)
    if not any(isinstance(handler, _ToStructlog) for handler in logger.handlers):
        logger.addHandler(_ToStructlog())
    logger.setLevel(logging.WARNING)
    logger.propagate = False
