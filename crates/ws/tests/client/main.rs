//! The client: against our server, another implementation's, and servers that mean harm.

#![cfg(feature = "client")]
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test may panic")]

mod agreements;
mod errors;
mod hostile;
mod http2;
mod ours;
mod peer;
mod reconnect;
#[cfg(feature = "client-tls")]
mod secure;
mod served;
mod tungstenite;
