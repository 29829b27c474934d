"""From ``module:attribute`` to an application."""

from __future__ import annotations

import importlib
import sys
from typing import Any


class ImportFailed(Exception):
    """The application cannot be imported. The text is one sentence for the person at the terminal."""


def load(name: str, app_dir: str = "", factory: bool = False) -> Any:
    """Import ``name``, such as ``package.module:app`` or ``module:make.app``, from ``app_dir`` or the path.

    Raises :class:`ImportFailed` when the module or the attribute is not there; what the module itself raises passes
    through, so that its traceback names the line at fault.
    """
    module_name, _, attributes = name.partition(":")
    if not module_name or not attributes:
        raise ImportFailed(f'"{name}" names no application: write MODULE:ATTRIBUTE, such as main:app')
    directory = app_dir or "."
    if directory not in sys.path:
        sys.path.insert(0, directory)
    try:
        found: Any = importlib.import_module(module_name)
    except ModuleNotFoundError as error:
        # A module that the application itself imports and misses is the application's own error.
        missing = error.name or ""
        if module_name != missing and not module_name.startswith(f"{missing}."):
            raise
        raise ImportFailed(
            f'there is no module "{missing}" (looked for "{module_name}" in {directory!r} and the Python path): '
            "check the name, or give its directory with --app-dir"
        ) from None
    for attribute in attributes.split("."):
        try:
            found = getattr(found, attribute)
        except AttributeError:
            raise ImportFailed(f'"{module_name}" has no attribute "{attribute}" (wanted "{attributes}")') from None
    if factory:
        if not callable(found):
            raise ImportFailed(f'"{name}" cannot be called: --factory wants a function that returns the application')
        return found()
    return found
