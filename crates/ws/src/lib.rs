//! WebSocket over HTTP/1.1 (RFC 6455) and HTTP/2 (RFC 8441), with compression (RFC 7692), bounds on everything that a peer
//! can make grow, rooms, and a clean goodbye when the server stops.
//!
//! A handler takes a [`WebSocketUpgrade`], and answers with what [`on_upgrade`](WebSocketUpgrade::on_upgrade) gives:
//!
//! ```
//! use hyperserve_core::Response;
//! use hyperserve_router::{Router, get};
//! use hyperserve_ws::WebSocketUpgrade;
//!
//! async fn echo(upgrade: WebSocketUpgrade) -> Response {
//!     upgrade.on_upgrade(async |mut socket| {
//!         while let Some(message) = socket.recv().await {
//!             socket.send(message?).await?;
//!         }
//!         Ok::<_, hyperserve_ws::Error>(())
//!     })
//! }
//!
//! let router: Router = Router::new().route("/echo", get(echo));
//! ```
//!
//! # Features
//!
//! | Name | What it adds | Default |
//! |---|---|---|
//! | `json` | messages as JSON, [`TypedWebSocket`] | yes |
//! | `client` | `connect`: the other end | no |
//! | `client-tls` | `connect` to `wss:` addresses | no |
//! | `redis` | rooms that span machines | no |

#[cfg(feature = "client")]
mod client;
mod close;
mod connection;
mod deflate;
mod error;
mod frame;
mod handshake;
pub mod hub;
#[cfg(feature = "json")]
mod json;
mod message;
mod metrics;
mod sender;
mod socket;
mod split;
mod upgrade;

pub use hyperserve_core::{Compression, Origins, WebSocketConfig};

#[cfg(feature = "client")]
pub use crate::client::{Connect, ConnectError, Reconnect, connect};
pub use crate::close::{CloseCode, CloseFrame};
pub use crate::error::Error;
pub use crate::hub::{Delivery, Hub, JoinError, Member, MemberId, Seat};
#[cfg(feature = "json")]
pub use crate::json::TypedWebSocket;
pub use crate::message::{Message, Utf8Bytes};
pub use crate::metrics::{WebSocketMetrics, metrics};
pub use crate::sender::{Sender, SlowConsumer, TrySendError};
pub use crate::socket::{Role, WebSocket};
pub use crate::split::{RecvHalf, SendHalf};
pub use crate::upgrade::{Outcome, WebSocketUpgrade};

pub(crate) use crate::connection::Prepared;
pub(crate) use crate::sender::Pushed;

/// What the fuzz targets reach.
#[cfg(fuzzing)]
#[doc(hidden)]
pub mod fuzzing {
    pub use crate::deflate::fuzzing::*;
}
