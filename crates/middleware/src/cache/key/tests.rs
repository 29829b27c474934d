use std::hash::{BuildHasher as _, RandomState};

use hyperserve_core::{Body, ConnInfo, PeerAddr, TrustedProxies};

use super::*;

fn request(uri: &str, fields: &[(&'static str, &'static str)]) -> Request {
    let mut request = Request::new(Body::empty());
    *request.uri_mut() = uri.parse().unwrap();
    for &(name, value) in fields {
        request.headers_mut().insert(name, value.parse().unwrap());
    }
    request
}

fn is_same(one: &Request, other: &Request) -> bool {
    let (key, lookup) = (Lookup::of(one).to_key(), Lookup::of(other));
    let same = lookup.equivalent(&key);
    let state = RandomState::new();
    assert_eq!(same, key == lookup.to_key(), "{key:?} {lookup:?}");
    assert_eq!(same, state.hash_one(&key) == state.hash_one(&lookup), "{key:?} {lookup:?}");
    same
}

#[test]
fn hosts_are_one_whatever_their_case_and_default_port() {
    let one = request("/x?a=1", &[("host", "a.example")]);
    for host in ["A.Example", "a.example:80", "a.example:"] {
        assert!(is_same(&one, &request("/x?a=1", &[("host", host)])), "{host}");
    }
    assert!(is_same(&one, &request("http://a.example/x?a=1", &[("host", "b.example")])));
    for host in ["b.example", "a.example:443", "a.example:8080", ""] {
        assert!(!is_same(&one, &request("/x?a=1", &[("host", host)])), "{host}");
    }
}

#[test]
fn scheme_path_and_query_count() {
    let one = request("http://a.example/x?a=1", &[]);
    for uri in [
        "https://a.example/x?a=1",
        "http://a.example/X?a=1",
        "http://a.example/x",
        "http://a.example/x?a=1&b",
    ] {
        assert!(!is_same(&one, &request(uri, &[])), "{uri}");
    }
    let long = format!("http://{}.example/", "a".repeat(200));
    assert!(is_same(&request(&long, &[]), &request(&long.replace("aaa", "AAA"), &[])));
}

fn behind_proxy(mut request: Request, trusted: &str) -> Request {
    let trusted: TrustedProxies = trusted.parse().unwrap();
    let conn = ConnInfo::new(PeerAddr::Tcp("10.0.0.1:1".parse().unwrap()), PeerAddr::Unknown);
    let context = RequestContext::new(Arc::new(conn)).with_trusted(Arc::new(trusted));
    request.extensions_mut().insert(context);
    request
}

#[test]
fn forwarded_hosts_count_from_trusted_proxies_alone() {
    let asked =
        || request("/x", &[("host", "a.example"), ("forwarded", "for=192.0.2.1;proto=https;host=b.example")]);
    let believed = Lookup::of(&behind_proxy(asked(), "10.0.0.0/8")).to_key();
    assert_eq!((believed.scheme(), believed.authority()), ("https", "b.example"));
    let stranger = Lookup::of(&behind_proxy(asked(), "192.0.2.0/24")).to_key();
    assert_eq!((stranger.scheme(), stranger.authority()), ("http", "a.example"));
}

fn rewritten(original: &str, seen: &str) -> Request {
    let mut request = request(seen, &[("host", "a.example")]);
    RequestContext::of_mut(request.extensions_mut()).keep_original_uri(&original.parse().unwrap());
    request
}

#[test]
fn a_prefix_that_is_gone_still_counts() {
    assert!(!is_same(&rewritten("/a/x", "/x"), &rewritten("/b/x", "/x")));
    assert!(is_same(&rewritten("/a/x", "/x"), &request("/a/x", &[("host", "a.example")])));
    assert!(!is_same(&rewritten("/page", "/page.de"), &rewritten("/page", "/page.en")));
    assert_eq!(Lookup::of(&rewritten("/a/x?q", "/x?q")).to_key().query(), Some("q"));
}

#[test]
fn locations_of_the_same_host_are_resolved() {
    let key = Lookup::of(&request("/items/7?x", &[("host", "a.example")])).to_key();
    let target = |reference: &str| key.named_by(reference).first().map(|key| key.target.to_string());
    for (reference, found) in [
        ("/other?y#z", Some("/other?y")),
        ("http://A.example:80/other", Some("/other")),
        ("http://a.example", Some("/")),
        ("//a.example/other", Some("/other")),
        ("8", Some("/items/8")),
        ("https://a.example/other", None),
        ("http://b.example/other", None),
        ("//b.example/other", None),
        ("", None),
    ] {
        assert_eq!(target(reference).as_deref(), found, "{reference}");
    }
    assert!(key.is_for(&"http://a.example:80/items/7?x".parse().unwrap()));
    assert!(!key.is_for(&"http://a.example/items/7".parse().unwrap()));
}
