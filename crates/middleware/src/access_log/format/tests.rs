use std::sync::Arc;
use std::time::Instant;

use http::header::{HeaderName, REFERER};
use http::{HeaderMap, HeaderValue, Method, Version};
use hyperserve_core::{ConnInfo, PeerAddr, RequestContext};

use super::*;
use crate::access_log::client::Client;

fn record(method: Method, uri: &str, headers: &[(&str, &[u8])], lines: &Lines) -> Record {
    let conn = ConnInfo::new(PeerAddr::Tcp("127.0.0.1:5000".parse().unwrap()), PeerAddr::Unknown);
    let mut request = http::Request::new(());
    request.extensions_mut().insert(RequestContext::new(Arc::new(conn)));
    for (name, value) in headers {
        let value = HeaderValue::from_bytes(value).unwrap();
        request.headers_mut().insert(name.parse::<HeaderName>().unwrap(), value);
    }
    Record {
        client: Client::of(&request),
        method,
        uri: uri.parse().unwrap(),
        version: Version::HTTP_11,
        websocket: false,
        started: Instant::now(),
        asked: lines.asked().pick(request.headers()),
        answered: None,
        status: 200,
        bytes: 5,
        cut: false,
    }
}

fn lines(config: &AccessLogConfig) -> Lines {
    Lines::new(config, false).unwrap()
}

fn of(format: &str) -> Lines {
    lines(&AccessLogConfig::new().with_format(format.parse().unwrap()).with_worker(3))
}

fn written(lines: &Lines, record: &Record) -> String {
    let line = std::cell::RefCell::new(String::new());
    super::super::scratch::with_scratch(|scratch| {
        lines.write(record, scratch);
        *line.borrow_mut() = String::from_utf8(scratch.line.clone()).unwrap();
    });
    let line = line.into_inner();
    line.strip_suffix('\n').unwrap().into()
}

/// A line with the time in brackets, which must be there, replaced.
fn timeless(line: &str) -> String {
    let (before, rest) = line.split_once('[').unwrap();
    let (time, after) = rest.split_once(']').unwrap();
    assert!(time.len() == 26 && time.ends_with(" +0000"), "{time}");
    format!("{before}[time]{after}")
}

#[test]
fn uvicorn_is_what_uvicorn_writes() {
    let lines = of("uvicorn");
    let mut one = record(Method::GET, "/x?y=1", &[], &lines);
    assert_eq!(written(&lines, &one), r#"INFO:     127.0.0.1:5000 - "GET /x?y=1 HTTP/1.1" 200 OK"#);
    (one.status, one.version) = (299, Version::HTTP_10);
    assert_eq!(written(&lines, &one), r#"INFO:     127.0.0.1:5000 - "GET /x?y=1 HTTP/1.0" 299"#);
    one.status = 499;
    assert!(written(&lines, &one).ends_with("\" 499 Client Closed Request"));
    (one.status, one.cut) = (200, true);
    assert!(written(&lines, &one).ends_with("\" 200 OK [cut]"));
}

#[test]
fn uvicorn_tells_websockets() {
    let lines = of("uvicorn");
    let mut one = record(Method::GET, "/chat", &[], &lines);
    (one.websocket, one.status) = (true, 101);
    assert_eq!(written(&lines, &one), r#"INFO:     127.0.0.1:5000 - "WebSocket /chat" [accepted]"#);
    one.status = 403;
    assert_eq!(written(&lines, &one), r#"INFO:     127.0.0.1:5000 - "WebSocket /chat" 403"#);
}

/// Taken from a run of uvicorn 0.54 with `--use-colors`.
#[test]
fn uvicorn_has_its_colors() {
    let lines = Lines::new(&AccessLogConfig::new(), true).unwrap();
    let one = record(Method::GET, "/", &[], &lines);
    let expected =
        "\x1b[32mINFO\x1b[0m:     127.0.0.1:5000 - \"\x1b[1mGET / HTTP/1.1\x1b[0m\" \x1b[32m200 OK\x1b[0m";
    assert_eq!(written(&lines, &one), expected);
}

#[test]
fn common_and_combined_are_the_well_known_ones() {
    let headers: [(&str, &[u8]); 3] = [
        ("authorization", b"Basic YW5uOm9wZW4="),
        ("referer", b"http://a.example/?token=1"),
        ("user-agent", b"Mozilla/5.0 (X11)"),
    ];
    let common = of("common");
    let mut one = record(Method::GET, "/x", &headers, &common);
    assert_eq!(timeless(&written(&common, &one)), r#"127.0.0.1 - ann [time] "GET /x HTTP/1.1" 200 5"#);
    (one.status, one.bytes) = (401, 0);
    assert_eq!(timeless(&written(&common, &one)), r#"127.0.0.1 - - [time] "GET /x HTTP/1.1" 401 -"#);
    let combined = of("combined");
    let line = timeless(&written(&combined, &record(Method::GET, "/x", &headers, &combined)));
    let referer = r#" "http://a.example/?token=[redacted]" "Mozilla/5.0 (X11)""#;
    assert_eq!(line, format!(r#"127.0.0.1 - ann [time] "GET /x HTTP/1.1" 200 5{referer}"#));
    let line = timeless(&written(&combined, &record(Method::GET, "/x", &[], &combined)));
    assert_eq!(line, r#"127.0.0.1 - - [time] "GET /x HTTP/1.1" 200 5 "-" "-""#);
}

#[test]
fn every_atom_has_its_value() {
    let atoms = "%(h)s %(l)s %(u)s %(r)s|%(R)s|%(m)s %(U)s %(q)s %(H)s %(S)s %(s)s %(st)s %(B)s %(b)s %(w)s %(X)s %(f)s %(a)s %({X-Tenant}i)s %({etag}o)s %%";
    let lines = of(atoms);
    let mut one = record(Method::POST, "/p?a=1&key=2", &[("x-tenant", b"blue")], &lines);
    let mut headers = HeaderMap::new();
    headers.insert("etag", HeaderValue::from_static("\"7\""));
    (one.answered, one.status, one.bytes, one.cut) = (lines.answered().pick(&headers), 404, 0, true);
    let expected = r#"127.0.0.1 - - POST /p?a=1&key=[redacted] HTTP/1.1|POST /p?a=1&key=[redacted]|POST /p a=1&key=[redacted] HTTP/1.1 http 404 Not Found 0 - 3 X - - blue \"7\" %"#;
    assert_eq!(written(&lines, &one), expected);
    let lines = of("%(T)s %(M)s %(D)s %(L)s %(p)s");
    let mut one = record(Method::GET, "/", &[], &lines);
    one.started = Instant::now().checked_sub(std::time::Duration::from_millis(2_345)).unwrap();
    let line = written(&lines, &one);
    let values: Vec<&str> = line.split(' ').collect();
    assert_eq!((values[0], &values[1][..3], &values[2][..3]), ("2", "234", "234"));
    assert!(values[3].starts_with("2.34") && values[3].len() == 8, "{line}");
    assert_eq!(values[4], format!("<{}>", std::process::id()));
}

#[test]
fn nobody_forges_a_line() {
    let hostile: [(&str, &[u8]); 2] = [("user-agent", b"x\" 200 5\t\xff\\"), ("referer", b"\"\xc3\xa9")];
    for format in ["combined", "json", r#"%(a)s %({user-agent}i)s %({referer}i)s %(f)s %(r)s"#] {
        let lines = of(format);
        let line = written(&lines, &record(Method::GET, "/\"{}?a=\\", &hostile, &lines));
        assert!(line.bytes().all(|byte| (b' '..0x7f).contains(&byte)), "{line}");
        assert!(!line.contains("x\" 200"), "{line}");
    }
}

#[test]
fn json_reads_back() {
    let config = AccessLogConfig::new()
        .with_format(AccessLogFormat::json())
        .with_headers(["x-tenant", "cookie", "x-none"].map(HeaderName::from_static))
        .with_worker(1)
        .with_sample(10);
    let lines = lines(&config);
    let headers: [(&str, &[u8]); 6] = [
        ("host", b"a.example"),
        ("x-tenant", b"bl\xc3\xbce"),
        ("cookie", b"id=1"),
        (REFERER.as_str(), b"https://b.example/?sig=1"),
        ("user-agent", b"curl/8"),
        ("x-request-id", b"r-1"),
    ];
    let one = record(Method::GET, "/x?password=1", &headers, &lines);
    let mut line: serde_json::Value = serde_json::from_str(&written(&lines, &one)).unwrap();
    let object = line.as_object_mut().unwrap();
    assert!(object.remove("duration_ms").unwrap().as_f64().unwrap() < 1000.0);
    let time = object.remove("time").unwrap();
    assert!(time.as_str().unwrap().len() == 24 && time.as_str().unwrap().ends_with('Z'), "{time}");
    let expected = serde_json::json!({
        "client": "127.0.0.1", "port": 5000, "method": "GET", "target": "/x?password=[redacted]",
        "protocol": "HTTP/1.1", "status": 200, "bytes": 5, "host": "a.example", "scheme": "http",
        "referer": "https://b.example/?sig=[redacted]", "user_agent": "curl/8", "request_id": "r-1",
        "headers": {"x-tenant": "blüe", "cookie": "[redacted]"}, "worker": 1, "pid": std::process::id(), "sample": 10,
    });
    assert_eq!(line, expected);
}

#[test]
fn json_leaves_out_what_is_not_known() {
    let lines = of("json");
    let mut one = record(Method::GET, "/", &[], &lines);
    let mut headers = HeaderMap::new();
    headers.insert("x-request-id", HeaderValue::from_static("made-here"));
    (one.answered, one.cut) = (lines.answered().pick(&headers), true);
    one.client = Client::default();
    let line: serde_json::Value = serde_json::from_str(&written(&lines, &one)).unwrap();
    let members: Vec<&str> = line.as_object().unwrap().keys().map(String::as_str).collect();
    let expected = [
        "bytes",
        "cut",
        "duration_ms",
        "method",
        "pid",
        "protocol",
        "request_id",
        "scheme",
        "status",
        "target",
        "time",
        "worker",
    ];
    assert_eq!(members, expected);
    assert_eq!(line["request_id"], "made-here");
}

#[test]
fn a_target_without_a_path_is_an_authority() {
    let lines = of("%(r)s");
    assert_eq!(
        written(&lines, &record(Method::CONNECT, "a.example:443", &[], &lines)),
        "CONNECT a.example:443 HTTP/1.1"
    );
    assert_eq!(written(&lines, &record(Method::OPTIONS, "*", &[], &lines)), "OPTIONS * HTTP/1.1");
    assert_eq!(
        written(&lines, &record(Method::GET, "http://a.example/b?c", &[], &lines)),
        "GET /b?c HTTP/1.1"
    );
}

#[test]
fn a_bad_template_is_one_sentence() {
    let cases = [
        ("%(z)s", "the access log format does not know %(z)s"),
        ("%({x}e)s", "the access log format does not know %({x}e)s"),
        ("%({x y}i)s", "the access log format asks for \"x y\", which is no name of a header"),
        ("%(h)d", "the access log format has no s after %(h), and no other conversion is known"),
        ("%(h", "the access log format does not close \"%(h\""),
        ("100%", "the access log format has a % that begins neither %(…)s nor %%"),
        ("%(h)s\n", "the access log format contains a control character"),
    ];
    for (template, expected) in cases {
        assert_eq!(template.parse::<AccessLogFormat>().unwrap_err().to_string(), expected);
    }
}

#[test]
fn formats_read_as_they_are_written() {
    for text in ["uvicorn", "common", "combined", "json", "a %(h)s %%", "%%"] {
        assert_eq!(text.parse::<AccessLogFormat>().unwrap().to_string(), text);
    }
}
