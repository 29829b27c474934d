//! HTTPS beside HTTP.

use std::fs;
use std::path::PathBuf;

use rcgen::CertifiedKey;
use rustls::SupportedProtocolVersion;
use rustls::pki_types::CertificateDer;
use rustls::version::{TLS12, TLS13};
use tempfile::TempDir;

use crate::client::{exchange, get, get_text};
use crate::process::Server;
use crate::tls_client::Client;

static ONLY_1_2: &[&SupportedProtocolVersion] = &[&TLS12];
static ONLY_1_3: &[&SupportedProtocolVersion] = &[&TLS13];

/// A certificate for `localhost` and its key in files.
struct Files {
    folder: TempDir,
    certificate: CertificateDer<'static>,
}

impl Files {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let CertifiedKey { cert, signing_key } =
            rcgen::generate_simple_self_signed(["localhost".into()]).unwrap();
        fs::write(folder.path().join("cert.pem"), cert.pem()).unwrap();
        fs::write(folder.path().join("key.pem"), signing_key.serialize_pem()).unwrap();
        Self { folder, certificate: cert.der().clone() }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn start(&self, more: &str) -> Server {
        let (cert, key) = (self.path("cert.pem"), self.path("key.pem"));
        let files = format!("--tls-cert {} --tls-key {}", cert.display(), key.display());
        Server::start(&format!("--listen 127.0.0.1:0 --tls-listen 127.0.0.1:0 {files} {more}"))
    }
}

#[test]
fn a_self_signed_certificate_is_made_on_request() {
    let server = Server::start("--listen 127.0.0.1:0 --tls self-signed --tls-listen 127.0.0.1:0");
    assert!(
        server.urls()[0].starts_with("http://") && server.urls()[1].starts_with("https://"),
        "{:?}",
        server.urls()
    );
    let stream = Client::default().connect(server.address(1)).unwrap();
    let reached = exchange(stream, &get_text("/api/figures", "")).json()["reached"].clone();
    assert_eq!((&reached["scheme"], &reached["tls"]["version"]), (&"https".into(), &"TLSv1.3".into()));
    assert_eq!(reached["tls"]["server_name"], "localhost");
    assert_eq!(get(server.address(0), "/api/figures").json()["reached"]["scheme"], "http");
    assert_eq!(server.stop().code, Some(0));
}

#[test]
fn http2_is_agreed_on() {
    let server = Server::start("--listen 127.0.0.1:0 --tls self-signed --tls-listen 127.0.0.1:0");
    let client = Client { alpn: &["h2", "http/1.1"], ..Client::default() };
    let stream = client.connect(server.address(1)).unwrap();
    assert_eq!(stream.conn.alpn_protocol(), Some(&b"h2"[..]));
}

#[test]
fn a_client_that_checks_gets_the_certificate_of_the_file() {
    let files = Files::new();
    let server = files.start("");
    let client = Client { trusted: Some(files.certificate.clone()), ..Client::default() };
    let stream = client.connect(server.address(1)).unwrap();
    assert_eq!(exchange(stream, &get_text("/", "")).status, 200);
    let stranger = Client { trusted: Some(Files::new().certificate), ..Client::default() };
    assert!(stranger.connect(server.address(1)).is_err());
}

#[test]
fn plain_http_is_redirected_on_request() {
    let files = Files::new();
    let server = files.start("--https-redirect=443");
    let answer = get(server.address(0), "/deep?x=1");
    assert_eq!((answer.status, answer.header("location")), (308, Some("https://test.example/deep?x=1")));
    let stream = Client::default().connect(server.address(1)).unwrap();
    assert_eq!(exchange(stream, &get_text("/", "")).status, 200);
}

#[test]
fn the_oldest_version_is_kept() {
    let files = Files::new();
    let old = Client { versions: ONLY_1_2, ..Client::default() };
    assert!(old.connect(files.start("").address(1)).is_ok());
    let server = files.start("--tls-min-version 1.3");
    assert!(old.connect(server.address(1)).is_err());
    assert!(Client { versions: ONLY_1_3, ..Client::default() }.connect(server.address(1)).is_ok());
}

#[test]
fn clients_without_a_certificate_are_let_in_where_it_is_optional() {
    let files = Files::new();
    let authorities = format!("--client-ca {}", files.path("cert.pem").display());
    // On TLS 1.2 the refusal comes within the handshake, on 1.3 after it (RFC 8446 §4.4.2.4).
    let client = Client { versions: ONLY_1_2, ..Client::default() };
    assert!(client.connect(files.start(&authorities).address(1)).is_err());
    let server = files.start(&format!("{authorities} --client-auth optional"));
    let stream = client.connect(server.address(1)).unwrap();
    let reached = exchange(stream, &get_text("/api/figures", "")).json()["reached"].clone();
    assert_eq!(reached["tls"]["client_certificate"], false);
}
