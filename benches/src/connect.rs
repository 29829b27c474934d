//! Opening a connection from one of several loopback addresses.

use std::io;
use std::net::{Ipv4Addr, SocketAddr};

use tokio::net::{TcpSocket, TcpStream};

/// Hosts 127.0.0.2 to 127.0.0.251.
const MOST_SOURCES: usize = 250;

/// Connects to `server`, the connection of this `number` taking its turn among `sources` source addresses (at most
/// 250; below 2 the kernel chooses). Each address brings some 28 000 ports of its own, so ports in TIME_WAIT do not
/// run out.
///
/// # Errors
/// The socket's own.
pub async fn connect_from(sources: usize, number: usize, server: SocketAddr) -> io::Result<TcpStream> {
    let socket = TcpSocket::new_v4()?;
    if sources > 1 {
        socket.bind((source(sources, number), 0).into())?;
    }
    socket.connect(server).await
}

fn source(sources: usize, number: usize) -> Ipv4Addr {
    let turn = number % sources.min(MOST_SOURCES);
    Ipv4Addr::new(127, 0, 0, u8::try_from(turn + 2).unwrap_or(u8::MAX))
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::source;

    #[test]
    fn sources_take_turns_and_stay_loopback() {
        let seen: BTreeSet<_> = (0..5000).map(|number| source(1000, number)).collect();
        assert_eq!(seen.len(), 250);
        assert!(seen.iter().all(|address| address.is_loopback() && address.octets()[3] >= 2));
        assert_eq!(source(3, 0), source(3, 3));
    }
}
