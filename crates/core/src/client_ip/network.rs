//! A network in CIDR notation (RFC 4632 §3.1, RFC 4291 §2.3).

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// An address range. Networks inside `::ffff:0:0/96` are held as the IPv4 networks they stand for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Network {
    first: IpAddr,
    prefix: u8,
}

/// Why a text is not a network.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum NotANetwork {
    Address,
    Prefix,
    /// The address has bits below the prefix; the network it lies in is this.
    HostBits(Network),
}

impl Network {
    pub(super) const fn v4(a: u8, b: u8, c: u8, d: u8, prefix: u8) -> Self {
        Self { first: IpAddr::V4(Ipv4Addr::new(a, b, c, d)), prefix }
    }

    pub(super) const fn v6(bits: u128, prefix: u8) -> Self {
        Self { first: IpAddr::V6(Ipv6Addr::from_bits(bits)), prefix }
    }

    pub(super) fn parse(text: &str) -> Result<Self, NotANetwork> {
        let (address, prefix) = match text.split_once('/') {
            Some((address, prefix)) => (address, Some(prefix)),
            None => (text, None),
        };
        let address: IpAddr = address.parse().map_err(|_| NotANetwork::Address)?;
        let prefix = prefix.map_or(Some(width(address)), |prefix| decimal(prefix, width(address)));
        let given = Self { first: address, prefix: prefix.ok_or(NotANetwork::Prefix)? }.canonical();
        let network = Self { first: masked(given.first, given.prefix), ..given };
        if network == given { Ok(network) } else { Err(NotANetwork::HostBits(network)) }
    }

    fn canonical(self) -> Self {
        match (self.first, self.first.to_canonical()) {
            (IpAddr::V6(_), v4 @ IpAddr::V4(_)) if self.prefix >= 96 => {
                Self { first: v4, prefix: self.prefix - 96 }
            }
            _ => self,
        }
    }

    /// Whether the range holds `ip`, which must be canonical (IPv4 not written as IPv6).
    pub(super) fn contains(self, ip: IpAddr) -> bool {
        ip.is_ipv4() == self.first.is_ipv4() && masked(ip, self.prefix) == self.first
    }
}

impl std::fmt::Display for Network {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}/{}", self.first, self.prefix)
    }
}

const fn width(ip: IpAddr) -> u8 {
    if ip.is_ipv4() { 32 } else { 128 }
}

/// A prefix length in plain digits, without sign or leading zeros.
fn decimal(text: &str, most: u8) -> Option<u8> {
    let plain = text.bytes().all(|byte| byte.is_ascii_digit()) && (text == "0" || !text.starts_with('0'));
    text.parse().ok().filter(|prefix| plain && *prefix <= most)
}

fn masked(ip: IpAddr, prefix: u8) -> IpAddr {
    match ip {
        IpAddr::V4(v4) => {
            let mask = u32::MAX.checked_shl(32 - u32::from(prefix)).unwrap_or(0);
            IpAddr::V4(Ipv4Addr::from_bits(v4.to_bits() & mask))
        }
        IpAddr::V6(v6) => {
            let mask = u128::MAX.checked_shl(128 - u32::from(prefix)).unwrap_or(0);
            IpAddr::V6(Ipv6Addr::from_bits(v6.to_bits() & mask))
        }
    }
}
