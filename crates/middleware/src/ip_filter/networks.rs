//! Networks as ranges in order, asked by binary search.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use super::IpFilterError;

/// A set of addresses. IPv4 is held as IPv6 (`::ffff:0:0/96`, RFC 4291 §2.5.5.2), so that an address is the same however
/// it is written.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Networks {
    /// First and last address; in order, not touching each other once they are [sorted](Networks::sort).
    ranges: Vec<(u128, u128)>,
}

impl Networks {
    /// Adds an address, a network in CIDR notation, or one of the words `loopback` and `private`.
    pub(super) fn add(&mut self, entry: &str) -> Result<(), IpFilterError> {
        match entry {
            "loopback" => self.add_all(&["127.0.0.0/8", "::1"]),
            // RFC 1918 §3 and RFC 4193 §3.1.
            "private" => self.add_all(&["10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "fc00::/7"]),
            _ => self.ranges.push(range(entry)?),
        }
        Ok(())
    }

    fn add_all(&mut self, known: &[&str]) {
        self.ranges.extend(known.iter().filter_map(|network| range(network).ok()));
    }

    /// Joins what overlaps or touches.
    pub(super) fn sort(&mut self) {
        self.ranges.sort_unstable();
        self.ranges.dedup_by(|next, kept| {
            let joined = next.0 <= kept.1.saturating_add(1);
            if joined {
                kept.1 = kept.1.max(next.1);
            }
            joined
        });
    }

    pub(super) fn contains(&self, ip: IpAddr) -> bool {
        let bits = bits(ip);
        let after = self.ranges.partition_point(|(first, _)| *first <= bits);
        after > 0 && bits <= self.ranges[after - 1].1
    }

    pub(super) const fn is_empty(&self) -> bool {
        self.ranges.is_empty()
    }
}

const fn bits(ip: IpAddr) -> u128 {
    match ip {
        IpAddr::V4(v4) => v4.to_ipv6_mapped().to_bits(),
        IpAddr::V6(v6) => v6.to_bits(),
    }
}

/// First and last address of `10.0.0.0/8`, `192.0.2.1`, `2001:db8::/32`.
fn range(entry: &str) -> Result<(u128, u128), IpFilterError> {
    let (address, prefix) = entry.split_once('/').map_or((entry, None), |(ip, prefix)| (ip, Some(prefix)));
    let ip: IpAddr = address.parse().map_err(|_| {
        let what = "write an address (192.0.2.7), a network (10.0.0.0/8), or one of loopback, private, unix";
        IpFilterError::new(entry, what)
    })?;
    let width = if ip.is_ipv4() { 32 } else { 128 };
    let prefix = prefix.map_or(Some(width), |text| length(text, width)).ok_or_else(|| {
        IpFilterError::new(entry, "the prefix length is at most 32 for IPv4 and 128 for IPv6")
    })?;
    let host = u128::MAX.checked_shr(128 - (width - prefix)).unwrap_or(0);
    let first = bits(ip) & !host;
    if first == bits(ip) { Ok((first, first | host)) } else { Err(host_bits(entry, ip, first, prefix)) }
}

fn host_bits(entry: &str, ip: IpAddr, first: u128, prefix: u32) -> IpFilterError {
    let first = if ip.is_ipv4() {
        IpAddr::V4(Ipv4Addr::from_bits((first & u128::from(u32::MAX)) as u32))
    } else {
        IpAddr::V6(Ipv6Addr::from_bits(first))
    };
    IpFilterError::new(entry, format!("it has bits below its prefix; the network is {first}/{prefix}"))
}

/// Plain digits, without sign or leading zeros.
fn length(text: &str, most: u32) -> Option<u32> {
    let plain = text.bytes().all(|byte| byte.is_ascii_digit()) && (text == "0" || !text.starts_with('0'));
    text.parse().ok().filter(|length| plain && *length <= most)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn networks(entries: &[&str]) -> Networks {
        let mut networks = Networks::default();
        for entry in entries {
            networks.add(entry).unwrap();
        }
        networks.sort();
        networks
    }

    fn has(networks: &Networks, ip: &str) -> bool {
        networks.contains(ip.parse().unwrap())
    }

    #[test]
    fn a_network_ends_where_its_prefix_says() {
        let set = networks(&["10.0.0.0/8", "192.0.2.7", "2001:db8::/33", "255.255.255.255/32", "::/128"]);
        for ip in [
            "10.0.0.0",
            "10.255.255.255",
            "192.0.2.7",
            "2001:db8:7fff::1",
            "255.255.255.255",
            "::",
            "::ffff:10.1.1.1",
        ] {
            assert!(has(&set, ip), "{ip}");
        }
        for ip in [
            "9.255.255.255",
            "11.0.0.0",
            "192.0.2.8",
            "2001:db8:8000::",
            "::1",
            "::10.1.1.1",
            "255.255.255.254",
        ] {
            assert!(!has(&set, ip), "{ip}");
        }
    }

    #[test]
    fn everything_is_two_networks() {
        let v4 = networks(&["0.0.0.0/0"]);
        assert!(
            has(&v4, "0.0.0.0")
                && has(&v4, "255.255.255.255")
                && has(&v4, "::ffff:1.2.3.4")
                && !has(&v4, "::1")
        );
        let v6 = networks(&["::/0"]);
        assert!(
            has(&v6, "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff") && has(&v6, "1.2.3.4"),
            "IPv4 lies in IPv6"
        );
    }

    #[test]
    fn ranges_that_touch_become_one() {
        let set = networks(&["10.0.0.128/25", "10.0.0.0/25", "10.0.0.4/30", "10.0.2.0/24"]);
        assert_eq!(set.ranges.len(), 2);
        assert!(has(&set, "10.0.0.255") && !has(&set, "10.0.1.0") && has(&set, "10.0.2.0"));
        assert_eq!(networks(&["::/0", "ffff::/16"]).ranges.len(), 1, "no overflow at the end");
    }

    #[test]
    fn words_stand_for_networks() {
        let set = networks(&["loopback", "private"]);
        for ip in ["127.9.9.9", "::1", "10.0.0.1", "172.31.0.1", "192.168.0.1", "fd00::1"] {
            assert!(has(&set, ip), "{ip}");
        }
        assert!(!has(&set, "172.32.0.0") && !has(&set, "fe80::1"));
    }

    #[test]
    fn what_is_no_network_is_an_error() {
        for (entry, says) in [
            ("10.0.0.1/8", "the network is 10.0.0.0/8"),
            ("2001:db8::1/32", "the network is 2001:db8::/32"),
            ("10.0.0.0/33", "at most 32"),
            ("10.0.0.0/08", "at most 32"),
            ("::/129", "128 for IPv6"),
            ("10.0.0.0/", "at most"),
            ("10.0.0", "write an address"),
            ("", "write an address"),
            ("example.com", "write an address"),
        ] {
            let error = Networks::default().add(entry).unwrap_err().to_string();
            assert!(error.contains(says), "{error}");
        }
    }
}
