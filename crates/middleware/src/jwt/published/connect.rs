//! A connection to where a JWK Set is published.

use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;

use super::address::Address;
use crate::jwt::JwtError;

/// What HTTP is spoken over.
pub(super) trait Stream: AsyncRead + AsyncWrite + Send + Unpin {}

impl<T: AsyncRead + AsyncWrite + Send + Unpin> Stream for T {}

pub(super) async fn connect(address: &Address) -> Result<Box<dyn Stream>, JwtError> {
    let stream = TcpStream::connect((address.host.as_str(), address.port)).await;
    let stream =
        stream.map_err(|error| JwtError::new(format!("no connection to {address}")).with_source(error))?;
    #[cfg(feature = "jwt-https")]
    if address.secure {
        return Ok(Box::new(super::tls::shake_hands(stream, address).await?));
    }
    Ok(Box::new(stream))
}
