"""Layers know paths as they are sent, applications as they are decoded: a path that is exempt must be so for both."""

import pytest

from harness.wire import get

FLAGS = ("--rate-limit", "--rate-limit-quotas", "2/h burst 2", "--rate-limit-exempt", "/path/free")


@pytest.mark.parametrize("target", ["/path/%66ree", "/path%2ffree", "/path/fre", "/path/freely", "/path/./free"])
def test_another_spelling_is_not_exempt(only_ours, target):
    server = only_ours("operated_app:app", *FLAGS)
    assert [get(server.address, target).status for _ in range(3)][2] == 429


@pytest.mark.parametrize("rest", ["", "/", "/x", "/%2e%2e/limited", "/../limited", "/..%2flimited", "//x", "/%00"])
def test_what_is_exempt_is_below_the_path_for_the_application_as_well(only_ours, rest):
    """An application resolves no dots: `/path/free/../limited` is below `/path/free`."""
    server = only_ours("operated_app:app", *FLAGS)
    answers = [get(server.address, f"/path/free{rest}") for _ in range(3)]
    assert [answer.status for answer in answers] == [200] * 3
    seen = answers[2].body
    assert seen == b"/path/free" or seen.startswith(b"/path/free/")
