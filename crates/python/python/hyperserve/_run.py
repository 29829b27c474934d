"""``hyperserve.run``: the command, called from code."""

from __future__ import annotations

from typing import Any

from hyperserve import _core


def run(app: Any, **options: Any) -> None:
    """Serve ``app`` until the process is told to stop, and drain.

    ``app`` is a name such as ``"main:app"``, or the application itself, which is then served by this one process.

    ``options`` are the settings of the command: ``port=9000``, ``timeout_keep_alive=10``, ``head_timeout="5s"``. Times are
    seconds or text with a unit, lists are lists, and None leaves a setting as it is. The configuration file and the
    environment count for what is not given here.

    Raises ValueError if a setting is wrong, with one sentence for each, and SystemExit if the application could not be
    served.
    """
    if isinstance(app, str):
        settings = _core.Options.load({**options, "app": app})
    else:
        settings = _core.Options.load(options, app)
    code = _core.run(settings)
    if code:
        raise SystemExit(code)
