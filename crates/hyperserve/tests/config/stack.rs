//! The layers in front of the application, by their settings.

use std::io::{Read, Write};
use std::net::SocketAddr;
use std::path::Path;
use std::time::{Duration, Instant};

use crate::client::{Answer, connect, exchange, get, get_text};
use crate::process::run_in;
use crate::start::started;

pub(crate) const COVERED: &[&str] = &[
    "stack",
    "request_id",
    "trace_context",
    "security_headers",
    "content_security_policy",
    "hsts_max_age",
    "trusted_hosts",
    "ip_allow",
    "ip_deny",
    "cors_origins",
    "cors_methods",
    "cors_headers",
    "cors_expose_headers",
    "cors_credentials",
    "cors_max_age",
    "csrf",
    "csrf_trusted_origins",
    "rate_limit",
    "rate_limit_quotas",
    "rate_limit_key",
    "rate_limit_max_keys",
    "rate_limit_exempt",
    "rate_limit_dry_run",
    "rate_limit_redis",
    "rate_limit_when_away",
    "compression",
    "compression_minimum",
    "decompression",
    "timeout",
    "request_timeout",
    "limit_concurrency",
    "cache_size",
    "static_mount",
    "access_log",
    "access_log_format",
    "use_colors",
];

/// With these further fields.
fn ask(address: SocketAddr, target: &str, fields: &str) -> Answer {
    exchange(connect(address), &get_text(target, fields))
}

/// A request of this method for the echo.
fn write(address: SocketAddr, fields: &str) -> Answer {
    let text = format!(
        "POST /api/echo HTTP/1.1\r\nHost: a.example\r\nConnection: close\r\nContent-Type: application/json\r\n\
         Content-Length: 2\r\n{fields}\r\n{{}}"
    );
    exchange(connect(address), &text)
}

fn preflight(address: SocketAddr, origin: &str) -> Answer {
    let text = format!(
        "OPTIONS /api/echo HTTP/1.1\r\nHost: a.example\r\nConnection: close\r\nOrigin: {origin}\r\n\
         Access-Control-Request-Method: PUT\r\n\r\n"
    );
    exchange(connect(address), &text)
}

/// What `check-config` says of settings that cannot be.
fn refusal(variables: &[(&str, &str)]) -> String {
    let output = run_in(Path::new(env!("CARGO_TARGET_TMPDIR")), variables, "check-config");
    assert_ne!(output.status.code(), Some(0));
    String::from_utf8_lossy(&output.stderr).into_owned()
}

#[test]
fn without_settings_there_is_no_layer() {
    let server = started(&[]);
    let answer = ask(server.address(0), "/app.js", "Accept-Encoding: gzip\r\n");
    for field in ["x-request-id", "ratelimit", "content-encoding", "cache-status"] {
        assert_eq!(answer.header(field), None, "{field}");
    }
}

#[test]
fn a_named_list_brings_its_layers() {
    let server = started(&[("HS_STACK", "api")]);
    let answer = get(server.address(0), "/app.js");
    assert_eq!(answer.status, 200);
    for field in ["x-request-id", "ratelimit", "x-frame-options", "vary"] {
        assert!(answer.header(field).is_some(), "{field}");
    }
    assert_eq!(write(server.address(0), "Sec-Fetch-Site: cross-site\r\n").status, 403);
}

#[test]
fn a_layer_is_taken_from_a_named_list() {
    let off = [
        "REQUEST_ID",
        "RATE_LIMIT",
        "COMPRESSION",
        "CSRF",
        "SECURITY_HEADERS",
        "TRACE_CONTEXT",
        "DECOMPRESSION",
    ];
    let names: Vec<_> = off.iter().map(|name| format!("HS_{name}")).collect();
    let mut variables: Vec<_> = names.iter().map(|name| (name.as_str(), "off")).collect();
    variables.push(("HS_STACK", "api"));
    let server = started(&variables);
    let answer = ask(server.address(0), "/app.js", "Accept-Encoding: gzip\r\n");
    for field in ["x-request-id", "ratelimit", "content-encoding"] {
        assert_eq!(answer.header(field), None, "{field}");
    }
    assert_eq!(write(server.address(0), "Sec-Fetch-Site: cross-site\r\n").status, 200);
}

#[test]
fn security_headers_are_those_of_the_settings() {
    let server = started(&[
        ("HS_SECURITY_HEADERS", "web"),
        ("HS_CONTENT_SECURITY_POLICY", "default-src 'self' https://cdn.example"),
        ("HS_HSTS_MAX_AGE", "60s"),
        ("HS_TRUSTED_PROXIES", "127.0.0.1"),
        ("HS_CSRF", "on"),
    ]);
    // A handler's own policy would win; a refusal has none.
    let answer = write(server.address(0), "X-Forwarded-Proto: https\r\nSec-Fetch-Site: cross-site\r\n");
    assert_eq!(answer.status, 403);
    assert_eq!(answer.header("content-security-policy"), Some("default-src 'self' https://cdn.example"));
    assert_eq!(answer.header("strict-transport-security"), Some("max-age=60; includeSubDomains"));
    assert_eq!(answer.header("x-content-type-options"), Some("nosniff"));
}

#[test]
fn hosts_and_addresses_are_let_in_by_name() {
    let server = started(&[("HS_TRUSTED_HOSTS", "*.example")]);
    assert_eq!(write(server.address(0), "").status, 200);
    let other = "GET / HTTP/1.1\r\nHost: evil.test\r\nConnection: close\r\n\r\n";
    assert_eq!(exchange(connect(server.address(0)), other).status, 421);
    let denied = started(&[("HS_IP_DENY", "127.0.0.0/8")]);
    assert_eq!(get(denied.address(0), "/").status, 403);
    let elsewhere = started(&[("HS_IP_ALLOW", "192.0.2.0/24")]);
    assert_eq!(get(elsewhere.address(0), "/").status, 403);
}

#[test]
fn pages_of_other_origins_may_what_is_set() {
    let server = started(&[
        ("HS_CORS_ORIGINS", "https://app.example,https://*.wide.example"),
        ("HS_CORS_METHODS", "GET,PUT"),
        ("HS_CORS_HEADERS", "X-One"),
        ("HS_CORS_EXPOSE_HEADERS", "ETag"),
        ("HS_CORS_CREDENTIALS", "true"),
        ("HS_CORS_MAX_AGE", "5s"),
        ("HS_CSRF", "on"),
        ("HS_CSRF_TRUSTED_ORIGINS", "https://other.example"),
    ]);
    let asked = preflight(server.address(0), "https://app.example");
    assert_eq!((asked.status, asked.header("access-control-allow-methods")), (204, Some("GET, PUT")));
    assert_eq!(asked.header("access-control-allow-headers").map(str::to_lowercase).as_deref(), Some("x-one"));
    assert_eq!(asked.header("access-control-max-age"), Some("5"));
    assert_eq!(asked.header("access-control-allow-credentials"), Some("true"));
    assert_eq!(preflight(server.address(0), "https://evil.example").status, 403);
    let read = ask(server.address(0), "/api/figures", "Origin: https://a.wide.example\r\n");
    assert_eq!(read.header("access-control-allow-origin"), Some("https://a.wide.example"));
    assert_eq!(read.header("access-control-expose-headers").map(str::to_lowercase).as_deref(), Some("etag"));
    // Whom CORS names may write, and whom CSRF names; a pattern is too wide for that.
    for (origin, status) in
        [("https://app.example", 200), ("https://other.example", 200), ("https://a.wide.example", 403)]
    {
        let fields = format!("Origin: {origin}\r\nSec-Fetch-Site: cross-site\r\n");
        assert_eq!(write(server.address(0), &fields).status, status, "{origin}");
    }
    let told = refusal(&[("HS_CORS_ORIGINS", "*"), ("HS_CORS_CREDENTIALS", "true")]);
    assert!(told.contains("cors_origins"), "{told}");
}

#[test]
fn requests_beyond_a_quota_are_refused() {
    let server = started(&[
        ("HS_RATE_LIMIT", "on"),
        ("HS_RATE_LIMIT_QUOTAS", "1/h burst 2,100/d"),
        ("HS_RATE_LIMIT_EXEMPT", "/healthz"),
        ("HS_RATE_LIMIT_MAX_KEYS", "10"),
    ]);
    let statuses: Vec<_> = (0..3).map(|_| get(server.address(0), "/api/figures").status).collect();
    assert_eq!(statuses, [200, 200, 429]);
    assert_eq!(get(server.address(0), "/healthz").status, 200);
    assert_eq!(get(server.address(0), "/app.js").status, 429);
    let told = refusal(&[("HS_RATE_LIMIT", "on"), ("HS_RATE_LIMIT_QUOTAS", "many")]);
    assert!(told.contains("rate_limit_quotas") && told.contains("100/s"), "{told}");
}

#[test]
fn a_quota_may_be_that_of_a_route_or_only_be_counted() {
    let quota = ("HS_RATE_LIMIT_QUOTAS", "1/h");
    let by_route = started(&[("HS_RATE_LIMIT", "on"), quota, ("HS_RATE_LIMIT_KEY", "client-and-route")]);
    let statuses = ["/app.js", "/app.js", "/style.css"].map(|path| get(by_route.address(0), path).status);
    assert_eq!(statuses, [200, 429, 200]);
    let counted = started(&[("HS_RATE_LIMIT", "on"), quota, ("HS_RATE_LIMIT_DRY_RUN", "true")]);
    let statuses: Vec<_> = (0..3).map(|_| get(counted.address(0), "/app.js").status).collect();
    assert_eq!(statuses, [200; 3]);
}

#[test]
fn quotas_in_redis_need_the_feature_and_say_what_happens_without_the_server() {
    let settings = [
        ("HS_RATE_LIMIT", "on"),
        // Nobody listens there.
        ("HS_RATE_LIMIT_REDIS", "redis://127.0.0.1:9"),
        ("HS_RATE_LIMIT_WHEN_AWAY", "refuse"),
    ];
    if cfg!(feature = "rate-limit-redis") {
        assert_eq!(get(started(&settings).address(0), "/app.js").status, 503);
    } else {
        let told = refusal(&settings);
        assert!(told.contains("`rate-limit-redis`"), "{told}");
    }
}

#[test]
fn bodies_are_compressed_and_read_compressed() {
    let server =
        started(&[("HS_COMPRESSION", "on"), ("HS_COMPRESSION_MINIMUM", "1MiB"), ("HS_DECOMPRESSION", "on")]);
    let small = ask(server.address(0), "/app.js", "Accept-Encoding: gzip\r\n");
    assert_eq!(small.header("content-encoding"), None, "below the minimum");
    assert_eq!(write(server.address(0), "Content-Encoding: lzma\r\n").status, 415);
    let server = started(&[("HS_COMPRESSION", "on")]);
    let large = "GET /app.js HTTP/1.1\r\nHost: a\r\nAccept-Encoding: gzip\r\n\r\n";
    let mut stream = connect(server.address(0));
    stream.write_all(large.as_bytes()).unwrap();
    let mut head = [0; 512];
    let length = stream.read(&mut head).unwrap();
    let head = String::from_utf8_lossy(&head[..length]).to_lowercase();
    assert!(head.contains("content-encoding: gzip") && head.contains("vary: accept-encoding"), "{head}");
}

#[test]
fn a_request_that_takes_too_long_is_answered() {
    let server = started(&[("HS_TIMEOUT", "on"), ("HS_REQUEST_TIMEOUT", "200ms"), ("HS_REQUEST_ID", "on")]);
    let begun = Instant::now();
    // The body does not come.
    let waiting = "POST /api/echo HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\
                   Content-Type: application/json\r\nContent-Length: 9\r\n\r\n";
    let answer = exchange(connect(server.address(0)), waiting);
    assert_eq!((answer.status, answer.header("retry-after")), (503, Some("5")));
    assert!(answer.header("x-request-id").is_some());
    assert!(begun.elapsed() < Duration::from_secs(10));
}

#[test]
fn requests_at_once_are_bounded() {
    let server = started(&[("HS_LIMIT_CONCURRENCY", "1")]);
    let mut waiting = connect(server.address(0));
    waiting.write_all(b"POST /api/echo HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nContent-Length: 2\r\n\r\n").unwrap();
    std::thread::sleep(Duration::from_millis(200));
    assert_eq!(get(server.address(0), "/app.js").status, 503);
    drop(waiting);
    std::thread::sleep(Duration::from_millis(200));
    assert_eq!(get(server.address(0), "/app.js").status, 200);
}

#[test]
fn the_cache_says_what_it_did() {
    let server = started(&[("HS_CACHE_SIZE", "1MiB")]);
    assert!(get(server.address(0), "/app.js").header("cache-status").is_some());
}

#[test]
fn a_trace_is_carried_on_in_the_log() {
    let server = started(&[
        ("HS_ACCESS_LOG", "on"),
        ("HS_ACCESS_LOG_FORMAT", "%(m)s %(U)s %({traceparent}i)s"),
        ("HS_TRACE_CONTEXT", "on"),
        ("HS_USE_COLORS", "off"),
    ]);
    let trace = "4bf92f3577b34da6a3ce929d0e0e4736";
    let fields = format!("Traceparent: 00-{trace}-00f067aa0ba902b7-01\r\n");
    assert_eq!(ask(server.address(0), "/app.js", &fields).status, 200);
    let line = server.next_line();
    assert!(line.starts_with("GET /app.js") && line.contains(trace), "{line}");
}

#[test]
fn directories_are_mounted_in_front_of_the_application() {
    let site = tempfile::tempdir().unwrap();
    std::fs::write(site.path().join("a.txt"), "a file").unwrap();
    let mount = format!("/s={0}, /t/deep={0}", site.path().display());
    let server = started(&[("HS_STATIC_MOUNT", &mount)]);
    for path in ["/s/a.txt", "/t/deep/a.txt"] {
        assert_eq!(get(server.address(0), path).body, "a file", "{path}");
    }
    assert_eq!(get(server.address(0), "/s/none").status, 404);
    assert!(
        get(server.address(0), "/").body.contains("<title>HyperServe</title>"),
        "the rest is the application's"
    );
    let told = refusal(&[("HS_STATIC_MOUNT", "/s=/no/such/directory")]);
    assert!(told.contains("`static_mount`: there is no directory /no/such/directory"), "{told}");
}
