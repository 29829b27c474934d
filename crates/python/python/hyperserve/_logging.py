"""Logs of the Python side, set up as the command line says."""

from __future__ import annotations

import json
import logging
import logging.config
import sys
from typing import Any

from . import _core

_LEVELS = {
    "off": logging.CRITICAL + 10,
    "error": logging.ERROR,
    "warn": logging.WARNING,
    "info": logging.INFO,
    "debug": logging.DEBUG,
    "trace": 5,
}


def start(options: _core.Options) -> None:
    """Send what ``hyperserve`` logs to standard error, at the level that is set; or do as ``log_config`` says."""
    given = options.get("log_config")
    if given.startswith("{"):
        logging.config.dictConfig(json.loads(given))
        return
    if given:
        _from_file(given)
        return
    logger = logging.getLogger("hyperserve")
    logger.setLevel(_LEVELS.get(options.get("log"), logging.INFO))
    if not logger.handlers:
        handler = logging.StreamHandler(sys.stderr)
        handler.setFormatter(_Formatter())
        logger.addHandler(handler)
    logger.propagate = False


class _Formatter(logging.Formatter):
    """``INFO:     text``, as the lines of the server itself."""

    def formatMessage(self, record: logging.LogRecord) -> str:
        return f"{record.levelname + ':':<9} {record.message}"


def _from_file(path: str) -> None:
    """A ``dictConfig`` in JSON or YAML, else ``fileConfig``."""
    config: Any
    if path.endswith(".json"):
        with open(path, encoding="utf-8") as file:
            config = json.load(file)
    elif path.endswith((".yaml", ".yml")):
        import yaml

        with open(path, encoding="utf-8") as file:
            config = yaml.safe_load(file)
    else:
        logging.config.fileConfig(path, disable_existing_loggers=False)
        return
    logging.config.dictConfig(config)
