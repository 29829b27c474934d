"""What ends before a server starts: help, versions, tables, and mistakes."""

import platform
import shlex

import pytest

pytestmark = pytest.mark.ours


def test_version(say):
    answer = say("--version")
    assert answer.code == 0
    assert answer.out.startswith("hyperserve ") and answer.out.endswith(f", CPython {platform.python_version()}\n")


def test_help_shows_the_flags_of_uvicorn(say):
    answer = say("--help")
    assert answer.code == 0 and answer.error == ""
    for flag in """--host --port --uds --fd --workers --reload --reload-dir --reload-include --reload-exclude --reload-delay
            --loop --http2 --ws --ws-max-size --ws-ping-interval --ws-ping-timeout --ws-per-message-deflate --lifespan
            --interface --env-file --log-config --log-level --access-log --use-colors --proxy-headers --server-header
            --date-header --forwarded-allow-ips --root-path --limit-concurrency --backlog --limit-max-requests
            --timeout-keep-alive --timeout-graceful-shutdown --timeout-worker-healthcheck --ssl-keyfile --ssl-certfile
            --ssl-cert-reqs --ssl-ca-certs --header --app-dir --factory --bind --metrics --health-listen
            --health-paths --set --config""".split():
        assert f" {flag} " in answer.out or f" {flag}\n" in answer.out or f" {flag}[" in answer.out, flag
    assert all(len(line) <= 110 for line in answer.out.splitlines())
    assert "Usage: hyperserve [OPTIONS] [APP]" in answer.out


@pytest.mark.parametrize(
    "line",
    [
        # Every flag of uvicorn 0.54 with a value that changes nothing, or no more than its name says.
        "--host 0.0.0.0 --port 80 --workers 4 --loop uvloop --http h11 --ws websockets --ws-max-size 16777216",
        "--ws-max-queue 32 --ws-ping-interval 20.0 --ws-ping-timeout 20.0 --ws-per-message-deflate true",
        "--lifespan on --interface asgi3 --env-file env --log-level trace --access-log --no-access-log --use-colors",
        "--no-use-colors --proxy-headers --no-proxy-headers --server-header --no-server-header --date-header",
        "--no-date-header --forwarded-allow-ips * --root-path /api --limit-concurrency 100 --backlog 2048",
        "--limit-max-requests 1000 --limit-max-requests-jitter 100 --timeout-keep-alive 5",
        "--timeout-graceful-shutdown 10 --timeout-worker-healthcheck 5 --ssl-version 17 --ssl-cert-reqs 0",
        "--header X-A:b --header X-C:d --app-dir . --h11-max-incomplete-event-size 65536 --reset-contextvars",
        "--factory --reload --reload-dir . --reload-dir .. --reload-include *.html --reload-exclude a --reload-delay 0.5",
        "--uds /run/app.sock",
        "--fd 3",
        "--ssl-certfile both.pem --ssl-keyfile key.pem --ssl-ca-certs ca.pem",
    ],
)
def test_command_lines_of_uvicorn_are_taken(say, tmp_path, line):
    (tmp_path / "env").write_text("")
    for words in (["main:app", *shlex.split(line)], [*shlex.split(line), "main:app"]):
        answer = say(*words, "--print-config")
        assert (answer.code, answer.error) == (0, ""), line
        assert answer.values["app"] == '"main:app"'


def test_without_an_application_it_says_how_to_name_one(say):
    answer = say()
    assert (answer.code, answer.out) == (2, "")
    assert answer.error.startswith("hyperserve: no application: name the module and the application in it")
    assert len(answer.error.splitlines()) == 1


@pytest.mark.parametrize(
    "words, told",
    [
        ("main", "APP: `app`: `main` names no application: expected module:attribute, such as main:app"),
        ("main.py", "APP: `app`: `main.py` is a file: name the module and the application in it, such as main:app"),
        ("main:app --port 70000", "--port: `70000` is no value for `port`: expected a port from 0 to 65535"),
        ("main:app --set head_timout=5s", "--set: there is no key `head_timout`; did you mean `head_timeout`?"),
        ("main:app --set pin_workers=on", "--set: `pin_workers` is a key of the Rust command"),
        ("main:app --timeout-keep-alive soon", "--timeout-keep-alive: `soon` is no value for `timeout_keep_alive`: "
         "expected a number of seconds, or a duration such as 30s or 500ms"),
        ("main:app --uds a.sock --port 80", "--port: `port` and `uds` exclude each other: both say where to listen"),
        ("main:app --reload --workers 2", "--reload: `reload` serves with one worker: leave out `workers`"),
        ("main:app --ssl-ciphers DEFAULT", "--ssl-ciphers: `ssl_ciphers` is not taken: every cipher suite that is offered "
         "is a safe one"),
        ("main:app --env-file none.env", "--env-file: none.env: No such file or directory (os error 2)"),
        ("main:app --ssl-keyfile key.pem", "--ssl-keyfile: `tls_key` needs `tls_cert`, the file of its certificate"),
        ("main:app --static-mount /static", "--static-mount: `static_mount`: \"/static\" is no mount: write one like "
         "`/static=./public`"),
        ("main:app --static-mount /s=/no/such", "--static-mount: `static_mount`: there is no directory /no/such: create it, or "
         "name another"),
        ("main:app --static-mount s=.", "--static-mount: `static_mount`: `s` is not a path: write one like `/static`"),
        ("main:app --header broken", "--header: `header`: `broken` is no field: expected `Name: value`"),
    ],
)  # fmt: skip
def test_a_wrong_argument_is_one_sentence_and_exit_code_2(say, words, told):
    answer = say(*words.split())
    assert (answer.code, answer.out) == (2, "")
    assert answer.error == f"hyperserve: {told}\n"


def test_a_flag_that_does_not_exist_is_told_with_the_nearest(say):
    answer = say("main:app", "--timeout-keepalive", "5")
    assert answer.code == 2 and "--timeout-keep-alive" in answer.error


def test_every_fault_is_a_line(say):
    answer = say("main:app", "--port", "x", "--log-level", "loud", HS_LOPP="1")
    assert answer.code == 2
    assert answer.error.splitlines() == [
        "hyperserve: HS_LOPP: there is no such variable; did you mean `HS_LOOP`?",
        "hyperserve: --port: `x` is no value for `port`: expected a port from 0 to 65535",
        "hyperserve: --log-level: `loud` is no value for `log_level`: expected critical, error, warning, info, debug or "
        "trace, or one of off, error, warn, info, debug, trace",
    ]


def test_a_fault_elsewhere_is_exit_code_1(say, tmp_path):
    assert say("main:app", HS_PORT="x").code == 1
    (tmp_path / "hyperserve.toml").write_text("port = 1\nlopp = 2\n")
    answer = say("main:app")
    assert (answer.code, answer.error) == (
        1,
        "hyperserve: hyperserve.toml:2: there is no key `lopp`; did you mean `loop`?\n",
    )
    answer = say("main:app", "--config", "none.toml")
    assert (answer.code, answer.error) == (1, "hyperserve: none.toml: no such file\n")


def test_check_config_says_whether_it_is_good(say):
    assert say("check-config").out == "configuration is good\n"
    assert say("--port", "9000", "check-config").out == "configuration is good\n"
    answer = say("check-config", "--ssl-certfile", "none.pem")
    assert (answer.code, answer.out, answer.error) == (1, "", "hyperserve: none.pem: no such file\n")
    assert say("check-config", "--port", "x").code == 1


def test_limits_are_listed_as_they_would_be_in_force(say):
    answer = say("--limits", "--timeout-keep-alive", "7", "--head-timeout", "3s")
    assert answer.code == 0
    assert "keep_alive_timeout = 7s\n" in answer.out and "head_timeout = 3s\n" in answer.out


@pytest.mark.parametrize(
    "shell, mark",
    [("bash", "_hyperserve()"), ("zsh", "#compdef hyperserve"), ("fish", "complete -c hyperserve")],
)
def test_completions(say, shell, mark):
    answer = say("completions", shell)
    assert answer.code == 0 and mark in answer.out and "timeout-keep-alive" in answer.out
