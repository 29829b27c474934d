//! Whose word about the client counts.

use crate::client::echo;
use crate::process::Server;

const FORWARDED: &str = "X-Forwarded-For: 203.0.113.7\r\nX-Forwarded-Proto: https\r\n";
const PROXY: &str = "PROXY TCP4 203.0.113.7 127.0.0.1 4711 80\r\n";

#[test]
fn forwarded_headers_count_from_trusted_networks_only() {
    let trusting = Server::start("--listen 127.0.0.1:0 --trusted-proxies loopback");
    let told = echo(trusting.address(0), "", FORWARDED);
    assert_eq!((&told["client"], &told["scheme"]), (&"203.0.113.7".into(), &"https".into()));
    for words in ["", "--trusted-proxies 10.0.0.0/8"] {
        let server = Server::start(&format!("--listen 127.0.0.1:0 {words}"));
        let told = echo(server.address(0), "", FORWARDED);
        assert_eq!((&told["client"], &told["scheme"]), (&"127.0.0.1".into(), &"http".into()));
    }
}

#[test]
fn a_proxy_header_names_the_client() {
    let server = Server::start("--listen 127.0.0.1:0 --trusted-proxies loopback --proxy-protocol");
    let told = echo(server.address(0), PROXY, "");
    assert_eq!(told["client"], "203.0.113.7");
    assert!(told["connection"]["peer"].as_str().unwrap().starts_with("127.0.0.1:"), "{told}");
}
