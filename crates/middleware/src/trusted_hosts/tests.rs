//! Whom the layer answers.

use std::net::SocketAddr;

use http::header::HOST;
use hyperserve_core::{ConnInfo, PeerAddr, Problem, RequestContext};

use super::*;
use crate::exchange::exchange;

fn hosts() -> TrustedHostsLayer {
    TrustedHostsLayer::try_new(["a.example", "*.b.example", "[::1]:8080"]).unwrap()
}

fn request(hosts: &[&str]) -> Request {
    let builder = hosts.iter().fold(Request::builder(), |builder, host| builder.header(HOST, *host));
    builder.body(Body::empty()).unwrap()
}

fn at(local: &str, trusted: &str, mut request: Request) -> Request {
    let local: SocketAddr = local.parse().unwrap();
    let conn = ConnInfo::new(PeerAddr::Tcp("127.0.0.1:4000".parse().unwrap()), local.into());
    let context = RequestContext::new(Arc::new(conn)).with_trusted(Arc::new(trusted.parse().unwrap()));
    request.extensions_mut().insert(context);
    request
}

fn status(layer: &TrustedHostsLayer, request: &Request) -> u16 {
    layer.rules.refusal(request).map_or(200, |problem| problem.status().as_u16())
}

#[tokio::test]
async fn a_host_on_the_list_reaches_the_service_and_another_does_not() {
    let (seen, answer) = exchange(hosts(), request(&["a.example"]), Response::new("hi".into())).await;
    assert!(seen.is_some() && answer.status() == 200);
    let (seen, answer) = exchange(hosts(), request(&["evil.example"]), Response::new("hi".into())).await;
    assert!(seen.is_none() && answer.status() == 421);
    let problem = answer.extensions().get::<Problem>().unwrap();
    assert_eq!(problem.detail(), Some("This server does not answer for the host evil.example."));
}

#[test]
fn another_host_is_421_and_none_is_400() {
    for good in [&["a.example"][..], &["x.b.example:99"], &["[0::1]:8080"], &["A.EXAMPLE."]] {
        assert_eq!(status(&hosts(), &request(good)), 200, "{good:?}");
    }
    for other in ["b.example", "[::1]", "localhost", "a.example.evil.example", "a.example.."] {
        assert_eq!(status(&hosts(), &request(&[other])), 421, "{other}");
    }
    for none in [&[][..], &[""], &["a.example, b"], &["u@a.example"], &["a.example", "a.example"]] {
        assert_eq!(status(&hosts(), &request(none)), 400, "{none:?}");
    }
}

#[test]
fn all_that_names_a_host_is_looked_at() {
    let mut two = request(&["evil.example"]);
    *two.uri_mut() = "http://a.example/".parse().unwrap();
    assert_eq!(status(&hosts(), &two), 421);
    let forwarded = |own, host: &str| {
        let mut request = request(&[own]);
        request.headers_mut().insert("x-forwarded-host", host.parse().unwrap());
        request.headers_mut().insert("x-forwarded-for", "192.0.2.1".parse().unwrap());
        request
    };
    // A page that rebinds `evil.example` can claim to be a proxy on this machine; it cannot write `Host`.
    let rebound = at("127.0.0.1:80", "loopback", forwarded("evil.example", "a.example"));
    assert_eq!(status(&hosts(), &rebound), 421);
    let proxied = at("127.0.0.1:80", "loopback", forwarded("a.example", "evil.example"));
    assert_eq!(status(&hosts(), &proxied), 421);
    let stranger = at("127.0.0.1:80", "10.0.0.0/8", forwarded("a.example", "evil.example"));
    assert_eq!(status(&hosts(), &stranger), 200);
}

#[test]
fn loopback_listeners_have_names_of_their_own() {
    let layer = TrustedHostsLayer::loopback();
    for (local, host, expected) in [
        ("127.0.0.1:80", "localhost:80", 200),
        ("127.0.0.1:80", "x.localhost", 200),
        ("[::1]:80", "[::1]", 200),
        ("[::ffff:127.0.0.1]:80", "127.0.0.1", 200),
        ("127.0.0.1:80", "evil.example", 421),
        ("[::1]:80", "evil.example", 421),
        ("192.0.2.1:80", "evil.example", 200),
    ] {
        assert_eq!(status(&layer, &at(local, "", request(&[host]))), expected, "{local} {host}");
    }
    assert_eq!(status(&layer, &request(&["evil.example"])), 200, "no connection is known");
    let more = layer.try_with_hosts(["dev.example"]).unwrap();
    assert_eq!(status(&more, &at("127.0.0.1:80", "", request(&["dev.example"]))), 200);
}

#[test]
fn names_of_this_machine_count_on_request_and_on_loopback_alone() {
    let named = |local, layer: &TrustedHostsLayer| status(layer, &at(local, "", request(&["localhost"])));
    assert_eq!(named("127.0.0.1:80", &hosts()), 421);
    let with = hosts().with_loopback_names(true);
    assert_eq!((named("127.0.0.1:80", &with), named("192.0.2.1:80", &with)), (200, 421));
}

#[test]
fn exempt_paths_need_no_host() {
    let layer = hosts().with_exempt("=/livez".parse().unwrap());
    let mut probe = request(&[]);
    *probe.uri_mut() = "/livez".parse().unwrap();
    assert_eq!(status(&layer, &probe), 200);
}

#[test]
fn an_entry_that_is_no_host_is_an_error() {
    let error = TrustedHostsLayer::try_new(["https://a.example"]).unwrap_err();
    assert_eq!(error.to_string(), "trusted host \"https://a.example\": write the host alone, without a path");
    assert!(TrustedHostsLayer::try_new::<&str>([]).unwrap_err().to_string().contains("empty"));
}
