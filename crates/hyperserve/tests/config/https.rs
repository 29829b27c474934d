//! The keys about TLS.

use std::time::{Duration, Instant};

use rustls::SupportedProtocolVersion;
use rustls::pki_types::CertificateDer;
use rustls::version::{TLS12, TLS13};

use crate::certificate::Files;
use crate::client::{exchange, get, get_text};
use crate::process::Server;
use crate::start::with_addresses;
use crate::tls_client::Client;

pub(crate) const COVERED: &[&str] = &[
    "tls",
    "tls_cert",
    "tls_key",
    "tls_listen",
    "tls_min_version",
    "tls_reload_interval",
    "client_ca",
    "client_auth",
    "https_redirect",
];

static ONLY_1_2: &[&SupportedProtocolVersion] = &[&TLS12];
static ONLY_1_3: &[&SupportedProtocolVersion] = &[&TLS13];

const ANY_PORT: (&str, &str) = ("HS_TLS_LISTEN", "127.0.0.1:0");

fn with_files(files: &Files, more: &[(&str, &str)]) -> Server {
    let (certificate, key) = (files.certificate(), files.key());
    let mut variables = vec![ANY_PORT, ("HS_TLS_CERT", &*certificate), ("HS_TLS_KEY", &*key)];
    variables.extend(more);
    with_addresses(&variables, 2)
}

fn shown(server: &Server) -> CertificateDer<'static> {
    let stream = Client::default().connect(server.address(1)).unwrap();
    stream.conn.peer_certificates().unwrap()[0].clone().into_owned()
}

#[test]
fn a_certificate_is_made_when_it_is_set() {
    let server = with_addresses(&[ANY_PORT, ("HS_TLS", "self-signed")], 2);
    let stream = Client::default().connect(server.address(1)).unwrap();
    assert_eq!(exchange(stream, &get_text("/", "")).status, 200);
    assert_eq!(get(server.address(0), "/").status, 200);
}

#[test]
fn the_certificate_is_that_of_the_files() {
    let files = Files::new();
    let certificate = files.renew();
    assert_eq!(shown(&with_files(&files, &[])), certificate);
}

#[test]
fn files_are_read_again_unless_that_is_off() {
    let files = Files::new();
    let (watched, left) = (
        with_files(&files, &[("HS_TLS_RELOAD_INTERVAL", "100ms")]),
        with_files(&files, &[("HS_TLS_RELOAD_INTERVAL", "off")]),
    );
    let before = shown(&left);
    let after = files.renew();
    let deadline = Instant::now() + Duration::from_secs(10);
    while shown(&watched) != after {
        assert!(Instant::now() < deadline, "the new certificate is not shown");
        std::thread::sleep(Duration::from_millis(20));
    }
    assert_eq!(shown(&left), before);
}

#[test]
fn the_oldest_version_is_kept() {
    let files = Files::new();
    let reached = |oldest, versions| {
        let server = with_files(&files, &[("HS_TLS_MIN_VERSION", oldest)]);
        Client { versions, ..Client::default() }.connect(server.address(1)).is_ok()
    };
    assert_eq!(
        (reached("1.2", ONLY_1_2), reached("1.3", ONLY_1_2), reached("1.3", ONLY_1_3)),
        (true, false, true)
    );
}

#[test]
fn clients_show_certificates_as_is_set() {
    let files = Files::new();
    let authorities = files.certificate();
    // On TLS 1.2 the refusal comes within the handshake, on 1.3 after it (RFC 8446 §4.4.2.4).
    let client = Client { versions: ONLY_1_2, ..Client::default() };
    let let_in =
        |variables: &[(&str, &str)]| client.connect(with_files(&files, variables).address(1)).is_ok();
    let ca = ("HS_CLIENT_CA", &*authorities);
    assert!(let_in(&[]));
    assert!(!let_in(&[ca]));
    for (rule, expected) in [("required", false), ("optional", true), ("off", true)] {
        assert_eq!(let_in(&[ca, ("HS_CLIENT_AUTH", rule)]), expected, "{rule}");
    }
}

#[test]
fn plain_http_is_redirected_when_it_is_set() {
    let files = Files::new();
    let server = with_files(&files, &[("HS_HTTPS_REDIRECT", "443")]);
    let answer = get(server.address(0), "/deep?x=1");
    assert_eq!((answer.status, answer.header("location")), (308, Some("https://test.example/deep?x=1")));
    let server = with_files(&files, &[("HS_HTTPS_REDIRECT", "off")]);
    assert_eq!(get(server.address(0), "/").status, 200);
}
