//! Whose word about the client counts.

use crate::client::echo;
use crate::start::started;

pub(crate) const COVERED: &[&str] = &["trusted_proxies", "proxy_protocol"];

const FORWARDED: &str = "X-Forwarded-For: 203.0.113.7\r\n";
const PROXY: &str = "PROXY TCP4 203.0.113.7 127.0.0.1 4711 80\r\n";

#[test]
fn forwarded_headers_count_from_trusted_networks_only() {
    for (networks, client) in [("loopback", "203.0.113.7"), ("10.0.0.0/8", "127.0.0.1"), ("off", "127.0.0.1")]
    {
        let server = started(&[("HS_TRUSTED_PROXIES", networks)]);
        assert_eq!(echo(server.address(0), "", FORWARDED)["client"], client, "{networks}");
    }
}

#[test]
fn a_proxy_header_is_read_where_it_is_expected() {
    let trusting = ("HS_TRUSTED_PROXIES", "loopback");
    let server = started(&[trusting, ("HS_PROXY_PROTOCOL", "true")]);
    assert_eq!(echo(server.address(0), PROXY, "")["client"], "203.0.113.7");
    let server = started(&[trusting, ("HS_PROXY_PROTOCOL", "false")]);
    let request = format!("{PROXY}GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
    let answer = crate::client::exchange(crate::client::connect(server.address(0)), &request);
    assert!(answer.status >= 400, "{answer:?}");
}
