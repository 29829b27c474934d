//! ASGI over WebSocket: from a handshake to the application, and messages both ways.
//!
//! The protocol is `hyperserve-ws`: handshake, frames, compression, pings, limits and the goodbye are its. Here is what
//! stands between it and Python. [`Opening`] is the future of the handshake's answer: it calls the application and runs its
//! first step. [`Socket`] is `receive` and `send`. Once the application accepts, one task of the runtime keeps the socket
//! alive and reads one message ahead ([`task`]); what has come after it is read within the very call of `receive`. What
//! the application sends goes into the socket's write buffer within `send`, and leaves with the batch of the worker's round.

mod departure;
mod event;
mod finish;
mod live;
mod message;
mod opening;
mod socket;
mod state;
mod task;

pub(crate) use self::opening::{Opening, handshake, may_be_handshake};
pub(crate) use self::socket::Socket;
