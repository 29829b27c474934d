"""The same with asyncio's debug mode on, once: it checks threads and origins that are taken for granted otherwise."""

import json

import pytest

from harness.checks import table_of
from harness.wire import get
from semantics.checks import MODULES


@pytest.mark.parametrize("module", MODULES)
def test_checks_in_debug_mode(start, variant, module):
    server = start("semantics.app:app", environment={"PYTHONASYNCIODEBUG": "1"})
    for name in table_of(module).names:
        answer = get(server.address, f"/first/{module}/{name}", timeout=30)
        verdict, *text = json.loads(answer.body)
        assert verdict in ("ok", "skip"), f"{name}: {text}"
