//! The client: [`connect`] and [`Connect`].

mod connect;
mod deadline;
mod error;
mod http1;
mod http2;
mod network;
mod offer;
mod prefixed;
mod reconnect;
mod refusal;
mod target;
#[cfg(feature = "client-tls")]
mod tls;

pub use connect::Connect;
pub use error::ConnectError;
pub use reconnect::Reconnect;

use crate::WebSocket;

/// Opens a WebSocket to an address such as `ws://a.example/chat` or `wss://a.example/chat`. [`Connect`] is for more:
/// headers, subprotocols, limits, HTTP/2, other streams than TCP.
///
/// ```no_run
/// # async fn example() -> Result<(), Box<dyn std::error::Error>> {
/// let mut socket = hyperserve_ws::connect("ws://127.0.0.1:8080/echo").await?;
/// socket.send("hello").await?;
/// if let Some(answer) = socket.recv().await {
///     println!("{:?}", answer?.as_str());
/// }
/// # Ok(())
/// # }
/// ```
///
/// # Errors
///
/// As [`Connect::connect`].
pub async fn connect(url: impl Into<String>) -> Result<WebSocket, ConnectError> {
    let (socket, _) = Connect::new(url).connect().await?;
    Ok(socket)
}
