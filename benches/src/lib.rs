//! What the load programs share: their command line, opening a connection, reading one whole answer off it, and the
//! client's half of WebSocket.
//!
//! The servers and clients are in `src/bin`; the scripts that run them side by side are the Python files of this
//! directory, and `README.md` says how to read what they print.

mod answer;
mod connect;
mod flags;
mod latencies;
pub mod websocket;

pub use answer::{REQUEST, REQUEST_CLOSE, read_answer, read_to_end};
pub use connect::connect_from;
pub use flags::Flags;
pub use latencies::Latencies;
