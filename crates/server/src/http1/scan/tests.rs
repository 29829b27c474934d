use super::*;

fn rules() -> Rules {
    Rules {
        max_head: 4096,
        max_headers: 10,
        max_target: 100,
        allow_connect: false,
        extra_methods: vec!["PROPFIND".into()],
    }
}

fn complete(head: &str) -> Head {
    match scan(head.as_bytes(), &rules(), &Known::default()) {
        Scan::Complete(found) => found,
        other => panic!("{head:?}: {other:?}"),
    }
}

fn refused(head: &str) -> Fault {
    match scan(head.as_bytes(), &rules(), &Known::default()) {
        Scan::Refuse(fault) => fault,
        other => panic!("{head:?}: {other:?}"),
    }
}

#[test]
fn a_plain_head_ends_where_it_ends() {
    let head =
        "GET /a?b=%20 HTTP/1.1\r\nHost: example.com\r\nX-Long: 0123456789abcdef\t0123456789 \u{e9}\r\n\r\n";
    let found = complete(&format!("{head}GET /next"));
    assert_eq!(
        found,
        Head {
            len: head.len(),
            fields: Some(23),
            framing: Framing::None,
            upgrade: false,
            names_upgrade: false,
            accept: false
        }
    );
    assert_eq!(complete(&format!("\r\n{head}")).len, head.len() + 2);
}

#[test]
fn every_prefix_of_a_head_is_incomplete() {
    let head = "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\nX: 0123456789\r\n\r\n";
    for end in 0..head.len() {
        assert_eq!(
            scan(&head.as_bytes()[..end], &rules(), &Known::default()),
            Scan::Incomplete,
            "{:?}",
            &head[..end]
        );
    }
    assert_eq!(complete(head).framing, Framing::Length(10));
}

#[test]
fn framing_is_read_strictly() {
    let with = |fields: &str| format!("POST / HTTP/1.1\r\nHost: a\r\n{fields}\r\n");
    assert_eq!(complete(&with("transfer-ENCODING:  CHUNKED \r\n")).framing, Framing::Chunked);
    assert_eq!(complete(&with("Content-Length: 0\r\n")).framing, Framing::None);
    for (fields, fault) in [
        ("Content-Length: 1\r\nTransfer-Encoding: chunked\r\n", Fault::TwoFramings),
        ("Transfer-Encoding: chunked\r\nContent-Length: 0\r\n", Fault::TwoFramings),
        ("Content-Length: 1\r\nContent-Length: 1\r\n", Fault::RepeatedContentLength),
        ("Content-Length: 1, 1\r\n", Fault::ContentLength),
        ("Content-Length: +1\r\n", Fault::ContentLength),
        ("Content-Length: 0x1\r\n", Fault::ContentLength),
        ("Content-Length:\r\n", Fault::ContentLength),
        ("Content-Length: 99999999999999999999\r\n", Fault::ContentLength),
        ("Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n", Fault::TransferEncoding),
        ("Transfer-Encoding: chunked, chunked\r\n", Fault::TransferEncoding),
        ("Transfer-Encoding: gzip, chunked\r\n", Fault::TransferEncoding),
        ("Transfer-Encoding: identity\r\n", Fault::TransferEncoding),
        ("Transfer-Encoding:\r\n", Fault::TransferEncoding),
    ] {
        assert_eq!(refused(&with(fields)), fault, "{fields:?}");
    }
    assert_eq!(refused("POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n"), Fault::TransferEncoding);
}

#[test]
fn lines_end_with_crlf_and_nothing_else() {
    for (head, fault) in [
        ("GET / HTTP/1.1\nHost: a\r\n\r\n", Fault::BareLf),
        ("GET / HTTP/1.1\r\nHost: a\n\r\n", Fault::BareLf),
        ("GET / HTTP/1.1\r\nHost: a\r\n\n", Fault::BareLf),
        ("GET / HTTP/1.1\r\nHost: a\rb\r\n\r\n", Fault::BareCr),
        ("GET / HTTP/1.1\r\nHost: a\r\n\rX", Fault::BareCr),
        ("\nGET / HTTP/1.1\r\nHost: a\r\n\r\n", Fault::BareLf),
        ("GET / HTTP/1.1\r\nHost: a\r\nX: 1\r\n 2\r\n\r\n", Fault::ObsFold),
        ("GET / HTTP/1.1\r\n Host: a\r\n\r\n", Fault::ObsFold),
        ("GET / HTTP/1.1\r\nHost : a\r\n\r\n", Fault::SpaceInName),
        ("GET / HTTP/1.1\r\n: a\r\n\r\n", Fault::FieldName),
        ("GET / HTTP/1.1\r\nHost\r\n\r\n", Fault::FieldName),
        ("GET / HTTP/1.1\r\nH\u{e9}: a\r\n\r\n", Fault::FieldName),
        ("GET / HTTP/1.1\r\nX: a\0b\r\n\r\n", Fault::ControlCharacter),
        ("GET / HTTP/1.1\r\nX: 0123456789012\x7f\r\n\r\n", Fault::ControlCharacter),
        ("GET / HTTP/1.1\r\nX\x01: a\r\n\r\n", Fault::ControlCharacter),
    ] {
        assert_eq!(refused(head), fault, "{head:?}");
    }
}

#[test]
fn request_lines_are_exact() {
    let with = |line: &str| format!("{line}\r\nHost: a\r\n\r\n");
    for (line, fault) in [
        ("GET  / HTTP/1.1", Fault::RequestLine),
        ("GET / HTTP/1.1 ", Fault::RequestLine),
        ("GET /a b HTTP/1.1", Fault::RequestLine),
        ("GET /", Fault::RequestLine),
        ("GET", Fault::RequestLine),
        (" GET / HTTP/1.1", Fault::RequestLine),
        ("GET\t/\tHTTP/1.1", Fault::RequestLine),
        ("GET / http/1.1", Fault::RequestLine),
        ("GET / HTTP/1.10", Fault::RequestLine),
        ("GET / HTTP/2.0", Fault::Version),
        ("GET / HTTP/1.2", Fault::Version),
        ("GET / HTTP/0.9", Fault::Version),
        ("GET /#f HTTP/1.1", Fault::Target),
        ("GET /\u{e9} HTTP/1.1", Fault::Target),
        ("GET a HTTP/1.1", Fault::Target),
        ("GET * HTTP/1.1", Fault::Target),
        ("GET ftp://a/ HTTP/1.1", Fault::Target),
        ("GET http:/a HTTP/1.1", Fault::Target),
        ("CONNECT a:1 HTTP/1.1", Fault::Connect),
        ("get / HTTP/1.1", Fault::Method),
        ("TRACE / HTTP/1.1", Fault::Method),
        ("MKCOL / HTTP/1.1", Fault::Method),
    ] {
        assert_eq!(refused(&with(line)), fault, "{line:?}");
    }
    for line in
        ["OPTIONS * HTTP/1.1", "PROPFIND / HTTP/1.1", "QUERY /?a=b HTTP/1.1", "GET http://a/x HTTP/1.1"]
    {
        complete(&with(line));
    }
}

#[test]
fn bounds_are_told_apart() {
    let target = "a".repeat(200);
    assert_eq!(refused(&format!("GET /{target} HTTP/1.1\r\nHost: a\r\n\r\n")), Fault::TargetTooLong);
    assert_eq!(refused(&format!("GET /{}", "a".repeat(200))), Fault::TargetTooLong);
    assert_eq!(refused(&"A".repeat(40)), Fault::Method);
    assert_eq!(
        refused(&format!("GET / HTTP/1.1\r\nHost: a\r\nX: {}\r\n\r\n", "a".repeat(5000))),
        Fault::HeadTooLarge
    );
    assert_eq!(
        refused(&format!("GET / HTTP/1.1\r\nHost: a\r\nX: {}", "a".repeat(5000))),
        Fault::HeadTooLarge
    );
    assert_eq!(
        refused(&format!("GET / HTTP/1.1\r\nHost: a\r\n{}\r\n", "X: y\r\n".repeat(10))),
        Fault::TooManyFields
    );
    complete(&format!("GET / HTTP/1.1\r\nHost: a\r\n{}\r\n", "X: y\r\n".repeat(9)));
}

#[test]
fn hosts_are_checked_with_the_target() {
    let with = |target: &str, hosts: &str| format!("GET {target} HTTP/1.1\r\n{hosts}\r\n");
    assert_eq!(refused(&with("/", "")), Fault::MissingHost);
    assert_eq!(refused(&with("/", "Host: a\r\nHost: a\r\n")), Fault::RepeatedHost);
    assert_eq!(refused(&with("/", "Host: u@a\r\n")), Fault::Host);
    assert_eq!(refused(&with("/", "Host:\r\n")), Fault::Host);
    assert_eq!(refused(&with("http://a/", "Host: b\r\n")), Fault::HostMismatch);
    assert_eq!(refused(&with("http://u@a/", "Host: a\r\n")), Fault::Target);
    complete(&with("http://a:80/", "Host: A\r\n"));
    complete("GET / HTTP/1.0\r\n\r\n");
}

#[test]
fn expectations_and_upgrades_are_seen() {
    let with = |version: &str, field: &str| format!("GET / HTTP/{version}\r\nHost: a\r\n{field}\r\n\r\n");
    assert_eq!(refused(&with("1.1", "Expect: 200-maybe")), Fault::Expectation);
    complete(&with("1.1", "Expect: 100-Continue"));
    complete(&with("1.0", "Expect: 200-maybe"));
    let upgrade = "Upgrade: websocket\r\nConnection: keep-alive, Upgrade";
    assert!(complete(&with("1.1", upgrade)).upgrade);
    assert!(!complete(&with("1.0", upgrade)).upgrade);
    assert!(!complete(&with("1.1", "Upgrade: websocket")).upgrade);
}

#[test]
fn known_fields_are_recalled_only_behind_a_request_line_like_theirs() {
    let rules = rules();
    let first = "POST /a HTTP/1.1\r\nHost: a\r\nContent-Length: 7\r\n\r\n";
    let mut known = Known::default();
    known.note(first.as_bytes(), complete(first));
    let recalled = |head: &str| scan(head.as_bytes(), &rules, &known);
    let Scan::Complete(head) = recalled("PUT /longer HTTP/1.1\r\nHost: a\r\nContent-Length: 7\r\n\r\nGET")
    else {
        panic!()
    };
    assert_eq!((head.len, head.framing, head.fields), (22 + 30, Framing::Length(7), None));
    for other in [
        "PUT /longer HTTP/1.0\r\nHost: a\r\nContent-Length: 7\r\n\r\n",
        "PUT /longer HTTP/1.1\r\nHost: a\r\nContent-Length: 8\r\n\r\n",
        "PUT /longer HTTP/1.1\r\nHost: a\r\nContent-Length: 7\r\nX: y\r\n\r\n",
        "PUT http://a/longer HTTP/1.1\r\nHost: a\r\nContent-Length: 7\r\n\r\n",
    ] {
        let Scan::Complete(head) = recalled(other) else { panic!("{other:?}") };
        assert_eq!(head, complete(other));
    }
    assert_eq!(
        recalled("PUT http://b/ HTTP/1.1\r\nHost: a\r\nContent-Length: 7\r\n\r\n"),
        Scan::Refuse(Fault::HostMismatch)
    );
    assert_eq!(recalled("PUT / HTTP/1.1\r\nHost: a\r\nContent-Length: 7\r\n"), Scan::Incomplete);
}
