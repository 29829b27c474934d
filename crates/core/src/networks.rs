//! [`Networks`]: a set of addresses, written as networks (RFC 4632 §3.1, RFC 4291 §2.3) and asked by binary search.

use std::error::Error;
use std::fmt;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::str::FromStr;

const LOOPBACK: [&str; 2] = ["127.0.0.0/8", "::1"];

/// RFC 1918 §3 and RFC 4193 §3.1.
const PRIVATE: [&str; 4] = ["10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "fc00::/7"];

/// `::ffff:0:0/96`, where the addresses of IPv4 lie (RFC 4291 §2.5.5.2).
const MAPPED: (u128, u128) = (0xffff_0000_0000, 0xffff_ffff_ffff);

/// A set of addresses. A long one costs little more than a short one.
///
/// Written as a list with commas or spaces: addresses (`192.0.2.7`, `::1`), networks (`10.0.0.0/8`, `2001:db8::/32`), and the
/// words `loopback` (127.0.0.0/8, ::1) and `private` (10.0.0.0/8, 172.16.0.0/12, 192.168.0.0/16, fc00::/7).
///
/// IPv4 written as IPv6 (`::ffff:192.0.2.7`) is the same address. Other networks of IPv6 hold no address of IPv4: `::/0` is all
/// of IPv6, and everything is `0.0.0.0/0, ::/0`.
///
/// ```
/// use hyperserve_core::Networks;
///
/// let networks: Networks = "loopback, 10.20.0.0/16".parse()?;
/// assert!(networks.contains("10.20.3.4".parse().unwrap()));
/// assert!(networks.contains("::ffff:127.0.0.1".parse().unwrap()));
/// assert!(!networks.contains("10.21.0.1".parse().unwrap()));
/// # Ok::<(), hyperserve_core::NetworksError>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Networks {
    /// First and last address, IPv4 as IPv6; in order, not touching each other.
    ranges: Vec<(u128, u128)>,
}

impl Networks {
    /// No address at all.
    #[must_use]
    pub const fn none() -> Self {
        Self { ranges: Vec::new() }
    }

    /// Reads entries, each as in a [written list](Networks).
    ///
    /// # Errors
    ///
    /// The first entry that is none of them.
    pub fn try_new<T: AsRef<str>>(entries: impl IntoIterator<Item = T>) -> Result<Self, NetworksError> {
        let mut networks = Self::none();
        for entry in entries {
            let entry = entry.as_ref();
            networks.add(entry.trim_ascii()).map_err(|fault| NetworksError { entry: entry.into(), fault })?;
        }
        networks.join();
        Ok(networks)
    }

    fn add(&mut self, entry: &str) -> Result<(), Fault> {
        match entry {
            "loopback" => LOOPBACK.iter().try_for_each(|network| self.add(network)),
            "private" => PRIVATE.iter().try_for_each(|network| self.add(network)),
            network => {
                let (first, last) = range(network)?;
                if first < MAPPED.0 && MAPPED.1 <= last {
                    let around = [(first, MAPPED.0 - 1), (MAPPED.1 + 1, last)];
                    self.ranges.extend(around.into_iter().filter(|(first, last)| first <= last));
                } else {
                    self.ranges.push((first, last));
                }
                Ok(())
            }
        }
    }

    /// Joins what overlaps or touches.
    fn join(&mut self) {
        self.ranges.sort_unstable();
        self.ranges.dedup_by(|next, kept| {
            let joined = next.0 <= kept.1.saturating_add(1);
            if joined {
                kept.1 = kept.1.max(next.1);
            }
            joined
        });
    }

    /// Whether the set has an address in it.
    #[must_use]
    pub fn contains(&self, ip: IpAddr) -> bool {
        let bits = bits(ip);
        let after = self.ranges.partition_point(|(first, _)| *first <= bits);
        after > 0 && bits <= self.ranges[after - 1].1
    }

    /// Whether there is no address in it.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.ranges.is_empty()
    }
}

impl FromStr for Networks {
    type Err = NetworksError;

    fn from_str(list: &str) -> Result<Self, Self::Err> {
        let separator = |c: char| c == ',' || c.is_ascii_whitespace();
        Self::try_new(list.split(separator).filter(|entry| !entry.is_empty()))
    }
}

const fn bits(ip: IpAddr) -> u128 {
    match ip {
        IpAddr::V4(v4) => v4.to_ipv6_mapped().to_bits(),
        IpAddr::V6(v6) => v6.to_bits(),
    }
}

/// First and last address of `10.0.0.0/8`, `192.0.2.1`, `2001:db8::/32`.
fn range(network: &str) -> Result<(u128, u128), Fault> {
    let (address, prefix) =
        network.split_once('/').map_or((network, None), |(ip, prefix)| (ip, Some(prefix)));
    let ip: IpAddr = address.parse().map_err(|_| Fault::Address)?;
    let width = if ip.is_ipv4() { 32 } else { 128 };
    let prefix = prefix.map_or(Some(width), |text| length(text, width)).ok_or(Fault::Prefix)?;
    let host = u128::MAX.checked_shr(128 - (width - prefix)).unwrap_or(0);
    let first = bits(ip) & !host;
    if first == bits(ip) { Ok((first, first | host)) } else { Err(Fault::HostBits(like(ip, first), prefix)) }
}

/// An address in the form of another.
fn like(form: IpAddr, bits: u128) -> IpAddr {
    let v6 = Ipv6Addr::from_bits(bits);
    if form.is_ipv4() {
        IpAddr::V4(v6.to_ipv4_mapped().unwrap_or(Ipv4Addr::UNSPECIFIED))
    } else {
        IpAddr::V6(v6)
    }
}

/// A prefix length in plain digits, without sign or leading zeros.
fn length(text: &str, most: u32) -> Option<u32> {
    let plain = text.bytes().all(|byte| byte.is_ascii_digit()) && (text == "0" || !text.starts_with('0'));
    text.parse().ok().filter(|length| plain && *length <= most)
}

/// Why a text is not a network.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Fault {
    Address,
    Prefix,
    /// The address has bits below the prefix; the network it lies in is this.
    HostBits(IpAddr, u32),
}

/// An entry that is neither an address, nor a network, nor a known word: says which, and what to write.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NetworksError {
    entry: Box<str>,
    fault: Fault,
}

impl NetworksError {
    /// The entry, as it was written.
    #[must_use]
    pub fn entry(&self) -> &str {
        &self.entry
    }
}

impl fmt::Display for NetworksError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?}: ", self.entry)?;
        match self.fault {
            Fault::Address => f.write_str(
                "not an address (192.0.2.7), a network (10.0.0.0/8), or a word such as loopback or private",
            ),
            Fault::Prefix => f.write_str("the prefix length is at most 32 for IPv4 and 128 for IPv6"),
            Fault::HostBits(first, prefix) => {
                write!(f, "has bits below its prefix; the network is {first}/{prefix}")
            }
        }
    }
}

impl Error for NetworksError {}

#[cfg(test)]
mod tests {
    use super::*;

    fn networks(list: &str) -> Networks {
        list.parse().unwrap()
    }

    #[track_caller]
    fn check(list: &str, inside: &[&str], outside: &[&str]) {
        let set = networks(list);
        for ip in inside {
            assert!(set.contains(ip.parse().unwrap()), "{list} {ip}");
        }
        for ip in outside {
            assert!(!set.contains(ip.parse().unwrap()), "{list} {ip}");
        }
    }

    #[test]
    fn a_network_ends_where_its_prefix_says() {
        check(
            "10.0.0.0/8",
            &["10.0.0.0", "10.255.255.255", "::ffff:10.1.1.1"],
            &["9.255.255.255", "11.0.0.0"],
        );
        check("10.0.0.0/8", &[], &["::10.1.1.1", "::1"]);
        check(
            "192.0.2.7 255.255.255.255/32",
            &["192.0.2.7", "255.255.255.255"],
            &["192.0.2.8", "255.255.255.254"],
        );
        check("2001:db8::/33", &["2001:db8::", "2001:db8:7fff::1"], &["2001:db8:8000::", "2001:db7:ffff::"]);
        check("::ffff:10.0.0.0/104", &["10.1.2.3"], &["11.0.0.0"]);
        check("::/128", &["::"], &["::1"]);
    }

    #[test]
    fn each_of_both_protocols_is_a_network() {
        let (v4, v6) =
            (["0.0.0.0", "255.255.255.255", "::ffff:1.2.3.4"], ["::", "::1", "::1:0:0:0", "ffff::"]);
        for all in ["0.0.0.0/0", "::ffff:0:0/96"] {
            check(all, &v4, &v6);
        }
        check("::/0", &v6, &v4);
        check("0.0.0.0/0, ::/0", &[v4.as_slice(), v6.as_slice()].concat(), &[]);
        // The nearest network that holds them begins below and ends with them.
        check(
            "::fffe:0:0/95",
            &["::fffe:0:0", "::fffe:ffff:ffff"],
            &["0.0.0.0", "255.255.255.255", "::1:0:0:0"],
        );
    }

    #[test]
    fn ranges_that_touch_become_one() {
        let set = networks("10.0.0.128/25 10.0.0.0/25 10.0.0.4/30 10.0.2.0/24");
        assert_eq!(set.ranges.len(), 2);
        check("10.0.0.128/25 10.0.0.0/25 10.0.2.0/24", &["10.0.0.255", "10.0.2.0"], &["10.0.1.0"]);
        assert_eq!(networks("::/0 ffff::/16 0.0.0.0/0").ranges, [(0, u128::MAX)], "no overflow at the end");
        assert_eq!(networks("10.0.0.0/9 10.128.0.0/9"), networks("10.0.0.0/8"));
    }

    #[test]
    fn words_stand_for_networks() {
        let inside = ["127.9.9.9", "::1", "10.0.0.1", "172.31.0.1", "192.168.0.1", "fd00::1"];
        check("loopback private", &inside, &["172.32.0.0", "fe80::1"]);
        check("loopback", &inside[..2], &inside[2..]);
        assert!(networks("").is_empty() && Networks::none().is_empty() && !networks("::1").is_empty());
    }

    #[test]
    fn what_is_no_network_is_an_error() {
        for (entry, says) in [
            ("10.0.0.1/8", "the network is 10.0.0.0/8"),
            ("2001:db8::1/32", "the network is 2001:db8::/32"),
            ("::ffff:10.0.0.1/104", "the network is ::ffff:10.0.0.0/104"),
            ("10.0.0.0/33", "at most 32"),
            ("10.0.0.0/08", "at most 32"),
            ("10.0.0.0/+8", "at most 32"),
            ("::/129", "128 for IPv6"),
            ("10.0.0.0/", "at most"),
            ("10.0.0", "not an address"),
            ("", "not an address"),
            ("Loopback", "not an address"),
            ("example.com", "loopback or private"),
        ] {
            let error = Networks::try_new(["::1", entry]).unwrap_err();
            assert_eq!(error.entry(), entry);
            assert!(error.to_string().contains(says), "{error}");
        }
    }
}
