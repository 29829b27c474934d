//! The rows of the table of keys that mean something to the Python face alone, and its defaults where they differ.
//!
//! Names and defaults are uvicorn's where it has the setting, so that a command line of its can be kept.

use super::key::Row;
use super::kind::Kind;

/// The defaults of keys of both faces that are others here: what uvicorn does.
pub(super) const DEFAULTS: &[(&str, &str)] = &[
    ("listen", "127.0.0.1:8000"),
    ("tls_listen", ""),
    ("workers", "1"),
    ("trusted_proxies", "127.0.0.1,::1"),
    ("tcp_backlog", "2048"),
    ("unix_backlog", "2048"),
    ("keep_alive_timeout", "5s"),
    ("ws_max_message", "16MiB"),
    ("ws_max_frame", "16MiB"),
    ("ws_origins", "*"),
    ("body_limit", "0"),
    ("extra_methods", "*"),
    ("access_log", "true"),
    ("access_log_format", "uvicorn"),
];

pub(super) const ROWS: &[Row] = &[
    (
        "app",
        Kind::Application,
        "",
        "The application: a module and a name in it, such as `main:app`. On the command line it needs no flag.",
    ),
    (
        "app_dir",
        Kind::File,
        "",
        "Folder in which the module is looked for first; by default the working directory.",
    ),
    ("factory", Kind::Switch, "false", "Whether `app` is a function that makes the application."),
    (
        "interface",
        Kind::Choice(&["auto", "asgi3", "wsgi"]),
        "auto",
        "What the application speaks; `auto` is ASGI 3.",
    ),
    (
        "io_threads",
        Kind::Number,
        "0",
        "Threads of one worker for its connections, beside the one that runs Python; 0 is none, and connections are served on that \
         one. For cores that Python leaves idle, and for much TLS.",
    ),
    (
        "wsgi_threads",
        Kind::Number,
        "40",
        "Threads of one worker for a WSGI application: so many requests run at a time, the others wait.",
    ),
    (
        "lifespan",
        Kind::Choice(&["off", "auto", "on"]),
        "auto",
        "Whether the application is told of start and end; `auto` goes on without it if it does not take part, `on` does not.",
    ),
    ("root_path", Kind::Text, "", "Path under which a proxy has put the application: ASGI's `root_path`."),
    (
        "env_file",
        Kind::File,
        "",
        "File of variables, `NAME=value` a line, that are set before anything else is read.",
    ),
    (
        "host",
        Kind::Host,
        "127.0.0.1",
        "Address to listen on, or a name for it; `0.0.0.0` and `::` are every interface.",
    ),
    ("port", Kind::Port, "8000", "Port to listen on; 0 is any that is free."),
    ("uds", Kind::File, "", "Unix socket to listen on in place of a port."),
    (
        "fd",
        Kind::Descriptor,
        "",
        "Listening socket that is open under this descriptor number, in place of a port.",
    ),
    (
        "bind",
        Kind::Binds,
        "",
        "Addresses to listen on in place of `host` and `port`: `0.0.0.0:8000`, `[::]:8000`, `unix:/run/app.sock`, `fd://3`.",
    ),
    ("http2", Kind::Switch, "true", "Whether HTTP/2 is served."),
    (
        "ws",
        Kind::Choice(&["none", "auto"]),
        "auto",
        "Whether WebSockets reach the application; when `none`, a handshake is an ordinary request.",
    ),
    (
        "loop",
        Kind::Choice(&["auto", "hyperserve", "asyncio", "uvloop"]),
        "auto",
        "Event loop of each worker; `auto` is `hyperserve`, whose core is the server's own.",
    ),
    (
        "task",
        Kind::Choice(&["late", "real"]),
        "late",
        "Whether the task of a request is made once it is needed (`late`), or for each request (`real`).",
    ),
    (
        "cancel_on_disconnect",
        Kind::Switch,
        "false",
        "Whether the task of a request is cancelled once its client is gone.",
    ),
    (
        "gc_freeze",
        Kind::Switch,
        "true",
        "Whether what lives once the application has started is left out of garbage collection (`gc.freeze`).",
    ),
    ("server_header", Kind::Switch, "true", "Whether responses name the server."),
    ("date_header", Kind::Switch, "true", "Whether responses have a `Date`."),
    (
        "header",
        Kind::Fields,
        "",
        "Fields that every response gets, each `Name: value`; in the environment one a line.",
    ),
    (
        "proxy_headers",
        Kind::Switch,
        "true",
        "Whether forwarded headers of `trusted_proxies` say who the client is.",
    ),
    (
        "limit_max_requests",
        Kind::Number,
        "0",
        "Requests after which a worker ends; under a supervisor another has taken its place by then. Off by default.",
    ),
    (
        "limit_max_requests_jitter",
        Kind::Number,
        "0",
        "At most so many requests more, by chance, so that not all workers end at once.",
    ),
    (
        "workers_lifetime",
        Kind::Duration,
        "off",
        "Time after which a worker is replaced; the next one is ready before it goes.",
    ),
    (
        "workers_max_rss",
        Kind::Size,
        "0",
        "Resident memory at which a worker is replaced, such as `512MiB`; a plain number is MiB. Off by default.",
    ),
    (
        "workers_kill_timeout",
        Kind::Duration,
        "5s",
        "Time that a worker may go on after the deadline of its drain, or after a second signal, before it is killed; off is for \
         ever.",
    ),
    (
        "timeout_worker_healthcheck",
        Kind::Duration,
        "5s",
        "Time for a worker to answer its supervisor; one that does not is killed and replaced.",
    ),
    (
        "respawn_delay",
        Kind::Duration,
        "100ms",
        "Time until a worker that died is replaced; it doubles each time.",
    ),
    ("respawn_delay_max", Kind::Duration, "5s", "The longest time until a worker that died is replaced."),
    ("pid_file", Kind::File, "", "File that holds the process number while the command runs."),
    (
        "reload",
        Kind::Switch,
        "false",
        "Whether a change of a source file starts the application anew. For development.",
    ),
    (
        "reload_dir",
        Kind::List("folders"),
        "",
        "Folders that are watched with `reload`; by default the working directory.",
    ),
    ("reload_include", Kind::List("patterns"), "", "Names of files that are watched beside `*.py`."),
    (
        "reload_exclude",
        Kind::List("patterns"),
        "",
        "Names of files and folders that are not watched, beside hidden ones and caches.",
    ),
    (
        "reload_delay",
        Kind::Duration,
        "250ms",
        "Time without another change before the application starts anew.",
    ),
    (
        "log_config",
        Kind::File,
        "",
        "Configuration of Python's `logging`: a file, .json, .ini or .yaml, or a JSON object.",
    ),
];
