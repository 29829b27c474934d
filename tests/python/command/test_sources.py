"""Files, environment and flags together."""

import pytest

pytestmark = pytest.mark.ours


def test_flags_win_over_the_environment_and_that_over_the_file(say, tmp_path):
    (tmp_path / "hyperserve.toml").write_text("port = 1\nworkers = 2\nroot_path = '/file'\ntimeout_keep_alive = 3\n")
    answer = say(
        "main:app", "--port", "3", "--print-config", HS_PORT="2", HS_WORKERS="3", HS_RELOAD_DIR="src, lib", HS_APP="a:b"
    )
    assert answer.code == 0, answer.error
    for name, value, origin in [
        ("app", '"main:app"', "APP"),
        ("port", "3", "--port"),
        ("listen", '["127.0.0.1:3"]', "--port"),
        ("workers", "3", "HS_WORKERS"),
        ("reload_dir", '["src", "lib"]', "HS_RELOAD_DIR"),
        ("root_path", '"/file"', "hyperserve.toml:3"),
        ("keep_alive_timeout", '"3s"', "hyperserve.toml:4"),
        ("lifespan", '"auto"', "built-in default"),
        ("tls_listen", "[]", "built-in default"),
    ]:
        assert (answer.values[name], answer.origins[name]) == (value, origin)


def test_what_is_printed_reads_back_the_same(say, tmp_path):
    words = ["--uds", "/run/a.sock", "--header", "X-A: b, c", "--header", "X-B:d", "--no-access-log", "--metrics"]
    printed = say("main:app", *words, "--print-config")
    (tmp_path / "again.toml").write_text(printed.out)
    again = say("--config", "again.toml", "--print-config")
    assert again.code == 0, again.error
    assert again.values == printed.values
    assert printed.values["header"] == '["X-A: b, c", "X-B: d"]'
    assert printed.values["metrics"] == '"127.0.0.1:9090"'


def test_variables_of_platforms(say):
    answer = say(
        "--print-config", WEB_CONCURRENCY="3", FORWARDED_ALLOW_IPS="*", SERVER_ADDR=":9000", HEALTH_ADDR=":9081"
    )
    assert answer.values["workers"] == "3" and answer.origins["workers"] == "WEB_CONCURRENCY"
    assert answer.values["trusted_proxies"] == '["0.0.0.0/0", "::/0", "unix"]'
    assert answer.values["listen"] == '[":9000"]'
    assert answer.values["health_listen"] == '[":9081"]'
    assert say("--print-config", WEB_CONCURRENCY="3", HS_WORKERS="2").values["workers"] == "2"


def test_variables_of_uvicorn_do_not_count(say):
    assert say("--print-config", UVICORN_PORT="9000").values["port"] == "8000"


def test_keys_of_the_rust_face_are_passed_over(say, tmp_path):
    (tmp_path / "hyperserve.toml").write_text("pin_workers = true\nport = 9000\n")
    answer = say("--print-config", HS_PIN_WORKERS="on")
    assert (answer.code, answer.error) == (0, "")
    assert answer.values["port"] == "9000" and "pin_workers" not in answer.values


def test_a_switch_has_two_flags_of_which_the_last_counts(say):
    for words, value in [
        (["--reload"], "true"),
        (["--no-reload"], "false"),
        (["--reload", "--no-reload"], "false"),
        (["--no-reload", "--reload"], "true"),
    ]:
        assert say("--print-config", *words).values["reload"] == value, words


def test_the_last_of_several_values_counts_and_lists_grow(say):
    answer = say("--port", "1", "--port", "2", "--bind", ":3", "--print-config", HS_PORT="9")
    assert answer.code == 2, "two ways to say where to listen"
    assert say("--port", "1", "--port", "2", "--print-config").values["port"] == "2"
    assert say("--bind", ":3", "--bind", "unix:/a", "--print-config").values["listen"] == '[":3", "unix:/a"]'


def test_with_a_certificate_it_is_https_alone(say):
    answer = say("--print-config", "--tls", "self-signed", "--port", "8443")
    assert (answer.values["listen"], answer.values["tls_listen"]) == ("[]", '["127.0.0.1:8443"]')


def test_a_file_of_variables_is_read_first(say, tmp_path):
    (tmp_path / ".env").write_text(
        "# ours\n"
        "HS_PORT=9000\n"
        "export HS_WORKERS = 2 # two\n"
        "\n"
        "HS_ROOT_PATH='/a $HS_PORT # no comment'\n"
        'HS_ACCESS_LOG_FORMAT="%(h)s \\"${HS_PORT}\\" ${NOT_SET:-none}\\t"  # a comment\n'
        "HS_LIFESPAN=${LIFE:-on}\n"
        "HS_LOG_CONFIG=a#b\n"
        "HS_APP=\n"
    )
    answer = say("--env-file", ".env", "--print-config", HS_WORKERS="3")
    assert answer.code == 0, answer.error
    assert {name: answer.values[name] for name in ("port", "workers", "lifespan", "app")} == {
        "port": "9000",
        "workers": "3",
        "lifespan": '"on"',
        "app": '"off"',
    }
    assert answer.values["root_path"] == '"/a $HS_PORT # no comment"'
    assert answer.values["access_log_format"] == '"%(h)s \\"9000\\" none"'
    assert answer.values["log_config"] == '"a#b"'
    assert say("--print-config", HS_ENV_FILE=".env").values["port"] == "9000"


@pytest.mark.parametrize(
    "text, told",
    [
        ("A=1\nb c\n", "2: expected NAME=value"),
        ("1A=1\n", "1: the name of a variable has letters, digits and `_`"),
        ("A='1\n2\n", "1: the quote is not closed"),
        ('A="x\ny"\nB=\'1\' 2\n', "3: something follows the closing quote"),
    ],
)
def test_a_broken_file_of_variables_is_told_with_its_line(say, tmp_path, text, told):
    (tmp_path / "a.env").write_text(text)
    answer = say("main:app", "--env-file", "a.env")
    assert (answer.code, answer.error) == (2, f"hyperserve: --env-file: a.env:{told}\n")
