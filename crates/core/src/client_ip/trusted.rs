//! [`TrustedProxies`]: whose forwarded headers count.

use std::fmt;
use std::net::IpAddr;
use std::str::FromStr;

use crate::{ConnInfo, Networks, NetworksError, PeerAddr};

/// The networks whose forwarded headers are believed; by default none.
///
/// Written as a list with commas or spaces: what [`Networks`] can be, and the word `unix` (whoever connects by Unix socket).
///
/// ```
/// use hyperserve_core::TrustedProxies;
///
/// let trusted: TrustedProxies = "loopback, 10.20.0.0/16".parse()?;
/// assert!(trusted.contains("10.20.3.4".parse().unwrap()));
/// assert!(trusted.contains("::ffff:127.0.0.1".parse().unwrap()));
/// assert!(!trusted.contains("10.21.0.1".parse().unwrap()));
///
/// let error = "10.20.3.4/16".parse::<TrustedProxies>().unwrap_err();
/// assert_eq!(error.to_string(), "trusted proxy \"10.20.3.4/16\": has bits below its prefix; the network is 10.20.0.0/16");
/// # Ok::<(), hyperserve_core::TrustedProxiesError>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[must_use]
pub struct TrustedProxies {
    networks: Networks,
    unix: bool,
}

impl TrustedProxies {
    /// Trusts nobody.
    pub const fn nobody() -> Self {
        Self { networks: Networks::none(), unix: false }
    }

    /// Reads a list of entries, each as in a [written list](TrustedProxies).
    ///
    /// # Errors
    ///
    /// The first entry that is none of them.
    pub fn from_entries<T: AsRef<str>>(
        entries: impl IntoIterator<Item = T>,
    ) -> Result<Self, TrustedProxiesError> {
        let mut unix = false;
        let networks = entries.into_iter().filter(|entry| {
            let is_unix = entry.as_ref().trim_ascii() == "unix";
            unix |= is_unix;
            !is_unix
        });
        let networks = Networks::try_new(networks).map_err(TrustedProxiesError)?;
        Ok(Self { networks, unix })
    }

    /// Sets whether whoever connects by Unix socket is trusted.
    pub const fn with_unix(mut self, trusted: bool) -> Self {
        self.unix = trusted;
        self
    }

    /// Whether an address lies in a trusted network.
    #[must_use]
    pub fn contains(&self, ip: IpAddr) -> bool {
        self.networks.contains(ip)
    }

    /// Whether the other end of a connection is trusted; its PROXY protocol source, if there is one, is that end.
    #[must_use]
    pub fn trusts(&self, conn: &ConnInfo) -> bool {
        match conn.remote_ip() {
            Some(ip) => self.contains(ip),
            None => self.unix && matches!(conn.peer(), PeerAddr::Unix(_)),
        }
    }

    /// Whether nobody is trusted.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.networks.is_empty() && !self.unix
    }
}

impl FromStr for TrustedProxies {
    type Err = TrustedProxiesError;

    fn from_str(list: &str) -> Result<Self, Self::Err> {
        let separator = |c: char| c == ',' || c.is_ascii_whitespace();
        Self::from_entries(list.split(separator).filter(|entry| !entry.is_empty()))
    }
}

/// An entry of a list of trusted proxies that is neither an address, nor a network, nor a known word.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TrustedProxiesError(NetworksError);

impl TrustedProxiesError {
    /// The entry, as it was written.
    #[must_use]
    pub fn entry(&self) -> &str {
        self.0.entry()
    }
}

impl fmt::Display for TrustedProxiesError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "trusted proxy {}", self.0)
    }
}

impl std::error::Error for TrustedProxiesError {}
