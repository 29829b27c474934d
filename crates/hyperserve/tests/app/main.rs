//! Applications as their tests see them: in process and over a socket, by the test client.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a panic is how a test fails")]

mod client;
#[cfg(feature = "stack")]
mod operations;
mod serving;
mod transports;
