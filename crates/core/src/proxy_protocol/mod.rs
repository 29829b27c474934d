//! The PROXY protocol, versions 1 and 2 (specification of 2020-03-05), without any I/O.
//!
//! A proxy begins each connection with one header that says who its client is. Read bytes until [`parse`] no
//! longer answers [`Parsed::Incomplete`], and only from peers that are trusted to say so.
//!
//! ```
//! use hyperserve_core::proxy_protocol::{Parsed, parse};
//!
//! let bytes = b"PROXY TCP4 192.0.2.1 198.51.100.1 56324 443\r\nGET / HTTP/1.1\r\n";
//! let Parsed::Complete { header, len } = parse(bytes)? else { panic!("wait for more") };
//! assert_eq!(header.source_ip(), Some("192.0.2.1".parse().unwrap()));
//! assert!(bytes[len..].starts_with(b"GET /"));
//! # Ok::<(), hyperserve_core::proxy_protocol::ProxyError>(())
//! ```

mod crc32c;
mod encode;
mod error;
mod header;
mod tlv;
mod v1;
mod v2;

pub use self::error::ProxyError;
pub use self::header::{ProxyAddr, ProxyCommand, ProxyHeader, ProxyTransport, ProxyVersion};
pub use self::tlv::{ProxyTls, Tlv, Tlvs};

/// The longest header that [`parse`] takes, in bytes. Version 2 could say 65551; what load balancers send, client
/// certificates included, stays well below this.
pub const MAX_HEADER_LEN: usize = 16 * 1024;

/// What [`parse`] found at the beginning of a connection.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Parsed {
    /// So far so good. Read until there are at least this many bytes in all, then call again with all of them.
    Incomplete(usize),
    /// A whole header, which takes up the first `len` bytes.
    Complete {
        /// The header.
        header: ProxyHeader,
        /// Its length in bytes; what follows is the client's.
        len: usize,
    },
}

/// Reads the header at the beginning of `input`, which holds everything received so far.
///
/// # Errors
///
/// When `input` cannot be or become a valid header: close the connection (specification §2: a receiver must not
/// guess).
pub fn parse(input: &[u8]) -> Result<Parsed, ProxyError> {
    if begins_alike(input, v1::PREFIX) {
        v1::parse(input)
    } else if begins_alike(input, v2::SIGNATURE) {
        v2::parse(input)
    } else {
        Err(ProxyError::not_proxy())
    }
}

/// Whether one is the beginning of the other.
fn begins_alike(input: &[u8], prefix: &[u8]) -> bool {
    let len = input.len().min(prefix.len());
    input[..len] == prefix[..len]
}

#[cfg(test)]
mod tests;
