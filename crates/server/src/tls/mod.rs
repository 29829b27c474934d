//! TLS by rustls on aws-lc-rs: certificates, handshake policy, reload, and what a handshake settled.
//!
//! What the server speaks, and why:
//!
//! | matter | here | source |
//! |---|---|---|
//! | versions | TLS 1.3 (RFC 8446) and 1.2 (RFC 5246); 1.0 and 1.1 never | RFC 8996, RFC 9325 §3.1 |
//! | suites | AEAD with ephemeral ECDH alone, the server's order, AES-128-GCM first | RFC 9113 §9.2.2, RFC 9325 §4.2 |
//! | key exchange | X25519MLKEM768, then X25519, P-256, P-384 | draft-ietf-tls-ecdhe-mlkem |
//! | protocol | ALPN `h2`, `http/1.1`; a client that offers only others is refused | RFC 7301 §3.2, RFC 9113 §3.2 |
//! | certificate | by the client's server name: exact, then wildcard, else the first | RFC 6066 §3, RFC 9525 §6.3 |
//! | resumption | stateless tickets whose keys change every 6 hours and at every reload; never 0-RTT | RFC 8446 §8 |
//! | renegotiation, compression | not implemented by rustls | RFC 9325 §3.3, §3.5 |
//!
//! Files are read when the configuration is loaded and again when they change ([`Acceptor::watch`]) or on demand
//! ([`Acceptor::reload`]). A handshake takes the configuration of the moment it starts; established connections keep
//! theirs. New files that are faulty change nothing.
//!
//! There is no OCSP stapling: certificate authorities are ending OCSP, and short-lived certificates take its place.

mod acceptor;
mod certificate;
mod config;
mod error;
mod identity;
mod info;
mod policy;
mod resolver;
#[cfg(feature = "self-signed")]
mod self_signed;
mod source;
#[cfg(test)]
mod testing;
mod watch;

pub use acceptor::Acceptor;
pub use config::{ClientAuth, TlsConfig, TlsVersion};
pub use error::TlsError;
pub(crate) use info::tls_info;
