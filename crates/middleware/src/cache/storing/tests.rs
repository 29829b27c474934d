use tokio::time::Instant;

use super::*;

fn fields(fields: &[(&'static str, &'static str)]) -> HeaderMap {
    let mut map = HeaderMap::new();
    for &(name, value) in fields {
        map.append(name, value.parse().unwrap());
    }
    map
}

fn stores_as(
    config: &CacheConfig,
    asked: &[(&'static str, &'static str)],
    status: u16,
    answer: &[(&'static str, &'static str)],
) -> bool {
    let times = Times::since(Instant::now());
    let status = StatusCode::from_u16(status).unwrap();
    terms(config, &fields(asked), status, &fields(answer), &times).is_some()
}

fn stores(answer: &[(&'static str, &'static str)]) -> bool {
    stores_as(&CacheConfig::new(), &[], 200, answer)
}

fn control(value: &'static str) -> (&'static str, &'static str) {
    ("cache-control", value)
}

#[test]
fn what_says_how_long_it_is_fresh_is_stored() {
    for value in
        ["max-age=1", "s-maxage=1", "max-age=0, stale-while-revalidate=1", "max-age=0, stale-if-error=1"]
    {
        assert!(stores(&[control(value)]), "{value}");
    }
    assert!(stores(&[("expires", "Fri, 01 Jan 2100 00:00:00 GMT")]));
    assert!(!stores(&[]) && !stores(&[control("public")]), "nothing says how long");
    assert!(!stores(&[("last-modified", "Sun, 06 Nov 1994 08:49:37 GMT")]), "guesses are off");
    let guesses = CacheConfig::new().with_heuristic(Duration::from_secs(60));
    assert!(stores_as(&guesses, &[], 200, &[("last-modified", "Sun, 06 Nov 1994 08:49:37 GMT")]));
}

#[test]
fn what_could_never_be_used_is_not_stored() {
    for value in ["max-age=0", "no-cache", "no-cache, max-age=9", "s-maxage=0, stale-while-revalidate=9"] {
        assert!(!stores(&[control(value)]), "{value}");
    }
    assert!(!stores(&[control("max-age=5"), ("age", "5")]), "stale when it comes");
    for value in ["no-cache", "no-cache, max-age=9"] {
        assert!(stores(&[control(value), ("etag", "\"a\"")]), "{value} may be validated");
    }
    assert!(!stores_as(&CacheConfig::new(), &[], 302, &[control("no-cache"), ("etag", "\"a\"")]));
    assert!(stores(&[control("max-age=0"), ("last-modified", "Sun, 06 Nov 1994 08:49:37 GMT")]));
}

#[test]
fn what_is_for_one_client_is_not_stored() {
    for value in
        ["no-store, max-age=9", "private, max-age=9", "max-age=9, private=\"x-a\"", "No-Store, max-age=9"]
    {
        assert!(!stores(&[control(value)]), "{value}");
    }
    assert!(
        !stores(&[control("max-age=9, must-understand, no-store")]),
        "no-store holds beside must-understand"
    );
    assert!(!stores(&[control("max-age=9"), ("vary", "*")]));
    assert!(!stores(&[control("max-age=9, public"), ("set-cookie", "a=1")]));
    let told = CacheConfig::new().with_set_cookie(true);
    assert!(stores_as(&told, &[], 200, &[control("max-age=9, public"), ("set-cookie", "a=1")]));
    assert!(!stores_as(&told, &[], 200, &[control("max-age=9"), ("set-cookie", "a=1")]));
}

#[test]
fn answers_to_credentials_are_not_stored_unless_told() {
    let asked = [("authorization", "Bearer x")];
    let told = CacheConfig::new().with_authorized(true);
    for value in ["max-age=9, public", "s-maxage=9", "max-age=9, must-revalidate"] {
        assert!(!stores_as(&CacheConfig::new(), &asked, 200, &[control(value)]), "{value}");
        assert!(stores_as(&told, &asked, 200, &[control(value)]), "{value}");
    }
    assert!(!stores_as(&told, &asked, 200, &[control("max-age=9, proxy-revalidate")]));
}

#[test]
fn answers_to_cookies_are_stored_if_they_are_shared() {
    let asked = [("cookie", "session=1")];
    let usual = CacheConfig::new();
    assert!(!stores_as(&usual, &asked, 200, &[control("max-age=9")]));
    assert!(stores_as(&usual, &asked, 200, &[control("max-age=9, public")]));
    assert!(stores_as(&usual, &asked, 200, &[control("s-maxage=9")]));
    assert!(stores_as(&CacheConfig::new().with_cookies(true), &asked, 200, &[control("max-age=9")]));
}

#[test]
fn statuses_that_are_whole_are_stored() {
    let usual = CacheConfig::new();
    for status in [200, 203, 204, 301, 302, 307, 404, 405, 410, 414, 418, 501, 503, 599] {
        assert!(stores_as(&usual, &[], status, &[control("max-age=9")]), "{status}");
    }
    for status in [100, 103, 206, 304] {
        assert!(!stores_as(&usual, &[], status, &[control("max-age=9")]), "{status}");
    }
}

#[test]
fn fields_of_one_message_are_left_out() {
    let stored = stored_fields(&fields(&[
        ("connection", "x-hop, Close"),
        ("x-hop", "1"),
        ("keep-alive", "1"),
        ("transfer-encoding", "chunked"),
        ("upgrade", "h2c"),
        ("age", "5"),
        ("link", "a"),
        ("link", "b"),
        ("etag", "\"a\""),
    ]));
    assert_eq!(stored, fields(&[("link", "a"), ("link", "b"), ("etag", "\"a\"")]));
}

#[test]
fn a_304_replaces_what_is_not_about_the_body() {
    let stored =
        fields(&[("etag", "\"a\""), ("link", "a"), ("link", "b"), ("content-length", "5"), ("x-old", "1")]);
    let answer = fields(&[
        ("etag", "W/\"a\""),
        ("link", "c"),
        ("link", "d"),
        ("content-length", "0"),
        ("x-new", "1"),
        ("age", "3"),
    ]);
    let expected = [
        ("etag", "\"a\""),
        ("link", "c"),
        ("link", "d"),
        ("content-length", "5"),
        ("x-old", "1"),
        ("x-new", "1"),
    ];
    assert_eq!(freshened_fields(&stored, &answer), fields(&expected));
}
