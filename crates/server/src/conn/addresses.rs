//! Connections open from each address, for the cap per address.

use std::collections::HashMap;
use std::net::{IpAddr, Ipv6Addr};
use std::sync::{Mutex, PoisonError};

/// Shared by all workers; touched only when the cap is on, and then once a connection.
#[derive(Debug, Default)]
pub(crate) struct Addresses {
    cap: usize,
    open: Mutex<HashMap<IpAddr, usize>>,
}

impl Addresses {
    pub(crate) fn new(cap: usize) -> Self {
        Self { cap, ..Self::default() }
    }

    /// Counts a connection in. `Ok(None)` when nothing is counted, `Err` when the address is at its cap.
    pub(crate) fn admit(&self, address: Option<IpAddr>) -> Result<Option<IpAddr>, ()> {
        let Some(address) = address.filter(|_| self.cap > 0).map(network) else { return Ok(None) };
        let mut open = self.lock();
        let count = open.entry(address).or_insert(0);
        if *count >= self.cap {
            return Err(());
        }
        *count += 1;
        Ok(Some(address))
    }

    pub(crate) fn release(&self, address: IpAddr) {
        let mut open = self.lock();
        if let Some(count) = open.get_mut(&address) {
            *count -= 1;
            if *count == 0 {
                open.remove(&address);
            }
        }
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, HashMap<IpAddr, usize>> {
        self.open.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A subscriber has a whole /64 of IPv6: count that.
fn network(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V6(v6) => IpAddr::V6(Ipv6Addr::from_bits(v6.to_bits() >> 64 << 64)),
        v4 @ IpAddr::V4(_) => v4,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_cap_holds_for_an_address_and_for_a_network() {
        let addresses = Addresses::new(2);
        let v4 = Some("192.0.2.1".parse().unwrap());
        let first = addresses.admit(v4).unwrap();
        addresses.admit(v4).unwrap();
        assert_eq!(addresses.admit(v4), Err(()));
        addresses.release(first.unwrap());
        assert!(addresses.admit(v4).is_ok());

        for host in ["2001:db8::1", "2001:db8::2"] {
            assert!(addresses.admit(Some(host.parse().unwrap())).is_ok());
        }
        assert_eq!(addresses.admit(Some("2001:db8::3".parse().unwrap())), Err(()));
        assert!(addresses.admit(Some("2001:db8:0:1::3".parse().unwrap())).is_ok());
    }

    #[test]
    fn without_a_cap_nothing_is_counted() {
        let addresses = Addresses::new(0);
        assert_eq!(addresses.admit(Some("192.0.2.1".parse().unwrap())), Ok(None));
        assert!(addresses.lock().is_empty());
    }
}
