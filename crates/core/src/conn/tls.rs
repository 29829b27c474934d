//! [`TlsInfo`]: what the handshake settled, in plain strings and bytes, whatever TLS library did it.

use std::borrow::Cow;

use bytes::Bytes;

/// Facts of one TLS session. Every one is optional: a fact that was not negotiated or not asked for is `None`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct TlsInfo {
    sni: Option<String>,
    alpn: Option<Bytes>,
    version: Option<Cow<'static, str>>,
    cipher: Option<Cow<'static, str>>,
    key_exchange: Option<Cow<'static, str>>,
    peer_certificates: Vec<Bytes>,
}

impl TlsInfo {
    /// A session of which nothing is known yet.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// The host name the client asked for (RFC 6066 §3).
    #[must_use]
    pub fn with_sni(mut self, name: impl Into<String>) -> Self {
        self.sni = Some(name.into());
        self
    }

    /// The application protocol, such as `h2` (RFC 7301).
    #[must_use]
    pub fn with_alpn(mut self, protocol: impl Into<Bytes>) -> Self {
        self.alpn = Some(protocol.into());
        self
    }

    /// The protocol version, written `TLSv1.3`.
    #[must_use]
    pub fn with_version(mut self, version: impl Into<Cow<'static, str>>) -> Self {
        self.version = Some(version.into());
        self
    }

    /// The cipher suite, by its IANA name such as `TLS_AES_128_GCM_SHA256`.
    #[must_use]
    pub fn with_cipher(mut self, cipher: impl Into<Cow<'static, str>>) -> Self {
        self.cipher = Some(cipher.into());
        self
    }

    /// The key exchange group, by its IANA name such as `X25519MLKEM768`.
    #[must_use]
    pub fn with_key_exchange(mut self, group: impl Into<Cow<'static, str>>) -> Self {
        self.key_exchange = Some(group.into());
        self
    }

    /// The client's certificate chain in DER, its own certificate first.
    #[must_use]
    pub fn with_peer_certificates(mut self, chain: impl IntoIterator<Item = impl Into<Bytes>>) -> Self {
        self.peer_certificates = chain.into_iter().map(Into::into).collect();
        self
    }

    /// The host name the client asked for.
    #[must_use]
    pub fn sni(&self) -> Option<&str> {
        self.sni.as_deref()
    }

    /// The application protocol, such as `b"h2"`.
    #[must_use]
    pub fn alpn(&self) -> Option<&[u8]> {
        self.alpn.as_deref()
    }

    /// The protocol version, such as `TLSv1.3`.
    #[must_use]
    pub fn version(&self) -> Option<&str> {
        self.version.as_deref()
    }

    /// The cipher suite.
    #[must_use]
    pub fn cipher(&self) -> Option<&str> {
        self.cipher.as_deref()
    }

    /// The key exchange group.
    #[must_use]
    pub fn key_exchange(&self) -> Option<&str> {
        self.key_exchange.as_deref()
    }

    /// The client's own certificate in DER, if it sent one.
    #[must_use]
    pub fn peer_certificate(&self) -> Option<&Bytes> {
        self.peer_certificates.first()
    }

    /// The client's whole chain in DER, its own certificate first; empty if it sent none.
    #[must_use]
    pub fn peer_certificates(&self) -> &[Bytes] {
        &self.peer_certificates
    }
}
