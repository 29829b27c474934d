"""The settings as code gives and reads them: `hyperserve.run` and `Options`."""

import subprocess
import sys
from pathlib import Path

import pytest

from harness import place

pytestmark = pytest.mark.ours


@pytest.fixture(scope="module")
def core():
    place.import_path()
    return pytest.importorskip("hyperserve._core")


def test_values_have_their_types(core):
    options = core.Options.from_dict({
        "port": 9000,
        "timeout_keep_alive": 2.5,
        "head_timeout": 3,
        "workers_lifetime": "2h",
        "access_log": False,
        "headers": [("X-A", "b, c"), (b"X-B", b"d")],
        "reload_dirs": ["src", Path("lib")],
        "ws_ping_interval": None,
        "log_config": None,
        "log_level": 30,
        "workers": "auto",
        "workers_max_rss": "4GiB",
    })  # fmt: skip
    assert options.get("listen") == "127.0.0.1:9000" and options.number("port") == 9000
    assert options.seconds("keep_alive_timeout") == 2.5 and options.seconds("timeout_keep_alive") == 2.5
    assert options.seconds("head_timeout") == 3.0 and options.seconds("workers_lifetime") == 7200.0
    assert options.seconds("ws_ping_interval") is None and options.get("log_config") == ""
    assert options.is_on("access_log") is False and options.is_on("lifespan") is False
    assert options.list("header") == ["X-A: b, c", "X-B: d"] == options.list("headers")
    assert options.list("reload_dir") == ["src", "lib"] and options.list("bind") == []
    assert options.get("log") == "warn" == options.get("log_level")
    assert options.number("workers") >= 1 and options.number("workers_max_rss") == 4 << 30
    with pytest.raises(KeyError, match="there is no key `colour`"):
        options.get("colour")


def test_a_dictionary_of_logging_becomes_text(core):
    options = core.Options.from_dict({"log_config": {"version": 1, "disable_existing_loggers": False}})
    assert options.get("log_config") == '{"version": 1, "disable_existing_loggers": false}'


def test_a_worker_gets_the_same_values(core):
    options = core.Options.from_dict({
        "uds": "/run/a.sock", "header": ["X-A: b, c"], "backlog": 9, "ssl_certfile": "both.pem", "use_colors": True,
    })  # fmt: skip
    texts = options.to_dict()
    assert texts["tls_listen"] == "unix:/run/a.sock" and texts["listen"] == "" and "uds" not in texts
    assert texts["tls_key"] == "both.pem"
    assert core.Options.from_dict(texts).to_dict() == texts
    assert core.Options.from_dict({**texts, "tls_listen": "fd:5"}).get("tls_listen") == "fd:5"


@pytest.mark.parametrize(
    "given, told",
    [
        ({"prot": 1}, "there is no key `prot`; did you mean `port`?"),
        ({"port": "x"}, "`x` is no value for `port`: expected a port from 0 to 65535"),
        ({"port": object()}, "`port`: a value of type object, where text is wanted"),
        ({"pin_workers": True}, "`pin_workers` is a key of the Rust command"),
        ({"ssl_context_factory": "x"}, "`ssl_context_factory` is not taken"),
        ({"port": "x", "host": "a:b"}, "`x` is no value.*\n.*`a:b` is no value for `host`"),
        ({"head_timeout": -1}, "`-1` is no value for `head_timeout`"),
        ({"port": [1, 2]}, "`port`: a value of type list"),
    ],
)
def test_what_is_wrong_is_a_value_error(core, given, told):
    with pytest.raises(ValueError, match=told):
        core.Options.from_dict(given)


def test_the_environment_counts_for_what_code_leaves_open(core, monkeypatch):
    monkeypatch.setenv("HS_PORT", "9000")
    monkeypatch.setenv("HS_HOST", "0.0.0.0")
    assert core.Options.load({"port": 9001}).get("listen") == "0.0.0.0:9001"
    assert core.Options.from_dict({"port": 9001}).get("listen") == "127.0.0.1:9001"
    Path("hyperserve.toml").write_text("root_path = '/a'\n")
    assert core.Options.load({}).get("root_path") == "/a"


def test_an_application_that_is_no_name_is_served_by_this_process_alone(core):
    def app(scope, receive, send): ...

    options = core.Options.from_dict({"workers": 2}, app)
    assert options.application is app
    for given in ({"workers": 2}, {"reload": True}, {"workers_lifetime": "1h"}):
        with pytest.raises(ValueError, match="import the application by its name"):
            core.run(core.Options.from_dict(given, app))


def run_script(tmp_path, text: str):
    (tmp_path / "script.py").write_text(text)
    environment = {"PYTHONPATH": place.package_path(), "PATH": "/usr/bin:/bin"}
    return subprocess.run(
        [sys.executable, "script.py"], cwd=tmp_path, env=environment, capture_output=True, text=True, timeout=20
    )


def test_run_tells_what_is_wrong(core, tmp_path):
    ended = run_script(tmp_path, "from hyperserve import run\nrun('main:app', prot=1)\n")
    assert ended.returncode == 1
    assert ended.stderr.endswith("ValueError: there is no key `prot`; did you mean `port`?\n")
