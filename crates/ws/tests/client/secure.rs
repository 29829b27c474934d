//! `wss:`, over HTTP/1.1 and HTTP/2.

use crate::ours::{echoes, says_goodbye};
use crate::served::Served;
use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use hyperserve_server::{Listener, TlsConfig};
use hyperserve_ws::{Connect, ConnectError};
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::aws_lc_rs;
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::{ClientConfig, DigitallySignedStruct, Error, RootCertStore, SignatureScheme};
use std::process::Command;
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};

/// Takes no certificate, and keeps the one it is shown.
#[derive(Debug, Default)]
struct Collector(Mutex<Option<CertificateDer<'static>>>);

impl ServerCertVerifier for Collector {
    fn verify_server_cert(
        &self,
        shown: &CertificateDer<'_>,
        _: &[CertificateDer<'_>],
        _: &ServerName<'_>,
        _: &[u8],
        _: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        *self.0.lock().unwrap() = Some(shown.clone().into_owned());
        Err(Error::General("seen enough".to_owned()))
    }

    fn verify_tls12_signature(
        &self,
        _: &[u8],
        _: &CertificateDer<'_>,
        _: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        Err(Error::General("seen enough".to_owned()))
    }

    fn verify_tls13_signature(
        &self,
        _: &[u8],
        _: &CertificateDer<'_>,
        _: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        Err(Error::General("seen enough".to_owned()))
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        aws_lc_rs::default_provider().signature_verification_algorithms.supported_schemes()
    }
}

fn builder() -> rustls::ConfigBuilder<ClientConfig, rustls::WantsVerifier> {
    let builder = ClientConfig::builder_with_provider(Arc::new(aws_lc_rs::default_provider()));
    builder.with_safe_default_protocol_versions().unwrap()
}

struct Secure {
    server: Served,
    certificate: CertificateDer<'static>,
}

impl Secure {
    /// A server with a certificate for `localhost` and 127.0.0.1 that it has signed itself.
    async fn new() -> Self {
        let tls = TlsConfig::self_signed(["localhost"]).unwrap();
        let server = Served::new(Listener::new("127.0.0.1:0").with_tls(tls));
        let collector = Arc::new(Collector::default());
        let verifier = Arc::clone(&collector) as Arc<dyn ServerCertVerifier>;
        let config = builder().dangerous().with_custom_certificate_verifier(verifier).with_no_client_auth();
        let seeing = Connect::new(format!("wss://{}/", server.address.unwrap())).with_tls(Arc::new(config));
        assert!(matches!(seeing.connect().await, Err(ConnectError::Tls(_))));
        let certificate = collector.0.lock().unwrap().take().unwrap();
        Self { server, certificate }
    }

    fn pem(&self) -> String {
        let text = BASE64_STANDARD.encode(&self.certificate);
        format!("-----BEGIN CERTIFICATE-----\n{text}\n-----END CERTIFICATE-----\n")
    }

    fn url(&self, host: &str, path: &str) -> String {
        format!("wss://{host}:{}{path}", self.server.address.unwrap().port())
    }

    fn connect(&self, host: &str, path: &str) -> Connect {
        Connect::new(self.url(host, path)).with_root_certificate(self.pem())
    }
}

#[tokio::test]
async fn messages_go_there_and_back() {
    let secure = Secure::new().await;
    for host in ["localhost", "127.0.0.1"] {
        let connect = secure.connect(host, "/echo");
        for (connect, version) in
            [(connect.clone(), http::Version::HTTP_11), (connect.with_http2(), http::Version::HTTP_2)]
        {
            let (mut socket, answer) = connect.connect().await.unwrap();
            assert_eq!(answer.version(), version);
            assert!(socket.is_compressed());
            echoes(&mut socket).await;
            says_goodbye(socket).await;
        }
    }
    assert_eq!(secure.server.ended().await.cut, 0);
}

#[tokio::test]
async fn a_configuration_of_ones_own_is_used() {
    let secure = Secure::new().await;
    let mut roots = RootCertStore::empty();
    roots.add(secure.certificate.clone()).unwrap();
    let mut config = builder().with_root_certificates(roots).with_no_client_auth();
    // What is spoken is the client's matter.
    config.alpn_protocols = vec![b"h2".to_vec()];
    let connect = Connect::new(secure.url("localhost", "/echo")).with_tls(Arc::new(config));
    for connect in [connect.clone(), connect.with_http2()] {
        says_goodbye(connect.connect().await.unwrap().0).await;
    }
}

async fn distrust(connect: Connect) -> String {
    match connect.connect().await.unwrap_err() {
        ConnectError::Tls(error) => error.to_string(),
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn who_is_not_trusted_is_not_spoken_to() {
    let (secure, other) = (Secure::new().await, Secure::new().await);
    distrust(Connect::new(secure.url("localhost", "/echo"))).await;
    let foreign = Connect::new(secure.url("localhost", "/echo")).with_root_certificate(other.pem());
    distrust(foreign.clone()).await;
    // One more.
    let (socket, _) = foreign.with_root_certificate(secure.pem()).connect().await.unwrap();
    says_goodbye(socket).await;
    let stream = TcpStream::connect(secure.server.address.unwrap()).await.unwrap();
    let elsewhere = Connect::new("wss://elsewhere.example/echo").with_root_certificate(secure.pem());
    assert!(matches!(elsewhere.over(stream).await, Err(ConnectError::Tls(_))));
}

#[tokio::test]
async fn a_bad_root_certificate_is_told() {
    let secure = Secure::new().await;
    for pem in ["", "not PEM", "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"] {
        let connect = Connect::new(secure.url("localhost", "/echo")).with_root_certificate(pem);
        assert!(distrust(connect).await.contains("root certificate"), "{pem}");
    }
}

#[tokio::test]
async fn what_speaks_no_tls_is_told() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("wss://{}/", listener.local_addr().unwrap());
    let serving = async {
        let (mut stream, _) = listener.accept().await.unwrap();
        stream.write_all(b"HTTP/1.1 400 Bad Request\r\n\r\n").await.unwrap();
        let (mut gone, _) = listener.accept().await.unwrap();
        gone.read_exact(&mut [0; 100]).await.unwrap();
        drop(gone);
        let (mut silent, _) = listener.accept().await.unwrap();
        let mut seen = Vec::new();
        _ = silent.read_to_end(&mut seen).await;
    };
    let connecting = async {
        distrust(Connect::new(&url)).await;
        let error = Connect::new(&url).connect().await.unwrap_err();
        assert!(matches!(error, ConnectError::Io(_)) && error.is_transient(), "{error:?}");
        let error = Connect::new(&url).with_timeout(Duration::from_millis(200)).connect().await.unwrap_err();
        assert!(matches!(error, ConnectError::Timeout), "{error:?}");
    };
    tokio::join!(serving, connecting);
}

/// The system's store is read once a process, so that this test needs one of its own, in which the variable is set that
/// names another store.
#[tokio::test]
async fn the_system_is_trusted() {
    const URL: &str = "HYPERSERVE_TEST_URL";
    if let Ok(url) = std::env::var(URL) {
        return says_goodbye(hyperserve_ws::connect(url).await.unwrap()).await;
    }
    let secure = Secure::new().await;
    let folder = tempfile::tempdir().unwrap();
    let store = folder.path().join("store.pem");
    std::fs::write(&store, secure.pem()).unwrap();
    let mut again = Command::new(std::env::current_exe().unwrap());
    again.args(["--exact", "secure::the_system_is_trusted"]).env(URL, secure.url("localhost", "/echo"));
    again.env("SSL_CERT_FILE", &store).env_remove("SSL_CERT_DIR");
    let output = tokio::task::spawn_blocking(move || again.output().unwrap()).await.unwrap();
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(output.status.success() && said.contains("1 passed"), "{said}");
}
