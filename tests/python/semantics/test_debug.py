"""The same with asyncio's debug mode on, once: it checks threads and origins that are taken for granted otherwise."""

import json

import pytest

from harness.checks import table_of
from harness.wire import get
from semantics.checks import MODULES

#: Debug mode keeps the stack of each task and callback, so that thousands of them take a minute on a busy machine.
TOO_MANY = {"ten_thousand_tasks", "a_thousand_timeouts_that_do_not_expire", "ten_thousand_timers_set_and_cancelled"}


@pytest.fixture
def debugged(start, variant):
    server = start("semantics.app:app", environment={"PYTHONASYNCIODEBUG": "1"})
    if verdict(server, "loops", "_debug_is_on")[0] != "ok":
        assert not server.is_ours, "the variable did nothing"
        pytest.skip("the control takes no notice of the variable")
    return server


def verdict(server, module: str, name: str) -> list[str]:
    return json.loads(get(server.address, f"/first/{module}/{name}", timeout=30).body)


@pytest.mark.parametrize("module", MODULES)
def test_checks_in_debug_mode(debugged, module):
    for name in table_of(module).names:
        if name not in TOO_MANY:
            word, *text = verdict(debugged, module, name)
            assert word in ("ok", "skip"), f"{name}: {text}"
