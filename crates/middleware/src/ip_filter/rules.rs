//! [`IpRules`]: what may and what may not, and [`IpSource`]: whose address is meant.

use std::net::IpAddr;

use hyperserve_core::{Networks, PeerAddr, Request, RequestContext};

use super::IpFilterError;
use crate::asked;

/// Networks that may, and networks that may not.
///
/// An entry is what [`Networks`] can be (an address, a network, `loopback`, `private`), or the word `unix` (whoever connects by
/// Unix socket). IPv4 written as IPv6 is the same address; `::/0` is all of IPv6, and `0.0.0.0/0` all of IPv4.
///
/// | | nothing is allowed by name | something is |
/// |---|---|---|
/// | on the deny list | no | no |
/// | on the allow list | | yes |
/// | on neither, or the address is not known | yes | no |
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[must_use]
pub struct IpRules {
    allow: List,
    deny: List,
}

#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct List {
    networks: Networks,
    unix: bool,
}

impl IpRules {
    /// Reads the two lists. With an empty first list everybody may whom the second does not name.
    ///
    /// # Errors
    ///
    /// The first entry that is no network.
    pub fn try_new<'a, 'd>(
        allow: impl IntoIterator<Item = &'a str>,
        deny: impl IntoIterator<Item = &'d str>,
    ) -> Result<Self, IpFilterError> {
        Ok(Self { allow: List::read(allow)?, deny: List::read(deny)? })
    }

    /// Whether a client of this address may; `None` for one that has none, as over a Unix socket.
    #[must_use]
    pub fn allows(&self, ip: Option<IpAddr>) -> bool {
        self.permits(&ip.map_or(Client::Unknown, Client::Ip))
    }

    pub(super) fn permits(&self, client: &Client) -> bool {
        !self.deny.has(client) && (self.allow.is_empty() || self.allow.has(client))
    }
}

impl List {
    fn read<'a>(entries: impl IntoIterator<Item = &'a str>) -> Result<Self, IpFilterError> {
        let mut unix = false;
        let networks = entries.into_iter().filter(|entry| {
            let is_unix = entry.trim_ascii() == "unix";
            unix |= is_unix;
            !is_unix
        });
        let networks = Networks::try_new(networks).map_err(IpFilterError)?;
        Ok(Self { networks, unix })
    }

    fn has(&self, client: &Client) -> bool {
        match client {
            Client::Ip(ip) => self.networks.contains(*ip),
            Client::Unix => self.unix,
            Client::Unknown => false,
        }
    }

    const fn is_empty(&self) -> bool {
        self.networks.is_empty() && !self.unix
    }
}

/// Whose address the rules are about.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum IpSource {
    /// The client's, as trusted proxies tell of it.
    #[default]
    Client,
    /// That of the other end of the connection: the nearest proxy, or the source in its PROXY header.
    Peer,
}

/// Who is asking.
#[derive(Debug)]
pub(super) enum Client {
    Ip(IpAddr),
    Unix,
    Unknown,
}

impl Client {
    pub(super) fn of<B>(request: &Request<B>, source: IpSource) -> Self {
        let conn = RequestContext::of(request.extensions()).map(RequestContext::conn);
        let ip = match source {
            IpSource::Client => asked::client(request).ip(),
            IpSource::Peer => conn.and_then(|conn| conn.remote_ip()),
        };
        match (ip, conn.map(|conn| conn.peer())) {
            (Some(ip), _) => Self::Ip(ip),
            (None, Some(PeerAddr::Unix(_))) => Self::Unix,
            (None, _) => Self::Unknown,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn allows(allow: &[&str], deny: &[&str], ip: Option<&str>) -> bool {
        let rules = IpRules::try_new(allow.iter().copied(), deny.iter().copied()).unwrap();
        rules.allows(ip.map(|ip| ip.parse().unwrap()))
    }

    #[test]
    fn what_is_denied_is_denied_even_if_it_is_allowed() {
        let (allow, deny) = (&["10.0.0.0/8"][..], &["10.0.66.0/24"][..]);
        assert!(allows(allow, deny, Some("10.0.65.1")) && allows(allow, deny, Some("::ffff:10.1.1.1")));
        assert!(!allows(allow, deny, Some("10.0.66.1")) && !allows(allow, deny, Some("::ffff:10.0.66.1")));
        assert!(!allows(allow, deny, Some("192.0.2.1")) && !allows(allow, deny, None));
    }

    #[test]
    fn without_an_allow_list_others_may() {
        assert!(allows(&[], &["192.0.2.1"], Some("192.0.2.2")) && allows(&[], &["192.0.2.1"], None));
        assert!(!allows(&[], &["192.0.2.1"], Some("192.0.2.1")) && allows(&[], &[], Some("192.0.2.1")));
    }

    #[test]
    fn a_network_of_one_protocol_is_not_about_the_other() {
        assert!(!allows(&["::/0"], &[], Some("192.0.2.1")) && allows(&["::/0"], &[], Some("2001:db8::1")));
        assert!(allows(&[], &["::/0"], Some("192.0.2.1")) && !allows(&[], &["::/0"], Some("2001:db8::1")));
        assert!(!allows(&[], &["0.0.0.0/0"], Some("::ffff:192.0.2.1")));
    }

    #[test]
    fn an_entry_that_is_no_network_is_an_error() {
        let error = IpRules::try_new([], ["unix", "10.0.0.1/8"]).unwrap_err();
        assert_eq!(error.entry(), "10.0.0.1/8");
        assert!(error.to_string().starts_with("network \"10.0.0.1/8\": has bits below"), "{error}");
    }

    #[test]
    fn unix_sockets_are_a_word() {
        let rules = |allow: &'static str, deny: &'static str| {
            let list = |text: &'static str| text.split_terminator(',');
            IpRules::try_new(list(allow), list(deny)).unwrap()
        };
        assert!(rules("unix", "").permits(&Client::Unix) && !rules("unix", "").permits(&Client::Unknown));
        assert!(!rules("loopback", "").permits(&Client::Unix) && !rules("", "unix").permits(&Client::Unix));
    }
}
