//! Certificates and a client for the tests of this module.

use std::io;
use std::path::PathBuf;
use std::sync::Arc;

use hyperserve_core::TlsInfo;
use rcgen::{CertificateParams, KeyPair};
use rustls::crypto::CryptoProvider;
use rustls::{ClientConfig, HandshakeKind, RootCertStore};
use rustls_pki_types::pem::PemObject;
use rustls_pki_types::{CertificateDer, PrivateKeyDer, ServerName};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio_rustls::{TlsConnector, client, server};

use super::acceptor::Acceptor;
use super::identity::{Identity, Loaded};
use super::info::tls_info;
use super::source::Source;

/// A self-signed certificate and its key in PEM.
pub(super) struct Leaf {
    pub(super) cert: String,
    pub(super) key: String,
}

impl Leaf {
    pub(super) fn new(names: &[&str]) -> Self {
        Self::signed(names, &KeyPair::generate().unwrap())
    }

    pub(super) fn ed25519(names: &[&str]) -> Self {
        Self::signed(names, &KeyPair::generate_for(&rcgen::PKCS_ED25519).unwrap())
    }

    fn signed(names: &[&str], key: &KeyPair) -> Self {
        let names: Vec<String> = names.iter().map(|name| (*name).to_owned()).collect();
        let cert = CertificateParams::new(names).unwrap().self_signed(key).unwrap();
        Self { cert: cert.pem(), key: key.serialize_pem() }
    }

    pub(super) fn load(&self, provider: &CryptoProvider) -> Loaded {
        let source = |text: &str| Source::Memory(Arc::from(text.as_bytes()), "test");
        Identity { certificate: source(&self.cert), key: source(&self.key) }.load(provider).unwrap()
    }

    pub(super) fn der(&self) -> CertificateDer<'static> {
        CertificateDer::from_pem_slice(self.cert.as_bytes()).unwrap()
    }

    /// A client that trusts this certificate alone.
    pub(super) fn trusting(&self) -> Client {
        Client::trusting(&self.der())
    }
}

/// A leaf in two files.
pub(super) struct Pair {
    pub(super) leaf: Leaf,
    dir: tempfile::TempDir,
}

impl Pair {
    pub(super) fn new(leaf: Leaf) -> Self {
        let pair = Self { dir: tempfile::tempdir().unwrap(), leaf };
        pair.replace(&pair.leaf);
        pair
    }

    pub(super) fn cert(&self) -> PathBuf {
        self.dir.path().join("cert.pem")
    }

    pub(super) fn key(&self) -> PathBuf {
        self.dir.path().join("key.pem")
    }

    pub(super) fn replace(&self, leaf: &Leaf) {
        std::fs::write(self.cert(), &leaf.cert).unwrap();
        std::fs::write(self.key(), &leaf.key).unwrap();
    }
}

#[derive(Clone)]
pub(super) struct Client {
    config: Arc<ClientConfig>,
    roots: RootCertStore,
}

impl Client {
    pub(super) fn trusting(cert: &CertificateDer<'static>) -> Self {
        let mut roots = RootCertStore::empty();
        roots.add(cert.clone()).unwrap();
        let config = builder(&roots, rustls::DEFAULT_VERSIONS).with_no_client_auth();
        Self { config: Arc::new(config), roots }
    }

    pub(super) fn tls12(mut self) -> Self {
        self.config = Arc::new(builder(&self.roots, &[&rustls::version::TLS12]).with_no_client_auth());
        self
    }

    /// With a certificate of its own.
    pub(super) fn showing(mut self, leaf: &Leaf) -> Self {
        let key = PrivateKeyDer::from_pem_slice(leaf.key.as_bytes()).unwrap();
        let builder = builder(&self.roots, rustls::DEFAULT_VERSIONS);
        self.config = Arc::new(builder.with_client_auth_cert(vec![leaf.der()], key).unwrap());
        self
    }

    pub(super) fn with_alpn(mut self, protocols: &[&str]) -> Self {
        let protocols = protocols.iter().map(|protocol| protocol.as_bytes().to_vec()).collect();
        Arc::make_mut(&mut self.config).alpn_protocols = protocols;
        self
    }

    pub(super) fn also_trusting(mut self, leaf: &Leaf) -> Self {
        self.roots.add(leaf.der()).unwrap();
        self.config = Arc::new(builder(&self.roots, rustls::DEFAULT_VERSIONS).with_no_client_auth());
        self
    }
}

type Builder = rustls::ConfigBuilder<ClientConfig, rustls::client::WantsClientCert>;

fn builder(roots: &RootCertStore, versions: &[&'static rustls::SupportedProtocolVersion]) -> Builder {
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let builder = ClientConfig::builder_with_provider(provider).with_protocol_versions(versions).unwrap();
    builder.with_root_certificates(roots.clone())
}

/// Both ends of a connection after the handshake.
pub(super) struct Done {
    pub(super) info: TlsInfo,
    pub(super) resumed: bool,
    client: client::TlsStream<TcpStream>,
    server: server::TlsStream<TcpStream>,
}

impl Done {
    /// Sends `text` there and back.
    pub(super) async fn echo(&mut self, text: &[u8]) {
        let mut buffer = vec![0; text.len()];
        self.client.write_all(text).await.unwrap();
        self.client.flush().await.unwrap();
        self.server.read_exact(&mut buffer).await.unwrap();
        self.server.write_all(&buffer).await.unwrap();
        self.server.flush().await.unwrap();
        self.client.read_exact(&mut buffer).await.unwrap();
        assert_eq!(buffer, text);
    }
}

/// A handshake over loopback, and one echo, by which the client has read its tickets and the server its refusals.
pub(super) async fn handshake(acceptor: &Acceptor, name: &str, client: Client) -> io::Result<Done> {
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let (near, accepted) = tokio::join!(TcpStream::connect(listener.local_addr()?), listener.accept());
    let (near, (far, _)) = (near?, accepted?);
    let name = ServerName::try_from(name.to_owned()).unwrap();
    let connect = TlsConnector::from(Arc::clone(&client.config)).connect(name, near);
    let (client, server) = tokio::join!(connect, acceptor.accept(far));
    let (client, server) = (client?, server?);
    let resumed = server.get_ref().1.handshake_kind() == Some(HandshakeKind::Resumed);
    let mut done = Done { info: tls_info(&server), resumed, client, server };
    done.echo(b"ping").await;
    Ok(done)
}
