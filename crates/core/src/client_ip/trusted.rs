//! [`TrustedProxies`]: whose forwarded headers count.

use std::fmt;
use std::net::IpAddr;
use std::str::FromStr;

use super::network::{Network, NotANetwork};
use crate::{ConnInfo, PeerAddr};

const LOOPBACK: [Network; 2] = [Network::v4(127, 0, 0, 0, 8), Network::v6(1, 128)];

/// RFC 1918 §3 and RFC 4193 §3.1.
const PRIVATE: [Network; 4] = [
    Network::v4(10, 0, 0, 0, 8),
    Network::v4(172, 16, 0, 0, 12),
    Network::v4(192, 168, 0, 0, 16),
    Network::v6(0xfc00 << 112, 7),
];

/// The networks whose forwarded headers are believed; by default none.
///
/// Written as a list with commas or spaces: addresses (`192.0.2.7`, `::1`), networks (`10.0.0.0/8`,
/// `2001:db8::/32`), and the words `loopback` (127.0.0.0/8, ::1), `private` (10.0.0.0/8, 172.16.0.0/12,
/// 192.168.0.0/16, fc00::/7) and `unix` (whoever connects by Unix socket).
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
    networks: Vec<Network>,
    unix: bool,
}

impl TrustedProxies {
    /// Trusts nobody.
    pub const fn nobody() -> Self {
        Self { networks: Vec::new(), unix: false }
    }

    /// Reads a list of entries, each as in a [written list](TrustedProxies).
    ///
    /// # Errors
    ///
    /// The first entry that is none of them.
    pub fn from_entries<T: AsRef<str>>(
        entries: impl IntoIterator<Item = T>,
    ) -> Result<Self, TrustedProxiesError> {
        let mut trusted = Self::nobody();
        for entry in entries {
            trusted.add(entry.as_ref())?;
        }
        Ok(trusted)
    }

    fn add(&mut self, entry: &str) -> Result<(), TrustedProxiesError> {
        match entry {
            "loopback" => self.networks.extend(LOOPBACK),
            "private" => self.networks.extend(PRIVATE),
            "unix" => self.unix = true,
            _ => {
                let wrong = |reason| TrustedProxiesError { entry: entry.into(), reason };
                self.networks.push(Network::parse(entry).map_err(wrong)?);
            }
        }
        Ok(())
    }

    /// Sets whether whoever connects by Unix socket is trusted.
    pub const fn with_unix(mut self, trusted: bool) -> Self {
        self.unix = trusted;
        self
    }

    /// Whether an address lies in a trusted network.
    #[must_use]
    pub fn contains(&self, ip: IpAddr) -> bool {
        let ip = ip.to_canonical();
        self.networks.iter().any(|network| network.contains(ip))
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
pub struct TrustedProxiesError {
    entry: String,
    reason: NotANetwork,
}

impl TrustedProxiesError {
    /// The entry, as it was written.
    #[must_use]
    pub fn entry(&self) -> &str {
        &self.entry
    }
}

impl fmt::Display for TrustedProxiesError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "trusted proxy {:?}: ", self.entry)?;
        match self.reason {
            NotANetwork::Address => f.write_str(
                "not an address (192.0.2.7), a network (10.0.0.0/8), or one of loopback, private, unix",
            ),
            NotANetwork::Prefix => f.write_str("the prefix length is at most 32 for IPv4 and 128 for IPv6"),
            NotANetwork::HostBits(network) => {
                write!(f, "has bits below its prefix; the network is {network}")
            }
        }
    }
}

impl std::error::Error for TrustedProxiesError {}
