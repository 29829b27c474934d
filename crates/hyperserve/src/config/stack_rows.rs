//! The rows of the table of keys that fill a stack of layers, for both faces.

use super::key::Row;
use super::kind::Kind;

pub(super) const ROWS: &[Row] = &[
    (
        "stack",
        Kind::Choice(&["none", "web", "api", "files"]),
        "none",
        "Layers in front of the application: a named list (pages, an API, files), which the keys below add to and take from.",
    ),
    (
        "request_id",
        Kind::Auto,
        "auto",
        "Whether each request has an id, `X-Request-Id`; `auto` is what `stack` says, here and below.",
    ),
    (
        "health_paths",
        Kind::Switch,
        "false",
        "Whether `/livez`, `/readyz` and `/healthz` are answered on the main addresses, too, before the application.",
    ),
    ("trace_context", Kind::Auto, "auto", "Whether W3C trace context is carried on or started."),
    (
        "security_headers",
        Kind::Choice(&["off", "auto", "web", "api"]),
        "auto",
        "Fields that browsers protect users with: content policy, framing, referrer, sniffing, HSTS over TLS.",
    ),
    (
        "content_security_policy",
        Kind::Text,
        "",
        "The policy that takes the place of the one of `security_headers`.",
    ),
    (
        "hsts_max_age",
        Kind::Duration,
        "31536000s",
        "How long browsers are to use HTTPS alone, with `security_headers` over TLS.",
    ),
    (
        "trusted_hosts",
        Kind::List("hosts"),
        "",
        "Hosts that are answered for: `example.com`, `*.example.com`; any other is 421. Empty is all.",
    ),
    ("ip_allow", Kind::Networks, "", "Networks whose clients alone may; any other is 403. Empty is all."),
    ("ip_deny", Kind::Networks, "", "Networks whose clients may not."),
    (
        "cors_origins",
        Kind::List("origins"),
        "",
        "Origins whose pages may read answers: `https://app.example`, `https://*.example.com`, `http://localhost:*`, `*`.",
    ),
    (
        "cors_methods",
        Kind::List("methods"),
        "GET,HEAD,POST,PUT,PATCH,DELETE",
        "Methods that those pages may use.",
    ),
    (
        "cors_headers",
        Kind::List("field names"),
        "Authorization,Content-Type",
        "Request fields that those pages may set.",
    ),
    (
        "cors_expose_headers",
        Kind::List("field names"),
        "",
        "Response fields that those pages may read beside the usual ones.",
    ),
    ("cors_credentials", Kind::Switch, "false", "Whether those pages may send cookies; not with `*`."),
    ("cors_max_age", Kind::Duration, "600s", "How long a browser may remember what those pages may."),
    (
        "csrf",
        Kind::Auto,
        "auto",
        "Whether writing requests that a browser sends for a page of another site are refused with 403.",
    ),
    (
        "csrf_trusted_origins",
        Kind::List("origins"),
        "",
        "Origins whose pages may write all the same; the ones of `cors_origins` that are no pattern may, too.",
    ),
    ("rate_limit", Kind::Auto, "auto", "Whether requests beyond `rate_limit_quotas` are refused with 429."),
    (
        "rate_limit_quotas",
        Kind::List("quotas"),
        "100/s burst 200",
        "What each client may ask for, all of it: `100/s burst 200`, `5000/h`; units are `s`, `m`, `h` and `d`.",
    ),
    (
        "rate_limit_key",
        Kind::Choice(&["client", "client-and-route", "route", "everyone"]),
        "client",
        "Whose quota it is; a client is an address, or the /64 network of an IPv6 address. Routes are those of Rust programs: to the \
         Python command all are one.",
    ),
    (
        "rate_limit_max_keys",
        Kind::Number,
        "100000",
        "Clients that are told apart at a time; the rest share one quota.",
    ),
    ("rate_limit_exempt", Kind::List("paths"), "", "Paths that are not limited, with what is below them."),
    ("rate_limit_dry_run", Kind::Switch, "false", "Whether what would be refused is only counted."),
    (
        "rate_limit_redis",
        Kind::Text,
        "",
        "URL of a Redis server that keeps the quotas of several machines, such as `redis://10.0.0.5`.",
    ),
    (
        "rate_limit_when_away",
        Kind::Choice(&["count", "refuse"]),
        "count",
        "What happens while that server is away: each machine counts alone, or nobody may (503).",
    ),
    ("compression", Kind::Auto, "auto", "Whether answers are compressed: zstd, Brotli, gzip."),
    ("compression_minimum", Kind::Count, "1KiB", "Answers below this size are not."),
    (
        "decompression",
        Kind::Auto,
        "auto",
        "Whether bodies of requests that are compressed are read, within `body_limit`.",
    ),
    (
        "timeout",
        Kind::Auto,
        "auto",
        "Whether a request that takes longer than `request_timeout` is answered with 503.",
    ),
    ("request_timeout", Kind::Duration, "30s", "Time to the head of an answer, with `timeout`."),
    (
        "limit_concurrency",
        Kind::Number,
        "0",
        "Requests in the application at once, in one worker of the Python face; of the Rust one, in all. More: 503. Off by default.",
    ),
    ("cache_size", Kind::Size, "0", "Memory for answers that may be given again (RFC 9111); 0 is none."),
    ("access_log", Kind::Switch, "false", "Whether each request is logged."),
    (
        "access_log_format",
        Kind::Text,
        "combined",
        "Form of its lines: `uvicorn`, `common`, `combined`, `json`, or a pattern such as `%(h)s %(r)s %(s)s %(D)s`.",
    ),
    (
        "use_colors",
        Kind::Auto,
        "auto",
        "Whether log lines have colours; `auto` asks whether a terminal reads them.",
    ),
];
