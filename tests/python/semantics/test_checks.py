"""All checks of `checks/`, in each variant, within the first step of a request and after it."""

import json

import pytest

from harness.checks import table_of
from harness.wire import ask
from semantics.checks import MODULES

CHECKS = [(module, name) for module in MODULES for name in table_of(module).names]


@pytest.mark.parametrize("when", ["first", "later", "body"])
@pytest.mark.parametrize(("module", "name"), CHECKS, ids=[f"{module}-{name}" for module, name in CHECKS])
def test_check(server, module, name, when):
    method, body = ("POST", b"body") if when == "body" else ("GET", b"")
    answer = ask(server.address, method, f"/{when}/{module}/{name}", body=body, timeout=30)
    assert answer.status == 200, answer
    judge(*json.loads(answer.body))


def judge(verdict, text=""):
    if verdict == "skip":
        pytest.skip(text)
    assert verdict == "ok", text
