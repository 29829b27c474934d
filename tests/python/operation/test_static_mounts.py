"""Directories in front of the application: files never touch it."""

import pytest

from harness.wire import get


@pytest.fixture
def site(tmp_path):
    (tmp_path / "sub").mkdir()
    (tmp_path / "app.css").write_text("body{}")
    (tmp_path / ".env").write_text("SECRET=1")
    return tmp_path


@pytest.fixture
def served(only_ours, site):
    return only_ours("operated_app:app", "--static-mount", f"/static={site}", "--stack", "files")


def test_files_are_served_and_the_rest_is_the_applications(served):
    css = get(served.address, "/static/app.css")
    assert (css.status, css.body, css.fields["content-type"]) == (200, b"body{}", "text/css; charset=utf-8")
    assert css.fields["x-request-id"]
    assert get(served.address, "/static/app.css", "Range: bytes=0-3").status == 206
    assert get(served.address, "/static/app.css", f"If-None-Match: {css.fields['etag']}").status == 304
    assert get(served.address, "/path/static").body == b"/path/static"


@pytest.mark.parametrize(
    "target", ["/static/.env", "/static/none", "/static/../static/.env", "/static/%2e%2e/app.css", "/static/sub/"]
)
def test_what_is_not_served_is_404_and_not_asked_of_the_application(served, target):
    answer = get(served.address, target)
    assert answer.status == 404
    assert answer.fields["content-type"].startswith("application/problem+json")


@pytest.mark.parametrize(("target", "location"), [("/static", "static/"), ("/static/sub", "sub/")])
def test_directories_have_their_slash(served, target, location):
    answer = get(served.address, target)
    assert (answer.status, answer.fields["location"]) == (301, location)

