//! The example serves HTTPS on a certificate from files, to a client that checks it.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a panic is how a test fails")]

#[path = "../../running.rs"]
mod running;

use std::fs;
use std::sync::Arc;

use rcgen::CertifiedKey;
use rustls::crypto::aws_lc_rs;
use rustls::pki_types::CertificateDer;
use rustls::{ClientConfig, ClientConnection, RootCertStore, StreamOwned};

use running::{Running, answer, ask};

fn client(trusted: CertificateDer<'static>) -> ClientConnection {
    let mut roots = RootCertStore::empty();
    roots.add(trusted).unwrap();
    let builder = ClientConfig::builder_with_provider(Arc::new(aws_lc_rs::default_provider()));
    let config = builder.with_safe_default_protocol_versions().unwrap().with_root_certificates(roots);
    ClientConnection::new(Arc::new(config.with_no_client_auth()), "localhost".try_into().unwrap()).unwrap()
}

#[test]
fn it_serves_the_certificate_of_the_files() {
    let CertifiedKey { cert, signing_key } =
        rcgen::generate_simple_self_signed(["localhost".into()]).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let file = |name: &str, text: String| {
        let path = folder.path().join(name);
        fs::write(&path, text).unwrap();
        path.into_os_string().into_string().unwrap()
    };
    let files = [file("cert.pem", cert.pem()), file("key.pem", signing_key.serialize_pem())];
    let example = Running::start(env!("CARGO_BIN_EXE_example-tls"), &files.each_ref().map(String::as_str));
    let mut stream = StreamOwned::new(client(cert.der().clone()), example.connect());
    ask(&mut stream, "/");
    let text = answer(&mut stream);
    assert!(text.ends_with("HTTP/1.1 over TLSv1.3 with TLS_AES_128_GCM_SHA256\n"), "{text}");
    example.interrupt();
    example.end();
}
