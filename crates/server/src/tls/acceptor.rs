//! [`Acceptor`]: the configuration that handshakes start with, replaced whole when the files change.

use std::fmt;
use std::mem;
use std::sync::{Arc, Mutex, PoisonError, RwLock};
use std::time::SystemTime;

use rustls::ServerConfig;
use rustls::crypto::CryptoProvider;
use rustls_pki_types::CertificateDer;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio_rustls::{Accept, TlsAcceptor};

use super::config::TlsConfig;
use super::error::TlsError;
use super::identity::{Loaded, certificates};
use super::policy;
use super::source::Fingerprint;

/// Accepts TLS connections by a [`TlsConfig`] whose files may change. Clones share one state.
#[derive(Clone)]
pub struct Acceptor {
    shared: Arc<Shared>,
}

struct Shared {
    config: TlsConfig,
    provider: Arc<CryptoProvider>,
    current: RwLock<Arc<ServerConfig>>,
    /// Held for a whole reload, so that there is one at a time.
    loaded: Mutex<State>,
}

/// What was read last.
struct State {
    /// Of the moment before the files were read: a later change shows.
    fingerprints: Vec<Option<Fingerprint>>,
    material: Material,
}

/// What the files held. Of a key, the certificate tells whether it is another.
struct Material {
    identities: Vec<Loaded>,
    authorities: Vec<CertificateDer<'static>>,
}

impl Material {
    fn read(config: &TlsConfig, provider: &CryptoProvider) -> Result<Self, TlsError> {
        let identities = config.identities.iter().map(|identity| identity.load(provider));
        let identities = identities.collect::<Result<_, _>>()?;
        let authorities = config.authorities().map(|source| certificates(&source)).transpose()?;
        Ok(Self { identities, authorities: authorities.unwrap_or_default() })
    }

    fn build(
        &self,
        config: &TlsConfig,
        provider: &Arc<CryptoProvider>,
    ) -> Result<Arc<ServerConfig>, TlsError> {
        policy::server_config(config, provider, &self.identities, self.authorities.clone()).map(Arc::new)
    }

    fn same_as(&self, other: &Self) -> bool {
        let chains = |material: &Self| -> Vec<_> {
            material.identities.iter().map(|identity| Arc::clone(&identity.certified)).collect()
        };
        let same_chain = chains(self).iter().zip(&chains(other)).all(|(one, two)| one.cert == two.cert);
        same_chain && self.authorities == other.authorities
    }
}

impl Acceptor {
    pub(super) fn load(config: TlsConfig) -> Result<Self, TlsError> {
        let provider = Arc::new(policy::provider());
        let fingerprints = fingerprints(&config);
        let material = Material::read(&config, &provider)?;
        let current = RwLock::new(material.build(&config, &provider)?);
        let loaded = Mutex::new(State { fingerprints, material });
        Ok(Self { shared: Arc::new(Shared { config, provider, current, loaded }) })
    }

    /// The configuration of this moment, to be taken once a handshake.
    #[must_use]
    pub(crate) fn current(&self) -> Arc<ServerConfig> {
        Arc::clone(&self.shared.current.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// Shakes hands over `io`. The caller sets the deadline, and polls it in the connection's own task.
    pub(crate) fn accept<IO: AsyncRead + AsyncWrite + Unpin>(&self, io: IO) -> Accept<IO> {
        TlsAcceptor::from(self.current()).accept(io)
    }

    /// Reads the files again, and says whether certificates or authorities have changed. If they have, new
    /// handshakes use them and old sessions are not resumed; connections that stand are not touched.
    ///
    /// Blocks the thread while it reads.
    ///
    /// # Errors
    ///
    /// As [`TlsConfig::load`]; what was loaded before then stays in use.
    pub fn reload(&self) -> Result<bool, TlsError> {
        let Shared { config, provider, current, loaded } = &*self.shared;
        let mut loaded = loaded.lock().unwrap_or_else(PoisonError::into_inner);
        loaded.fingerprints = fingerprints(config);
        let material = Material::read(config, provider)?;
        if material.same_as(&loaded.material) {
            return Ok(false);
        }
        let next = material.build(config, provider)?;
        loaded.material = material;
        let mut current = current.write().unwrap_or_else(PoisonError::into_inner);
        drop(mem::replace(&mut *current, next));
        tracing::info!(certificate = %config.first_source(), "new TLS certificates are in use");
        Ok(true)
    }

    /// When the first of the certificates expires, if they tell.
    #[must_use]
    pub fn not_after(&self) -> Option<SystemTime> {
        let loaded = self.shared.loaded.lock().unwrap_or_else(PoisonError::into_inner);
        loaded
            .material
            .identities
            .iter()
            .filter_map(|identity| Some(identity.facts.as_ref()?.not_after))
            .min()
    }

    pub(super) fn config(&self) -> &TlsConfig {
        &self.shared.config
    }

    /// Whether a file is another than the one that was read last.
    pub(super) fn files_changed(&self) -> bool {
        let now = fingerprints(&self.shared.config);
        self.shared.loaded.lock().unwrap_or_else(PoisonError::into_inner).fingerprints != now
    }
}

fn fingerprints(config: &TlsConfig) -> Vec<Option<Fingerprint>> {
    config.sources().map(|source| source.fingerprint()).collect()
}

impl fmt::Debug for Acceptor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Acceptor").field("config", &self.shared.config).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::{Leaf, Pair, handshake};
    use super::super::{ClientAuth, TlsVersion};
    use super::*;

    #[tokio::test]
    async fn the_handshake_prefers_what_the_policy_says() {
        let leaf = Leaf::new(&["a.test"]);
        let acceptor = TlsConfig::from_pem(&leaf.cert, &leaf.key).load().unwrap();
        let done =
            handshake(&acceptor, "a.test", leaf.trusting().with_alpn(&["http/1.1", "h2"])).await.unwrap();
        assert_eq!(done.info.version(), Some("TLSv1.3"));
        assert_eq!(done.info.cipher(), Some("TLS_AES_128_GCM_SHA256"));
        assert_eq!(done.info.key_exchange(), Some("X25519MLKEM768"));
        assert_eq!(done.info.alpn(), Some(&b"h2"[..]));
        assert_eq!(done.info.sni(), Some("a.test"));
        assert!(done.info.peer_certificates().is_empty());
    }

    #[tokio::test]
    async fn http2_can_be_left_out_and_a_stranger_protocol_is_refused() {
        let leaf = Leaf::new(&["a.test"]);
        let acceptor = TlsConfig::from_pem(&leaf.cert, &leaf.key).with_http2(false).load().unwrap();
        let client = leaf.trusting().with_alpn(&["h2", "http/1.1"]);
        let done = handshake(&acceptor, "a.test", client).await.unwrap();
        assert_eq!(done.info.alpn(), Some(&b"http/1.1"[..]));
        assert!(handshake(&acceptor, "a.test", leaf.trusting().with_alpn(&["imap"])).await.is_err());
        let done = handshake(&acceptor, "a.test", leaf.trusting()).await.unwrap();
        assert_eq!(done.info.alpn(), None);
    }

    #[tokio::test]
    async fn the_minimum_version_shuts_tls12_out() {
        let leaf = Leaf::new(&["a.test"]);
        let config = TlsConfig::from_pem(&leaf.cert, &leaf.key);
        let old = || leaf.trusting().tls12();
        let done = handshake(&config.load().unwrap(), "a.test", old()).await.unwrap();
        assert_eq!(done.info.version(), Some("TLSv1.2"));
        assert_eq!(done.info.cipher(), Some("TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256"));
        let strict = config.with_min_version(TlsVersion::V1_3).load().unwrap();
        assert!(handshake(&strict, "a.test", old()).await.is_err());
    }

    #[tokio::test]
    async fn the_server_name_picks_the_certificate() {
        let (one, two) = (Pair::new(Leaf::new(&["one.test"])), Pair::new(Leaf::new(&["*.two.test"])));
        let config = TlsConfig::from_pem_files(one.cert(), one.key());
        let acceptor = config.with_additional_certificate(two.cert(), two.key()).load().unwrap();
        assert!(handshake(&acceptor, "one.test", one.leaf.trusting()).await.is_ok());
        assert!(handshake(&acceptor, "a.two.test", two.leaf.trusting()).await.is_ok());
        assert!(handshake(&acceptor, "a.two.test", one.leaf.trusting()).await.is_err());
    }

    #[tokio::test]
    async fn a_client_certificate_is_asked_for_as_configured() {
        let server = Leaf::new(&["a.test"]);
        let client = Pair::new(Leaf::new(&["client"]));
        let stranger = Leaf::new(&["stranger"]);
        let config = TlsConfig::from_pem(&server.cert, &server.key);

        let required = config.clone().with_client_auth(ClientAuth::Required(client.cert())).load().unwrap();
        let done = handshake(&required, "a.test", server.trusting().showing(&client.leaf)).await.unwrap();
        assert_eq!(done.info.peer_certificate().unwrap()[..], client.leaf.der()[..]);
        assert!(handshake(&required, "a.test", server.trusting()).await.is_err());
        assert!(handshake(&required, "a.test", server.trusting().showing(&stranger)).await.is_err());

        let optional = config.with_client_auth(ClientAuth::Optional(client.cert())).load().unwrap();
        let done = handshake(&optional, "a.test", server.trusting()).await.unwrap();
        assert!(done.info.peer_certificate().is_none());
        assert!(handshake(&optional, "a.test", server.trusting().showing(&client.leaf)).await.is_ok());
        assert!(handshake(&optional, "a.test", server.trusting().showing(&stranger)).await.is_err());
    }

    #[test]
    fn a_bad_file_of_authorities_is_named() {
        let leaf = Pair::new(Leaf::new(&["a.test"]));
        let config = TlsConfig::from_pem_files(leaf.cert(), leaf.key());
        let wrong = config.clone().with_client_auth(ClientAuth::Required(leaf.key()));
        let error = wrong.load().unwrap_err().to_string();
        assert!(error.contains("key.pem: no certificate in it"), "{error}");
        let missing = config.with_client_auth(ClientAuth::Optional("/no/ca.pem".into()));
        assert_eq!(missing.load().unwrap_err().to_string(), "/no/ca.pem: no such file");
    }

    #[tokio::test]
    async fn a_session_is_resumed_by_ticket_until_a_reload() {
        let pair = Pair::new(Leaf::new(&["a.test"]));
        let acceptor = TlsConfig::from_pem_files(pair.cert(), pair.key()).load().unwrap();
        let next = Leaf::new(&["a.test"]);
        let client = pair.leaf.trusting().also_trusting(&next);
        let full = handshake(&acceptor, "a.test", client.clone()).await.unwrap();
        assert!(!full.resumed);
        assert!(handshake(&acceptor, "a.test", client.clone()).await.unwrap().resumed);
        assert!(!acceptor.reload().unwrap());
        assert!(handshake(&acceptor, "a.test", client.clone()).await.unwrap().resumed);

        pair.replace(&next);
        assert!(acceptor.reload().unwrap());
        assert!(!handshake(&acceptor, "a.test", client.clone()).await.unwrap().resumed);
        assert!(handshake(&acceptor, "a.test", client).await.unwrap().resumed);
    }

    #[tokio::test]
    async fn a_bad_new_file_keeps_the_old_certificate() {
        let pair = Pair::new(Leaf::new(&["a.test"]));
        let acceptor = TlsConfig::from_pem_files(pair.cert(), pair.key()).load().unwrap();
        std::fs::write(pair.key(), "torn").unwrap();
        assert!(acceptor.reload().unwrap_err().to_string().contains("no private key in it"));
        assert!(handshake(&acceptor, "a.test", pair.leaf.trusting()).await.is_ok());
    }

    #[test]
    fn the_expiry_is_that_of_the_first_to_end() {
        let leaf = Leaf::new(&["a.test"]);
        let acceptor = TlsConfig::from_pem(&leaf.cert, &leaf.key).load().unwrap();
        assert!(acceptor.not_after().unwrap() > SystemTime::now());
    }
}
