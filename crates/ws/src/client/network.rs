//! The way to the server: its name's addresses, and the first of them that answers.

use super::ConnectError;
use super::deadline::Deadline;
use super::target::Target;
use std::io;
use std::net::SocketAddr;
use tokio::net::{TcpStream, lookup_host};

/// Connects to the target. Its addresses are tried in turn, and each has its share of the time, so that one that swallows
/// packets leaves time for the others.
pub(super) async fn dial(target: &Target, deadline: Deadline) -> Result<TcpStream, ConnectError> {
    let addresses = deadline.bound(resolve(target)).await?;
    first(&addresses, deadline).await
}

async fn resolve(target: &Target) -> Result<Vec<SocketAddr>, ConnectError> {
    let found = lookup_host((target.name(), target.port)).await.map_err(ConnectError::Resolve)?;
    Ok(found.collect())
}

async fn first(addresses: &[SocketAddr], deadline: Deadline) -> Result<TcpStream, ConnectError> {
    let mut failure = ConnectError::Resolve(io::Error::new(io::ErrorKind::NotFound, "it has no address"));
    for (index, &address) in addresses.iter().enumerate() {
        let share = deadline.part(addresses.len() - index);
        match share.bound(async { TcpStream::connect(address).await.map_err(ConnectError::Io) }).await {
            Ok(stream) => {
                // Messages are written whole: waiting for more of them only delays. Where it cannot be set it is slower.
                _ = stream.set_nodelay(true);
                return Ok(stream);
            }
            Err(error) => failure = error,
        }
    }
    Err(failure)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;
    use tokio::net::TcpListener;

    #[tokio::test]
    async fn addresses_are_tried_in_turn() {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let deaf = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let (good, bad) = (listener.local_addr().unwrap(), deaf.local_addr().unwrap());
        drop(deaf);
        let deadline = Deadline::after(Duration::from_secs(10));
        let stream = first(&[bad, good], deadline).await.unwrap();
        assert_eq!(stream.peer_addr().unwrap(), good);
        assert!(stream.nodelay().unwrap());
        assert!(matches!(first(&[bad, bad], deadline).await, Err(ConnectError::Io(_))));
        assert!(matches!(first(&[], deadline).await, Err(ConnectError::Resolve(_))));
    }
}
